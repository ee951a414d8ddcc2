//! The flags and arguments of a program, read from clap, for help and completions.
//!
//! clap 2 has no function for this, but its parts are public, and clap 2 will not change any more.

use structopt::clap::{App, ArgMatches, ArgSettings};

use crate::config::print::Row;

/// All flags and arguments of a program.
pub(super) struct Table {
    pub(super) flags: Vec<Flag>,
    pub(super) words: Vec<Word>,
}

/// One flag.
pub(super) struct Flag {
    pub(super) short: Option<char>,
    /// Its name in clap.
    id: String,
    /// The name without the two dashes.
    pub(super) long: String,
    pub(super) help: String,
    pub(super) value: Option<Value>,
    /// It may be given several times.
    pub(super) repeated: bool,
}

/// The value of a flag.
pub(super) struct Value {
    /// Its name in the help: `FILE`.
    pub(super) name: String,
    /// All possible values; empty if they are not known.
    pub(super) choices: Vec<String>,
    /// It is optional, and must follow an `=`.
    pub(super) only_after_equals: bool,
}

/// An argument that is not a flag.
pub(super) struct Word {
    /// Its name in clap.
    id: String,
    /// Its name in the help: `LOCAL`.
    pub(super) name: String,
    pub(super) help: String,
    /// It may be given several times.
    pub(super) repeated: bool,
}

impl Table {
    pub(super) fn of(app: &App<'_, '_>) -> Self {
        let text = |help: Option<&str>| help.unwrap_or_default().to_owned();
        let parser = &app.p;
        let mut flags: Vec<(usize, Flag)> = Vec::new();
        for flag in &parser.flags {
            let new = Flag {
                id: flag.b.name.to_owned(),
                short: flag.s.short,
                long: text(flag.s.long),
                help: text(flag.b.help),
                value: None,
                repeated: flag.b.settings.is_set(ArgSettings::Multiple),
            };
            flags.push((flag.s.unified_ord, new));
        }
        for option in &parser.opts {
            let names = option.v.val_names.as_ref();
            let name = names.and_then(|names| names.values().next().copied());
            let choices = option.v.possible_vals.iter().flatten();
            let new = Flag {
                id: option.b.name.to_owned(),
                short: option.s.short,
                long: text(option.s.long),
                help: text(option.b.help),
                value: Some(Value {
                    name: text(name),
                    choices: choices.map(|&choice| choice.to_owned()).collect(),
                    only_after_equals: option.b.settings.is_set(ArgSettings::RequireEquals),
                }),
                repeated: option.b.settings.is_set(ArgSettings::Multiple),
            };
            flags.push((option.s.unified_ord, new));
        }
        flags.sort_by_key(|(order, _)| *order);
        let mut flags: Vec<Flag> = flags.into_iter().map(|(_, flag)| flag).collect();
        // clap adds these flags only while it parses.
        for (short, long, help) in [
            (
                'h',
                "help",
                "Print the flags that matter most; --help prints all",
            ),
            ('V', "version", "Print the version"),
        ] {
            flags.push(Flag {
                id: long.to_owned(),
                short: Some(short),
                long: long.to_owned(),
                help: help.to_owned(),
                value: None,
                repeated: false,
            });
        }
        let words = parser.positionals.values().map(|word| {
            let names = word.v.val_names.as_ref();
            Word {
                id: word.b.name.to_owned(),
                name: text(names.and_then(|names| names.values().next().copied())),
                help: text(word.b.help),
                repeated: word.b.settings.is_set(ArgSettings::Multiple),
            }
        });
        let words = words.collect();
        Self { flags, words }
    }
}

impl Table {
    /// What a command line says of arguments and flags with values, and the defaults of these flags
    /// that are values and not variables. One row each.
    pub(super) fn settings(&self, matches: &ArgMatches<'_>) -> Vec<Row> {
        let given = |id: &str| Some(matches.values_of_lossy(id)?.join(" "));
        let words = self.words.iter().filter_map(|word| {
            let value = given(&word.id)?;
            Some(Row::new(&word.name, Some(value), "command line"))
        });
        let flags = self.flags.iter().filter(|flag| flag.value.is_some());
        let flags = flags.filter_map(|flag| match (given(&flag.id), flag.default()) {
            (Some(value), _) => Some(Row::new(
                &flag.long,
                Some(value),
                format!("--{}", flag.long),
            )),
            (None, Some(default)) => {
                Some(Row::new(&flag.long, Some(default.to_owned()), "default"))
            }
            (None, None) => None,
        });
        words.chain(flags).collect()
    }
}

impl Flag {
    /// The default that the help names, unless it depends on variables or other flags.
    fn default(&self) -> Option<&str> {
        let (_, default) = self.help.split_once("[default: ")?;
        let default = default.split(']').next()?;
        let is_value = !default.contains(|letter: char| letter.is_ascii_uppercase());
        let is_size = default.starts_with(|letter: char| letter.is_ascii_digit());
        (is_value || is_size).then_some(default)
    }

    /// `-c, --path <PATH>`.
    pub(super) fn synopsis(&self) -> String {
        let short = match self.short {
            Some(short) => format!("-{short}, "),
            None => "    ".to_owned(),
        };
        let value = match &self.value {
            None => String::new(),
            Some(value) if value.only_after_equals => format!("[=<{}>]", value.name),
            Some(value) => format!(" <{}>", value.name),
        };
        format!("{short}--{}{value}", self.long)
    }

    /// The first clause of the help.
    pub(super) fn summary(&self) -> &str {
        let ends = ["; ", ". ", ", ", ": ", " [", " ("];
        let end = ends.iter().filter_map(|end| self.help.find(end)).min();
        end.and_then(|end| self.help.get(..end))
            .unwrap_or(&self.help)
    }
}
