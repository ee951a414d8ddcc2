//! Where the built programs are.

use std::collections::HashSet;
use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;

/// Programs this process has built or found.
static READY: Mutex<Option<HashSet<String>>> = Mutex::new(None);

/// The executable of a program of this workspace.
///
/// It is what Cargo built for this test run: the one Cargo names, else the one beside the test's own executable. One
/// that is missing there (Cargo builds only the programs of the package under test) is built, once. An existing one is
/// taken as it is: building it again could replace it under another test that runs it.
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
        if !path.exists() {
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

/// `target/debug`, seen from the test in `target/debug/deps/it-0123456789abcdef`.
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
        .args(["build", "--quiet", "--bin", name]);
    if let Some(target) = profile.parent() {
        cargo.arg("--target-dir").arg(target);
    }
    if profile.file_name().is_some_and(|name| name == "release") {
        cargo.arg("--release");
    }
    let status = cargo.status().expect("cargo can be started");
    assert!(status.success(), "cargo could not build {name}");
}
