//! Decides which names to restore: those of the command line, else one a line from stdin, else the
//! input of a person.

use std::io::{self, IsTerminal as _};

use common::{Error, Result};
use tokio_util::sync::CancellationToken;

/// The names; `None` if a person is to be asked. Reads stdin to its end if no names are given and stdin is no terminal.
///
/// # Errors
/// Exit 3: no names are given and stdin is empty.
pub(crate) async fn of(
    given: Vec<String>,
    cancel: &CancellationToken,
) -> Result<Option<Vec<String>>> {
    if !given.is_empty() {
        return Ok(Some(given));
    }
    if io::stdin().is_terminal() {
        return Ok(None);
    }
    let reading = tokio::task::spawn_blocking(|| read(io::stdin().lock()));
    let names = tokio::select! {
        read = reading => read.map_err(|_| io::Error::other("the run ended first")),
        () = cancel.cancelled() => Ok(Err(io::Error::other("interrupted"))),
    };
    let names = names
        .and_then(|names| names)
        .map_err(|error| Error::io("read", "the names on standard input", &error))?;
    if names.is_empty() {
        let error = Error::settings("no names, neither on the command line nor on standard input");
        return Err(error
            .with_hint("write `s3_restore -c PATH NAME`, or run it on a terminal, where it asks"));
    }
    Ok(Some(names))
}

fn read(input: impl io::BufRead) -> io::Result<Vec<String>> {
    let lines = input.lines();
    lines
        .filter(|line| line.as_ref().map_or(true, |line| !line.is_empty()))
        .collect()
}
