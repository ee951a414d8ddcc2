use super::*;
use proptest::prelude::*;

fn refusal(key: &str) -> Refusal {
    local_path(key).unwrap_err()
}

#[test]
fn ordinary_and_odd_names_stay_byte_for_byte() {
    for key in [
        "a",
        "a/b",
        "...",
        "file..txt",
        " a ",
        "a\\b",
        "-rf",
        "a\nb",
        "ü/\u{feff}",
        "~",
        "C:",
    ] {
        assert_eq!(local_path(key).unwrap().path().as_str(), key);
    }
}

#[test]
fn a_key_that_ends_in_a_slash_is_a_directory() {
    assert!(matches!(local_path("a/b/"), Ok(LocalPath::Directory(path)) if path.as_str() == "a/b"));
}

#[test]
fn a_key_that_is_no_path_is_refused_and_says_why() {
    assert_eq!(refusal(""), Refusal::NoName);
    assert_eq!(refusal("/"), Refusal::NoName);
    assert_eq!(refusal("/x"), Refusal::LeadingSlash);
    assert_eq!(refusal("//"), Refusal::LeadingSlash);
    assert_eq!(refusal("a//b"), Refusal::EmptyComponent);
    assert_eq!(refusal("a//"), Refusal::EmptyComponent);
    assert_eq!(refusal("../x"), Refusal::Dots);
    assert_eq!(refusal("a/../../x"), Refusal::Dots);
    assert_eq!(refusal("a/."), Refusal::Dots);
    assert_eq!(refusal("./"), Refusal::Dots);
    assert_eq!(refusal("a\0b"), Refusal::Nul);
    assert_eq!(refusal(&"x".repeat(256)), Refusal::TooLong);
    assert!(local_path(&"x".repeat(255)).is_ok());
    assert_eq!(refusal(".x.0123456789abcdef.s3part"), Refusal::TempName);
    assert_eq!(refusal(".x.0123456789abcdef.s3part/y"), Refusal::TempName);
}

#[test]
fn a_key_is_the_prefix_and_the_path() {
    let path = RelativePath::parse("b/c").unwrap();
    assert_eq!((path.parent_str(), path.name()), ("b", "c"));
}

#[test]
fn only_names_with_our_tag_are_temp_names() {
    for name in [
        ".s3part",
        "a.s3part",
        ".a.s3part",
        ".a.0123456789ABCDEF.s3part",
        "a.0123456789abcdef.s3part",
    ] {
        assert!(!is_temp_name(name), "{name}");
    }
    let tag = TempTag::new(["b", "k"]);
    assert!(is_temp_name(&fits_beside("a.b", tag, NAME_MAX_BYTES)));
}

#[test]
fn a_temp_name_fits_the_disk_and_is_cut_at_a_character() {
    let tag = TempTag::new(["k"]);
    for name in ["x".repeat(255), "ü".repeat(127), "😀".repeat(63)] {
        for limit in [255, 143, 64] {
            let temp = fits_beside(&name, tag, limit);
            assert!(temp.len() <= limit && temp.len() > limit - 4 && is_temp_name(&temp));
        }
    }
}

#[test]
fn a_tag_tells_where_one_part_of_the_identity_ends() {
    assert_ne!(TempTag::new(["ab", "c"]), TempTag::new(["a", "bc"]));
    assert_eq!(TempTag::new(["ab"]).to_string().len(), 16);
}

#[test]
fn the_file_stands_and_what_is_below_it_is_refused() {
    let mut guard = AncestorGuard::default();
    let verdicts: Vec<_> = [
        "a", "a-b", "a/", "a/b", "a/b/c", "a0", "b/", "b/c", "b/c!", "b/c/d", "b/d",
    ]
    .into_iter()
    .filter(|key| !guard.admits(key))
    .collect();
    assert_eq!(verdicts, ["a/", "a/b", "a/b/c", "b/c/d"]);
}

#[test]
fn a_folding_disk_keeps_the_first_of_two_spellings() {
    let mut guard = FoldGuard::default();
    let folding = Folding {
        case: true,
        form: true,
    };
    let refused: Vec<_> = [
        "A/x",
        "A/y",
        "B",
        "a/z",
        "b/c",
        "caf\u{e9}",
        "cafe\u{301}",
        "stra\u{df}e",
        "strasse",
        "x",
        "x\u{200d}",
    ]
    .into_iter()
    .filter(|path| !guard.admits_file(&RelativePath::parse(path).unwrap(), folding))
    .collect();
    assert_eq!(
        refused,
        ["a/z", "b/c", "cafe\u{301}", "strasse", "x\u{200d}"]
    );
}

#[test]
fn a_disk_that_folds_only_the_form_tells_case_apart() {
    let mut guard = FoldGuard::default();
    let folding = Folding {
        case: false,
        form: true,
    };
    let path = |text| RelativePath::parse(text).unwrap();
    assert!(guard.admits_file(&path("A"), folding) && guard.admits_file(&path("a"), folding));
    assert!(
        guard.admits_file(&path("\u{e9}"), folding)
            && !guard.admits_file(&path("e\u{301}"), folding)
    );
    assert!(
        guard.admits_directory(&path("d"), folding) && guard.admits_directory(&path("d"), folding)
    );
}

#[test]
fn a_disk_that_folds_below_one_that_does_not_is_guarded_alone() {
    let mut guard = FoldGuard::default();
    let plain = Folding::default();
    let folds = Folding {
        case: true,
        form: true,
    };
    let path = |text| RelativePath::parse(text).unwrap();
    assert!(guard.admits_file(&path("A"), plain) && guard.admits_file(&path("a"), plain));
    assert!(guard.admits_file(&path("stick/A"), folds));
    assert!(!guard.admits_file(&path("stick/a"), folds));
    assert!(guard.admits_file(&path("stick/d/x"), folds));
    assert!(!guard.admits_file(&path("stick/D/y"), folds));
}

proptest! {
    #[test]
    fn an_accepted_key_has_only_plain_components(key in "[a./\\\\\0ü]{0,12}") {
        if let Ok(target) = local_path(&key) {
            let path = Path::new(target.path().as_str());
            prop_assert!(path.components().all(|c| matches!(c, std::path::Component::Normal(_))));
            // Converting back gives the same key: nothing was changed.
            let mut back = target.path().as_str().to_owned();
            if matches!(target, LocalPath::Directory(_)) { back.push('/'); }
            prop_assert_eq!(back, key);
        }
    }

    #[test]
    fn the_guard_admits_exactly_what_a_disk_could_hold(mut keys in prop::collection::btree_set("[a!/0]{1,6}", 0..40)) {
        keys.retain(|key| local_path(key).is_ok());
        let mut guard = AncestorGuard::default();
        let mut files: Vec<String> = Vec::new();
        for key in keys {
            let possible = !files.iter().any(|file| key.starts_with(&format!("{file}/")));
            prop_assert_eq!(guard.admits(&key), possible, "{}", key);
            if possible && !key.ends_with('/') { files.push(key); }
        }
    }
}
