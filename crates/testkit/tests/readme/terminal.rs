//! The picture in README.md is made of what the programs print to a terminal of 80 columns. UPDATE=1 makes it anew.

use std::collections::BTreeSet;
use std::fs;

use testkit::is_updating;

use crate::examples::{in_order, run_all};
use crate::page::root;
use crate::placeholders::mask;

const PICTURE: &str = "crates/testkit/tests/readme/terminal.svg";
const COLUMNS: usize = 80;

/// Lengths in the picture.
const WIDTH: usize = 760;
const MARGIN: usize = 14;
const LINE: usize = 20;

/// The same on light and dark pages: a terminal is dark.
const STYLE: &str = "
  text { font: 14px ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace; fill: #e6edf3; white-space: pre }
  rect { fill: #161b22; stroke: #3d444d }
  .typed { fill: #7ee787 }
  .bar { fill: #79c0ff }
";

/// What stands between two drawings of the progress bar: it takes the last one off the line.
const ERASE: &str = "\r\u{1b}[2K";

/// Makes the files, which nobody sees.
const BEFORE: &str = "mkdir -p photos/2024; cd photos/2024; \
    for n in 1 2 3; do head -c 200K /dev/zero >IMG_041$n.jpg; done; \
    for n in 1 2 3; do head -c 40M /dev/zero >MOV_002$n.mp4; done; cd ../..";

/// The first is shown while it runs, the others when they are over.
const SESSION: [&str; 5] = [
    "do_bucket_upload photos s3://my-bucket/photos",
    "do_bucket_upload photos s3://my-bucket/photos",
    "do_bucket_list --recursive --human --summary s3://my-bucket/photos/",
    "do_bucket_list my-bukket",
    "echo $?",
];

#[test]
fn the_picture_of_a_terminal_shows_what_the_programs_print() {
    let (upload, others) = session();
    let [running, done] = [while_it_runs(&upload), over(&others)];
    let path = root().join(PICTURE);
    if is_updating() {
        fs::write(path, svg(&[running, done])).unwrap();
        return;
    }
    let picture = fs::read_to_string(path).unwrap();
    let shown: Vec<Vec<String>> = picture.split("<g ").skip(1).map(lines_of).collect();
    let [shown_running, shown_done] = shown.as_slice() else {
        panic!("{PICTURE}: has not two windows");
    };
    assert_eq!(
        words(shown_running),
        words(&running),
        "{PICTURE}: left is what it shows, right what was printed; UPDATE=1 makes it anew"
    );
    assert_eq!(
        mask(&shown_done.join("\n")),
        mask(&done.join("\n")),
        "{PICTURE}: left is what it shows, right what was printed; UPDATE=1 makes it anew"
    );
}

/// What the terminal got from the upload, and from each of the other commands.
fn session() -> (String, Vec<(&'static str, String)>) {
    let in_terminal =
        |command: &&str| format!("script -qec 'stty cols {COLUMNS} rows 24; {command}' /dev/null");
    let mut commands = vec![BEFORE.to_owned()];
    commands.extend(SESSION.iter().take(4).map(in_terminal));
    commands.push(SESSION[4].to_owned());
    let commands: Vec<&str> = commands.iter().map(String::as_str).collect();
    let mut outputs = run_all(&commands).into_iter().skip(1);
    let upload = outputs.next().unwrap();
    (upload, SESSION[1..].iter().copied().zip(outputs).collect())
}

/// The terminal about the middle of the upload: the lines so far, and the bar below them.
fn while_it_runs(output: &str) -> Vec<String> {
    let drawings: Vec<&str> = output.split(ERASE).collect();
    let pictures: Vec<Vec<String>> = (1..drawings.len())
        .map(|count| (printed(&drawings[..count]), drawings[count - 1]))
        .filter(|(lines, drawn)| !lines.is_empty() && drawn.contains(" files  "))
        .map(|(mut lines, drawn)| {
            let bar = drawn.rsplit('\n').next().unwrap();
            lines.push(bar.trim_end().to_owned());
            lines
        })
        .collect();
    let mut lines = vec![format!("$ {}", SESSION[0])];
    lines.extend(pictures[pictures.len() / 2].clone());
    lines
}

/// Commands that have ended, each with what it printed.
fn over(commands: &[(&str, String)]) -> Vec<String> {
    let mut lines = Vec::new();
    for (command, output) in commands {
        let drawings: Vec<&str> = output.split(ERASE).collect();
        lines.push(format!("$ {command}"));
        lines.extend(in_order(&printed(&drawings).join("\n")));
    }
    lines
}

/// The lines that stay; the drawings of the bar do not.
fn printed(drawings: &[&str]) -> Vec<String> {
    let lines_of = |drawn: &&str| match drawn.rsplit_once('\n') {
        Some((lines, _)) => lines.lines().map(str::to_owned).collect(),
        None => Vec::new(),
    };
    drawings.iter().flat_map(lines_of).collect()
}

/// What does not depend on how far the upload has come.
fn words(lines: &[String]) -> BTreeSet<String> {
    let text = lines.join(" ");
    text.split_whitespace()
        .map(|word| word.trim_matches(|c| "[=>]".contains(c)))
        .map(|word| word.replace(|c: char| c.is_ascii_digit(), ""))
        .filter(|word| word.len() > 3 && !word.contains("iB") && word != "left")
        .collect()
}

/// A line as the terminal shows it: in rows of 80 columns, each with the class of its text.
fn rows_of(line: &str) -> Vec<(&'static str, String)> {
    let first = match line {
        line if line.starts_with("$ ") => "typed",
        line if line.contains(" files  ") => "bar",
        _ => "said",
    };
    let characters: Vec<char> = line.chars().collect();
    let rows = characters.chunks(COLUMNS).map(|row| row.iter().collect());
    std::iter::once(first)
        .chain(std::iter::repeat("more"))
        .zip(rows)
        .collect()
}

/// The lines of a window of the picture.
fn lines_of(window: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for row in window.lines() {
        let Some((kind, rest)) = row
            .strip_prefix("<text class=\"")
            .and_then(|rest| rest.split_once('"'))
        else {
            continue;
        };
        let (_, text) = rest.split_once('>').unwrap();
        let text = text.strip_suffix("</text>").unwrap();
        let text = text.replace("&lt;", "<").replace("&amp;", "&");
        match lines.last_mut() {
            Some(line) if kind == "more" => *line += &text,
            _ => lines.push(text),
        }
    }
    lines
}

/// Windows one below the other. Colours for what the person types; the programs use none.
fn svg(windows: &[Vec<String>]) -> String {
    let mut body = String::new();
    let mut y = MARGIN;
    for lines in windows {
        let rows: Vec<(&str, String)> = lines.iter().flat_map(|line| rows_of(line)).collect();
        let height = rows.len() * LINE + 2 * MARGIN;
        body += &format!(
            "<g transform=\"translate({MARGIN} {y})\">\n<rect width=\"{}\" height=\"{height}\" rx=\"8\"/>\n",
            WIDTH - 2 * MARGIN
        );
        for (number, (kind, row)) in (1..).zip(&rows) {
            body += &format!(
                "<text class=\"{kind}\" x=\"{MARGIN}\" y=\"{}\">{}</text>\n",
                number * LINE + MARGIN - 5,
                row.replace('&', "&amp;").replace('<', "&lt;")
            );
        }
        body += "</g>\n";
        y += height + MARGIN;
    }
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {y}\" xml:space=\"preserve\" role=\"img\">\n\
         <title>A terminal: an upload while it runs, and other commands with what they print</title>\n\
         <style>{STYLE}</style>\n{body}</svg>\n"
    )
}
