//! Runs the real `do_bucket_upload` against S3 on this machine.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may fail"
)]

mod attributes;
mod awkward_names;
mod changing_files;
mod check_only;
mod filters_and_output;
mod local_trees;
mod manifest;
mod on_any_server;
mod script_variables;
mod service_errors;
mod several_sources;
mod standard_input;
mod up_to_date;
mod verification;

use testkit::tree::write;
use testkit::{Endpoint, Program};

/// The program with the settings of this server, in a directory with these files; each holds its own name.
fn uploader(endpoint: &Endpoint, files: &[&str]) -> Program {
    let program = Program::new("do_bucket_upload").on(endpoint);
    for file in files {
        write(program.home(), file, file);
    }
    program
}

/// A server and a bucket on it.
fn prepared() -> (Endpoint, String) {
    let endpoint = Endpoint::local();
    let bucket = endpoint.new_bucket();
    (endpoint, bucket)
}

/// How many requests of this method have come for objects since the requests were cleared.
fn of_objects(endpoint: &Endpoint, method: &str) -> usize {
    let of_object = |path: &str| path.trim_start_matches('/').contains('/');
    let requests = endpoint.server().requests();
    requests
        .iter()
        .filter(|request| request.method == method && of_object(&request.path))
        .count()
}
