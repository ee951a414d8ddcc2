//! Runs the real `do_bucket_download` against S3 on this machine.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may fail"
)]

mod awkward_keys;
mod check_only;
mod concurrent_runs;
mod disk_errors;
mod filters_and_output;
mod manifest;
mod on_any_server;
mod service_errors;
mod settings;
mod slow_connections;
mod standard_output;
mod target_paths;
mod unknown_lengths;
mod up_to_date;
mod verification;
mod wrong_responses;

use testkit::{Endpoint, Program};

/// The program with the settings of this server.
fn downloader(endpoint: &Endpoint) -> Program {
    Program::new("do_bucket_download").on(endpoint)
}

/// A server with a bucket of these keys; each holds its own name.
fn filled(keys: &[&str]) -> (Endpoint, String) {
    let endpoint = Endpoint::local();
    let bucket = endpoint.new_bucket();
    for key in keys {
        endpoint.s3().put(&bucket, key, key.as_bytes());
    }
    (endpoint, bucket)
}

/// How many objects have been asked for since the requests were cleared.
fn object_gets(endpoint: &Endpoint) -> usize {
    let of_object = |path: &str| path.trim_start_matches('/').contains('/');
    let requests = endpoint.server().requests();
    requests
        .iter()
        .filter(|request| request.method == "GET" && of_object(&request.path))
        .count()
}
