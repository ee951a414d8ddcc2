//! The only reader of the process environment.
//!
//! Reads the variables of [`VARIABLES`] and no other, once, at the start. Empty counts as unset.
//! Five of them may be given as `NAME_FILE` instead, a file that holds the value, as Docker and
//! systemd hand out secrets.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::fs::File;
use std::io::Read as _;
use std::path::PathBuf;

use crate::config::Origin;
use crate::error::{Error, Result};

mod render;
mod table;

pub use render::{example_file, markdown};
pub use table::{Group, VARIABLES, Variable};

/// Ends every message about variables that are missing; true because `.env.example` lists all.
pub const HOW_TO_EXPORT: &str =
    "fill in a copy of .env.example and load it with `set -a; . ./.env; set +a`";

/// No key, token or address is longer; a path given by mistake may name a disk.
const TWIN_LIMIT_BYTES: u64 = 64 * 1024;

/// The variables of [`VARIABLES`] as this process got them.
#[derive(Clone, Default)]
pub struct Env {
    values: BTreeMap<&'static str, Value>,
}

#[derive(Clone)]
struct Value {
    text: String,
    /// The file that a `NAME_FILE` named.
    file: Option<(&'static str, PathBuf)>,
}

impl Env {
    /// Reads the environment of this process.
    ///
    /// # Errors
    /// Exit 3: a value that is not UTF-8; a variable given twice, as NAME and NAME_FILE; a
    /// NAME_FILE that is empty or cannot be read.
    pub fn read() -> Result<Self> {
        Self::look_up(|name| std::env::var_os(name))
    }

    /// The same from given pairs, for tests and for programs that start others.
    ///
    /// # Errors
    /// As [`Env::read`].
    pub fn from_pairs<N, V>(pairs: impl IntoIterator<Item = (N, V)>) -> Result<Self>
    where
        N: Into<String>,
        V: Into<OsString>,
    {
        let pairs: BTreeMap<String, OsString> = pairs
            .into_iter()
            .map(|(name, value)| (name.into(), value.into()))
            .collect();
        Self::look_up(|name| pairs.get(name).cloned())
    }

    fn look_up(ask: impl Fn(&str) -> Option<OsString>) -> Result<Self> {
        let ask = |name: &str| ask(name).filter(|value| !value.is_empty());
        let mut values = BTreeMap::new();
        for variable in VARIABLES {
            for name in [Some(variable.name), variable.lower_case]
                .into_iter()
                .flatten()
            {
                if let Some(value) = ask(name) {
                    let text = utf8(name, value)?;
                    values.insert(name, Value { text, file: None });
                }
            }
            let Some(twin) = variable.twin else { continue };
            let Some(path) = ask(twin) else { continue };
            if values.contains_key(variable.name) {
                return Err(
                    Error::settings(format!("{} and {twin} are both set", variable.name))
                        .with_hint(format!(
                            "unset one of them: {twin} names a file that holds the value"
                        )),
                );
            }
            let text = read_twin(twin, &path)?;
            let file = Some((twin, PathBuf::from(path)));
            values.insert(variable.name, Value { text, file });
        }
        Ok(Self { values })
    }

    /// The value of a variable; None if it is unset, empty, or not in the table.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(|value| value.text.as_str())
    }

    /// Where the value of this variable comes from: the variable itself, or its file.
    pub fn origin(&self, name: &str) -> Option<Origin> {
        let (&name, value) = self.values.get_key_value(name)?;
        Some(match &value.file {
            None => Origin::Variable(name),
            Some((twin, path)) => Origin::File {
                variable: twin,
                path: path.clone(),
            },
        })
    }

    /// The first of these variables that has a value: its name as in the table, and the value.
    pub fn first<'a>(&'a self, names: &[&str]) -> Option<(&'static str, &'a str)> {
        names.iter().find_map(|name| {
            let (&name, value) = self.values.get_key_value(*name)?;
            Some((name, value.text.as_str()))
        })
    }
}

/// Names only: values may be secrets.
impl fmt::Debug for Env {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.values.keys()).finish()
    }
}

fn utf8(name: &str, value: OsString) -> Result<String> {
    value
        .into_string()
        .map_err(|_| Error::settings(format!("the value of {name} is not UTF-8 text")))
}

fn read_twin(twin: &str, path: &OsStr) -> Result<String> {
    let shown = PathBuf::from(path);
    let problem =
        |cause: String| Error::settings(format!("{twin} names {}, which {cause}", shown.display()));
    let mut bytes = Vec::new();
    File::open(&shown)
        .and_then(|file| file.take(TWIN_LIMIT_BYTES + 1).read_to_end(&mut bytes))
        .map_err(|error| {
            let error = Error::io("read", "", &error);
            problem(format!("cannot be read: {}", error.cause()))
                .with_hint("check the path and its permissions")
        })?;
    if u64::try_from(bytes.len()).is_ok_and(|length| length > TWIN_LIMIT_BYTES) {
        return Err(problem("is too long for a setting".to_owned()));
    }
    let text = String::from_utf8(bytes).map_err(|_| problem("is not UTF-8 text".to_owned()))?;
    let text = text.strip_suffix('\n').unwrap_or(&text);
    let text = text.strip_suffix('\r').unwrap_or(text);
    if text.is_empty() {
        return Err(problem("is empty".to_owned()));
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests;
