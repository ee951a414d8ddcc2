//! Reads one profile file line by line, like the AWS CLI: a comment may follow a value, quotes and
//! backslashes have no meaning, and indented lines below `name =` are a nested block.

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;

use crate::error::{Error, Result};

/// One section. Keys are in lower case; a key of a nested block is `s3.addressing_style`.
pub(super) type Section = BTreeMap<String, String>;

/// A profile file. A missing one is empty.
#[derive(Debug)]
pub(super) struct Parsed {
    pub(super) path: PathBuf,
    pub(super) sections: BTreeMap<String, Section>,
}

impl Parsed {
    /// Reads the file; a missing file counts as empty.
    ///
    /// # Errors
    /// Exit 3: the file exists and cannot be read, is not UTF-8, or has a line that is not valid.
    /// `variable` is the variable that can name another file.
    pub(super) fn read(path: PathBuf, variable: &str, is_config: bool) -> Result<Self> {
        let problem = |what: String| {
            Error::settings(format!("the profile file {} {what}", path.display()))
                .with_hint(format!("correct it, or name another file with {variable}"))
        };
        let bytes = match std::fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if is_absent(&error) => {
                return Ok(Self {
                    path,
                    sections: BTreeMap::new(),
                });
            }
            Err(error) => {
                let cause = Error::io("read", "", &error).cause();
                return Err(problem(format!("cannot be read: {cause}")));
            }
        };
        let text = String::from_utf8(bytes).map_err(|_| problem("is not UTF-8 text".into()))?;
        Ok(Self {
            sections: sections(&text, is_config).map_err(problem)?,
            path,
        })
    }
}

fn is_absent(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
    )
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

/// Sections by title. A profile of the config file has the title `profile NAME`. If a key appears
/// twice, the last value wins.
fn sections(text: &str, is_config: bool) -> Result<BTreeMap<String, Section>, String> {
    let mut sections: BTreeMap<String, Section> = BTreeMap::new();
    let mut title: Option<String> = None;
    let mut block: Option<String> = None;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    for (index, line) in text.lines().enumerate() {
        let content = line.trim();
        if content.is_empty() || content.starts_with(['#', ';']) {
            continue;
        }
        if let Some(rest) = content.strip_prefix('[') {
            let (inside, _) = rest
                .split_once(']')
                .ok_or_else(|| format!("has no `]` in line {}", index + 1))?;
            let inside = title_of(inside, is_config);
            sections.entry(inside.clone()).or_default();
            title = Some(inside);
            block = None;
            continue;
        }
        let (key, value) = without_comment(line)
            .split_once('=')
            .ok_or_else(|| format!("has no `=` in line {}", index + 1))?;
        // Lines before the first section are ignored.
        let Some(section) = title.as_ref().and_then(|title| sections.get_mut(title)) else {
            continue;
        };
        let (name, value) = (key.trim().to_ascii_lowercase(), value.trim());
        match &block {
            Some(block) if key.starts_with([' ', '\t']) => {
                section.insert(format!("{block}.{name}"), value.to_owned());
            }
            _ => {
                block = value.is_empty().then(|| name.clone());
                section.insert(name, value.to_owned());
            }
        }
    }
    Ok(sections)
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

#[cfg(test)]
mod tests;
