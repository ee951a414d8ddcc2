mod differential;
mod oracle;

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;

use proptest::prelude::*;

use super::*;

struct Place(tempfile::TempDir);

impl Place {
    fn with(files: &[&str]) -> Self {
        let place = Self(tempfile::tempdir().unwrap());
        for file in files {
            let path = place.0.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, file).unwrap();
        }
        place
    }

    fn at(&self, path: &str) -> PathBuf {
        self.0.path().join(path)
    }

    fn walk(&self, links: Links) -> (Vec<String>, Vec<WalkFailure>) {
        let (mut files, mut failures) = (Vec::new(), Vec::new());
        for found in walk(self.0.path(), links) {
            match found {
                Ok(file) => files.push(file.relative.to_string()),
                Err(failure) => failures.push(failure),
            }
        }
        (files, failures)
    }
}

fn fifo(path: &Path) {
    rustix::fs::mknodat(
        rustix::fs::CWD,
        path,
        rustix::fs::FileType::Fifo,
        rustix::fs::Mode::RWXU,
        0,
    )
    .unwrap();
}

#[test]
fn files_come_in_byte_order_of_their_keys() {
    let place = Place::with(&["a/x", "a-b", "a0", "a.txt", "b", "B", "a/b/c", "ä"]);
    let (files, failures) = place.walk(Links::Follow);
    assert_eq!(files, ["B", "a-b", "a.txt", "a/b/c", "a/x", "a0", "b", "ä"]);
    assert!(failures.is_empty());
}

#[test]
fn a_link_to_a_directory_sorts_and_is_sent_like_one() {
    let place = Place::with(&["real/x", "l-a", "l0"]);
    symlink("real", place.at("l")).unwrap();
    let (files, _) = place.walk(Links::Follow);
    assert_eq!(files, ["l-a", "l/x", "l0", "real/x"]);
}

#[test]
fn links_are_left_out_on_demand() {
    let place = Place::with(&["a", "d/x"]);
    symlink("a", place.at("to-file")).unwrap();
    symlink("d", place.at("to-dir")).unwrap();
    symlink("nothing", place.at("dangling")).unwrap();
    let files: Vec<_> = walk(place.0.path(), Links::Skip)
        .map(|file| file.unwrap().relative.to_string())
        .collect();
    assert_eq!(files, ["a", "d/x"]);
}

#[test]
fn a_dangling_link_and_a_loop_are_named_and_the_rest_is_sent() {
    let place = Place::with(&["a", "d/x"]);
    symlink("nothing", place.at("dangling")).unwrap();
    symlink("..", place.at("d/up")).unwrap();
    symlink("self", place.at("self")).unwrap();
    let (files, failures) = place.walk(Links::Follow);
    assert_eq!(files, ["a", "d/x"]);
    let texts: Vec<_> = failures
        .into_iter()
        .map(|failure| failure.into_error().to_string())
        .collect();
    let at = |path: &str| place.at(path).display().to_string();
    assert_eq!(
        texts[0],
        format!(
            "cannot upload {}: it is a link back to {}, which it is below",
            at("d/up"),
            place.0.path().display()
        )
    );
    assert_eq!(
        texts[1],
        format!(
            "cannot upload {}: it is a link to something that is not there",
            at("dangling")
        )
    );
    assert!(
        texts[2].starts_with(&format!(
            "cannot read {}: too many levels of symbolic links",
            at("self")
        )),
        "{}",
        texts[2]
    );
    assert_eq!(texts.len(), 3);
}

#[test]
fn what_is_no_file_is_skipped_with_a_word_and_never_opened() {
    let place = Place::with(&["a"]);
    fifo(&place.at("fifo"));
    let _socket = std::os::unix::net::UnixListener::bind(place.at("socket")).unwrap();
    let (files, failures) = place.walk(Links::Follow);
    assert_eq!(files, ["a"]);
    assert!(failures.len() == 2 && failures.iter().all(WalkFailure::is_skip));
}

#[test]
fn a_name_that_is_not_utf_8_is_named_once_for_a_whole_directory() {
    let place = Place::with(&["a"]);
    let name = OsStr::from_bytes(b"b\xff");
    fs::create_dir(place.0.path().join(name)).unwrap();
    fs::write(place.0.path().join(name).join("x"), b"").unwrap();
    fs::write(place.0.path().join(OsStr::from_bytes(b"\xfe")), b"").unwrap();
    let (files, failures) = place.walk(Links::Follow);
    assert_eq!(files, ["a"]);
    assert_eq!(failures.len(), 2);
    assert!(
        failures
            .iter()
            .all(|failure| matches!(failure.cause, Cause::NotUtf8) && !failure.is_skip())
    );
}

#[test]
fn our_unfinished_files_are_left_out_without_a_word() {
    let place = Place::with(&[
        "a",
        ".a.0123456789abcdef.s3part",
        "d/.x.0123456789abcdef.s3part",
        "x.s3part",
    ]);
    let (files, failures) = place.walk(Links::Follow);
    assert_eq!(files, ["a", "x.s3part"]);
    assert!(failures.is_empty());
}

#[test]
fn awkward_names_are_ordinary_names() {
    let names = [
        " ", "\n", "*", "...", "C:\\x", "\u{1}", "\u{feff}", "a\u{301}", "~",
    ];
    let (files, failures) = Place::with(&names).walk(Links::Follow);
    assert_eq!((files.len(), failures.len()), (names.len(), 0));
}

#[test]
fn the_root_may_be_a_file_or_a_link() {
    let place = Place::with(&["d/x", ".a.0123456789abcdef"]);
    symlink("d", place.at("to-dir")).unwrap();
    symlink("d/x", place.at("to-file")).unwrap();
    for links in [Links::Follow, Links::Skip] {
        for (root, expected) in [("to-dir", "x"), ("to-file", "to-file"), ("d/x", "x")] {
            let found: Vec<_> = walk(&place.at(root), links)
                .map(|file| file.unwrap())
                .collect();
            assert_eq!(
                (found.len(), found[0].relative.as_str(), found[0].state.size),
                (1, expected, 3),
                "{root}"
            );
        }
    }
}

#[test]
fn a_root_that_is_not_there_is_one_failure() {
    let place = Place::with(&[]);
    let found: Vec<_> = walk(&place.at("no"), Links::Follow).collect();
    let error = found
        .into_iter()
        .next()
        .unwrap()
        .unwrap_err()
        .into_error()
        .to_string();
    assert_eq!(
        error,
        format!(
            "cannot read {}: no such file or directory",
            place.at("no").display()
        )
    );
}

#[test]
fn a_fifo_swapped_in_after_the_walk_is_refused_without_waiting() {
    let place = Place::with(&["a"]);
    let file = walk(place.0.path(), Links::Follow).next().unwrap().unwrap();
    let (_, state) = open(&file, Links::Follow).unwrap();
    assert_eq!(state, file.state);
    fs::remove_file(&file.path).unwrap();
    fifo(&file.path);
    assert!(matches!(
        open(&file, Links::Follow).unwrap_err().cause,
        Cause::Replaced
    ));
    fs::remove_file(&file.path).unwrap();
    symlink("/etc/hostname", &file.path).unwrap();
    assert!(matches!(
        open(&file, Links::Skip).unwrap_err().cause,
        Cause::Replaced
    ));
}

proptest! {
    #[test]
    fn the_order_of_names_is_the_order_of_their_keys(mut names in prop::collection::hash_map("[a!/0-]{1,4}", any::<bool>(), 0..20)) {
        names.retain(|name, _| !name.contains('/'));
        let mut sorted: Vec<_> = names.into_iter().collect();
        sorted.sort_by(|(a, a_dir), (b, b_dir)| order::compare(OsStr::new(a), *a_dir, OsStr::new(b), *b_dir));
        let keys: Vec<_> = sorted.into_iter().map(|(name, dir)| if dir { name + "/" } else { name }).collect();
        prop_assert!(keys.is_sorted());
    }
}
