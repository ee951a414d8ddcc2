//! No public item without a user outside its crate.

use std::collections::{BTreeMap, BTreeSet};

use crate::source::{Source, none, sources};

/// The libraries of the programs. `testkit` and `local_s3` serve the tests of all of them.
const LIBRARIES: [&str; 6] = [
    "s3_client",
    "common",
    "transfer",
    "endpoint_check",
    "local_s3",
    "testkit",
];

/// What may stay without a user: the crate, the name, the reason.
const EXCEPTIONS: [(&str, &str, &str); 0] = [];

#[test]
fn every_public_item_has_a_user_outside_its_crate() {
    let sources = sources();
    let mut found = Vec::new();
    let mut needless: BTreeSet<_> = EXCEPTIONS.iter().collect();
    for library in LIBRARIES {
        let is_inside = |source: &&Source| source.krate == library && !source.is_test;
        // Functions that are called outside, and types that the signatures of public items name.
        let mut used: BTreeSet<&str> = BTreeSet::new();
        for source in &sources {
            if !is_inside(&source) || source.path.ends_with("/src/main.rs") {
                used.extend(words(&source.text));
            }
        }
        let mut items: BTreeMap<&str, String> = BTreeMap::new();
        let mut signatures: BTreeSet<&str> = BTreeSet::new();
        for source in sources.iter().filter(is_inside) {
            for (number, item) in public_items(source) {
                if let Some((kind, name)) = kind_and_name(item) {
                    items.insert(name, format!("{}:{number}: {kind} {name}", source.path));
                    signatures.extend(words(item).filter(|word| *word != name));
                } else {
                    signatures.extend(words(item));
                }
            }
        }
        for (name, place) in items {
            let is_type = name.starts_with(char::is_uppercase) && !place.contains(": const ");
            if used.contains(name) || (is_type && signatures.contains(name)) {
                continue;
            }
            match EXCEPTIONS
                .iter()
                .find(|(krate, excused, _)| (*krate, *excused) == (library, name))
            {
                Some(exception) => drop(needless.remove(exception)),
                None => found.push(place),
            }
        }
    }
    found.extend(
        needless
            .iter()
            .map(|exception| format!("{exception:?} is needed no longer")),
    );
    none("make it pub(crate), or delete it", &found);
}

/// The text of each public item up to its body; of an enum or a trait, the body too.
fn public_items(source: &Source) -> impl Iterator<Item = (usize, &str)> {
    let mut at = 0;
    let lines = source.text.split_inclusive('\n').map(move |line| {
        at += line.len();
        (at - line.len(), line)
    });
    let body = lines.enumerate().take(source.body_lines());
    body.filter_map(|(index, (at, line))| {
        let start = at + line.find(|letter: char| !letter.is_whitespace())?;
        let text = source.text.get(start..)?;
        let declared = text.strip_prefix("pub ")?;
        let has_body = declared.starts_with("enum ") || declared.starts_with("trait ");
        let end = if has_body {
            text.find("\n}")
        } else if declared.contains("fn ") {
            text.find(['{', ';'])
        } else {
            text.find(['{', ';', '\n'])
        };
        Some((index + 1, text.get(..end.unwrap_or(text.len()))?))
    })
}

/// `fn` and its name, `struct` and its name; `None` for fields and re-exports.
fn kind_and_name(item: &str) -> Option<(&str, &str)> {
    let mut words = words(item).skip_while(|word| ["pub", "async"].contains(word));
    let mut kind = words.next()?;
    let mut name = words.next()?;
    if kind == "const" && name == "fn" {
        (kind, name) = (name, words.next()?);
    }
    ["fn", "struct", "enum", "trait", "const", "static", "type"]
        .contains(&kind)
        .then_some((kind, name))
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    let words = text.split(|letter: char| !letter.is_alphanumeric() && letter != '_');
    words.filter(|word| !word.is_empty())
}

#[test]
fn functions_types_and_fields_are_told_apart() {
    assert_eq!(kind_and_name("pub async fn get(x: X)"), Some(("fn", "get")));
    assert_eq!(kind_and_name("pub const fn f()"), Some(("fn", "f")));
    assert_eq!(kind_and_name("pub const F: u8 = 1"), Some(("const", "F")));
    assert_eq!(kind_and_name("pub struct A<T>"), Some(("struct", "A")));
    assert_eq!(kind_and_name("pub size: u64,"), None);
    assert_eq!(kind_and_name("pub use a::B"), None);
}
