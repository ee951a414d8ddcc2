//! `--check`: what an endpoint can do, measured on the spot.

use common::cli::Shell;
use common::client::Client;
use common::{Exit, Result};

/// Measures the endpoint in a bucket of its own and prints what it found.
pub(crate) async fn run(_client: &Client, shell: &Shell) -> Result<Exit> {
    shell.ui.note("nothing is checked yet");
    Ok(Exit::Success)
}
