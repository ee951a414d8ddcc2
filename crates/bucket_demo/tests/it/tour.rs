//! The whole tour.

use std::fs;

use testkit::tree::{fill, write};
use testkit::{Endpoint, Program, path_of};

use crate::{SAMPLES, demo, said, screen, steps};

#[test]
fn the_tour_leaves_nothing_but_its_log_and_what_it_brought_back() {
    let endpoint = Endpoint::local();
    let ended = demo(&endpoint).run();
    ended.success();
    assert_eq!(
        screen(&ended),
        "bucket-demo-RUN-ID  at http://127.0.0.1:PORT, region us-east-1\n\
         ✓ create the bucket 200\n\
         ✓ upload 200 4 files, 583 bytes\n\
         ✓ download 200 4 files to tmp/bucket_demo-RUN-ID, equal to what was sent\n\
         ✓ delete 200 4 objects\n\
         ✓ delete the bucket 204\n\
         No Buckets\n"
    );
    assert_eq!(
        said(&ended),
        "bucket_demo: the tour finished in SECONDS s; the log is log/bucket.log\n"
    );
    assert_eq!(
        steps(ended.home()),
        [
            "bucket_create run",
            "bucket_create 200",
            "upload run",
            "upload 200",
            "download run",
            "download 200",
            "delete run",
            "delete 200",
            "bucket_delete run",
            "bucket_delete 204",
            "bucket_list run",
            "bucket_list 200",
        ]
    );
    let files = testkit::tree::files(ended.home());
    let names: Vec<&str> = files
        .iter()
        .filter_map(|file| file.rsplit('/').next())
        .collect();
    assert_eq!(names[0], "bucket.log");
    assert_eq!(names[1..], SAMPLES);
}

#[test]
fn quiet_says_nothing_of_a_tour_that_succeeds() {
    let endpoint = Endpoint::local();
    for more in [&["--dry-run"][..], &[]] {
        let ended = demo(&endpoint).arg("-q").args(more).run();
        ended.success().stdout("").stderr("");
    }
}

#[test]
fn a_second_run_has_a_bucket_and_a_directory_of_its_own_and_appends_to_the_log() {
    let endpoint = Endpoint::local();
    let program = demo(&endpoint);
    program.clone().run().success();
    program.clone().run().success();
    let home = program.home();
    assert_eq!(fs::read_dir(home.join("tmp")).unwrap().count(), 2);
    assert_eq!(steps(home).len(), 24);
}

#[test]
fn a_directory_of_the_users_goes_there_and_back_whole() {
    let endpoint = Endpoint::local();
    let program = demo(&endpoint).args(["--data", "site", "--json"]);
    fill(&program.home().join("site"), 1200, 2000, 3);
    write(
        program.home(),
        "site/large",
        testkit::tree::noise((64 << 20) + 1, 5),
    );
    let ended = program.run();
    ended.success();
    let lines = ended.json_lines();
    let summary = &lines.last().unwrap()["summary"];
    assert_eq!(summary["exit_code"], 0);
    assert!(summary["left"].is_null());
    let done = |action: &str| {
        let is_it = |line: &&serde_json::Value| line["action"] == action && line["status"] != "run";
        lines.iter().find(is_it).unwrap()["data"].clone()
    };
    assert_eq!(done("upload")["files"], 1201);
    assert_eq!(done("download")["equal"], true);
    assert_eq!(done("delete")["objects"], 1201);
    assert_eq!(done("bucket_list")["buckets"].as_array().unwrap().len(), 0);
    // More than one batch, and no DELETE of a subresource, which some services take for a
    // DELETE of the bucket.
    let requests = endpoint.server().requests();
    let batches = requests
        .iter()
        .filter(|request| request.method == "POST" && request.query == "delete=");
    assert_eq!(batches.count(), 2);
    let deletes: Vec<_> = requests
        .iter()
        .filter(|request| request.method == "DELETE")
        .collect();
    assert_eq!(deletes.len(), 1, "{deletes:?}");
    assert_eq!(deletes[0].query, "");
}

#[test]
fn data_beside_the_program_is_not_taken_by_itself() {
    let endpoint = Endpoint::local();
    let program = demo(&endpoint);
    write(program.home(), "data/mine", "mine");
    let ended = program.run();
    ended.success().nowhere("mine");
}

#[test]
fn local_s3_runs_it_without_any_setting() {
    path_of("bucket_demo");
    let program = Program::at(&path_of("local_s3")).arg(path_of("bucket_demo"));
    let ended = program.run();
    ended.success().stdout_has("No Buckets\n");
}

#[test]
fn a_dry_run_says_the_steps_and_sends_and_writes_nothing() {
    let endpoint = Endpoint::local();
    let ended = demo(&endpoint)
        .args(["--dry-run", "--bucket-name", "b-1"])
        .run();
    ended.success().stderr("");
    assert_eq!(
        screen(&ended),
        "would create s3://b-1\n\
         would upload 4 files, 583 bytes, to s3://b-1/\n\
         would download them to tmp/bucket_demo-RUN-ID and compare\n\
         would delete what this run made in s3://b-1/\n\
         would delete s3://b-1\n"
    );
    assert!(endpoint.server().requests().is_empty());
    assert!(testkit::tree::files(ended.home()).is_empty());
}
