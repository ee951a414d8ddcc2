//! The profile files that `aws configure` writes: `~/.aws/credentials` and `~/.aws/config`.
//!
//! Read with a real INI parser, after a pass over the lines that takes out what these files may
//! have and the parser does not know: comments after values, indented comments, lines without `=`.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use ini::{Ini, ParseOption};

use super::setting::{Origin, Setting};
use crate::env::Env;
use crate::error::{Error, Result};

/// One section: keys in lower case; those of a nested block as `s3.addressing_style`.
type Section = BTreeMap<String, String>;

/// Both files, as far as they are there.
#[derive(Debug)]
pub(crate) struct ProfileFiles {
    credentials: Option<Parsed>,
    config: Option<Parsed>,
}

#[derive(Debug)]
struct Parsed {
    path: PathBuf,
    sections: BTreeMap<String, Section>,
    exists: bool,
}

/// One profile, which may be in both files. Its keys in the credentials file come first.
#[derive(Clone, Debug)]
pub(crate) struct Profile<'a> {
    pub(crate) name: String,
    pub(crate) credentials: Option<Part<'a>>,
    pub(crate) config: Option<Part<'a>>,
}

/// A profile in one file.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Part<'a> {
    section: &'a Section,
    pub(crate) file: &'a Path,
}

impl<'a> Part<'a> {
    /// The value of a key; empty counts as absent.
    pub(crate) fn get(&self, key: &str) -> Option<&'a str> {
        let value = self.section.get(key)?;
        Some(value.as_str()).filter(|value| !value.is_empty())
    }
}

impl<'a> Profile<'a> {
    /// The value of a key, from the credentials file first.
    pub(crate) fn get(&self, key: &str) -> Option<&'a str> {
        self.parts().find_map(|part| part.get(key))
    }

    /// The same with its origin.
    pub(crate) fn setting(&self, key: &str) -> Option<Setting<String>> {
        self.parts().find_map(|part| {
            Some(Setting::new(
                part.get(key)?.to_owned(),
                self.origin(part.file),
            ))
        })
    }

    pub(crate) fn origin(&self, file: &Path) -> Origin {
        Origin::Profile {
            name: self.name.clone(),
            file: file.to_owned(),
        }
    }

    fn parts(&self) -> impl Iterator<Item = Part<'a>> {
        self.credentials.into_iter().chain(self.config)
    }

    /// `profile work in /home/me/.aws/config`, for messages.
    pub(crate) fn describe(&self) -> String {
        let file = self
            .parts()
            .next()
            .map(|part| part.file.display().to_string());
        format!("profile {} in {}", self.name, file.unwrap_or_default())
    }
}

impl ProfileFiles {
    /// Reads what is there. Without HOME and the variables that name the files there is nothing.
    ///
    /// # Errors
    /// Exit 3: a file that is there and cannot be read, is not UTF-8, or has a line that makes
    /// no sense.
    pub(crate) fn read(env: &Env) -> Result<Self> {
        let path = |variable: &str, name: &str| match env.get(variable) {
            Some(path) => Some(expand(path, env.get("HOME"))),
            None => env
                .get("HOME")
                .map(|home| Path::new(home).join(".aws").join(name)),
        };
        let read = |variable, name, is_config| {
            path(variable, name)
                .map(|path| Parsed::read(path, is_config))
                .transpose()
        };
        Ok(Self {
            credentials: read("AWS_SHARED_CREDENTIALS_FILE", "credentials", false)?,
            config: read("AWS_CONFIG_FILE", "config", true)?,
        })
    }

    /// The profile of this name, if one of the files has it.
    pub(crate) fn profile(&self, name: &str) -> Option<Profile<'_>> {
        let credentials = part(self.credentials.as_ref(), name);
        let config = part(self.config.as_ref(), &format!("profile {name}"));
        (credentials.is_some() || config.is_some()).then(|| Profile {
            name: name.to_owned(),
            credentials,
            config,
        })
    }

    /// `[sso-session NAME]`.
    pub(crate) fn sso_session(&self, name: &str) -> Option<Part<'_>> {
        self.titled(&format!("sso-session {name}"))
    }

    /// The endpoint of a profile: of S3 in its `services`, or of everything.
    pub(crate) fn endpoint_url(&self, profile: &Profile<'_>) -> Option<Setting<String>> {
        let of_s3 = profile.get("services").and_then(|name| {
            let services = self.titled(&format!("services {name}"))?;
            let url = services.get("s3.endpoint_url")?;
            Some(Setting::new(url.to_owned(), profile.origin(services.file)))
        });
        of_s3.or_else(|| profile.setting("endpoint_url"))
    }

    fn titled(&self, title: &str) -> Option<Part<'_>> {
        part(self.config.as_ref(), title)
    }

    /// Which files were looked at, for messages.
    pub(crate) fn describe(&self) -> String {
        let files: Vec<&Parsed> = [&self.credentials, &self.config]
            .into_iter()
            .flatten()
            .collect();
        if files.is_empty() {
            return "HOME is not set, so there are no profile files".to_owned();
        }
        let list = |exists: bool| {
            let names: Vec<String> = files
                .iter()
                .filter(|file| file.exists == exists)
                .map(|file| file.path.display().to_string())
                .collect();
            names.join(" and ")
        };
        match (list(true), list(false)) {
            (there, missing) if there.is_empty() => {
                format!("there is no {}", missing.replace(" and ", " and no "))
            }
            (there, missing) if missing.is_empty() => format!("looked in {there}"),
            (there, missing) => format!("looked in {there}; there is no {missing}"),
        }
    }

    /// What to do about a profile that does not exist.
    pub(crate) fn hint_about_names(&self) -> String {
        let mut names: Vec<&str> = Vec::new();
        if let Some(file) = &self.credentials {
            names.extend(file.sections.keys().map(String::as_str));
        }
        if let Some(file) = &self.config {
            names.extend(
                file.sections
                    .keys()
                    .filter_map(|title| title.strip_prefix("profile ")),
            );
        }
        names.sort_unstable();
        names.dedup();
        if names.is_empty() {
            "write one with `aws configure --profile NAME`, or export AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY".to_owned()
        } else {
            format!("use one of: {}", names.join(", ").escape_debug())
        }
    }
}

fn part<'a>(file: Option<&'a Parsed>, title: &str) -> Option<Part<'a>> {
    let file = file?;
    Some(Part {
        section: file.sections.get(title)?,
        file: &file.path,
    })
}

impl Parsed {
    fn read(path: PathBuf, is_config: bool) -> Result<Self> {
        let bytes = match std::fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if is_absent(&error) => {
                return Ok(Self {
                    path,
                    sections: BTreeMap::new(),
                    exists: false,
                });
            }
            Err(error) => {
                let cause = Error::io("read", "", &error);
                return Err(Error::settings(format!(
                    "the profile file {} cannot be read: {}",
                    path.display(),
                    cause.cause()
                )));
            }
        };
        let problem =
            |what: String| Error::settings(format!("the profile file {} {what}", path.display()));
        let text = String::from_utf8(bytes).map_err(|_| problem("is not UTF-8 text".into()))?;
        let prepared = prepare(&text).map_err(&problem)?;
        let options = ParseOption {
            enabled_quote: false,
            enabled_escape: false,
            enabled_indented_mutiline_value: false,
            enabled_preserve_key_leading_whitespace: true,
        };
        let ini = Ini::load_from_str_opt(&prepared, options)
            .map_err(|error| problem(format!("makes no sense in line {}", error.line)))?;
        Ok(Self {
            sections: sections(&ini, is_config),
            path,
            exists: true,
        })
    }
}

fn is_absent(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
    )
}

/// `~` as the AWS CLI expands it.
pub(crate) fn expand(path: &str, home: Option<&str>) -> PathBuf {
    match (path.strip_prefix("~/"), home) {
        (Some(rest), Some(home)) => Path::new(home).join(rest),
        _ => PathBuf::from(path),
    }
}

/// Makes each line one that the parser reads as the AWS CLI does, keeping the line numbers.
fn prepare(text: &str) -> Result<String, String> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut prepared = String::with_capacity(text.len());
    for (index, line) in text.lines().enumerate() {
        let content = line.trim();
        if content.is_empty() || content.starts_with(['#', ';']) {
            prepared.push('\n');
            continue;
        }
        let kept = if content.starts_with('[') {
            let end = content
                .find(']')
                .ok_or_else(|| format!("has no `]` in line {}", index + 1))?;
            content.get(..=end).unwrap_or(content)
        } else if line.contains('=') {
            without_comment(line)
        } else {
            return Err(format!("has no `=` in line {}", index + 1));
        };
        prepared.push_str(kept);
        // A backslash at the end would join the next line; a space after it is trimmed again.
        prepared.push_str(" \n");
    }
    Ok(prepared)
}

/// A comment begins with `#` or `;` after a space.
fn without_comment(line: &str) -> &str {
    let begin = line
        .match_indices(['#', ';'])
        .map(|(at, _)| at)
        .find(|&at| {
            line.get(..at)
                .is_some_and(|before| before.ends_with([' ', '\t']))
        });
    begin.and_then(|at| line.get(..at)).unwrap_or(line)
}

/// Sections by title, spaces made one; a profile of the config file as `profile NAME`. What is
/// said twice holds as it was said last.
fn sections(ini: &Ini, is_config: bool) -> BTreeMap<String, Section> {
    let mut sections: BTreeMap<String, Section> = BTreeMap::new();
    for (title, properties) in ini {
        let Some(title) = title else { continue };
        let section = sections.entry(title_of(title, is_config)).or_default();
        let mut block: Option<String> = None;
        for (key, value) in properties {
            let is_indented = key.starts_with([' ', '\t']);
            let key = key.trim().to_ascii_lowercase();
            match (&block, is_indented) {
                (Some(block), true) => {
                    section.insert(format!("{block}.{key}"), value.trim().to_owned());
                }
                _ => {
                    block = value.trim().is_empty().then(|| key.clone());
                    section.insert(key, value.trim().to_owned());
                }
            }
        }
    }
    sections
}

fn title_of(title: &str, is_config: bool) -> String {
    let title = title.trim();
    if !is_config {
        return title.to_owned();
    }
    match title.split_once([' ', '\t']) {
        None if title == "default" => "profile default".to_owned(),
        None => title.to_owned(),
        Some((kind, name)) => {
            let name = name.trim().trim_matches(['"', '\'']);
            format!("{kind} {name}")
        }
    }
}
