//! Unfinished files: locks, leftovers, modes.

use std::os::unix::fs::PermissionsExt;

use super::*;
use crate::keypath::is_temp_name;

#[test]
fn a_file_appears_under_its_name_only_when_it_is_complete() {
    let place = Place::new();
    let tree = place.tree();
    let dir = tree.dir(&path("a/b"), Create::Yes).unwrap();
    let temp = dir.create_temp("c", tag(), None).unwrap();
    temp.file.write_all_at(b"half", 0).unwrap();
    let names = place.names("out/a/b");
    assert!(names.len() == 1 && is_temp_name(&names[0]), "{names:?}");
    temp.persist(
        Some(Timestamp::from_nanosecond(-1_500_000_000).unwrap()),
        None,
        Persist::default(),
    )
    .unwrap();
    assert_eq!(place.names("out/a/b"), ["c"]);
    assert_eq!(fs::read(place.at("out/a/b/c")).unwrap(), b"half");
    assert_eq!(
        tree.stat(&path("a/b/c")).unwrap().unwrap().mtime_ns,
        -1_500_000_000
    );
}

#[test]
fn a_file_that_is_given_up_leaves_nothing() {
    let place = Place::new();
    let tree = place.tree();
    drop(tree.root().create_temp("c", tag(), None).unwrap());
    assert_eq!(place.names("out"), [""; 0]);
}

#[test]
fn a_link_at_the_temp_name_is_refused_and_left_alone() {
    let place = Place::new();
    let tree = place.tree();
    let temp = tree.root().create_temp("a", tag(), None).unwrap();
    let name = place.names("out").remove(0);
    drop(temp);
    fs::write(place.at("victim"), b"safe").unwrap();
    symlink("../victim", place.at("out").join(&name)).unwrap();
    assert!(matches!(
        tree.root().create_temp("a", tag(), None),
        Err(TreeError::InTheWay {
            found: FileKind::Symlink,
            ..
        })
    ));
    assert_eq!(
        (fs::read(place.at("victim")).unwrap(), place.names("out")),
        (b"safe".to_vec(), vec![name])
    );
}

#[test]
fn a_replaced_file_keeps_its_mode_but_not_set_user_id() {
    let place = Place::new();
    let tree = place.tree();
    let mode = |name: &str| {
        fs::metadata(place.at("out").join(name))
            .unwrap()
            .permissions()
            .mode()
            & 0o7777
    };
    fs::write(place.at("plain"), b"").unwrap();
    put(&tree, "new", b"").unwrap();
    assert_eq!(
        mode("new"),
        fs::metadata(place.at("plain"))
            .unwrap()
            .permissions()
            .mode()
            & 0o7777
    );
    for (old, kept) in [
        (0o600, 0o600),
        (0o755, 0o755),
        (0o4755, 0o755),
        (0o444, 0o444),
    ] {
        fs::set_permissions(place.at("out/new"), fs::Permissions::from_mode(old)).unwrap();
        let state = tree.stat(&path("new")).unwrap().unwrap();
        let temp = tree.root().create_temp("new", tag(), None).unwrap();
        temp.persist(None, Some(state.mode), Persist::default())
            .unwrap();
        assert_eq!(mode("new"), kept);
    }
}

#[test]
fn a_second_run_meets_the_lock() {
    let place = Place::new();
    let tree = place.tree();
    let first = tree.root().create_temp("a", tag(), None).unwrap();
    let second = tree.root().create_temp("a", tag(), None).unwrap_err();
    assert!(
        second
            .to_string()
            .starts_with("another run is writing this ("),
        "{second}"
    );
    let error = second.into_error("download", "s3://b/a");
    assert_eq!((error.kind(), error.subject()), (Kind::Failed, "s3://b/a"));
    // Another object that would get the same name has its own temp file.
    tree.root()
        .create_temp("a", TempTag::new(["other"]), None)
        .unwrap();
    first.persist(None, None, Persist::default()).unwrap();
    tree.root().create_temp("a", tag(), None).unwrap();
}

#[test]
fn what_a_killed_run_left_is_replaced() {
    let place = Place::new();
    let tree = place.tree();
    let temp = tree.root().create_temp("a", tag(), None).unwrap();
    temp.file.write_all_at(b"stale and long", 0).unwrap();
    let name = place.names("out").remove(0);
    // A killed process loses its lock and keeps its file.
    fs::rename(place.at("out").join(&name), place.at("kept")).unwrap();
    drop(temp);
    fs::rename(place.at("kept"), place.at("out").join(&name)).unwrap();
    put(&tree, "a", b"new").unwrap();
    assert_eq!(
        (place.names("out"), fs::read(place.at("out/a")).unwrap()),
        (vec!["a".into()], b"new".to_vec())
    );
}

#[test]
fn many_runs_at_once_write_one_name_whole_or_meet_the_lock() {
    let place = Place::new();
    let tree = place.tree();
    std::thread::scope(|scope| {
        for writer in 0_u8..8 {
            let tree = &tree;
            scope.spawn(move || {
                for _ in 0..200 {
                    match tree.root().create_temp("a", tag(), None) {
                        Ok(temp) => {
                            temp.file.write_all_at(&[writer; 64], 0).unwrap();
                            // Every third one is dropped, as after a failed check.
                            if fastrand::u8(..3) > 0 {
                                temp.persist(None, None, Persist::default()).unwrap();
                            }
                        }
                        Err(error) => assert!(matches!(error, TreeError::Busy(_)), "{error}"),
                    }
                    if let Ok((file, state)) = tree.root().open_file("a") {
                        let mut content = [0; 64];
                        file.read_exact_at(&mut content, 0).unwrap();
                        assert!(state.size == 64 && content.iter().all(|byte| *byte == content[0]));
                    }
                }
            });
        }
    });
    assert_eq!(place.names("out"), ["a"]);
}

#[test]
fn the_longest_names_have_room_for_a_temp_name() {
    let place = Place::new();
    let tree = place.tree();
    for name in ["x".repeat(255), "ü".repeat(127)] {
        put(&tree, &name, b"x").unwrap();
        assert_eq!(fs::read(place.at("out").join(&name)).unwrap(), b"x");
    }
    let deep = vec!["d".repeat(200); 40].join("/");
    assert!(deep.len() > 4096, "longer than PATH_MAX");
    put(&tree, &format!("{deep}/file"), b"x").unwrap();
    assert!(tree.stat(&path(&format!("{deep}/file"))).unwrap().is_some());
}

#[test]
fn what_replaces_a_private_file_is_private_from_the_first_moment() {
    let place = Place::new();
    let tree = place.tree();
    let mode = |temp: &TempFile| temp.file.metadata().unwrap().permissions().mode() & 0o7777;
    for (of_replaced, unfinished) in [(0o600, 0o600), (0o4600, 0o600), (0o400, 0o600)] {
        let temp = tree
            .root()
            .create_temp("a", tag(), Some(of_replaced))
            .unwrap();
        assert_eq!(mode(&temp), unfinished, "{of_replaced:o}");
        temp.persist(None, Some(of_replaced), Persist::default())
            .unwrap();
        let state = tree.stat(&path("a")).unwrap().unwrap();
        assert_eq!(state.mode & 0o7777, of_replaced & 0o777);
    }
}

#[test]
fn a_file_of_another_run_is_neither_renamed_nor_removed() {
    let place = Place::new();
    let tree = place.tree();
    for (persisted, removed) in [(true, true), (false, true), (true, false), (false, false)] {
        let temp = tree.root().create_temp("a", tag(), None).unwrap();
        let name = place.names("out").remove(0);
        // Acts like a run on a machine that does not see our lock.
        if removed {
            fs::remove_file(place.at("out").join(&name)).unwrap();
        } else {
            fs::rename(place.at("out").join(&name), place.at("elsewhere")).unwrap();
        }
        fs::write(place.at("out").join(&name), b"theirs").unwrap();
        if persisted {
            let error = temp.persist(None, None, Persist::default()).unwrap_err();
            assert!(matches!(error, TreeError::Taken(_)), "{error}");
        } else {
            drop(temp);
        }
        assert_eq!(place.names("out"), [name.as_str()]);
        let kept = fs::read(place.at("out").join(&name)).unwrap();
        assert_eq!(kept, b"theirs");
        fs::remove_file(place.at("out").join(&name)).unwrap();
    }
    let temp = tree.root().create_temp("a", tag(), None).unwrap();
    fs::remove_file(place.at("out").join(place.names("out").remove(0))).unwrap();
    assert!(matches!(
        temp.persist(None, None, Persist::default()),
        Err(TreeError::Taken(_))
    ));
    assert_eq!(place.names("out"), [""; 0]);
}
