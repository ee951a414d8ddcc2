//! The workspace as the rules see it.

use std::fs;
use std::path::{Path, PathBuf};

/// The crates that only serve trying out and tests.
pub(crate) const SERVANTS: [&str; 3] = ["local_s3", "testkit", "hyper_tls_standin"];

/// One file of Rust.
#[derive(Debug)]
pub(crate) struct Source {
    /// From the root of the workspace, `crates/common/src/env.rs`.
    pub(crate) path: String,
    /// The directory below `crates`.
    pub(crate) krate: String,
    /// All lines.
    pub(crate) text: String,
    /// True for `tests/`, `tests.rs` and the like.
    pub(crate) is_test: bool,
}

impl Source {
    /// Lines with their numbers, without whole-line comments and without the inline test module.
    pub(crate) fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        let lines = self
            .text
            .lines()
            .enumerate()
            .map(|(index, line)| (index + 1, line));
        let body = lines.take(self.body_lines());
        body.filter(|(_, line)| !line.trim_start().starts_with("//"))
    }

    /// How many lines come before the inline test module.
    pub(crate) fn body_lines(&self) -> usize {
        let lines: Vec<&str> = self.text.lines().collect();
        let is_module = |line: &&str| line.starts_with("mod ") && line.ends_with('{');
        let starts = lines
            .iter()
            .enumerate()
            .filter(|(_, line)| line.trim() == "#[cfg(test)]");
        let before_module = |index: &usize| lines.get(index + 1).is_some_and(is_module);
        starts
            .map(|(index, _)| index)
            .find(before_module)
            .unwrap_or(lines.len())
    }

    /// True if the file is one of these, or below one of these that end in `/`.
    pub(crate) fn is_in(&self, places: &[&str]) -> bool {
        places.iter().any(|place| match place.strip_suffix('/') {
            Some(_) => self.path.starts_with(place),
            None => self.path == *place,
        })
    }

    pub(crate) fn is_program_code(&self) -> bool {
        !self.is_test && !SERVANTS.contains(&self.krate.as_str())
    }
}

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .canonicalize()
        .unwrap()
}

/// Every Rust file below `crates`.
pub(crate) fn sources() -> Vec<Source> {
    let root = root();
    let mut found: Vec<Source> = below(&root.join("crates"))
        .into_iter()
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .map(|path| {
            let text = fs::read_to_string(&path).unwrap();
            let path = path
                .strip_prefix(&root)
                .unwrap()
                .to_str()
                .unwrap()
                .to_owned();
            let is_test = path.contains("/tests/")
                || path.ends_with("/tests.rs")
                || path.contains("/benches/");
            let krate = path.split('/').nth(1).unwrap().to_owned();
            Source {
                path,
                krate,
                text,
                is_test,
            }
        })
        .collect();
    found.sort_by(|a, b| a.path.cmp(&b.path));
    assert!(
        found.len() > 20,
        "only {} sources under {}",
        found.len(),
        root.display()
    );
    found
}

/// Every file below a directory, build output left out.
pub(crate) fn below(directory: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if !path.is_dir() {
            found.push(path);
        } else if !path.ends_with("target") {
            found.extend(below(&path));
        }
    }
    found
}

/// Fails with every offence, if there is one.
pub(crate) fn none(rule: &str, offences: &[String]) {
    assert!(offences.is_empty(), "{rule}\n  {}", offences.join("\n  "));
}
