//! Uploads in parts: their completion is lost, refused, or never comes, and nothing stays behind.

use tempfile::TempDir;
use testkit::faults::{Action, Canned, Fault, FaultProxy, Operation, Plan};
use testkit::{Endpoint, Finished};

use crate::{MIB, through, write_large};

/// Files that go up in three parts.
struct Large {
    endpoint: Endpoint,
    bucket: String,
    files: TempDir,
}

impl Large {
    fn new(count: usize) -> Self {
        let endpoint = Endpoint::local();
        let bucket = endpoint.new_bucket();
        let files = tempfile::tempdir().unwrap();
        for number in 0..count {
            write_large(&files.path().join(format!("large{number}")), 11);
        }
        Self {
            endpoint,
            bucket,
            files,
        }
    }

    fn upload(&self, proxy: &FaultProxy, args: &[&str]) -> Finished {
        through("do_bucket_upload", &self.endpoint, proxy)
            .args(["--part-size", "5M"])
            .args(args)
            .arg(self.files.path())
            .arg(format!("s3://{}/d", self.bucket))
            .run()
    }

    /// Both what is there and what is unfinished.
    fn left(&self) -> (Vec<String>, Vec<(String, String)>) {
        let store = self.endpoint.server().store();
        (store.keys(&self.bucket), store.uploads(&self.bucket))
    }

    #[track_caller]
    fn assert_complete(&self, count: usize) {
        let (keys, uploads) = self.left();
        assert_eq!((keys.len(), uploads.len()), (count, 0));
        for number in 0..count {
            let file = std::fs::read(self.files.path().join(format!("large{number}"))).unwrap();
            let stored = self
                .endpoint
                .server()
                .store()
                .read(&self.bucket, &format!("d/large{number}"))
                .unwrap();
            assert!(file == stored, "large{number} is not what was sent");
        }
    }
}

#[test]
fn an_error_in_a_completion_with_status_200_is_tried_again() {
    let large = Large::new(2);
    let plan = Plan::new(1)
        .rate(Fault::ErrorInComplete, 100.0)
        .most_per_target(5);
    let proxy = large.endpoint.behind(plan);
    large.upload(&proxy, &[]).success();
    assert_eq!(proxy.hits(Fault::ErrorInComplete), 10);
    large.assert_complete(2);
}

#[test]
fn a_completion_whose_response_is_lost_counts_as_complete_if_the_object_is_there() {
    // AWS completes an upload once more; most other services have forgotten it.
    for forgets in [false, true] {
        let large = Large::new(1);
        let plan = Plan::new(1).script(move |request, before| match (&request.operation, before) {
            (Operation::Complete, 0) => Some(Action::Fault(Fault::LostResponse)),
            (Operation::Complete, _) if forgets => Some(Action::Respond(Canned::error(
                404,
                "NoSuchUpload",
                "The specified multipart upload does not exist.",
            ))),
            _ => None,
        });
        let proxy = large.endpoint.behind(plan);
        large.upload(&proxy, &[]).success();
        assert_eq!(proxy.hits(Fault::LostResponse), 1);
        large.assert_complete(1);
    }
}

#[test]
fn a_completion_that_always_fails_ends_with_exit_7_and_no_parts_stay() {
    let large = Large::new(1);
    let proxy = large
        .endpoint
        .behind(Plan::new(1).rate(Fault::ErrorInComplete, 100.0));
    let ended = large.upload(&proxy, &["--max-attempts", "4"]);
    ended
        .code(7)
        .stderr_has("the service failed (InternalError, HTTP 200");
    assert_eq!(large.left(), (vec![], vec![]));
}

#[test]
fn a_part_that_never_arrives_fails_the_file_and_the_other_parts_are_taken_back() {
    let large = Large::new(1);
    let plan = Plan::new(1).script(|request, _| {
        let third = request.query.contains("partNumber=3");
        third.then_some(Action::Fault(Fault::Reset))
    });
    let proxy = large.endpoint.behind(plan);
    let ended = large.upload(&proxy, &["--max-attempts", "3"]);
    ended.code(7).stderr_has("connection reset by 127.0.0.1");
    assert_eq!(large.left(), (vec![], vec![]));
}

#[test]
fn taking_the_parts_back_is_itself_tried_again() {
    let large = Large::new(1);
    let plan = Plan::new(1).script(|request, before| match request.method.as_str() {
        "PUT" if request.query.contains("partNumber=3") => {
            Some(Action::Respond(Canned::error(403, "AccessDenied", "No.")))
        }
        "DELETE" if before < 2 => Some(Action::Fault(Fault::SlowDown)),
        _ => None,
    });
    let proxy = large.endpoint.behind(plan);
    large
        .upload(&proxy, &[])
        .code(1)
        .stderr_has("access denied for key");
    assert_eq!(proxy.hits(Fault::SlowDown), 2);
    assert_eq!(large.left(), (vec![], vec![]));
}

#[test]
fn an_upload_is_aborted_until_no_part_is_left() {
    let large = Large::new(1);
    let plan = Plan::new(1).script(|request, before| match request.method.as_str() {
        "PUT" if request.query.contains("partNumber=3") => {
            Some(Action::Respond(Canned::error(403, "AccessDenied", "No.")))
        }
        // As if a part had landed after it.
        "DELETE" if before == 0 => Some(Action::Respond(Canned::new(204, ""))),
        _ => None,
    });
    let proxy = large.endpoint.behind(plan);
    large.upload(&proxy, &[]).code(1);
    assert_eq!(large.left(), (vec![], vec![]));
}

#[test]
fn parts_that_cannot_be_taken_back_are_named_on_the_screen() {
    let large = Large::new(1);
    let refuse = || Some(Action::Respond(Canned::error(403, "AccessDenied", "No.")));
    let plan = Plan::new(1).script(move |request, _| match request.method.as_str() {
        "PUT" if request.query.contains("partNumber=3") => refuse(),
        "DELETE" => refuse(),
        _ => None,
    });
    let proxy = large.endpoint.behind(plan);
    let ended = large.upload(&proxy, &[]);
    let bucket = &large.bucket;
    ended.code(1).stderr_has(&format!(
        "do_bucket_upload: warning: s3://{bucket}/d/large0: the parts sent so far stay behind (access denied"
    ));
    ended.stderr_has(&format!(
        ": `do_bucket_list --uploads s3://{bucket}` shows them\n"
    ));
}

#[test]
fn the_files_of_these_tests_go_up_in_parts() {
    let large = Large::new(1);
    let proxy = large.endpoint.behind(Plan::new(1));
    large.upload(&proxy, &[]).success();
    let parts = proxy
        .requests()
        .iter()
        .filter(|seen| seen.request.query.contains("partNumber="))
        .count() as u64;
    assert_eq!(parts, (11 * MIB).div_ceil(5 * MIB));
}
