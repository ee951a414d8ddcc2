use std::fs;
use std::os::unix::fs::{FileExt, MetadataExt, symlink};
use std::path::PathBuf;

use common::Kind;
use jiff::Timestamp;

use super::*;
use crate::keypath::TempTag;

mod temp_files;

struct Place {
    directory: tempfile::TempDir,
}

impl Place {
    fn new() -> Self {
        Self {
            directory: tempfile::tempdir().unwrap(),
        }
    }

    fn at(&self, path: &str) -> PathBuf {
        self.directory.path().join(path)
    }

    fn tree(&self) -> Tree {
        Tree::open(&self.at("out"), Create::Yes).unwrap()
    }

    fn names(&self, path: &str) -> Vec<String> {
        let entries = fs::read_dir(self.at(path)).unwrap();
        let mut names: Vec<_> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }
}

fn path(text: &str) -> RelativePath {
    RelativePath::parse(text).unwrap()
}

fn tag() -> TempTag {
    TempTag::new(["test"])
}

fn put(tree: &Tree, at: &str, content: &[u8]) -> Result<(), TreeError> {
    let at = path(at);
    let temp = tree
        .parent_of(&at, Create::Yes)?
        .create_temp(at.name(), tag(), None)?;
    temp.file.write_all_at(content, 0).unwrap();
    temp.persist(None, None, Persist::default())
}

#[test]
fn the_target_itself_may_be_a_link_but_nothing_below_it() {
    let place = Place::new();
    fs::create_dir(place.at("real")).unwrap();
    fs::create_dir(place.at("elsewhere")).unwrap();
    symlink("real", place.at("out")).unwrap();
    symlink("../elsewhere", place.at("real/link")).unwrap();
    let tree = place.tree();
    put(&tree, "a", b"x").unwrap();
    assert_eq!(fs::read(place.at("real/a")).unwrap(), b"x");

    let refused = put(&tree, "link/b", b"x").unwrap_err();
    let shown = place.at("out/link").display().to_string();
    assert_eq!(
        refused.to_string(),
        format!("{shown} is a symbolic link, and links are not written through")
    );
    assert_eq!(place.names("elsewhere"), [""; 0]);
}

#[test]
fn a_link_swapped_in_while_the_directory_is_open_changes_nothing() {
    let place = Place::new();
    fs::create_dir(place.at("elsewhere")).unwrap();
    let tree = place.tree();
    let at = path("d/file");
    let dir = tree.parent_of(&at, Create::Yes).unwrap();
    let temp = dir.create_temp("file", tag(), None).unwrap();
    fs::rename(place.at("out/d"), place.at("out/moved")).unwrap();
    symlink("../elsewhere", place.at("out/d")).unwrap();
    temp.persist(None, None, Persist::default()).unwrap();
    put(&tree, "d/second", b"x").unwrap();
    assert_eq!(place.names("elsewhere"), [""; 0]);
    assert_eq!(place.names("out/moved"), ["file", "second"]);
    // A tree opened anew sees the link and refuses it.
    assert!(put(&place.tree(), "d/third", b"x").is_err());
}

#[test]
fn a_link_at_the_final_name_is_seen_as_one_and_never_written_through() {
    let place = Place::new();
    let tree = place.tree();
    fs::write(place.at("victim"), b"safe").unwrap();
    symlink("../victim", place.at("out/a")).unwrap();
    let state = tree.stat(&path("a")).unwrap().unwrap();
    assert_eq!(state.kind, FileKind::Symlink);
    assert!(matches!(
        tree.root().open_file("a"),
        Err(TreeError::InTheWay {
            found: FileKind::Symlink,
            ..
        })
    ));
    // Even if it was swapped in after the look, it is the link that is replaced.
    put(&tree, "a", b"new").unwrap();
    assert_eq!(fs::read(place.at("victim")).unwrap(), b"safe");
}

#[test]
fn a_file_where_a_directory_is_needed_and_the_reverse_are_refused() {
    let place = Place::new();
    let tree = place.tree();
    put(&tree, "a", b"x").unwrap();
    let refused = put(&tree, "a/b", b"x").unwrap_err();
    assert_eq!(
        refused.to_string(),
        format!(
            "{} is a file, and a directory is needed",
            place.at("out/a").display()
        )
    );
    assert!(matches!(
        tree.root().make_dir("a"),
        Err(TreeError::InTheWay {
            found: FileKind::File,
            ..
        })
    ));
    assert!(matches!(
        tree.stat(&path("a/b")),
        Err(TreeError::InTheWay { .. })
    ));

    tree.dir(&path("d"), Create::Yes).unwrap();
    let refused = put(&tree, "d", b"x").unwrap_err();
    assert_eq!(
        refused.to_string(),
        format!(
            "{} is a directory, and a file is needed",
            place.at("out/d").display()
        )
    );
    assert_eq!(place.names("out"), ["a", "d"]);
}

#[test]
fn a_fifo_is_never_opened() {
    let place = Place::new();
    let tree = place.tree();
    let fifo = place.at("out/fifo");
    rustix::fs::mknodat(
        rustix::fs::CWD,
        &fifo,
        rustix::fs::FileType::Fifo,
        rustix::fs::Mode::RWXU,
        0,
    )
    .unwrap();
    assert_eq!(
        tree.stat(&path("fifo")).unwrap().unwrap().kind,
        FileKind::Special
    );
    // Without O_NONBLOCK this would wait for a writer for ever.
    assert!(matches!(
        tree.root().open_file("fifo"),
        Err(TreeError::InTheWay {
            found: FileKind::Special,
            ..
        })
    ));
    assert!(matches!(
        put(&tree, "fifo/a", b""),
        Err(TreeError::InTheWay {
            found: FileKind::Special,
            ..
        })
    ));
}

#[test]
fn a_file_that_was_opened_is_described_as_it_is() {
    let place = Place::new();
    let tree = place.tree();
    put(&tree, "a", b"12345").unwrap();
    let (_, opened) = tree.root().open_file("a").unwrap();
    assert_eq!(tree.stat(&path("a")).unwrap(), Some(opened));
    let known = fs::metadata(place.at("out/a")).unwrap();
    assert_eq!(
        (opened.size, opened.ino, opened.dev),
        (5, known.ino(), known.dev())
    );
    assert!(matches!(
        tree.root().open_file("b"),
        Err(TreeError::Missing(_))
    ));
}

#[test]
fn what_is_not_there_is_missing_and_nothing_is_made() {
    let place = Place::new();
    assert!(matches!(
        Tree::open(&place.at("no"), Create::No),
        Err(TreeError::Missing(_))
    ));
    let tree = place.tree();
    assert!(matches!(
        tree.dir(&path("a/b"), Create::No),
        Err(TreeError::Missing(_))
    ));
    assert_eq!(tree.stat(&path("a/b/c")).unwrap(), None);
    assert_eq!(place.names("out"), [""; 0]);
    fs::write(place.at("file"), b"").unwrap();
    for create in [Create::Yes, Create::No] {
        assert!(matches!(
            Tree::open(&place.at("file"), create),
            Err(TreeError::InTheWay {
                found: FileKind::File,
                ..
            })
        ));
    }
}

#[test]
fn more_directories_than_are_kept_open_can_be_used() {
    let place = Place::new();
    let tree = place.tree();
    for round in 0..2 {
        for number in 0..100 {
            put(&tree, &format!("{number}/sub/{round}"), b"x").unwrap();
        }
    }
    assert_eq!(place.names("out/99/sub"), ["0", "1"]);
}

#[test]
fn this_disk_tells_case_and_form_apart_or_says_that_it_does_not() {
    let place = Place::new();
    let tree = place.tree();
    let folding = tree.folds_names().unwrap();
    assert_eq!(place.names("out"), [""; 0]);
    fs::write(place.at("Name-\u{e9}"), b"").unwrap();
    assert_eq!(folding.case, place.at("name-\u{e9}").exists());
    assert_eq!(folding.form, place.at("Name-e\u{301}").exists());
}

#[test]
fn a_full_disk_stops_the_run_and_names_the_path() {
    let full = TreeError::io("write", "out/a", rustix::io::Errno::NOSPC);
    let error = full.into_error("download", "s3://b/a");
    assert_eq!(
        error.to_string(),
        "cannot write out/a: no space left on this disk"
    );
    assert_eq!(
        (error.kind(), error.scope()),
        (Kind::Disk, common::Scope::Run)
    );
}
