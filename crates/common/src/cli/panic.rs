//! An internal error: one clean line and exit code 70 instead of a backtrace.

use std::panic::{self, PanicHookInfo};

use crate::exit::Exit;
use crate::ui::Ui;

/// From now on, a panic on any thread ends the process. The message is only shown if it is a
/// constant of the source code: a message made at run time could hold a secret.
#[expect(clippy::disallowed_methods, reason = "a panic cannot return")]
pub(super) fn end_cleanly(ui: &Ui) {
    let ui = ui.clone();
    panic::set_hook(Box::new(move |panic| {
        ui.last_words(&last_words(ui.program(), panic));
        ui.print_summary_soon(Exit::Bug);
        std::process::exit(Exit::Bug.code().into());
    }));
}

fn last_words(program: &str, panic: &PanicHookInfo<'_>) -> String {
    let place = panic.location().map_or_else(String::new, |place| {
        format!(" at {}:{}", place.file(), place.line())
    });
    let what = panic
        .payload()
        .downcast_ref::<&'static str>()
        .map_or_else(String::new, |text| format!(": {text}"));
    format!(
        "{program}: internal error in version {version}{place}{what}\nhint: please report this line\n",
        version = env!("CARGO_PKG_VERSION")
    )
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;
    use crate::ui::ClosedStdout;

    /// The argument that makes [`a_panic_is_one_line_and_exit_code_70`] panic. A panic hook
    /// concerns the whole process, so the test starts itself as a second process.
    const PANIC: &str = "--format=pretty";

    #[test]
    fn a_panic_is_one_line_and_exit_code_70() {
        if std::env::args().any(|word| word == PANIC) {
            end_cleanly(&Ui::new("program", false, false, ClosedStdout::EndsTheRun));
            panic!("what stands in the source");
        }
        let ended = Command::new(std::env::current_exe().unwrap())
            .args([
                "--exact",
                "cli::panic::tests::a_panic_is_one_line_and_exit_code_70",
                "--nocapture",
                PANIC,
            ])
            .output()
            .unwrap();
        let said = String::from_utf8(ended.stderr).unwrap();
        assert_eq!(ended.status.code(), Some(70), "{said}");
        assert!(
            said.starts_with(concat!(
                "program: internal error in version ",
                env!("CARGO_PKG_VERSION"),
                " at "
            )),
            "{said}"
        );
        assert!(
            said.ends_with(": what stands in the source\nhint: please report this line\n"),
            "{said}"
        );
    }
}
