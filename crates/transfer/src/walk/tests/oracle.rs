//! The older walk, sorted by `walkdir`: simple, but it needs too much memory for large directories.
//! [`walk`](super::super::walk) must return the same.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use walkdir::{DirEntry, WalkDir};

use super::super::{Cause, Links, LocalFile, WalkFailure, file, order, relative};
use crate::keypath::is_temp_name;

pub(super) struct Oracle {
    root: PathBuf,
    links: Links,
    entries: walkdir::IntoIter,
}

impl Oracle {
    pub(super) fn new(root: &Path, links: Links) -> Self {
        let entries = WalkDir::new(root)
            .follow_links(links == Links::Follow)
            .sort_by(by_key(links))
            .into_iter();
        Self {
            root: root.to_owned(),
            links,
            entries,
        }
    }

    fn judge(&mut self, entry: DirEntry) -> Option<Result<LocalFile, WalkFailure>> {
        if entry.depth() == 0 {
            return judge_root(&entry);
        }
        let kind = entry.file_type();
        if kind.is_symlink() && self.links == Links::Skip {
            return None;
        }
        let name = entry.file_name().to_str();
        if kind.is_file() && name.is_some_and(is_temp_name) {
            return None;
        }
        let relative = match relative(entry.path().strip_prefix(&self.root).unwrap()) {
            Ok(relative) => relative,
            Err(cause) => {
                if kind.is_dir() {
                    self.entries.skip_current_dir();
                }
                return Some(Err(WalkFailure::new(entry.into_path(), cause)));
            }
        };
        if kind.is_dir() {
            return None;
        }
        let depth = entry.depth();
        Some(file(entry.into_path(), relative, self.links, depth))
    }
}

fn judge_root(entry: &DirEntry) -> Option<Result<LocalFile, WalkFailure>> {
    if entry.path().is_dir() {
        return None;
    }
    let path = entry.path().to_owned();
    match relative(Path::new(entry.file_name())) {
        Ok(relative) => Some(file(path, relative, Links::Follow, 0)),
        Err(cause) => Some(Err(WalkFailure::new(path, cause))),
    }
}

impl Iterator for Oracle {
    type Item = Result<LocalFile, WalkFailure>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let judged = match self.entries.next()? {
                Ok(entry) => self.judge(entry),
                Err(error) => Some(Err(failure(&self.root, error))),
            };
            if judged.is_some() {
                return judged;
            }
        }
    }
}

fn failure(root: &Path, error: walkdir::Error) -> WalkFailure {
    match (error.path(), error.loop_ancestor()) {
        (Some(path), Some(ancestor)) => WalkFailure::new(path, Cause::Loop(ancestor.to_owned())),
        _ => WalkFailure::from_walkdir(root, error),
    }
}

fn by_key(links: Links) -> impl FnMut(&DirEntry, &DirEntry) -> Ordering + Send + Sync {
    let mut seen = LinkTargets::default();
    move |one, other| {
        let one_is_dir = is_dir(one, links, &mut seen);
        let other_is_dir = is_dir(other, links, &mut seen);
        order::compare(one.file_name(), one_is_dir, other.file_name(), other_is_dir)
    }
}

fn is_dir(entry: &DirEntry, links: Links, seen: &mut LinkTargets) -> bool {
    if entry.file_type().is_symlink() && links == Links::Follow {
        seen.is_dir(entry.path(), entry.file_name())
    } else {
        entry.file_type().is_dir()
    }
}

#[derive(Default)]
struct LinkTargets {
    directory: PathBuf,
    is_dir: HashMap<OsString, bool>,
}

impl LinkTargets {
    fn is_dir(&mut self, path: &Path, name: &OsStr) -> bool {
        let directory = path.parent().unwrap();
        if self.directory != directory {
            self.directory = directory.to_owned();
            self.is_dir.clear();
        }
        if let Some(&known) = self.is_dir.get(name) {
            return known;
        }
        let answer = path.is_dir();
        self.is_dir.insert(name.to_owned(), answer);
        answer
    }
}
