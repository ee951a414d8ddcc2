//! Every example of every page is run.
//!
//! - `console`: those of one page one after another in one shell, against a fresh `local_s3`. The page shows what the programs print on
//!   both streams when neither is a terminal, but for the placeholders. UPDATE=1 writes it anew.
//! - `sh`: settings for services that no test talks to. They are run too, with `--print-config` for our programs, which sends
//!   nothing. Of scripts and `cargo install` it is checked that what they name is there; scripts/check runs scripts/quickstart itself.

use std::env;
use std::fs;
use std::path::Path;

use testkit::{Program, is_updating, path_of};

use crate::page::{PROGRAMS, Page, pages, root};
use crate::placeholders::mask;

#[test]
fn the_console_examples_print_what_the_pages_show() {
    for page in pages() {
        check_console(&page);
    }
}

fn check_console(page: &Page) {
    let lines: Vec<&str> = page.text.lines().collect();
    let blocks = page.blocks_of("console");
    let commands: Vec<&str> = blocks
        .iter()
        .flat_map(|block| &lines[block.lines.clone()])
        .filter_map(|line| line.strip_prefix("$ "))
        .collect();
    if commands.is_empty() {
        return;
    }
    let outputs = run_all(&commands);

    let mut told = commands.iter().zip(outputs);
    let mut found: Vec<String> = Vec::new();
    let mut next = 0;
    for block in &blocks {
        found.extend(
            lines[next..block.lines.start]
                .iter()
                .map(|line| (*line).to_owned()),
        );
        for line in &lines[block.lines.clone()] {
            if let Some((command, output)) = line.strip_prefix("$ ").and_then(|_| told.next()) {
                found.push(format!("$ {command}"));
                found.extend(in_order(&mask(&output)));
            }
        }
        next = block.lines.end;
    }
    found.extend(lines[next..].iter().map(|line| (*line).to_owned()));

    if is_updating() {
        return page.write(&(found.join("\n") + "\n"));
    }
    for (number, (shown, found)) in lines.iter().zip(&found).enumerate() {
        assert_eq!(
            shown,
            found,
            "{}:{}: left is what the page shows, right what was printed; UPDATE=1 corrects it",
            page.name,
            number + 1
        );
    }
    assert_eq!(
        lines.len(),
        found.len(),
        "{}: an example prints more or less",
        page.name
    );
}

#[test]
fn the_settings_examples_are_understood() {
    for page in pages() {
        let lines: Vec<&str> = page.text.lines().collect();
        for block in page.blocks_of("sh") {
            check_settings(&lines[block.lines]);
        }
    }
}

fn check_settings(commands: &[&str]) {
    let mut script = String::from("set -eu\n");
    for program in PROGRAMS {
        script += &format!("{program}() {{ command {program} --print-config \"$@\"; }}\n");
    }
    script.extend(commands.iter().map(|line| existence(line) + "\n"));
    let shell = shell(Path::new("bash")).args(["-c", &script]);
    fs::copy(
        root().join(".env.example"),
        shell.home().join(".env.example"),
    )
    .unwrap();
    let finished = shell.run();
    finished.success();
    if let Some(url) = commands
        .iter()
        .find_map(|line| line.strip_prefix("export ENDPOINT_URL="))
    {
        finished.stdout_has(&format!("= {url}  (ENDPOINT_URL)"));
    }
}

#[test]
fn no_example_is_left_out() {
    for page in pages() {
        for block in page.blocks() {
            assert!(
                ["sh", "console"].contains(&block.language.as_str()),
                "{}:{}: a block is neither `sh` nor `console`",
                page.name,
                block.lines.start
            );
        }
        let fenced: Vec<_> = page.blocks().into_iter().map(|block| block.lines).collect();
        for (number, line) in page.text.lines().enumerate() {
            assert!(
                !line.starts_with("    ") || fenced.iter().any(|lines| lines.contains(&number)),
                "{}:{}: an indented example would not be run; fence it",
                page.name,
                number + 1
            );
        }
    }
    let check = fs::read_to_string(root().join("scripts/check")).unwrap();
    assert!(
        check.contains("\nscripts/quickstart"),
        "scripts/check runs the quickstart"
    );
}

/// What each command prints, on both streams together.
pub(crate) fn run_all(commands: &[&str]) -> Vec<String> {
    let said = tempfile::tempdir().unwrap();
    let mut script = String::new();
    for (number, command) in commands.iter().enumerate() {
        // Nothing stands between two of them, so that `echo $?` speaks of the one before.
        script += &format!(
            "{{ {command}\n}} >{}/{number} 2>&1\n",
            said.path().display()
        );
    }
    shell(&path_of("local_s3"))
        .args(["--bucket", "my-bucket", "--versioned", "my-archive"])
        .args(["bash", "-c", &script])
        .run();
    let read = |number: usize| fs::read_to_string(said.path().join(number.to_string())).unwrap();
    (0..commands.len()).map(read).collect()
}

/// A program that finds ours, in UTC.
#[expect(clippy::disallowed_methods, reason = "what a person has in PATH")]
pub(crate) fn shell(program: &Path) -> Program {
    let ours = PROGRAMS.map(|name| path_of(name).parent().unwrap().to_owned());
    let local_s3 = path_of("local_s3").parent().unwrap().to_owned();
    let usual = env::var_os("PATH").unwrap_or_default();
    let usual = env::split_paths(&usual);
    let path = env::join_paths(ours.into_iter().chain([local_s3]).chain(usual)).unwrap();
    Program::at(program).env("PATH", path)
}

/// The lines of a transfer come as files are finished; on a page they are sorted, and what is said to the person stays last.
pub(crate) fn in_order(output: &str) -> Vec<String> {
    let mut lines: Vec<String> = output.lines().map(str::to_owned).collect();
    let is_talk = |line: &str| {
        line.starts_with("hint: ")
            || PROGRAMS
                .iter()
                .any(|program| line.starts_with(&format!("{program}: ")))
    };
    let is_transfer = lines.last().is_some_and(|line| {
        ["do_bucket_upload: ", "do_bucket_download: ", "s3_restore: "]
            .iter()
            .any(|program| line.starts_with(program))
    });
    if is_transfer {
        lines.sort_by_key(|line| match is_talk(line) {
            true => (true, String::new()),
            false => (false, line.clone()),
        });
    }
    lines
}

/// A line that takes long or changes the machine becomes a test that what it names is there.
fn existence(line: &str) -> String {
    let root = root();
    let words: Vec<&str> = line.split_whitespace().collect();
    match words.as_slice() {
        [script, ..] if script.starts_with("scripts/") => {
            format!("test -x '{}/{script}'", root.display())
        }
        // Opens a shell for the reader.
        ["local_s3", ..] => "command -v local_s3".to_owned(),
        ["cargo", "install", "--locked", "--path", package] => {
            format!("test -f '{}/{package}/src/main.rs'", root.display())
        }
        _ => line.to_owned(),
    }
}
