//! One profile file, line by line.
//!
//! Read with a real INI parser, after a pass over the lines that takes out what these files may
//! have and the parser does not know: comments after values, indented comments, lines without `=`.

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;

use ini::{Ini, ParseOption};

use crate::error::{Error, Result};

/// One section: keys in lower case; those of a nested block as `s3.addressing_style`.
pub(super) type Section = BTreeMap<String, String>;

/// A profile file, or the place where there is none.
#[derive(Debug)]
pub(super) struct Parsed {
    pub(super) path: PathBuf,
    pub(super) sections: BTreeMap<String, Section>,
    pub(super) exists: bool,
}

impl Parsed {
    /// Reads the file; none is as good as an empty one.
    ///
    /// # Errors
    /// Exit 3: it is there and cannot be read, is not UTF-8, or has a line that makes no sense.
    /// `variable` could name another file.
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
                    exists: false,
                });
            }
            Err(error) => {
                let cause = Error::io("read", "", &error).cause();
                return Err(problem(format!("cannot be read: {cause}")));
            }
        };
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

#[cfg(test)]
mod tests;
