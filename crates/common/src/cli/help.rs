//! `-h`, which fits a screen, and `--help`, which shows everything: flags, variables, exit codes,
//! examples.

use std::fmt::Write as _;

use super::args::Program;
use super::table::{Flag, Table};
use crate::env::{Group, VARIABLES, Variable};
use crate::exit::EXIT_CODES;
use crate::ui::stdout_columns;

/// The column in which descriptions begin. After a longer name, the description begins on the next
/// line.
const COLUMN: usize = 28;

/// The same for a narrow terminal.
const NARROW: usize = 70;

/// Longer lines are hard to read.
const WIDEST: usize = 100;

/// The width of the terminal behind stdout; 80 columns if stdout is no terminal.
pub(super) fn columns() -> usize {
    stdout_columns().unwrap_or(80).clamp(30, WIDEST)
}

/// The text of `-h`: examples, and the most important flags with one line each.
pub(super) fn short(program: &Program, table: &Table, columns: usize) -> String {
    let Program { name, usage, .. } = program;
    let mut text = about(program, columns);
    let _ = writeln!(text, "\nUSAGE: {name} {usage}\n");
    for (command, purpose) in program.examples.iter().take(3) {
        let with_purpose = format!("  {command}  # {purpose}");
        let fits = with_purpose.chars().count() <= columns;
        let line = if fits {
            with_purpose
        } else {
            format!("  {command}")
        };
        let _ = writeln!(text, "{line}");
    }
    text.push('\n');
    let flag = |long: &&str| table.flags.iter().find(|flag| flag.long == **long);
    let flags: Vec<&Flag> = program.main_flags.iter().filter_map(flag).collect();
    let rows = flags.iter().map(|flag| (flag.synopsis(), flag.summary()));
    let rows: Vec<_> = rows
        .chain([("-h, --help".to_owned(), "Print this; --help prints all")])
        .collect();
    let widest = rows
        .iter()
        .map(|(name, _)| name.len())
        .max()
        .unwrap_or_default();
    let indent = if columns < NARROW { 8 } else { widest + 4 };
    for (name, meaning) in rows {
        row(&mut text, &format!("  {name}"), meaning, indent, columns);
    }
    text
}

fn about(program: &Program, columns: usize) -> String {
    let mut text = String::new();
    wrapped(&mut text, program.about, 0, columns);
    text
}

/// The text of `--help`.
pub(super) fn whole(program: &Program, table: &Table, columns: usize) -> String {
    let Program { name, usage, .. } = program;
    let version = env!("CARGO_PKG_VERSION");
    let about = about(program, columns);
    let mut text = format!("{name} {version}\n{about}\nUSAGE:\n    {name} {usage}\n");
    let indent = if columns < NARROW { 8 } else { COLUMN };
    let row = |text: &mut String, name: &str, meaning: &str| {
        row(text, &format!("    {name}"), meaning, indent, columns);
    };
    if !table.words.is_empty() {
        text.push_str("\nARGS:\n");
    }
    for word in &table.words {
        let many = if word.repeated { "..." } else { "" };
        row(&mut text, &format!("<{}>{many}", word.name), &word.help);
    }
    text.push_str("\nOPTIONS:\n");
    for flag in &table.flags {
        row(&mut text, &flag.synopsis(), &described(flag));
    }
    text.push_str("\nVARIABLES:\n");
    for variable in VARIABLES
        .iter()
        .filter(|variable| concerns(program, variable))
    {
        let twin = variable
            .twin
            .map_or_else(String::new, |twin| format!(" (or {twin})"));
        row(&mut text, variable.name, &format!("{}{twin}", variable.doc));
    }
    text.push('\n');
    for line in EXIT_CODES.lines() {
        wrapped(&mut text, line, 9, columns);
    }
    text.push_str("\nEXAMPLES:\n");
    for (command, purpose) in program.examples {
        let _ = writeln!(text, "    {command}");
        wrapped(&mut text, &format!("        {purpose}"), 8, columns);
    }
    text
}

/// The help of a flag, with its possible values.
fn described(flag: &Flag) -> String {
    let choices = flag.value.iter().map(|value| value.choices.join(", "));
    let choices: String = choices.filter(|choices| !choices.is_empty()).collect();
    match choices.is_empty() {
        true => flag.help.clone(),
        false => format!("{} [possible values: {choices}]", flag.help),
    }
}

/// A name and its description, in two columns.
fn row(text: &mut String, name: &str, meaning: &str, indent: usize, columns: usize) {
    let mut line = format!("{name:indent$}");
    if name.len() + 2 > indent {
        let _ = writeln!(text, "{name}");
        line = " ".repeat(indent);
    }
    line.push_str(meaning);
    wrapped(text, &line, indent, columns);
}

/// A line. If it is too long, it continues below with this indent.
fn wrapped(text: &mut String, line: &str, indent: usize, columns: usize) {
    let begin = line.len() - line.trim_start().len();
    let mut width = begin;
    text.push_str(line.get(..begin).unwrap_or_default());
    for (place, word) in line.trim_start().split(' ').enumerate() {
        let length = word.chars().count();
        // Several spaces in a row are kept: they align columns.
        if place > 0 && width + 1 + length > columns && !word.is_empty() {
            text.truncate(text.trim_end_matches(' ').len());
            let _ = write!(text, "\n{:indent$}", "");
            width = indent;
        } else if place > 0 {
            text.push(' ');
            width += 1;
        }
        text.push_str(word);
        width += length;
    }
    text.push('\n');
}

/// Each program has its own variables about transfers. All programs read all other variables.
pub(super) fn concerns(program: &Program, variable: &Variable) -> bool {
    variable.group != Group::Transfer || program.variables.contains(&variable.name)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn wrapping_keeps_every_word_and_the_width(
            words in proptest::collection::vec("[a-z]{1,12}", 1..40),
            columns in 30_usize..120,
        ) {
            let line = format!("    {}", words.join(" "));
            let mut text = String::new();
            wrapped(&mut text, &line, 9, columns);
            prop_assert_eq!(text.split_whitespace().collect::<Vec<_>>(), words);
            prop_assert!(text.lines().all(|line| line.len() <= columns));
        }
    }

    #[test]
    fn columns_stand_under_each_other() {
        let mut text = String::new();
        row(&mut text, "    HOME", "Where ~ is", 28, 80);
        row(
            &mut text,
            "    AWS_SHARED_CREDENTIALS_FILE",
            "Where it is",
            28,
            80,
        );
        row(&mut text, "    HOME", "Where ~ is", 8, 40);
        assert_eq!(
            text,
            "    HOME                    Where ~ is\n    AWS_SHARED_CREDENTIALS_FILE\n                            Where it is\n    HOME\n        Where ~ is\n"
        );
    }
}
