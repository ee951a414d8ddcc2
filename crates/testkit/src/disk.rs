//! A small or read-only disk, without root.

use crate::machine::{not_tested, tool};
use crate::{Endpoint, Finished, Program, path_of};

/// Runs `NAME WORDS` with a tmpfs with these mount options at `disk`, in a mount namespace of its own. Then prints the
/// files on it to stderr. Calls `not_tested` and returns `None` if the system does not allow it.
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
