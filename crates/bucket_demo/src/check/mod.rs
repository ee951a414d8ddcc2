//! `--check`: finds out what an endpoint can do, in a bucket that it creates and removes again.
//!
//! `BUCKET_NAME` is ignored, and no other bucket is touched. Exit 0 if the check finished, whatever it found; 1 if the
//! endpoint lacks a capability that all programs need, or if the bucket could not be removed; the code of the failure if
//! no bucket could be created.

mod table;
mod temporary_bucket;

use std::time::{Duration, Instant};

use common::cli::Shell;
use common::{Error, Exit, Kind, Result};
use endpoint_check::{Measured, essentials_missing};
use s3_client::client::Client;
use tokio_util::sync::CancellationToken;

use table::Table;
use temporary_bucket::TemporaryBucket;

/// After the first signal, two seconds remain in total.
const AFTER_A_SIGNAL: Duration = Duration::from_millis(1700);

/// Checks the endpoint and prints the result.
///
/// # Errors
/// The bucket cannot be created or removed; the endpoint lacks what the programs need.
pub(crate) async fn run(client: &Client, shell: &Shell) -> Result<Exit> {
    let began = Instant::now();
    let ui = &shell.ui;
    let mut bucket = TemporaryBucket::new(client).await;
    ui.note(&format!(
        "checking {} in a bucket of its own, {bucket}",
        client.endpoint_text()
    ));
    let measured = tokio::select! {
        biased;
        () = shell.cancel.cancelled() => None,
        measured = measure(client, &mut bucket) => Some(measured),
    };
    let removed = remove(&mut bucket, &shell.cancel).await;
    let measured = match measured {
        Some(Ok(measured)) => measured,
        ended_early => {
            // After any failure the bucket may still exist, so its name is shown.
            if let Err(error) = removed {
                ui.fail(&error);
            }
            // After a signal, the signal decides the exit code.
            return ended_early.map_or(Ok(Exit::SomeFailed), |failed| {
                failed.map(|_| Exit::SomeFailed)
            });
        }
    };
    let table = Table {
        endpoint: client.endpoint_text(),
        region: client.region(),
        findings: &measured.findings,
        requests: measured.requests,
        elapsed: began.elapsed(),
    };
    table.print(ui, shell.json());
    removed?;
    let missing = essentials_missing(&measured.findings);
    if missing.is_empty() {
        return Ok(Exit::Success);
    }
    let cause = format!("it does not do this: {}", missing.join("; "));
    Err(Error::new(Kind::Failed, "use this endpoint", "", cause))
}

async fn measure(client: &Client, bucket: &mut TemporaryBucket) -> Result<Measured> {
    bucket.create().await?;
    Ok(endpoint_check::measure(client, bucket.name()).await)
}

/// Removes the bucket. After a signal, only as far as the time allows.
async fn remove(bucket: &mut TemporaryBucket, cancel: &CancellationToken) -> Result<()> {
    let name = bucket.to_string();
    let time_is_up = async {
        cancel.cancelled().await;
        tokio::time::sleep(AFTER_A_SIGNAL).await;
    };
    tokio::select! {
        biased;
        removed = bucket.remove() => removed,
        () = time_is_up => {
            let error = Error::new(Kind::Failed, "delete", name, "there was no time left");
            Err(error.with_hint(temporary_bucket::REMOVE_BY_HAND))
        }
    }
}
