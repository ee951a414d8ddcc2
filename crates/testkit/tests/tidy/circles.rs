//! No circle between the files of a crate: what two files need from each other lies in a third,
//! below both.

use std::collections::{BTreeMap, BTreeSet};

use crate::source::{none, sources};
use crate::tokens::{Token, paths_and_imports};

/// The names that lead from the root of a crate to one of its files.
type Module = Vec<String>;

/// What a file says about others.
#[derive(Default)]
struct File {
    /// What `use` brings in: the name it has here, and its path.
    imports: BTreeMap<String, Vec<String>>,
    /// The paths that the code needs. A re-export is none: handing on is not using.
    needs: BTreeSet<Vec<String>>,
}

#[test]
fn no_files_of_a_crate_import_each_other_in_a_circle() {
    let mut crates: BTreeMap<String, BTreeMap<Module, File>> = BTreeMap::new();
    for source in sources().into_iter().filter(|source| !source.is_test) {
        let Some(module) = module_of(&source.path) else {
            continue;
        };
        let code: String = source.code().map(|(_, line)| format!("{line}\n")).collect();
        let file = crates
            .entry(source.krate)
            .or_default()
            .entry(module)
            .or_default();
        for token in paths_and_imports(&code) {
            match token {
                Token::Path(path) => {
                    file.needs.insert(path);
                }
                Token::Import { name, path, public } => {
                    if !public {
                        file.needs.insert(path.clone());
                    }
                    file.imports.insert(name, path);
                }
            }
        }
    }
    let mut found = Vec::new();
    for (krate, files) in &crates {
        for circle in circles(files) {
            let names: Vec<String> = circle.iter().map(|module| module.join("/")).collect();
            found.push(format!("{krate}: {names:?}"));
        }
    }
    none("put what both need into a file below both", &found);
}

/// None for files that are no module of a crate, such as build scripts.
fn module_of(path: &str) -> Option<Module> {
    let (_, below) = path.strip_suffix(".rs")?.split_once("/src/")?;
    let mut names: Module = below.split('/').map(str::to_owned).collect();
    match names.last()?.as_str() {
        "mod" => drop(names.pop()),
        "lib" | "main" if names.len() == 1 => names.clear(),
        _ => {}
    }
    Some(names)
}

/// Groups of files each of which can be reached from each other one.
fn circles(files: &BTreeMap<Module, File>) -> BTreeSet<BTreeSet<&Module>> {
    let direct: BTreeMap<&Module, BTreeSet<&Module>> = files
        .iter()
        .map(|(from, file)| {
            let needed = file
                .needs
                .iter()
                .filter_map(|path| target(files, from, path, 0));
            (from, needed.filter(|to| *to != from).collect())
        })
        .collect();
    let reach: BTreeMap<&Module, BTreeSet<&Module>> = direct
        .keys()
        .map(|from| {
            let mut seen = BTreeSet::new();
            let mut next: Vec<&Module> = direct[from].iter().copied().collect();
            while let Some(module) = next.pop() {
                if seen.insert(module) {
                    next.extend(&direct[module]);
                }
            }
            (*from, seen)
        })
        .collect();
    let in_circles = reach.iter().filter(|(from, seen)| seen.contains(*from));
    in_circles
        .map(|(from, seen)| {
            let back = seen.iter().filter(|to| reach[**to].contains(*from));
            back.copied().collect()
        })
        .collect()
}

/// The file in which what the path names is defined, re-exports followed; None if it is not ours.
fn target<'a>(
    files: &'a BTreeMap<Module, File>,
    from: &Module,
    path: &[String],
    depth: u32,
) -> Option<&'a Module> {
    let mut here = from.clone();
    let mut rest = path;
    match path.first().map(String::as_str)? {
        _ if depth > 8 => return None,
        "crate" => {
            here.clear();
            rest = &path[1..];
        }
        "self" => rest = &path[1..],
        "super" => {
            while rest.first().is_some_and(|name| name == "super") {
                here.pop();
                rest = &rest[1..];
            }
        }
        first => {
            let child = [&here[..], &[first.to_owned()]].concat();
            if !files.contains_key(&child) {
                let import = files[from].imports.get(first)?;
                let full = [&import[..], &path[1..]].concat();
                return (full != path).then(|| target(files, from, &full, depth + 1))?;
            }
        }
    }
    while let Some((name, more)) = rest.split_first() {
        let child = [&here[..], std::slice::from_ref(name)].concat();
        if !files.contains_key(&child) {
            break;
        }
        (here, rest) = (child, more);
    }
    let (module, file) = files.get_key_value(&here)?;
    match rest.split_first() {
        Some((name, more)) if file.imports.contains_key(name) => {
            let full = [&file.imports[name][..], more].concat();
            target(files, module, &full, depth + 1)
        }
        _ => Some(module),
    }
}

#[test]
fn a_circle_over_a_reexport_is_seen_and_a_reexport_alone_is_none() {
    let file = |needs: &[&str], imports: &[(&str, &str)]| File {
        needs: needs.iter().map(|path| split(path)).collect(),
        imports: imports
            .iter()
            .map(|(name, path)| ((*name).to_owned(), split(path)))
            .collect(),
    };
    fn split(path: &str) -> Vec<String> {
        path.split("::").map(str::to_owned).collect()
    }
    let mut files = BTreeMap::from([
        (vec![], file(&[], &[("A", "a::A")])),
        (split("a"), file(&["crate::b::B"], &[])),
        (split("b"), file(&["std::fmt"], &[])),
    ]);
    assert!(circles(&files).is_empty());
    files.insert(split("b"), file(&["crate::A"], &[]));
    let (a, b) = (split("a"), split("b"));
    assert_eq!(circles(&files), BTreeSet::from([BTreeSet::from([&a, &b])]));
}
