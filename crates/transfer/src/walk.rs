//! A local directory as the objects it will become: files in byte order of their keys.
//!
//! Only what is a regular file is ever opened. What cannot be sent is named and the walk goes
//! on.

mod failure;
mod local;
mod order;
mod source;

use std::path::{Path, PathBuf};

use walkdir::{DirEntry, WalkDir};

pub use failure::{Cause, WalkFailure};
pub use local::{Links, LocalFile};
pub use source::open;

use crate::keypath::{RelativePath, is_temp_name};
use crate::tree::FileKind;

/// The files below a directory; see [`walk`].
#[derive(Debug)]
pub struct Walk {
    root: PathBuf,
    links: Links,
    entries: walkdir::IntoIter,
    skipped_links: u64,
}

/// Walks `root`, or yields it alone if it is a file. Blocks on the disk. Our own unfinished
/// files are left out without a word.
pub fn walk(root: &Path, links: Links) -> Walk {
    let entries = WalkDir::new(root)
        .follow_links(links == Links::Follow)
        .sort_by(order::by_key(links))
        .into_iter();
    Walk {
        root: root.to_owned(),
        links,
        entries,
        skipped_links: 0,
    }
}

impl Walk {
    /// How many links were left out so far ([`Links::Skip`]).
    pub fn skipped_links(&self) -> u64 {
        self.skipped_links
    }

    /// `None` for what needs no word: directories, our own files, links to be left out.
    fn judge(&mut self, entry: DirEntry) -> Option<Result<LocalFile, WalkFailure>> {
        if entry.depth() == 0 {
            return self.judge_root(&entry);
        }
        let kind = entry.file_type();
        if kind.is_symlink() && self.links == Links::Skip {
            self.skipped_links += 1;
            return None;
        }
        let name = entry.file_name().to_str();
        if kind.is_file() && name.is_some_and(is_temp_name) {
            return None;
        }
        let relative = match relative(
            entry
                .path()
                .strip_prefix(&self.root)
                .unwrap_or(entry.path()),
        ) {
            Ok(relative) => relative,
            Err(cause) => {
                // One word for a directory, not one for each file in it.
                if kind.is_dir() {
                    self.entries.skip_current_dir();
                }
                return Some(Err(WalkFailure::new(entry.into_path(), cause)));
            }
        };
        if kind.is_dir() {
            return None;
        }
        Some(file(entry.into_path(), relative, self.links))
    }

    /// The root was named by the user: a link is followed, and a file is sent under any name.
    fn judge_root(&self, entry: &DirEntry) -> Option<Result<LocalFile, WalkFailure>> {
        if entry.path().is_dir() {
            return None;
        }
        let path = entry.path().to_owned();
        match relative(Path::new(entry.file_name())) {
            Ok(relative) => Some(file(path, relative, Links::Follow)),
            Err(cause) => Some(Err(WalkFailure::new(path, cause))),
        }
    }
}

fn relative(path: &Path) -> Result<RelativePath, Cause> {
    match RelativePath::from_walk(path) {
        None => Err(Cause::NotUtf8),
        Some(path) => path.map_err(Cause::NoKey),
    }
}

fn file(path: PathBuf, relative: RelativePath, links: Links) -> Result<LocalFile, WalkFailure> {
    match source::state(&path, links) {
        Ok(state) if state.kind == FileKind::File => Ok(LocalFile {
            relative,
            path,
            state,
        }),
        Ok(_) => Err(WalkFailure::new(path, Cause::Special)),
        Err(error) => Err(WalkFailure::new(path, Cause::Io(error))),
    }
}

impl Iterator for Walk {
    type Item = Result<LocalFile, WalkFailure>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let judged = match self.entries.next()? {
                Ok(entry) => self.judge(entry),
                Err(error) => Some(Err(WalkFailure::from_walkdir(&self.root, error))),
            };
            if judged.is_some() {
                return judged;
            }
        }
    }
}

#[cfg(test)]
mod tests;
