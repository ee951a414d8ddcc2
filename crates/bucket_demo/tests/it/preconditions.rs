//! What is wrong from the outset: names, keys, regions, disks.

use testkit::faults::{Action, Canned, Plan};
use testkit::{Endpoint, with_tmpfs};

use crate::{THERE, demo, said, snapshot, steps, through, with_foreign_keys};

#[test]
fn a_name_that_no_bucket_may_have_is_a_400_and_exit_3() {
    let endpoint = Endpoint::local();
    let ended = demo(&endpoint).args(["--bucket-name", "Not_A_Name"]).run();
    ended.code(3);
    ended.stderr_has(
        "bucket_demo: cannot create s3://Not_A_Name: the service does not allow this name for a bucket\n\
         hint: a name has 3 to 63 lower-case letters, digits, dots and hyphens\n",
    );
    assert_eq!(steps(ended.home())[1], "bucket_create 400");
}

#[test]
fn a_wrong_secret_is_not_taken_for_somebody_elses_bucket() {
    let endpoint = Endpoint::local();
    let ended = demo(&endpoint)
        .env("AWS_SECRET_ACCESS_KEY", "wrong-secret")
        .run();
    ended.code(5).nowhere("wrong-secret");
    assert_eq!(
        said(&ended),
        "bucket_demo: cannot look for s3://bucket-demo-RUN-ID: the secret does not belong to key …y-id \
         (SignatureDoesNotMatch, HTTP 403, request REQUEST)\n\
         hint: check AWS_SECRET_ACCESS_KEY, or the secret in the profile\n\
         bucket_demo: the tour ended early in SECONDS s; the log is log/bucket.log\n"
    );
    assert_eq!(
        steps(ended.home())[..2],
        ["bucket_create run", "bucket_create 403"]
    );
}

#[test]
fn without_a_key_nothing_is_sent_and_there_is_not_even_a_log() {
    let endpoint = Endpoint::local();
    let program = demo(&endpoint)
        .without_env("AWS_ACCESS_KEY_ID")
        .without_env("AWS_SECRET_ACCESS_KEY");
    let ended = program.run();
    ended.code(3).stderr_has("there are no credentials");
    assert!(!ended.home().join("log").exists());
    assert!(endpoint.server().requests().is_empty());
}

#[test]
fn a_service_that_insists_on_its_region_is_learned_from_and_the_log_has_the_warning() {
    let endpoint = Endpoint::with(local_s3::Options {
        region: "garage".into(),
        strict_region: true,
        ..local_s3::Options::default()
    });
    let ended = demo(&endpoint).env("REGION_NAME", "us-east-1").run();
    ended.success();
    ended.stderr_has("warning: the region is garage, not us-east-1: export REGION_NAME=garage\n");
    assert!(steps(ended.home()).contains(&"connect warning".to_owned()));
}

#[test]
fn a_service_that_wants_a_location_is_given_the_region_and_one_that_wants_none_is_not() {
    for wants in [true, false] {
        let endpoint = Endpoint::local();
        let proxy = endpoint.behind(Plan::new(1).script(move |request, _| {
            let creates = request.method == "PUT" && !request.path.trim_matches('/').contains('/');
            (creates && request.has_body != wants).then(|| {
                let code = if wants {
                    "IllegalLocationConstraintException"
                } else {
                    "InvalidLocationConstraint"
                };
                Action::Respond(Canned::error(400, code, "The location is wrong."))
            })
        }));
        let ended = through(&endpoint, &proxy).env("REGION_NAME", "eu-1").run();
        ended.success();
        let location = if wants { "eu-1" } else { "none" };
        let log = crate::log(ended.home());
        assert!(
            log[1].ends_with(&format!(" location_constraint={location}")),
            "{}",
            log[1]
        );
    }
}

#[test]
fn a_key_that_may_not_list_buckets_is_told_so_and_that_is_no_failure() {
    let endpoint = Endpoint::local();
    let proxy = endpoint.behind(Plan::new(1).script(|request, _| {
        (request.path == "/").then(|| Action::Respond(Canned::error(403, "AccessDenied", "")))
    }));
    let ended = through(&endpoint, &proxy).run();
    ended
        .success()
        .stdout_has("\nthis key may not list buckets\n");
    assert_eq!(steps(ended.home()).last().unwrap(), "bucket_list 403");
}

#[test]
fn bytes_that_came_back_otherwise_are_exit_6() {
    // The service describes and delivers the wrong bytes consistently: only comparing helps.
    let endpoint = Endpoint::local();
    let store = endpoint.server().store().clone();
    let proxy = endpoint.behind(Plan::new(1).script(move |request, _| {
        if request.method == "GET" && request.has_param("list-type") {
            let bucket = request.path.trim_matches('/');
            if store.keys(bucket).len() == 4 {
                store.put(bucket, "user.sql", "other bytes");
            }
        }
        None
    }));
    let ended = through(&endpoint, &proxy).run();
    ended.code(6);
    ended.stderr_has("1 of 4 files differ from what was sent, the first is user.sql\n");
    ended.stdout_has("No Buckets\n");
}

#[test]
fn a_region_that_the_service_does_not_know_is_a_400_and_exit_3() {
    let endpoint = Endpoint::local();
    let proxy = endpoint.behind(Plan::new(1).script(|request, _| {
        (request.method == "PUT").then(|| {
            let response = Canned::error(400, "InvalidLocationConstraint", "Not a place.");
            Action::Respond(response)
        })
    }));
    let ended = through(&endpoint, &proxy)
        .env("REGION_NAME", "mars-1")
        .args(["--bucket-name", "lost"])
        .run();
    ended.code(3);
    ended.stderr_has(
        "bucket_demo: cannot create s3://lost: the service does not make buckets in region mars-1\n\
         hint: set REGION_NAME to the region of this endpoint\n",
    );
    assert_eq!(steps(ended.home())[1], "bucket_create 400");
}

#[test]
fn a_bucket_in_the_path_of_the_endpoint_is_told_and_no_object_is_taken_for_a_bucket() {
    let (endpoint, before) = with_foreign_keys();
    let url = endpoint.url();
    for flags in [&["--bucket-name", "new"][..], &["--check"]] {
        let program = demo(&endpoint).env("ENDPOINT_URL", format!("{url}/{THERE}"));
        let ended = program.args(flags).run();
        ended.code(3).stderr_has(&format!(
            ": the path of the endpoint {url}/{THERE} is a bucket\n\
             hint: export ENDPOINT_URL={url}\n"
        ));
    }
    assert_eq!(snapshot(&endpoint.server().store(), THERE), before);
    let requests = endpoint.server().requests();
    assert!(requests.iter().all(|request| request.method == "GET"));
}

#[test]
fn a_full_disk_is_exit_8_and_the_bucket_goes_again() {
    let endpoint = Endpoint::local();
    // Room for the samples, not for the same once more.
    let Some(ended) = with_tmpfs("bucket_demo", &endpoint, "size=16k", "--tmp disk") else {
        return;
    };
    ended.code(8);
    ended.stderr_has(
        ": no space left on this disk\n\
         hint: --tmp and TMP_PATH name another directory for the downloads\n",
    );
    ended.stdout_has("No Buckets\n");
}
