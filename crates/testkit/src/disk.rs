//! A disk that is small or read-only, without being root.

use crate::machine::{not_tested, tool};
use crate::{Endpoint, Finished, Program, path_of};

/// Runs `NAME WORDS` with a tmpfs of these mount options at `disk`, in a mount namespace of its own,
/// and then shows on stderr what is on it. `not_tested`, `None`, where the system allows no such namespace.
pub fn with_tmpfs(name: &str, endpoint: &Endpoint, options: &str, words: &str) -> Option<Finished> {
    let unshare = tool("unshare")?;
    let tried = Program::at(&unshare)
        .args(["-rm", "mount", "-t", "tmpfs", "none", "/mnt"])
        .run();
    if tried.exit_code() != 0 {
        not_tested("this system allows no tmpfs in a mount namespace");
        return None;
    }
    let program = Program::at(&unshare).on(endpoint);
    let script = format!(
        "mkdir disk && mount -t tmpfs -o {options} none disk && {} {words}; code=$?; find disk -type f >&2; exit $code",
        path_of(name).display()
    );
    Some(program.args(["-rm", "sh", "-c", &script]).run())
}
