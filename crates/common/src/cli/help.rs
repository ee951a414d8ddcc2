//! What `--help` says after the flags: variables, exit codes, examples.

use std::fmt::Write as _;

use super::args::Program;
use crate::env::{Group, VARIABLES, Variable};
use crate::exit::EXIT_CODES;

/// Where the descriptions of variables begin; longer names have a line of their own.
const COLUMN: usize = 28;

/// Where lines of descriptions end: short of the 120 at which clap breaks them anywhere.
const LINE_END: usize = 100;

/// The text for clap's `after_help`.
pub(super) fn after_help(program: &Program) -> String {
    let mut text = String::from("VARIABLES:\n");
    for variable in VARIABLES {
        if concerns(program, variable) {
            describe(variable, &mut text);
        }
    }
    let _ = write!(text, "\n{EXIT_CODES}\n\nEXAMPLES:");
    for (command, purpose) in program.examples {
        let _ = write!(text, "\n    {command}\n        {purpose}");
    }
    text
}

/// The name and, in a column of its own, what it sets.
fn describe(variable: &Variable, text: &mut String) {
    let twin = variable
        .twin
        .map_or_else(String::new, |twin| format!(" (or {twin})"));
    let mut line = format!("    {:width$}", variable.name, width = COLUMN - 4);
    if line.len() > COLUMN {
        let _ = writeln!(text, "{line}");
        line = " ".repeat(COLUMN);
    }
    for word in format!("{}{twin}", variable.doc).split(' ') {
        if line.len() + word.len() > LINE_END {
            let _ = writeln!(text, "{}", line.trim_end());
            line = " ".repeat(COLUMN);
        }
        let _ = write!(line, "{word} ");
    }
    let _ = writeln!(text, "{}", line.trim_end());
}

/// What to transfer is each program's own; all else is read by all.
pub(super) fn concerns(program: &Program, variable: &Variable) -> bool {
    variable.group != Group::Transfer || program.variables.contains(&variable.name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::ClosedStdout;

    #[test]
    fn only_the_variables_that_a_program_reads_are_shown() {
        let program = Program {
            name: "do_bucket_download",
            about: "Brings a directory of a bucket to the local disk",
            variables: &["SOURCE_BUCKET"],
            examples: &[("do_bucket_download s3://my-bucket", "everything")],
            closed_stdout: ClosedStdout::LosesLines,
        };
        let text = after_help(&program);
        assert!(text.contains("\n    SOURCE_BUCKET "), "{text}");
        assert!(!text.contains("TARGET_BUCKET"), "{text}");
        assert!(
            text.contains(" (or AWS_SECRET_ACCESS_KEY_FILE)\n"),
            "{text}"
        );
        assert!(
            text.ends_with(
                "\nEXAMPLES:\n    do_bucket_download s3://my-bucket\n        everything"
            ),
            "{text}"
        );
    }
}
