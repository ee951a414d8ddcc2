//! Responses to uploads that are lost: what stands in the bucket decides, and only if it is sure.

use tempfile::TempDir;
use testkit::faults::{Action, Canned, Fault, FaultProxy, Operation, Plan, Request};
use testkit::tree::fill;
use testkit::{Endpoint, Finished};

use crate::{MIB, through, write_large};

const FEW_ATTEMPTS: [&str; 2] = ["--max-attempts", "3"];

/// Larger files go up in parts of this size.
const PARTS: [&str; 2] = ["--part-size", "5M"];

/// A directory of files, and a bucket that they go to.
struct Sending {
    endpoint: Endpoint,
    bucket: String,
    files: TempDir,
}

impl Sending {
    fn new(write: impl FnOnce(&std::path::Path)) -> Self {
        let endpoint = Endpoint::local();
        let bucket = endpoint.new_bucket();
        let files = tempfile::tempdir().unwrap();
        write(files.path());
        Self {
            endpoint,
            bucket,
            files,
        }
    }

    /// A file that goes up in three parts.
    fn large() -> Self {
        Self::new(|files| write_large(&files.join("large"), 11))
    }

    fn small() -> Self {
        Self::new(|files| fill(files, 20, 3_000, 5))
    }

    fn behind(
        &self,
        script: impl Fn(&Request, u32) -> Option<Action> + Send + Sync + 'static,
    ) -> FaultProxy {
        self.endpoint.behind(Plan::new(1).script(script))
    }

    fn upload(&self, proxy: &FaultProxy, args: &[&str]) -> Finished {
        through("do_bucket_upload", &self.endpoint, proxy)
            .args(FEW_ATTEMPTS)
            .args(PARTS)
            .args(args)
            .arg(self.files.path())
            .arg(format!("s3://{}/d", self.bucket))
            .run()
    }

    fn keys(&self) -> usize {
        self.endpoint.server().store().keys(&self.bucket).len()
    }

    fn unfinished(&self) -> usize {
        self.endpoint.server().store().uploads(&self.bucket).len()
    }
}

fn is_creation(request: &Request) -> bool {
    request.method == "POST" && request.has_param("uploads")
}

/// What HEAD says of the large file on a service whose ETags are no sums.
fn no_sum() -> Action {
    let head = Canned::new(200, "")
        .header("content-length", &(11 * MIB).to_string())
        .header("etag", "\"opaque-3\"");
    Action::Respond(head)
}

/// The completion is carried out, but nobody hears of it.
fn lost_completion(request: &Request, before: u32) -> Option<Action> {
    (request.operation == Operation::Complete).then(|| {
        if before == 0 {
            Action::Fault(Fault::LostResponse)
        } else {
            Action::Respond(Canned::error(404, "NoSuchUpload", "Gone."))
        }
    })
}

#[test]
fn objects_that_are_there_count_although_every_response_was_lost() {
    let sending = Sending::small();
    let proxy = sending
        .endpoint
        .behind(Plan::new(4).rate(Fault::LostResponse, 100.0));
    sending.upload(&proxy, &[]).success();
    assert_eq!(sending.keys(), 20);
    assert!(proxy.hits(Fault::LostResponse) >= 60);
}

#[test]
fn the_same_object_from_before_is_no_proof_of_a_put_that_never_arrived() {
    let sending = Sending::small();
    sending.upload(&sending.behind(|_, _| None), &[]).success();
    let broken = sending.behind(|request, _| {
        (request.operation == Operation::Upload).then_some(Action::Fault(Fault::Reset))
    });
    let ended = sending.upload(&broken, &["--cache-control", "no-store"]);
    ended.code(7).stderr_has("connection reset by 127.0.0.1");
}

#[test]
fn the_same_object_from_before_is_no_proof_of_a_completion_that_failed() {
    let sending = Sending::large();
    sending.upload(&sending.behind(|_, _| None), &[]).success();
    let broken = sending.behind(|request, _| {
        (request.operation == Operation::Complete).then_some(Action::Fault(Fault::ErrorInComplete))
    });
    let ended = sending.upload(&broken, &["--force"]);
    ended
        .code(7)
        .stderr_has("the service failed (InternalError, HTTP 200");
    assert_eq!((sending.keys(), sending.unfinished()), (1, 0));
}

#[test]
fn an_upload_that_is_gone_proves_the_completion_where_the_object_looks_as_before() {
    let sending = Sending::large();
    sending.upload(&sending.behind(|_, _| None), &[]).success();
    let proxy = sending.behind(lost_completion);
    sending.upload(&proxy, &["--force"]).success();
}

#[test]
fn a_lost_completion_is_settled_without_sums_if_the_upload_is_gone() {
    let sending = Sending::large();
    let proxy = sending.behind(|request, before| match request.method.as_str() {
        "HEAD" => Some(no_sum()),
        _ => lost_completion(request, before),
    });
    sending.upload(&proxy, &[]).success();
    assert_eq!((sending.keys(), sending.unfinished()), (1, 0));
}

#[test]
fn without_sums_an_upload_that_is_still_there_is_not_complete() {
    let sending = Sending::large();
    let proxy = sending.behind(|request, _| match request.method.as_str() {
        "HEAD" => Some(no_sum()),
        _ => (request.operation == Operation::Complete)
            .then_some(Action::Fault(Fault::ErrorInComplete)),
    });
    sending.upload(&proxy, &[]).code(7);
    assert_eq!((sending.keys(), sending.unfinished()), (0, 0));
}

#[test]
fn an_upload_whose_beginning_went_unheard_is_named_once_and_left_alone() {
    let sending = Sending::large();
    let proxy = sending.behind(|request, before| {
        (is_creation(request) && before == 0).then_some(Action::Fault(Fault::LostResponse))
    });
    let ended = sending.upload(&proxy, &[]);
    let bucket = &sending.bucket;
    let warning = format!(
        "do_bucket_upload: warning: s3://{bucket}/d/large: the response to the beginning of its \
         upload was lost, so an unfinished upload without parts may stay behind: \
         `do_bucket_list --uploads s3://{bucket}` shows it\n"
    );
    let ended = ended.success();
    assert_eq!(ended.stderr_text().matches(&warning).count(), 1);
    assert_eq!((sending.keys(), sending.unfinished()), (1, 1));
}

#[test]
fn an_upload_that_never_began_is_not_warned_of() {
    let sending = Sending::large();
    let proxy = sending.behind(|request, before| {
        (is_creation(request) && before == 0).then_some(Action::Fault(Fault::Reset))
    });
    let ended = sending.upload(&proxy, &[]);
    ended.success();
    assert!(!ended.stderr_text().contains("warning"));
}

#[test]
fn an_old_object_is_not_reported_as_sent_where_the_target_cannot_be_listed() {
    let sending = Sending::small();
    sending.upload(&sending.behind(|_, _| None), &[]).success();
    let broken = sending.behind(|request, _| match request.operation {
        Operation::Listing => Some(Action::Respond(Canned::error(403, "AccessDenied", "No."))),
        Operation::Upload => Some(Action::Fault(Fault::Reset)),
        _ => None,
    });
    let ended = sending.upload(&broken, &[]);
    ended.code(7).nowhere(" -> s3://");
}

#[test]
fn one_old_object_is_not_reported_as_sent_where_it_cannot_be_looked_at() {
    let sending = Sending::new(|files| fill(files, 1, 3_000, 5));
    let name = testkit::tree::files(sending.files.path()).remove(0);
    let send = |proxy: &FaultProxy| {
        through("do_bucket_upload", &sending.endpoint, proxy)
            .args(FEW_ATTEMPTS)
            .arg(sending.files.path().join(&name))
            .arg(format!("s3://{}/d", sending.bucket))
            .run()
    };
    send(&sending.behind(|_, _| None)).success();
    let broken = sending.behind(|request, before| match request.method.as_str() {
        "HEAD" if before == 0 => Some(Action::Respond(Canned::new(403, ""))),
        "PUT" => Some(Action::Fault(Fault::Reset)),
        _ => None,
    });
    send(&broken).code(7).stdout("");
}
