//! Reads the command line before anything else: no file is opened and no thread is started.

use std::ffi::OsString;
use std::io::{self, Write as _};

use structopt::clap::{App, AppSettings, ErrorKind};
use structopt::{StructOpt, StructOptInternal};

use super::args::{CommandLine, CommonArgs, Program, UsageError};
use super::table::Table;
use super::{completions, help};
use crate::config::print::Row;
use crate::nearest;

/// What to do for a command line.
pub(super) enum Asked<A: StructOpt + StructOptInternal> {
    /// Do the work. For `--print-config`, the settings of the program that the command line has.
    Run(CommandLine<A>, Vec<Row>),
    /// Print this on stdout and end: help, completions.
    Print(String),
    /// Wrong command line; whether `--json` was given.
    Wrong { error: UsageError, json: bool },
}

#[expect(
    clippy::disallowed_methods,
    reason = "clap has written the version itself"
)]
pub(super) fn parse<A: StructOpt + StructOptInternal>(
    program: &Program,
    check: impl FnOnce(&A, &CommonArgs) -> Result<(), UsageError>,
    words: impl IntoIterator<Item = OsString>,
) -> Asked<A> {
    let words: Vec<OsString> = words.into_iter().collect();
    let app = described::<A>(program);
    let table = Table::of(&app);
    let matches = match app.get_matches_from_safe(&words) {
        Ok(matches) => matches,
        Err(error) => {
            return match error.kind {
                ErrorKind::HelpDisplayed => Asked::Print(help(program, &table, &words)),
                ErrorKind::VersionDisplayed => {
                    // clap has written the version itself, into Rust's line buffer and without a
                    // newline.
                    let _ = io::stdout().flush();
                    Asked::Print("\n".into())
                }
                _ => Asked::Wrong {
                    error: UsageError::new(
                        cause(&error),
                        hint(program, &table, &words, error.kind),
                    ),
                    json: flags_of(&words).any(|word| word == "--json"),
                },
            };
        }
    };
    let args = CommandLine::<A>::from_clap(&matches);
    if let Some(shell) = args.common.completions {
        return Asked::Print(completions::script(program.name, &table, shell));
    }
    match check(&args.own, &args.common) {
        Ok(()) => Asked::Run(args, table.settings(&matches)),
        Err(error) => Asked::Wrong {
            error,
            json: args.common.json,
        },
    }
}

/// The flags on the command line as they were typed: `--dryrun`, `--jobs=5`.
fn flags_of(words: &[OsString]) -> impl Iterator<Item = &str> {
    let words = words.iter().take_while(|word| *word != "--");
    words
        .filter_map(|word| word.to_str())
        .filter(|word| word.starts_with("--"))
}

/// The flag that was probably meant, if one is unknown.
fn hint(program: &Program, table: &Table, words: &[OsString], kind: ErrorKind) -> String {
    let is_unknown = kind == ErrorKind::UnknownArgument;
    let known = || table.flags.iter().map(|flag| flag.long.as_str());
    let names = flags_of(words).filter_map(|word| word.get(2..)?.split('=').next());
    let unknown = |name: &&str| !name.is_empty() && !known().any(|long| long == *name);
    let meant = names
        .filter(unknown)
        .find_map(|name| nearest(name, known()));
    match meant.filter(|_| is_unknown) {
        Some(long) => format!("did you mean --{long}?"),
        None => format!("run `{} --help` to see what it takes", program.name),
    }
}

/// The text of `--help`, or of `-h` if only `-h` was given.
fn help(program: &Program, table: &Table, words: &[OsString]) -> String {
    let columns = help::columns();
    match words.iter().any(|word| word == "--help") {
        true => help::whole(program, table, columns),
        false => help::short(program, table, columns),
    }
}

fn described<'a, A: StructOpt + StructOptInternal>(program: &Program) -> App<'a, 'a> {
    let app = App::new(program.name)
        .version(env!("CARGO_PKG_VERSION"))
        .about(program.about)
        .setting(AppSettings::DeriveDisplayOrder);
    // Not `clap()`: that would name this crate.
    CommandLine::<A>::augment_clap(app)
        .bin_name(program.name)
        .about(program.about)
}

/// What clap says, in our words.
fn cause(error: &structopt::clap::Error) -> String {
    let word = error.info.as_ref().and_then(|words| words.first());
    match (error.kind, word) {
        (ErrorKind::UnknownArgument, Some(flag)) if flag.starts_with('-') => {
            format!("there is no flag {flag}")
        }
        (ErrorKind::UnknownArgument, Some(word)) => format!("`{word}` is one argument too many"),
        _ => first_paragraph(&error.message),
    }
}

/// The message of clap on one line: its first paragraph without `error:`.
fn first_paragraph(message: &str) -> String {
    let paragraph = message.split("\n\n").next().unwrap_or(message);
    let line = paragraph.split_whitespace().collect::<Vec<_>>().join(" ");
    let line = line.strip_prefix("error: ").unwrap_or(&line);
    let line = line.trim_end_matches('.');
    let mut letters = line.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_lowercase().chain(letters).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_clap_says_becomes_one_line() {
        assert_eq!(
            first_paragraph(
                "error: Found argument '--x' which wasn't expected, or isn't valid in this context\n\nUSAGE:\n    p [FLAGS]\n\nFor more information try --help"
            ),
            "found argument '--x' which wasn't expected, or isn't valid in this context"
        );
        assert_eq!(
            first_paragraph(
                "error: The following required arguments were not provided:\n    <DEST>\n\nUSAGE:"
            ),
            "the following required arguments were not provided: <DEST>"
        );
    }
}
