//! The profile files that `aws configure` writes: `~/.aws/credentials` and `~/.aws/config`.

use std::path::{Path, PathBuf};

use super::ini::{Parsed, Section};
use super::setting::{Origin, Setting};
use crate::env::Env;
use crate::error::{Error, Result};

/// Both files; a missing file is empty.
#[derive(Debug, Default)]
pub(crate) struct ProfileFiles {
    credentials: Option<Parsed>,
    config: Option<Parsed>,
}

/// One profile, which may be in both files. Values in the credentials file take precedence.
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
    /// The value of a key. The credentials file takes precedence.
    pub(crate) fn get(&self, key: &str) -> Option<&'a str> {
        self.parts().find_map(|part| part.get(key))
    }

    /// The value of a key, with its origin.
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
    /// Reads the files that exist. Without HOME and the variables that name the files there are
    /// none.
    ///
    /// # Errors
    /// Exit 3: a file exists and cannot be read, is not UTF-8, or has a line that is not valid.
    pub(crate) fn read(env: &Env) -> Result<Self> {
        let home = env.path("HOME");
        let path = |variable: &str, name: &str| match env.get(variable) {
            Some(path) => Some(expand(path, home)),
            None => home.map(|home| home.join(".aws").join(name)),
        };
        let read = |variable, name, is_config| {
            path(variable, name)
                .map(|path| Parsed::read(path, variable, is_config))
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

    /// The profile that a flag or variable names.
    ///
    /// # Errors
    /// Exit 3: there is no such profile.
    pub(crate) fn asked(&self, asked: &Setting<String>) -> Result<Profile<'_>> {
        self.profile(&asked.value).ok_or_else(|| {
            Error::settings(format!(
                "{} names the profile `{}`, which does not exist ({})",
                asked.origin,
                asked.value.escape_debug(),
                self.describe()
            ))
            .with_hint(self.hint_about_names())
        })
    }

    /// `[sso-session NAME]`.
    pub(crate) fn sso_session(&self, name: &str) -> Option<Part<'_>> {
        self.titled(&format!("sso-session {name}"))
    }

    /// The endpoint of a profile: that of S3 in its `services`, or the one for all services.
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

    /// The files that were read, for messages.
    pub(crate) fn describe(&self) -> String {
        let files: Vec<&Parsed> = [&self.credentials, &self.config]
            .into_iter()
            .flatten()
            .collect();
        if files.is_empty() {
            return "HOME is not set, so there are no profile files".to_owned();
        }
        let paths: Vec<String> = files
            .iter()
            .map(|file| file.path.display().to_string())
            .collect();
        format!("looked in {}", paths.join(" and "))
    }

    /// The hint for a profile that does not exist.
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
            "write one with `aws configure --profile NAME`".to_owned()
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

/// Expands `~` like the AWS CLI.
pub(crate) fn expand(path: &str, home: Option<&Path>) -> PathBuf {
    match (path.strip_prefix("~/"), home) {
        (Some(rest), Some(home)) => home.join(rest),
        _ => PathBuf::from(path),
    }
}
