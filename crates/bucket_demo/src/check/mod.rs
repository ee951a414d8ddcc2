//! `--check`: what an endpoint can do, measured on the spot, in a bucket of its own.
//!
//! `probes` ask and judge, `findings` holds what they found, `advice` says what follows for our
//! programs, `table` prints it. A probe that fails ends nothing but itself: what it was to find
//! out is then unknown. `BUCKET_NAME` is not looked at: no bucket but the own one is touched.
//!
//! Exit 0 if the check came to its end, whatever it found; 1 if the endpoint lacks what all our
//! programs need, or if the bucket could not be removed; the cause's own code if no bucket could
//! be created.

mod advice;
mod asker;
mod capability;
mod finding;
mod own_bucket;
mod probes;
mod reply;
mod table;
mod wrong_signature;
mod xml;

use std::time::{Duration, Instant};

use common::cli::Shell;
use common::{Error, Exit, Kind, Result};
use s3_client::client::Client;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use asker::Asker;
use capability::{Capability, Group, Turn};
use finding::{Findings, Found, Measured};
use own_bucket::OwnBucket;
use probes::GROUPS;
use table::Table;

/// After the first signal two seconds are left in all.
const AFTER_A_SIGNAL: Duration = Duration::from_millis(1700);

/// Measures the endpoint in a bucket of its own and prints what it found.
///
/// # Errors
/// The bucket cannot be created or removed; the endpoint lacks what our programs need.
pub(crate) async fn run(client: &Client, shell: &Shell) -> Result<Exit> {
    let began = Instant::now();
    let ui = &shell.ui;
    let mut bucket = OwnBucket::named(client).await;
    ui.note(&format!(
        "checking {} in a bucket of its own, {bucket}",
        client.endpoint_text()
    ));
    let asker = Asker::new(client, bucket.name());
    let measured = tokio::select! {
        biased;
        () = shell.cancel.cancelled() => None,
        found = measure(&mut bucket, &asker) => Some(found),
    };
    let removed = remove(&mut bucket, &shell.cancel).await;
    let found = match measured {
        Some(Ok(found)) => found,
        ended_early => {
            // Named whatever else is said: the bucket may be there.
            if let Err(error) = removed {
                ui.fail(&error);
            }
            // After a signal, that decides the exit code.
            return ended_early.map_or(Ok(Exit::SomeFailed), |failed| {
                failed.map(|_| Exit::SomeFailed)
            });
        }
    };
    let table = Table {
        endpoint: client.endpoint_text(),
        region: client.region(),
        found: &found,
        requests: asker.requests(),
        took: began.elapsed(),
    };
    table.print(ui, shell.json());
    removed?;
    match unfit(&found) {
        None => Ok(Exit::Success),
        Some(error) => Err(error),
    }
}

/// Removes the bucket; after a signal, as far as there is time.
async fn remove(bucket: &mut OwnBucket, cancel: &CancellationToken) -> Result<()> {
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
            Err(error.with_hint(own_bucket::LEFT))
        }
    }
}

/// Creates the bucket and runs all probes. Dropped half way, it ends them.
async fn measure(bucket: &mut OwnBucket, asker: &Asker) -> Result<Measured> {
    bucket.create().await?;
    let mut running = JoinSet::new();
    for group in GROUPS.iter().filter(|group| group.turn == Turn::Together) {
        running.spawn((group.probe)(asker.clone()));
    }
    let mut found = Measured::new();
    while let Some(ended) = running.join_next().await {
        keep(&mut found, ended.unwrap_or_default());
    }
    for group in GROUPS.iter().filter(|group| group.turn == Turn::Alone) {
        keep(&mut found, (group.probe)(asker.clone()).await);
    }
    for capability in all() {
        let never = || Found::Unknown("its probe did not come to its end".into());
        found.entry(capability.name).or_insert_with(never);
    }
    Ok(found)
}

fn keep(found: &mut Measured, findings: Findings) {
    found.extend(findings.0);
}

/// Every capability, in the order of the table.
fn all() -> impl Iterator<Item = &'static Capability> {
    GROUPS.iter().flat_map(|group: &Group| group.capabilities)
}

/// Why our programs cannot be used here at all, if so.
fn unfit(found: &Measured) -> Option<Error> {
    let lacks: Vec<&str> = all()
        .filter(|capability| capability.essential)
        .filter(|capability| !found.get(capability.name).is_some_and(Found::is_yes))
        .map(|capability| capability.title)
        .collect();
    if lacks.is_empty() {
        return None;
    }
    let cause = format!("this was not found: {}", lacks.join("; "));
    Some(Error::new(Kind::Failed, "use this endpoint", "", cause))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_is_unfit_only_if_something_essential_is_missing() {
        let mut found: Measured = all().map(|each| (each.name, Found::no())).collect();
        assert_eq!(
            unfit(&found).unwrap().to_string(),
            "cannot use this endpoint: this was not found: what was stored comes back the same; \
             small pages together give every key once"
        );
        found.insert("round_trip", Found::yes());
        found.insert("list_whole", Found::yes());
        assert!(unfit(&found).is_none());
    }
}
