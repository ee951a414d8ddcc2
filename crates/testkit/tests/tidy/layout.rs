//! Rules about files, crates and scripts.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use crate::source::{SERVANTS, below, none, root, sources};

/// Where to stop and split; inline tests and files of tests do not count.
const LONGEST_LINES: usize = 300;

#[test]
fn no_file_is_too_long() {
    let mut found = Vec::new();
    for source in sources().into_iter().filter(|source| !source.is_test) {
        let text = source.text.trim_end();
        let has_tests_beside = text.ends_with("\n#[cfg(test)]\nmod tests;");
        let length = source.body_lines() - if has_tests_beside { 2 } else { 0 };
        if length > LONGEST_LINES {
            found.push(format!("{}: {length} lines", source.path));
        }
    }
    none(
        &format!("split what is longer than {LONGEST_LINES} lines"),
        &found,
    );
}

#[test]
fn modules_are_named_after_what_they_hold() {
    let empty_names = [
        "utils",
        "util",
        "helpers",
        "helper",
        "misc",
        "types",
        "common_types",
    ];
    let mut found = Vec::new();
    for source in sources() {
        let (directory, file) = source.path.rsplit_once('/').unwrap();
        let parent = directory.rsplit('/').next().unwrap();
        if empty_names.contains(&file.trim_end_matches(".rs")) || empty_names.contains(&parent) {
            found.push(source.path.clone());
        }
        for (number, line) in source.code() {
            let name = line
                .trim_start()
                .trim_start_matches("pub ")
                .trim_start_matches("pub(crate) ");
            let name = name
                .strip_prefix("mod ")
                .map(|rest| rest.trim_end_matches([';', ' ', '{']));
            if name.is_some_and(|name| empty_names.contains(&name)) {
                found.push(format!("{}:{number}", source.path));
            }
        }
    }
    none("a module's name says what is in it", &found);
}

#[test]
fn dependencies_point_one_way() {
    let manifests = manifests();
    let ours: Vec<&String> = manifests.keys().collect();
    let mut found = Vec::new();
    for (name, sections) in &manifests {
        let allowed: &[&str] = match name.as_str() {
            "s3_client" | "local_s3" | "hyper_tls_standin" => &[],
            "common" | "endpoint_check" => &["s3_client"],
            "transfer" => &["common", "s3_client"],
            "testkit" => &["local_s3"],
            "bucket_demo" => &["common", "endpoint_check", "s3_client", "transfer"],
            _ => &["common", "s3_client", "transfer"],
        };
        for dependency in sections.get("dependencies").into_iter().flatten() {
            let is_for_programs = name == "s3_client" && dependency == "structopt";
            let is_ours = ours.contains(&dependency);
            if is_for_programs || (is_ours && !allowed.contains(&dependency.as_str())) {
                found.push(format!("{name} depends on {dependency}"));
            }
        }
        let is_servant = SERVANTS.contains(&name.as_str());
        for dependency in sections.get("dev-dependencies").into_iter().flatten() {
            let is_program = ours.contains(&dependency)
                && !["s3_client", "common", "transfer", "local_s3", "testkit"]
                    .contains(&dependency.as_str());
            if is_program || (is_servant && dependency == "transfer") {
                found.push(format!("{name} is tested with {dependency}"));
            }
        }
    }
    none(
        "programs -> transfer -> common -> s3_client; local_s3 and testkit only for tests",
        &found,
    );
}

#[test]
fn every_crate_keeps_the_workspace_lints_and_versions() {
    let mut found = Vec::new();
    for (name, sections) in manifests()
        .into_iter()
        .filter(|(name, _)| name != "hyper_tls_standin")
    {
        let text =
            fs::read_to_string(root().join("crates").join(&name).join("Cargo.toml")).unwrap();
        if !text.contains("[lints]\nworkspace = true") {
            found.push(format!("{name}: no [lints] workspace = true"));
        }
        if !text.contains(&format!("name = \"{name}\"")) {
            found.push(format!(
                "{name}: the crate is named otherwise than its directory"
            ));
        }
        let dependencies = sections.values().flatten();
        for dependency in
            dependencies.filter(|dependency| text.contains(&format!("\n{dependency} = \"")))
        {
            found.push(format!("{name}: {dependency} has a version of its own"));
        }
    }
    none(
        "lints and versions stand once, in the root Cargo.toml",
        &found,
    );
}

#[test]
fn one_tls_library_is_in_the_lock_file() {
    let lock = fs::read_to_string(root().join("Cargo.lock")).unwrap();
    let unwanted = [
        "openssl",
        "openssl-sys",
        "native-tls",
        "aws-lc-rs",
        "reqwest",
    ];
    let found: Vec<String> = unwanted
        .iter()
        .filter(|name| lock.contains(&format!("\nname = \"{name}\"\n")))
        .map(|name| (*name).to_owned())
        .collect();
    none(
        "rustls with ring is enough; a fresh machine has no libssl-dev and no cmake",
        &found,
    );
}

#[test]
fn scripts_can_be_run() {
    let root = root();
    let mut scripts = below(&root.join("scripts"));
    scripts.push(root.join(".ci/run"));
    let mut found = Vec::new();
    for script in scripts.iter().filter(|script| script.extension().is_none()) {
        let name = script.strip_prefix(&root).unwrap().display();
        let text = fs::read_to_string(script).unwrap();
        if !text.starts_with("#!/usr/bin/env bash\n") {
            found.push(format!("{name}: does not begin with #!/usr/bin/env bash"));
        }
        if fs::metadata(script).unwrap().permissions().mode() & 0o111 == 0 {
            found.push(format!("{name}: is not executable"));
        }
        let parsed = Command::new("bash").arg("-n").arg(script).output().unwrap();
        if !parsed.status.success() {
            found.push(format!(
                "{name}: {}",
                String::from_utf8_lossy(&parsed.stderr)
            ));
        }
    }
    none("a script runs as it is", &found);
}

#[test]
fn the_top_level_stays_calm() {
    let listed = Command::new("git")
        .args(["ls-files"])
        .current_dir(root())
        .output();
    let text = String::from_utf8(listed.unwrap().stdout).unwrap();
    assert!(text.contains("Cargo.toml"), "git lists no files: {text}");
    let expected = ["Cargo.toml", "Cargo.lock", "README.md", "crates", "scripts"];
    let mut found: Vec<String> = text
        .lines()
        .map(|path| path.split('/').next().unwrap().to_owned())
        .filter(|name| {
            !expected.contains(&name.as_str())
                && !name.starts_with('.')
                && !name.starts_with("LICENSE")
        })
        .collect();
    found.dedup();
    none(
        "Cargo.toml, crates, scripts, README.md, licences and dot-files; nothing else",
        &found,
    );
}

/// For every crate: the names in each section of its manifest whose name ends in `dependencies`.
fn manifests() -> BTreeMap<String, BTreeMap<String, Vec<String>>> {
    let mut manifests = BTreeMap::new();
    for entry in fs::read_dir(root().join("crates")).unwrap() {
        let entry = entry.unwrap();
        let Ok(text) = fs::read_to_string(entry.path().join("Cargo.toml")) else {
            continue;
        };
        let mut sections: BTreeMap<String, Vec<String>> = BTreeMap::new();
        let mut section = String::new();
        for line in text
            .lines()
            .map(str::trim)
            .filter(|line| !line.starts_with('#'))
        {
            if line.starts_with('[') {
                section = line.trim_matches(['[', ']']).to_owned();
            } else if section.ends_with("dependencies") && line.contains('=') {
                let name = line.split(['.', '=', ' ']).next().unwrap_or_default();
                sections
                    .entry(section.clone())
                    .or_default()
                    .push(name.to_owned());
            }
        }
        manifests.insert(entry.file_name().into_string().unwrap(), sections);
    }
    manifests
}
