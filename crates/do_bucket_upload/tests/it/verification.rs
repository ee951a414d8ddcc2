//! Whether the bytes arrived: sums that the service names, and services that name none or others.

use testkit::faults::{Action, Canned, Fault, FaultProxy, Operation, Plan, Request};
use testkit::tree::{noise, write};
use testkit::{Endpoint, Program};

use crate::{prepared, uploader};

const FORGED: &str = "\"0123456789abcdef0123456789abcdef\"";

/// A service that anybody may write to: without a signature nothing protects the bytes on the way,
/// as on services that do not look at the hash in it.
pub(crate) fn unprotected() -> (Endpoint, String) {
    let endpoint = Endpoint::with(local_s3::Options {
        allow_unsigned: true,
        ..local_s3::Options::default()
    });
    let bucket = endpoint.new_bucket();
    (endpoint, bucket)
}

pub(crate) fn by_anybody(program: Program, proxy: &FaultProxy) -> Program {
    program
        .env("ENDPOINT_URL", proxy.endpoint())
        .arg("--no-sign-request")
}

/// Every response to a PUT, or to a part, gets this ETag.
fn with_etag(endpoint: &Endpoint, etag: Option<&'static str>) -> FaultProxy {
    endpoint.behind(Plan::new(1).script(move |request, _| {
        let edits = vec![("etag", etag.map(str::to_owned))];
        (request.operation == Operation::Upload).then_some(Action::Headers(edits))
    }))
}

fn puts(proxy: &FaultProxy) -> usize {
    let seen = proxy.requests();
    let is_put = |request: &Request| request.operation == Operation::Upload;
    seen.iter().filter(|seen| is_put(&seen.request)).count()
}

#[test]
fn what_is_damaged_on_the_way_is_seen_by_the_etag_and_sent_again() {
    let (endpoint, bucket) = unprotected();
    let proxy = endpoint.behind(
        Plan::new(7)
            .rate(Fault::FlippedUp, 100.0)
            .most_per_target(2),
    );
    let program = uploader(&endpoint, &["up/a", "up/b"]);
    let (middle, large) = (noise(9 << 20, 1), noise(11 << 20, 2));
    write(program.home(), "up/middle", &middle);
    write(program.home(), "up/parts", &large);
    let ended = by_anybody(program, &proxy)
        .args([
            "--part-size",
            "10M",
            "--json",
            "up",
            &format!("s3://{bucket}"),
        ])
        .run();
    ended.success();
    let proofs: Vec<_> = ended
        .json_lines()
        .iter()
        .filter_map(|line| Some((line["Key"].as_str()?.to_owned(), line["proof"].clone())))
        .collect();
    for (key, proof) in &proofs {
        let expected = if key == "parts" {
            "multipart ETag"
        } else {
            "MD5"
        };
        assert_eq!(proof, expected, "{key}");
    }
    assert_eq!(proofs.len(), 4);
    let store = endpoint.server().store();
    assert!(store.read(&bucket, "middle").unwrap() == middle);
    assert!(store.read(&bucket, "parts").unwrap() == large);
    assert_eq!(store.read(&bucket, "a").unwrap(), b"up/a"[..]);
    assert_eq!(proxy.hits(Fault::FlippedUp), 10);
}

#[test]
fn what_is_damaged_every_time_is_exit_6_and_says_what_stands_there() {
    let (endpoint, bucket) = unprotected();
    let proxy = endpoint.behind(Plan::new(7).rate(Fault::FlippedUp, 100.0));
    let program = uploader(&endpoint, &["a"]);
    let ended = by_anybody(program, &proxy)
        .args(["--max-attempts", "2", "a", &format!("s3://{bucket}")])
        .run();
    ended.code(6).stdout("").stderr_has(&format!(
        "do_bucket_upload: cannot upload a to s3://{bucket}/a: the service received different bytes \
         than were sent, and stored them: MD5 is "
    ));
    ended.stderr_has(" there, 0cc175b9c0f1b6a831c399e269772661 in the file\n");
    assert_eq!(puts(&proxy), 2);
}

#[test]
fn a_part_that_is_damaged_every_time_leaves_the_object_as_it_was() {
    let (endpoint, bucket) = unprotected();
    endpoint.s3().put(&bucket, "large", b"old");
    let proxy = endpoint.behind(Plan::new(7).script(|request, _| {
        let second = request.query.contains("partNumber=2");
        second.then_some(Action::Fault(Fault::FlippedUp))
    }));
    let program = uploader(&endpoint, &[]);
    write(program.home(), "large", noise(11 << 20, 2));
    let ended = by_anybody(program, &proxy)
        .args(["--max-attempts", "2", "--part-size", "5M", "large"])
        .arg(format!("s3://{bucket}"))
        .run();
    ended.code(6).stderr_has("than were sent: MD5 is ");
    assert_eq!(endpoint.s3().get(&bucket, "large"), b"old");
    assert!(endpoint.server().store().uploads(&bucket).is_empty());
}

#[test]
fn a_forged_etag_is_a_mismatch_also_where_the_service_checks_the_hash() {
    let (endpoint, bucket) = prepared();
    let proxy = with_etag(&endpoint, Some(FORGED));
    let program = uploader(&endpoint, &["a"])
        .envs(endpoint.settings_through(&proxy))
        .args(["a", &format!("s3://{bucket}")]);
    program.clone().run().code(6).stderr(&format!(
        "do_bucket_upload: cannot upload a to s3://{bucket}/a: the service received different bytes \
         than were sent, and stored them: MD5 is 0123456789abcdef0123456789abcdef there, \
         0cc175b9c0f1b6a831c399e269772661 in the file\n\
         hint: the service reported the same sum each time: if its ETags are not MD5 sums, use \
         --no-verify\n\
         do_bucket_upload: 1 of 1 file failed (0 uploaded, 0 skipped, 0 bytes)\n\
         hint: when the cause is fixed, run the same command again: it retries only this file\n"
    ));
    assert_eq!(puts(&proxy), 3);
    program
        .args(["--no-verify", "--force"])
        .run()
        .uploaded(1, 1, ", 1 unverified");
}

#[test]
fn an_etag_that_is_no_md5_is_no_failure_and_no_proof() {
    for etag in [
        "\"0-0-1\"",
        "W/\"0123456789abcdef0123456789abcdef\"",
        "\"x\"",
    ] {
        let (endpoint, bucket) = prepared();
        let proxy = with_etag(&endpoint, Some(etag));
        let ended = uploader(&endpoint, &["a"])
            .envs(endpoint.settings_through(&proxy))
            .args(["--json", "a", &format!("s3://{bucket}")])
            .run();
        let lines = ended.success().json_lines();
        assert_eq!(lines[0]["status"], "uploaded");
        assert!(lines[0].get("proof").is_none(), "{}", lines[0]);
        assert_eq!(lines[1]["summary"]["unverified_files"], 1);
    }
}

/// What middle boxes send in the name of a service.
fn no_responses() -> [Canned; 5] {
    [
        Canned::new(
            200,
            "<!DOCTYPE html><html><body>Please log in<br></body></html>",
        )
        .header("content-type", "text/html"),
        Canned::error(200, "InternalError", "We failed."),
        Canned::new(200, ""),
        Canned::new(202, ""),
        Canned::new(204, ""),
    ]
}

#[test]
fn a_success_that_stored_nothing_is_never_believed() {
    let (endpoint, bucket) = prepared();
    for canned in no_responses() {
        let words = format!("{canned:?}");
        let proxy = endpoint.behind(Plan::new(1).script(move |request, _| {
            let response = Action::Respond(canned.clone());
            (request.operation == Operation::Upload).then_some(response)
        }));
        let program = uploader(&endpoint, &["up/a", "up/empty"]);
        write(program.home(), "up/empty", "");
        write(program.home(), "up/parts", noise(6 << 20, 2));
        let ended = program
            .envs(endpoint.settings_through(&proxy))
            .args(["--part-size", "5M", "--max-attempts", "2", "up"])
            .arg(format!("s3://{bucket}"))
            .run();
        ended.code(7).stdout("").nowhere("unverified");
        assert!(
            ended.stderr_text().contains("3 of 3 files failed"),
            "{words}"
        );
        assert_eq!(endpoint.s3().keys(&bucket, ""), Vec::<String>::new());
    }
}

#[test]
fn what_was_stored_counts_whatever_came_back_and_is_not_sent_twice() {
    for canned in no_responses() {
        let is_error = canned.body_text().contains("<Error>");
        let (endpoint, bucket) = prepared();
        let proxy = endpoint.behind(Plan::new(1).script(move |request, _| {
            let whole = request.operation == Operation::Upload && request.query.is_empty();
            // An error in a success to a completion is to be tried again, says AWS.
            let completed = request.operation == Operation::Complete && !is_error;
            (whole || completed).then_some(Action::Instead(canned.clone()))
        }));
        let program = uploader(&endpoint, &["up/a"]);
        write(program.home(), "up/empty", "");
        write(program.home(), "up/parts", noise(6 << 20, 2));
        program
            .envs(endpoint.settings_through(&proxy))
            .args(["--part-size", "5M", "up"])
            .arg(format!("s3://{bucket}"))
            .run()
            .success();
        // One request each for two objects, two parts and a completion.
        assert_eq!(puts(&proxy), 4);
        let completions = proxy.requests();
        let completions = completions
            .iter()
            .filter(|seen| seen.request.operation == Operation::Complete);
        assert_eq!(completions.count(), 1);
    }
}

#[test]
fn a_part_without_an_etag_is_sent_again() {
    let (endpoint, bucket) = prepared();
    let proxy = endpoint.behind(Plan::new(1).script(|request, before| {
        let second = request.query.contains("partNumber=2") && before == 0;
        second.then(|| Action::Headers(vec![("etag", None)]))
    }));
    let program = uploader(&endpoint, &[]);
    write(program.home(), "parts", noise(6 << 20, 2));
    program
        .envs(endpoint.settings_through(&proxy))
        .args(["--part-size", "5M", "parts", &format!("s3://{bucket}")])
        .run()
        .success();
    assert_eq!(puts(&proxy), 3);
}

#[test]
fn under_a_key_of_kms_checksums_prove_and_without_them_nothing_does() {
    for (crc64_by_default, proof, again) in [
        (
            true,
            Some("CRC64NVME"),
            "nothing to upload: all 2 files are up to date\n",
        ),
        (
            false,
            None,
            "2 files uploaded (6.0 MiB in T s, R/s), 2 unverified\n",
        ),
    ] {
        let endpoint = Endpoint::with(local_s3::Options {
            crc64_by_default,
            ..local_s3::Options::default()
        });
        let bucket = endpoint.new_bucket();
        let program = uploader(&endpoint, &["up/a"]);
        write(program.home(), "up/parts", noise(6 << 20, 2));
        let program = program
            .args(["--part-size", "5M", "up"])
            .arg(format!("s3://{bucket}"));
        let sent = program.clone().args(["--sse", "aws:kms", "--json"]).run();
        sent.success();
        for line in &sent.json_lines()[..2] {
            assert_eq!(line["proof"].as_str(), proof, "{line}");
        }
        let ended = program.clone().args(["--dry-run", "--json"]).run();
        for line in &ended.success().json_lines()[..if crc64_by_default { 0 } else { 2 }] {
            assert_eq!(line["reason"], "content cannot be compared");
        }
        let told = program.run().success().stderr_text();
        let again = again.split(" (").next().unwrap();
        assert!(told.contains(again), "{told}");
    }
}
