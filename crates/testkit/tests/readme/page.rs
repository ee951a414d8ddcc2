//! The pages for users: README.md, the manual of each program, and what all programs share.

use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// What all programs share: settings, exit codes, messages.
pub(crate) const SHARED: &str = "crates/common/README.md";

/// The programs; the manual of each stands in its crate.
pub(crate) const PROGRAMS: [&str; 5] = [
    "do_bucket_list",
    "do_bucket_download",
    "do_bucket_upload",
    "s3_restore",
    "bucket_demo",
];

/// One page.
pub(crate) struct Page {
    /// Its path below the root of the workspace.
    pub(crate) name: String,
    pub(crate) text: String,
}

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

/// All pages.
pub(crate) fn pages() -> Vec<Page> {
    let manuals = PROGRAMS.iter().map(|program| manual_name(program));
    let names = ["README.md", SHARED].into_iter().map(str::to_owned);
    names.chain(manuals).map(|name| Page::read(&name)).collect()
}

/// The manual of a program.
pub(crate) fn manual(program: &str) -> Page {
    Page::read(&manual_name(program))
}

fn manual_name(program: &str) -> String {
    format!("crates/{program}/README.md")
}

impl Page {
    pub(crate) fn read(name: &str) -> Self {
        let text = fs::read_to_string(root().join(name));
        Self {
            text: text.unwrap_or_else(|error| panic!("{name}: {error}")),
            name: name.to_owned(),
        }
    }

    pub(crate) fn write(&self, text: &str) {
        fs::write(root().join(&self.name), text).unwrap();
    }

    /// Its fenced blocks.
    pub(crate) fn blocks(&self) -> Vec<Block> {
        let mut blocks = Vec::new();
        let mut opened: Option<(String, usize)> = None;
        for (number, line) in self.text.lines().enumerate() {
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
        assert!(opened.is_none(), "{}: a block is not closed", self.name);
        blocks
    }

    /// Its fenced blocks of one language.
    pub(crate) fn blocks_of(&self, language: &str) -> Vec<Block> {
        let blocks = self.blocks().into_iter();
        blocks.filter(|block| block.language == language).collect()
    }

    /// The rows of the table below this heading, each as its cells; none without the heading.
    pub(crate) fn table(&self, heading: &str) -> Vec<Vec<String>> {
        let section = self.text.split_once(&format!("\n{heading}\n"));
        let section = section.map_or("", |(_, section)| section);
        let rows = section.lines().skip_while(|line| !line.starts_with('|'));
        let rows = rows.take_while(|line| line.starts_with('|')).skip(2);
        rows.map(|row| {
            let cells = row.trim_matches('|').split(" | ");
            cells.map(|cell| cell.trim().to_owned()).collect()
        })
        .collect()
    }
}
