//! What a program gets beside its command line.

use tokio_util::sync::CancellationToken;

use super::args::CommonArgs;
use crate::ui::Ui;

/// What a program gets beside its command line.
#[derive(Clone)]
pub struct Shell {
    /// The one writer of stdout and stderr.
    pub ui: Ui,
    /// Cancelled by the first SIGINT, SIGTERM or SIGHUP: end within two seconds.
    pub cancel: CancellationToken,
    pub(super) common: CommonArgs,
}

impl Shell {
    /// Whether results are JSON (`--json`).
    pub fn json(&self) -> bool {
        self.common.json
    }

    /// Whether a progress bar may be drawn: a person reads stderr and did not decline.
    pub fn shows_progress(&self) -> bool {
        self.ui.stderr_is_terminal() && !self.common.no_progress && !self.common.quiet
    }
}
