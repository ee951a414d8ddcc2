//! Finds the programs, and builds them if needed.

use std::collections::HashSet;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::time::SystemTime;

/// Programs that this process has found or built.
static READY: Mutex<Option<HashSet<String>>> = Mutex::new(None);

/// The executable of a program of this workspace, up to date with its sources.
///
/// It is the one that Cargo names, else the one beside the executable of the test. Cargo builds only the programs of the
/// package under test, so a program that is missing or older than its sources is built here, once. A fresh one is not
/// built again, because that could replace it while another test starts it.
///
/// # Panics
/// If it cannot be built.
pub fn path_of(name: &str) -> PathBuf {
    if let Some(path) = env::var_os(format!("CARGO_BIN_EXE_{name}")) {
        return path.into();
    }
    let profile = profile_directory();
    let path = profile.join(format!("{name}{}", env::consts::EXE_SUFFIX));
    let mut ready = READY
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner);
    let ready = ready.get_or_insert_default();
    if !ready.contains(name) {
        if !is_fresh(&path) {
            build(name, &profile);
        }
        assert!(
            path.exists(),
            "cargo built {name}, but not as {}",
            path.display()
        );
        ready.insert(name.to_owned());
    }
    path
}

/// Whether no source file, as listed by Cargo in `NAME.d`, has changed since the program was linked.
fn is_fresh(program: &Path) -> bool {
    let changed = |path: &Path| -> Option<SystemTime> { fs::metadata(path).ok()?.modified().ok() };
    let Some(linked) = changed(program) else {
        return false;
    };
    let Ok(note) = fs::read_to_string(program.with_extension("d")) else {
        return false;
    };
    let Some((_, sources)) = note.split_once(": ") else {
        return false;
    };
    // Spaces in names are escaped, as in makefiles.
    let sources = sources.trim_end().replace("\\ ", "\0");
    sources.split(' ').all(|source| {
        let source = source.replace('\0', " ");
        changed(Path::new(&source)).is_some_and(|changed| changed <= linked)
    })
}

/// `target/debug`; the test is `target/debug/deps/it-0123456789abcdef`.
fn profile_directory() -> PathBuf {
    let test = env::current_exe().expect("a test knows its own executable");
    let beside = test.parent().expect("an executable is in a directory");
    let is_deps = beside.file_name().is_some_and(|name| name == "deps");
    let profile = if is_deps {
        beside.parent()
    } else {
        Some(beside)
    };
    profile.expect("deps is in a directory").to_owned()
}

fn build(name: &str, profile: &Path) {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo
        .current_dir(workspace)
        .args(["build", "--quiet", "--locked", "--bin", name]);
    if let Some(target) = profile.parent() {
        cargo.arg("--target-dir").arg(target);
    }
    if profile.file_name().is_some_and(|name| name == "release") {
        cargo.arg("--release");
    }
    let status = cargo.status().expect("cargo can be started");
    assert!(status.success(), "cargo could not build {name}");
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_program_is_fresh_only_if_all_its_sources_are_there_and_older() {
        let place = tempfile::tempdir().unwrap();
        let [program, main, library] =
            ["program", "my main.rs", "lib.rs"].map(|name| place.path().join(name));
        let linked = SystemTime::now();
        let touch = |path: &Path, time| {
            File::create(path).unwrap().set_modified(time).unwrap();
        };
        let earlier = linked - Duration::from_secs(1);
        touch(&main, earlier);
        touch(&library, earlier);
        assert!(!is_fresh(&program), "there is none");
        touch(&program, linked);
        assert!(!is_fresh(&program), "nothing is known about its sources");
        let note = format!(
            "{}: {} {}\n",
            program.display(),
            main.display().to_string().replace(' ', "\\ "),
            library.display()
        );
        fs::write(program.with_extension("d"), note).unwrap();
        assert!(is_fresh(&program));
        touch(&main, linked + Duration::from_secs(1));
        assert!(!is_fresh(&program), "a source has changed");
        fs::remove_file(&main).unwrap();
        assert!(!is_fresh(&program), "a source is gone");
    }

    #[test]
    fn the_program_that_tests_run_is_fresh() {
        let program = path_of("do_bucket_list");
        assert!(is_fresh(&program), "{}", program.display());
    }
}
