//! The table of variables as `.env.example` and as Markdown.

use std::fmt::Write as _;

use crate::env::{Group, VARIABLES, Variable};

/// The text of `.env.example`. The essential variables are there to be filled in; the others
/// are commented out, with an example. A shell loads it with `set -a; . ./.env; set +a`.
pub(super) fn example_file() -> String {
    let mut text = String::from(
        "# Copy this file to .env, fill it in, and load it:  set -a; . ./.env; set +a\n\
         # Empty counts as unset. A flag on the command line comes before a variable.\n\
         # NAME_FILE instead of NAME, where it is offered, names a file that holds the value.\n",
    );
    let mut heading = None;
    for variable in VARIABLES {
        if heading != Some(variable.group) {
            heading = Some(variable.group);
            let _ = write!(text, "\n# {}\n", variable.group.title());
        }
        let _ = write!(text, "\n# {}", variable.doc);
        if variable.group == Group::Essential && !variable.secret {
            let _ = write!(text, ", for example {}", variable.example);
        }
        if let Some(twin) = variable.twin {
            let _ = write!(text, " (or {twin})");
        }
        text.push('\n');
        if is_filled_in(variable) {
            let _ = writeln!(text, "{}=", variable.name);
        } else {
            let _ = writeln!(text, "#{}={}", variable.name, quoted(variable.example));
        }
    }
    text
}

/// The table for the README.
pub(super) fn markdown() -> String {
    let mut text = String::from("| variable | what it sets | example |\n|---|---|---|\n");
    for variable in VARIABLES {
        let _ = write!(text, "| `{}`", variable.name);
        if let Some(twin) = variable.twin {
            let _ = write!(text, ", `{twin}`");
        }
        if let Some(lower_case) = variable.lower_case {
            let _ = write!(text, ", `{lower_case}`");
        }
        let _ = writeln!(text, " | {} | `{}` |", variable.doc, variable.example);
    }
    text
}

/// Everybody needs these; a session token only some.
fn is_filled_in(variable: &Variable) -> bool {
    variable.group == Group::Essential && variable.name != "AWS_SESSION_TOKEN"
}

/// As a shell reads it.
fn quoted(value: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/.:-_,=@%+".contains(c);
    if value.chars().all(plain) {
        value.to_owned()
    } else {
        format!("'{}'", value.replace('\'', r"'\''"))
    }
}
