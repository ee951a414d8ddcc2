//! Where objects go on the disk: `downloads/<whole key>`, below a directory, or to one file.

use std::path::{Path, PathBuf};

use common::{Error, Kind, Result};

use crate::blocking::blocking;
use crate::tree::{Create, Tree, TreeError};

/// Where downloads go without a destination, below the current directory.
const DEFAULT_TARGET: &str = "downloads";

/// Where files go, and what of a key is not part of their path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Destination {
    /// The directory that files go below.
    pub directory: PathBuf,
    /// The name of the one object's file; `None` if its key says it.
    pub file_name: Option<String>,
    whole_keys: bool,
}

impl Destination {
    /// Without a path `downloads/<whole key>`; with one, what lies below it. One object goes into a
    /// path that is a directory, ends in `/` or has no name, else it becomes the file of this path.
    ///
    /// # Errors
    /// It names a file whose name is not UTF-8: names of files are text here, as keys are.
    pub fn of(path: Option<&Path>, one_object: bool) -> Result<Self> {
        let Some(path) = path else {
            return Ok(Self {
                directory: DEFAULT_TARGET.into(),
                file_name: None,
                whole_keys: true,
            });
        };
        let is_directory =
            !one_object || path.is_dir() || path.as_os_str().as_encoded_bytes().ends_with(b"/");
        let Some(name) = path.file_name().filter(|_| !is_directory) else {
            return Ok(Self {
                directory: path.to_owned(),
                file_name: None,
                whole_keys: false,
            });
        };
        let name = name.to_str().ok_or_else(|| {
            let shown = path.display().to_string();
            Error::new(Kind::Settings, "write to", shown, "its name is not UTF-8")
                .with_hint("name another file, or a directory with `/` at its end")
        })?;
        let above = path.parent().filter(|above| !above.as_os_str().is_empty());
        Ok(Self {
            directory: above.unwrap_or(Path::new(".")).to_owned(),
            file_name: Some(name.to_owned()),
            whole_keys: false,
        })
    }

    /// Opens the directory, making it unless this is a dry run, which may do without.
    pub(super) async fn open(&self, dry_run: bool) -> Result<Option<Tree>> {
        let directory = self.directory.clone();
        let shown = directory.display().to_string();
        let opened = blocking(&shown, move || {
            if dry_run {
                return Tree::open(&directory, Create::No);
            }
            let tree = Tree::open(&directory, Create::Yes)?;
            tree.folds_names()?;
            Ok(tree)
        });
        // A target that nothing can be written to fails the whole run, whatever the system calls it.
        let unwritable = |error: Error| error.with_kind(Kind::Disk).stopping_the_run();
        match opened.await? {
            Ok(tree) => Ok(Some(tree)),
            Err(TreeError::Missing(_)) if dry_run => Ok(None),
            Err(TreeError::InTheWay { .. }) => {
                let error = Error::new(Kind::Disk, "write to", shown, "it is not a directory");
                Err(unwritable(error.with_hint("name another directory")))
            }
            Err(error) => Err(unwritable(error.into_error("write to", shown))),
        }
    }

    /// The bytes of a key below `prefix` that are not part of its path.
    pub(super) fn stripped_bytes(&self, prefix: &str) -> usize {
        if self.whole_keys { 0 } else { prefix.len() }
    }

    /// The directory in front of each path that is shown.
    pub fn shown(&self) -> String {
        let text = self.directory.display().to_string();
        match text.trim_end_matches('/') {
            "" => "/".to_owned(),
            "." if self.file_name.is_some() => String::new(),
            text => text.to_owned(),
        }
    }

    /// The path of a file of this name as a person would type it.
    pub fn shown_path(&self, name: &str) -> String {
        shown_path(&self.shown(), name)
    }
}

/// The path below a directory as it is shown; an empty `directory` is the current one.
pub(super) fn shown_path(directory: &str, name: &str) -> String {
    match directory {
        "" | "/" => format!("{directory}{name}"),
        directory => format!("{directory}/{name}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_destination_the_whole_key_is_kept_below_downloads() {
        let destination = Destination::of(None, false).unwrap();
        assert_eq!(destination.directory, Path::new("downloads"));
        assert_eq!(destination.stripped_bytes("photos/"), 0);
    }

    #[test]
    fn one_object_becomes_its_destination_unless_that_is_a_directory() {
        let file = Destination::of(Some(Path::new("notes.txt")), true).unwrap();
        assert_eq!(
            (file.directory.as_path(), file.file_name.as_deref()),
            (Path::new("."), Some("notes.txt"))
        );
        assert_eq!(file.shown(), "");
        let directory = Destination::of(Some(Path::new("new/")), true).unwrap();
        assert_eq!(
            (directory.shown().as_str(), directory.file_name),
            ("new", None)
        );
    }

    #[test]
    fn below_a_directory_the_directory_asked_for_is_stripped() {
        let destination = Destination::of(Some(Path::new("/")), false).unwrap();
        assert_eq!(destination.stripped_bytes("photos/"), 7);
        assert_eq!(destination.shown(), "/");
    }

    #[test]
    fn a_path_is_a_directory_if_it_is_one_ends_in_a_slash_or_takes_several() {
        let of = |path: &str, one| Destination::of(Some(Path::new(path)), one).unwrap();
        let kept = tempfile::tempdir().unwrap();
        let there = Destination::of(Some(kept.path()), true).unwrap();
        assert_eq!(
            (there.directory.as_path(), there.file_name),
            (kept.path(), None)
        );
        for (path, one, shown) in [
            ("new", true, "new"),
            ("new", false, "new/b"),
            ("new/", true, "new/b"),
            ("/x/new", true, "/x/new"),
            ("/", false, "/b"),
            (".", false, "./b"),
        ] {
            let destination = of(path, one);
            let name = destination.file_name.as_deref().unwrap_or("b");
            assert_eq!(destination.shown_path(name), shown);
        }
    }
}
