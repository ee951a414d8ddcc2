//! README.md and the blocks of code in it.

use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// One fenced block.
pub(crate) struct Block {
    /// What stands behind the opening fence: `sh`, `console`.
    pub(crate) language: String,
    /// Its lines, by their place in the page.
    pub(crate) lines: Range<usize>,
}

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .canonicalize()
        .unwrap()
}

pub(crate) fn path() -> PathBuf {
    root().join("README.md")
}

pub(crate) fn text() -> String {
    fs::read_to_string(path()).unwrap()
}

pub(crate) fn blocks(lines: &[&str]) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut opened: Option<(String, usize)> = None;
    for (number, line) in lines.iter().enumerate() {
        let Some(language) = line.strip_prefix("```") else {
            continue;
        };
        opened = match opened.take() {
            None => Some((language.to_owned(), number + 1)),
            Some((language, start)) => {
                let lines = start..number;
                blocks.push(Block { language, lines });
                None
            }
        };
    }
    assert!(opened.is_none(), "a block of README.md is not closed");
    blocks
}

/// The rows of the table below this heading, each as its cells.
pub(crate) fn table(heading: &str) -> Vec<Vec<String>> {
    let text = text();
    let section = text
        .split_once(&format!("\n{heading}\n"))
        .unwrap_or_else(|| panic!("README.md has no heading `{heading}`"));
    let rows = section.1.lines().skip_while(|line| !line.starts_with('|'));
    let rows = rows.take_while(|line| line.starts_with('|')).skip(2);
    rows.map(|row| {
        let cells = row.trim_matches('|').split(" | ");
        cells.map(|cell| cell.trim().to_owned()).collect()
    })
    .collect()
}
