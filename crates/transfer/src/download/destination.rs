//! Where a download goes: `downloads/<whole key>`, below a directory, or to one file.

use std::path::{Path, PathBuf};

use common::{Error, Kind, Result};

/// Where downloads go without a destination, below the current directory.
const DEFAULT_TARGET: &str = "downloads";

/// The directory and the name of a file; `None` if the path has no name, such as `..`.
pub fn file_in(path: &Path) -> Option<Result<(&Path, &str)>> {
    let Some(name) = path.file_name()?.to_str() else {
        let shown = path.display().to_string();
        let error = Error::new(Kind::Settings, "write to", shown, "its name is not UTF-8");
        return Some(Err(
            error.with_hint("name another file, or a directory with `/` at its end")
        ));
    };
    let above = path.parent().filter(|above| !above.as_os_str().is_empty());
    Some(Ok((above.unwrap_or(Path::new(".")), name)))
}

/// Where files go, and what of a key is not part of their path.
pub(super) struct Destination {
    /// The directory that files go below.
    pub(super) target: PathBuf,
    whole_keys: bool,
    /// The name of one object, if it is not its own.
    pub(super) file_name: Option<String>,
}

impl Destination {
    /// Without a destination `downloads/<whole key>`; with one, what lies below it. One object goes
    /// into a destination that is a directory or ends in `/`, else it becomes the destination.
    ///
    /// # Errors
    /// It names a file whose name is not UTF-8: names of files are text here, as keys are.
    pub(super) fn of(into: Option<&Path>, one_object: bool) -> Result<Self> {
        let Some(into) = into else {
            return Ok(Self {
                target: DEFAULT_TARGET.into(),
                whole_keys: true,
                file_name: None,
            });
        };
        let directory =
            !one_object || into.is_dir() || into.as_os_str().as_encoded_bytes().ends_with(b"/");
        let (target, file_name) = match file_in(into).filter(|_| !directory) {
            Some(Ok((above, name))) => (above, Some(name.to_owned())),
            Some(Err(error)) => return Err(error),
            None => (into, None),
        };
        Ok(Self {
            target: target.to_owned(),
            whole_keys: false,
            file_name,
        })
    }

    /// The bytes of a key below `prefix` that are not part of its path.
    pub(super) fn stripped_bytes(&self, prefix: &str) -> usize {
        if self.whole_keys { 0 } else { prefix.len() }
    }

    /// What stands in front of each path that is shown.
    pub(super) fn shown(&self) -> String {
        let text = self.target.display().to_string();
        match text.trim_end_matches('/') {
            "" => "/".to_owned(),
            "." if self.file_name.is_some() => String::new(),
            text => text.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_destination_the_whole_key_is_kept_below_downloads() {
        let destination = Destination::of(None, false).unwrap();
        assert_eq!(destination.target, Path::new("downloads"));
        assert_eq!(destination.stripped_bytes("photos/"), 0);
    }

    #[test]
    fn one_object_becomes_its_destination_unless_that_is_a_directory() {
        let file = Destination::of(Some(Path::new("notes.txt")), true).unwrap();
        assert_eq!(
            (file.target.as_path(), file.file_name.as_deref()),
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
}
