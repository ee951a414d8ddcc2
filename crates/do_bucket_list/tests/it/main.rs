//! Runs the real `do_bucket_list` against S3 on this machine.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may fail"
)]

mod buckets;
mod command_line;
mod credentials;
mod filters_and_limits;
mod incomplete_listings;
mod objects;
mod on_any_server;
mod parallel_listing;
mod presigned_links;
mod readers_of_stdout;
mod service_errors;
mod sums;
mod unfinished_uploads;
mod versions;

use testkit::faults::{Action, Canned, Plan};
use testkit::{Endpoint, Finished, Program};

/// The program with the settings of this server.
fn lister(endpoint: &Endpoint) -> Program {
    Program::new("do_bucket_list").envs(endpoint.settings())
}

/// A list of this kind in `photos`, from a service that gives every request this response.
fn answered_with(endpoint: &Endpoint, canned: Canned, kind: &str) -> Finished {
    let proxy =
        endpoint.behind(Plan::new(1).script(move |_, _| Some(Action::Respond(canned.clone()))));
    lister(endpoint)
        .envs(endpoint.settings_through(&proxy))
        .args([kind, "--max-attempts=1", "photos"])
        .run()
}

/// The lines without their first column, the time.
fn without_times(stdout: &str) -> Vec<String> {
    const TIME_COLUMN: usize = "2024-05-01 14:03:09+02:00".len();
    stdout
        .lines()
        .map(|line| line[TIME_COLUMN..].to_owned())
        .collect()
}
