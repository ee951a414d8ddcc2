//! Trees are compared by names, kinds and contents.

use std::fs;
use std::os::unix::fs::symlink;

use testkit::tree::{assert_same, differences, files, fill, write};

#[test]
fn trees_made_from_one_seed_are_the_same() {
    let (a, b) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    fill(a.path(), 50, 2_000, 9);
    fill(b.path(), 50, 2_000, 9);
    assert_same(a.path(), b.path());
    assert_eq!(files(a.path()).len(), 50);
}

#[test]
fn every_kind_of_difference_is_named() {
    let (a, b) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    write(a.path(), "same", "x");
    write(b.path(), "same", "x");
    write(a.path(), "d/content", "aaab");
    write(b.path(), "d/content", "aaac");
    write(a.path(), "length", "1");
    write(b.path(), "length", "12");
    write(a.path(), "here", "");
    fs::create_dir(b.path().join("there")).unwrap();
    symlink("same", a.path().join("kind")).unwrap();
    write(b.path(), "kind", "");
    let found = differences(a.path(), b.path()).unwrap();
    assert_eq!(
        found,
        [
            "d/content: 4 bytes `aaab` and 4 bytes `aaac`",
            "here: 0 bytes `` and nothing",
            "kind: Link(\"same\") and 0 bytes ``",
            "length: 1 bytes `1` and 2 bytes `12`",
            "there: nothing and Directory",
        ]
    );
}

#[test]
fn a_tree_that_is_not_there_has_no_files() {
    assert!(files(std::path::Path::new("/nowhere/at/all")).is_empty());
}
