//! What `--help` says after the flags: variables, exit codes, examples.

use std::fmt::Write as _;

use super::args::Program;
use crate::exit::EXIT_CODES;

/// The text for clap's `after_help`.
pub(super) fn after_help(program: &Program) -> String {
    let mut text = String::new();
    let _ = write!(text, "{EXIT_CODES}\n\nEXAMPLES:");
    for (command, purpose) in program.examples {
        let _ = write!(text, "\n    {command}\n        {purpose}");
    }
    text
}
