//! Where restored files go: the rules of `-c PATH`.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use common::{Bucket, Error, Kind, Result};
use transfer::download::file_in;

/// Where the files go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    /// Each object below the directory, at the last component of its name.
    Directory(PathBuf),
    /// The one object as NAME in DIRECTORY.
    File {
        /// The directory.
        directory: PathBuf,
        /// The name in it.
        name: String,
    },
}

impl Target {
    /// PATH is a directory if it exists as one, ends in `/`, or more than one name is given; else
    /// it is the file.
    pub(crate) fn of(path: &Path, names: usize) -> Result<Self> {
        let ends_in_slash = path.as_os_str().as_encoded_bytes().ends_with(b"/");
        let may_be_file = !ends_in_slash && names <= 1 && !path.is_dir();
        match file_in(path).filter(|_| may_be_file) {
            Some(file) => file.map(|(directory, name)| Self::File {
                directory: directory.to_owned(),
                name: name.to_owned(),
            }),
            None => Ok(Self::Directory(path.to_owned())),
        }
    }

    /// The directory that has to be opened.
    pub(crate) fn directory(&self) -> &Path {
        match self {
            Self::Directory(directory) | Self::File { directory, .. } => directory,
        }
    }

    /// The name that the object of this key gets there; empty if its key has none.
    pub(crate) fn name_of<'a>(&'a self, key: &'a str) -> &'a str {
        match self {
            Self::Directory(_) => last_component(key),
            Self::File { name, .. } => name,
        }
    }

    /// What stands in front of each name that is shown.
    pub(crate) fn shown(&self) -> String {
        let text = self.directory().display().to_string();
        match (text.trim_end_matches('/'), self) {
            ("", _) => "/".to_owned(),
            (".", Self::File { .. }) => String::new(),
            (text, _) => text.to_owned(),
        }
    }

    /// The path of the object of this key as a person would type it.
    pub(crate) fn shown_path(&self, key: &str) -> String {
        let (directory, name) = (self.shown(), self.name_of(key));
        match directory.as_str() {
            "" => name.to_owned(),
            "/" => format!("/{name}"),
            directory => format!("{directory}/{name}"),
        }
    }
}

/// Refuses two names that would need one file.
pub(crate) fn check_doubles(bucket: &Bucket, names: &[String]) -> Result<()> {
    let mut seen: HashMap<&str, &str> = HashMap::new();
    for name in names {
        let last = last_component(name);
        if let Some(first) = seen.insert(last, name) {
            let cause = if first == name {
                format!("it is named twice, and both would become {last}")
            } else {
                format!("`{first}` would become {last} too")
            };
            return Err(Error::new(
                Kind::Failed,
                "restore",
                format!("s3://{bucket}/{name}"),
                cause,
            )
            .with_hint("restore them one after the other, each with its own -c")
            .stopping_the_run());
        }
    }
    Ok(())
}

fn last_component(key: &str) -> &str {
    key.rsplit_once('/').map_or(key, |(_, last)| last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_a_directory_if_it_is_one_ends_in_a_slash_or_takes_several() {
        let kept = tempfile::tempdir().unwrap();
        let directory = Target::Directory(kept.path().to_owned());
        assert_eq!(Target::of(kept.path(), 1).unwrap(), directory);
        assert_eq!(
            Target::of(Path::new("new/"), 1).unwrap(),
            Target::Directory("new/".into())
        );
        assert_eq!(
            Target::of(Path::new("new"), 2).unwrap(),
            Target::Directory("new".into())
        );
        let file = Target::of(Path::new("new"), 1).unwrap();
        assert_eq!(
            (file.shown_path("a/b").as_str(), file.name_of("a/b")),
            ("new", "new")
        );
        let below = Target::of(Path::new("/x/new"), 1).unwrap();
        assert_eq!(below.shown_path("a/b"), "/x/new");
        assert_eq!(Target::Directory("out".into()).shown_path("a/b"), "out/b");
        assert_eq!(Target::Directory(".".into()).shown_path("a/b"), "./b");
    }

    #[test]
    fn two_names_that_need_one_file_are_refused() {
        let bucket = "b".parse().unwrap();
        let names = |all: &[&str]| all.iter().map(|&name| name.to_owned()).collect::<Vec<_>>();
        assert!(check_doubles(&bucket, &names(&["a/x", "b/y"])).is_ok());
        let error = check_doubles(&bucket, &names(&["a/x", "b/x"])).unwrap_err();
        assert_eq!(
            error.to_string(),
            "cannot restore s3://b/b/x: `a/x` would become x too"
        );
        let error = check_doubles(&bucket, &names(&["x", "x"])).unwrap_err();
        assert_eq!(
            error.to_string(),
            "cannot restore s3://b/x: it is named twice, and both would become x"
        );
    }
}
