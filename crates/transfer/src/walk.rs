//! A local directory as the objects that it will become: files in byte order of their keys.
//!
//! Only regular files are opened. A file that cannot be sent is returned as a failure, and the walk
//! continues.

mod failure;
mod level;
mod local;
mod names;
mod order;
mod source;

use std::io;
use std::path::{Path, PathBuf};

pub use failure::{Cause, WalkFailure};
pub use local::{Links, LocalFile};
pub use source::open;

use crate::keypath::{RelativePath, is_temp_name};
use crate::tree::FileKind;
use level::Level;
use names::Kind;

/// The files below a directory; see [`walk`].
#[derive(Debug)]
pub struct Walk {
    root: PathBuf,
    /// What of each path is no part of its key.
    above: PathBuf,
    links: Links,
    started: bool,
    /// The open directories, from the root to the present one.
    levels: Vec<Level>,
}

/// Walks `root`, or returns only `root` if it is a file. Blocks on the disk. Our own unfinished
/// files are left out without a message.
pub fn walk(root: &Path, links: Links) -> Walk {
    Walk {
        root: root.to_owned(),
        above: root.to_owned(),
        links,
        started: false,
        levels: Vec::new(),
    }
}

/// Walks several files and directories, each with its own name at the beginning of its keys.
pub(crate) fn walk_each(
    mut roots: Vec<PathBuf>,
    links: Links,
) -> impl Iterator<Item = Result<LocalFile, WalkFailure>> {
    // The order of a directory that has all of them in it.
    roots.sort_by_cached_key(|root| {
        let mut key = root.file_name().unwrap_or_default().to_owned();
        key.push(if root.is_dir() { "/" } else { "" });
        key
    });
    roots.into_iter().flat_map(move |root| Walk {
        above: root.parent().unwrap_or(&root).to_owned(),
        ..walk(&root, links)
    })
}

impl Walk {
    /// The user named the root: a link is followed, and a file is sent whatever its name is.
    fn start(&mut self) -> Option<Result<LocalFile, WalkFailure>> {
        let path = self.root.clone();
        match path.metadata() {
            Err(error) => Some(Err(WalkFailure::from_io(path, error))),
            Ok(found) if found.is_dir() => {
                self.enter(path);
                None
            }
            Ok(_) => {
                let name = path.file_name().unwrap_or(path.as_os_str());
                match relative(Path::new(name)) {
                    Ok(relative) => Some(file(path, relative, Links::Follow, 0)),
                    Err(cause) => Some(Err(WalkFailure::new(path, cause))),
                }
            }
        }
    }

    fn enter(&mut self, directory: PathBuf) {
        self.levels.push(Level::read(directory, self.links));
    }

    /// `None` for entries without a message: directories, our own files, links that are left out.
    fn judge(&mut self, kind: Kind, path: PathBuf) -> Option<Result<LocalFile, WalkFailure>> {
        let kind = match (kind, self.links) {
            (Kind::Link | Kind::LinkToDirectory, Links::Skip) => {
                return None;
            }
            (Kind::Link | Kind::LinkToDirectory, Links::Follow) => match self.target(&path) {
                Ok(kind) => kind,
                Err(failure) => return Some(Err(failure)),
            },
            (kind, _) => kind,
        };
        let name = path.file_name().and_then(|name| name.to_str());
        if kind == Kind::File && name.is_some_and(is_temp_name) {
            return None;
        }
        // One message for a directory that cannot have a key, not one for each file in it.
        match relative(path.strip_prefix(&self.above).unwrap_or(&path)) {
            Err(cause) if kind == Kind::Directory => {
                Some(Err(WalkFailure::new(path, cause).hides_files()))
            }
            Err(cause) => Some(Err(WalkFailure::new(path, cause))),
            Ok(_) if kind == Kind::Directory => {
                self.enter(path);
                None
            }
            Ok(relative) => Some(file(path, relative, self.links, self.levels.len())),
        }
    }

    /// The target of a link. A directory that contains the link is refused, because the walk would
    /// not end.
    fn target(&self, link: &Path) -> Result<Kind, WalkFailure> {
        let found = link.metadata().map_err(|error| {
            let failure = WalkFailure::from_io(link.to_owned(), error);
            // What may not be looked at may be a directory.
            let is_denied = matches!(&failure.cause, Cause::Io(error) if error.kind() == io::ErrorKind::PermissionDenied);
            if is_denied { failure.hides_files() } else { failure }
        })?;
        let kind = Kind::of(found.file_type());
        let mut above = self.levels.iter().rev();
        match above.find(|level| kind == Kind::Directory && level.is_same(&found)) {
            Some(ancestor) => {
                let cause = Cause::Loop(ancestor.directory().to_owned());
                Err(WalkFailure::new(link, cause))
            }
            None => Ok(kind),
        }
    }
}

fn relative(path: &Path) -> Result<RelativePath, Cause> {
    match RelativePath::from_walk(path) {
        None => Err(Cause::NotUtf8),
        Some(path) => path.map_err(Cause::NoKey),
    }
}

fn file(
    path: PathBuf,
    relative: RelativePath,
    links: Links,
    depth: usize,
) -> Result<LocalFile, WalkFailure> {
    match source::state(&path, links) {
        Ok(state) if state.kind == FileKind::File => Ok(LocalFile {
            relative,
            path,
            depth,
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
            let judged = if self.started {
                match self.levels.last_mut()?.next() {
                    Some(Ok((kind, path))) => self.judge(kind, path),
                    Some(Err(failure)) => Some(Err(failure)),
                    None => {
                        self.levels.pop();
                        None
                    }
                }
            } else {
                self.started = true;
                self.start()
            };
            if let Some(judged) = judged {
                return Some(judged.map_err(|failure| failure.below(&self.above)));
            }
        }
    }
}

#[cfg(test)]
mod tests;
