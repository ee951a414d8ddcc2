//! The only reader of the process environment.
//!
//! Reads only the variables of [`VARIABLES`], once, at the start. Empty counts as unset. Five of
//! them can also be given as `NAME_FILE`, a file that holds the value: Docker and systemd pass
//! secrets in this way.
#![expect(
    clippy::disallowed_methods,
    reason = "the only reader of the process environment"
)]

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use crate::config::{Origin, Setting};
use crate::error::{Error, Result};

mod table;

pub use table::{Group, VARIABLES, Variable};

/// The end of every message about missing variables. `.env.example` lists all variables.
pub(crate) const HOW_TO_EXPORT: &str =
    "fill in a copy of .env.example and load it with `set -a; . ./.env; set +a`";

/// No key, token or address is longer. The limit also protects us if the path is, for example, a
/// disk.
const TWIN_LIMIT_BYTES: u64 = 64 * 1024;

/// Paths, which may be any bytes. Read them with [`Env::path`].
const PATHS: [&str; 2] = ["HOME", "XDG_STATE_HOME"];

/// The variables of [`VARIABLES`] as this process got them.
#[derive(Clone, Default)]
pub struct Env {
    values: BTreeMap<&'static str, Value>,
}

#[derive(Clone)]
struct Value {
    raw: OsString,
    origin: Origin,
}

impl Env {
    /// Reads the variables that `concern` the program. Other variables may belong to other programs
    /// and hold anything.
    ///
    /// # Errors
    /// Exit 3, for each variable: a text value is not UTF-8; it is given twice, as NAME and as
    /// NAME_FILE; its NAME_FILE is empty or cannot be read. The other variables are read.
    pub(crate) fn read(concern: impl Fn(&Variable) -> bool) -> (Self, Vec<Error>) {
        Self::look_up(concern, |name| std::env::var_os(name))
    }

    /// The same from given pairs, for tests and for programs that start other programs.
    ///
    /// # Errors
    /// Exit 3: the first variable that is wrong.
    pub fn from_pairs<N, V>(pairs: impl IntoIterator<Item = (N, V)>) -> Result<Self>
    where
        N: Into<String>,
        V: Into<OsString>,
    {
        let pairs: BTreeMap<String, OsString> = pairs
            .into_iter()
            .map(|(name, value)| (name.into(), value.into()))
            .collect();
        let (env, wrong) = Self::look_up(|_| true, |name| pairs.get(name).cloned());
        match wrong.into_iter().next() {
            Some(error) => Err(error),
            None => Ok(env),
        }
    }

    fn look_up(
        concern: impl Fn(&Variable) -> bool,
        ask: impl Fn(&str) -> Option<OsString>,
    ) -> (Self, Vec<Error>) {
        let ask = |name: &str| ask(name).filter(|value| !value.is_empty());
        let mut env = Self {
            values: BTreeMap::new(),
        };
        let mut wrong = Vec::new();
        for variable in VARIABLES.iter().filter(|variable| concern(variable)) {
            wrong.extend(env.add(variable, ask).err());
        }
        (env, wrong)
    }

    fn add(&mut self, variable: &Variable, ask: impl Fn(&str) -> Option<OsString>) -> Result<()> {
        for name in [Some(variable.name), variable.lower_case]
            .into_iter()
            .flatten()
        {
            if let Some(raw) = ask(name) {
                if raw.to_str().is_none() && !PATHS.contains(&name) {
                    let cause = format!("the value of {name} is not UTF-8 text");
                    return Err(Error::settings(cause));
                }
                let origin = Origin::Variable(name);
                self.values.insert(name, Value { raw, origin });
            }
        }
        let Some(twin) = variable.twin else {
            return Ok(());
        };
        let Some(path) = ask(twin) else {
            return Ok(());
        };
        if self.values.contains_key(variable.name) {
            return Err(
                Error::settings(format!("{} and {twin} are both set", variable.name)).with_hint(
                    format!("unset one of them: {twin} names a file that holds the value"),
                ),
            );
        }
        let raw = read_twin(twin, &path)?.into();
        let origin = Origin::File {
            variable: twin,
            path: PathBuf::from(path),
        };
        self.values.insert(variable.name, Value { raw, origin });
        Ok(())
    }

    /// The value of a variable; `None` if it is unset, empty, or not in the table.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.values.get(name)?.raw.to_str()
    }

    /// The value of a variable that holds a path, which may be any bytes.
    pub fn path(&self, name: &str) -> Option<&Path> {
        self.values.get(name).map(|value| Path::new(&value.raw))
    }

    /// Where the value of this variable comes from: the variable itself, or its file.
    pub fn origin(&self, name: &str) -> Option<Origin> {
        Some(self.values.get(name)?.origin.clone())
    }

    /// The first of these variables that has a value.
    pub(crate) fn first(&self, names: &[&str]) -> Option<Setting<String>> {
        names.iter().find_map(|name| {
            let text = self.get(name)?.to_owned();
            Some(Setting::new(text, self.origin(name)?))
        })
    }
}

/// Whether a variable is set that other code reads, such as the C library.
pub(crate) fn is_set(name: &str) -> bool {
    std::env::var_os(name).is_some()
}

/// Whether the terminal cannot move its cursor (TERM=dumb, as in Emacs and some CI systems).
pub(crate) fn has_dumb_terminal() -> bool {
    std::env::var_os("TERM").is_some_and(|name| name == "dumb")
}

/// Shows names only, because values may be secrets.
impl fmt::Debug for Env {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.values.keys()).finish()
    }
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
