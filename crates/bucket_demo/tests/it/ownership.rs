//! Nothing but what a run made is ever read, written or deleted.

use std::fs;

use local_s3::Versioning;
use testkit::faults::{Action, Canned, FaultProxy, Plan, Request};
use testkit::{Endpoint, Program};

use crate::{THERE, demo, said, snapshot, steps, through, with_foreign_keys};

#[test]
fn in_a_bucket_that_was_there_everything_stays_below_a_name_of_the_run() {
    let (endpoint, before) = with_foreign_keys();
    let ended = demo(&endpoint)
        .args([
            "--bucket-name",
            THERE,
            "--bucket-create",
            "0",
            "--bucket-delete",
            "0",
        ])
        .run();
    ended.success();
    assert_eq!(snapshot(&endpoint.server().store(), THERE), before);
    for request in endpoint.server().requests() {
        let asked = format!("{}?{}", request.path, request.query);
        let in_bounds = asked.contains("bucket_demo-") && !asked.contains("bucket_demo-0000");
        let is_batch = request.query == "delete=";
        assert!(in_bounds || is_batch || request.path == "/", "{asked}");
    }
}

#[test]
fn a_bucket_that_was_there_is_never_deleted_even_if_that_is_asked_for() {
    let (endpoint, before) = with_foreign_keys();
    let ended = demo(&endpoint)
        .args(["--bucket-name", THERE, "--bucket-create", "0"])
        .run();
    ended.code(1);
    assert_eq!(
        said(&ended),
        "bucket_demo: cannot delete s3://there-before: this run did not create it\n\
         hint: `--bucket-delete 0` ends the tour without this step\n\
         bucket_demo: the tour ended early in SECONDS s; the log is log/bucket.log\n"
    );
    assert_eq!(snapshot(&endpoint.server().store(), THERE), before);
}

#[test]
fn a_service_that_lists_more_than_was_asked_for_costs_nobody_an_object() {
    let (endpoint, before) = with_foreign_keys();
    let proxy = endpoint.behind(Plan::new(1).script(|request, _| {
        let listing = |names: &str, rest: &str| {
            let xml = format!("<?xml version=\"1.0\"?><R><Name>b</Name><IsTruncated>false</IsTruncated>{names}{rest}</R>");
            Some(Action::Respond(Canned::new(200, xml).header("content-type", "application/xml")))
        };
        if request.has_param("versions") {
            let version = "<Version><Key>user.sql</Key><VersionId>null</VersionId><IsLatest>true</IsLatest>\
                <LastModified>2024-01-02T03:04:05Z</LastModified><Size>1</Size></Version>";
            return listing(version, "");
        }
        None
    }));
    through(&endpoint, &proxy)
        .args([
            "--bucket-name",
            THERE,
            "--bucket-create",
            "0",
            "--bucket-delete",
            "0",
        ])
        .run()
        .success();
    assert_eq!(snapshot(&endpoint.server().store(), THERE), before);
}

#[test]
fn one_of_our_own_that_is_there_is_a_409_and_nothing_in_it_is_touched() {
    let (endpoint, before) = with_foreign_keys();
    let ended = demo(&endpoint).args(["--bucket-name", THERE]).run();
    ended.code(1);
    assert_eq!(
        said(&ended),
        "bucket_demo: cannot create s3://there-before: a bucket of this name already exists, and this key may look into it\n\
         hint: choose another name, or use this bucket as it is, below a name of the run's own: `--bucket-create 0 --bucket-delete 0`\n\
         bucket_demo: the tour ended early in SECONDS s; the log is log/bucket.log\n"
    );
    assert_eq!(
        steps(ended.home())[..2],
        ["bucket_create run", "bucket_create 409"]
    );
    assert_eq!(snapshot(&endpoint.server().store(), THERE), before);
    let puts = endpoint
        .server()
        .requests()
        .into_iter()
        .filter(|request| request.method != "GET");
    assert_eq!(
        puts.count(),
        0,
        "AWS resets the ACL of a bucket that is created again"
    );
}

#[test]
fn somebody_elses_bucket_is_a_409_and_nobody_else_is_asked_for_anything() {
    let endpoint = Endpoint::local();
    let proxy = endpoint.behind(Plan::new(1).script(|request, _| {
        request
            .path
            .starts_with("/theirs")
            .then(|| Action::Respond(Canned::error(403, "AccessDenied", "Access Denied")))
    }));
    let ended = through(&endpoint, &proxy)
        .args(["--bucket-name", "theirs"])
        .run();
    ended.code(5);
    assert_eq!(
        said(&ended),
        "bucket_demo: cannot create s3://theirs: a bucket of this name already exists, and this key may not look into it (HTTP 403)\n\
         hint: it may belong to somebody else, since all users of a service share the names: choose another\n\
         bucket_demo: the tour ended early in SECONDS s; the log is log/bucket.log\n"
    );
    let asked = proxy.requests();
    assert!(
        asked
            .iter()
            .all(|recorded| recorded.request.method == "GET"),
        "{asked:?}"
    );
}

#[test]
fn somebody_elses_bucket_that_hides_is_the_409_of_the_service() {
    let endpoint = Endpoint::local();
    let proxy = endpoint.behind(Plan::new(1).script(|request, _| {
        (request.method == "PUT")
            .then(|| Action::Respond(Canned::error(409, "BucketAlreadyExists", "It is taken.")))
    }));
    let ended = through(&endpoint, &proxy)
        .args(["--bucket-name", "theirs"])
        .run();
    ended.code(1);
    ended.stderr_has("cannot create s3://theirs: a bucket of this name already exists (BucketAlreadyExists, HTTP 409");
    assert_eq!(steps(ended.home())[1], "bucket_create 409");
    let asked = proxy.requests();
    assert!(
        asked
            .iter()
            .all(|recorded| recorded.request.method != "DELETE"),
        "{asked:?}"
    );
}

#[test]
fn one_of_our_own_that_was_made_a_moment_ago_is_not_said_to_be_somebody_elses() {
    let endpoint = Endpoint::local();
    let proxy = endpoint.behind(Plan::new(1).script(|request, _| {
        (request.method == "PUT")
            .then(|| Action::Respond(Canned::error(409, "BucketAlreadyOwnedByYou", "")))
    }));
    let ended = through(&endpoint, &proxy).run();
    ended.code(1);
    ended.stderr_has("hint: it is one of your own, made a moment ago: choose another name\n");
}

#[test]
fn two_runs_that_create_one_bucket_at_the_same_moment_do_not_delete_each_others_objects() {
    // The other one is quicker: what a run finds in the bucket that it was told to be new is not
    // its own.
    let endpoint = Endpoint::local();
    let store = endpoint.server().store();
    let proxy = endpoint.behind(Plan::new(1).script(|request, before| {
        let first_look = request.method == "GET" && request.has_param("list-type") && before == 0;
        let missing = || Canned::error(404, "NoSuchBucket", "");
        match request.method.as_str() {
            "GET" if first_look && request.query.contains("bucket_demo-") => {
                Some(Action::Respond(missing()))
            }
            // As Ceph does for one's own.
            "PUT" if request.path.trim_matches('/') == "taken" => {
                Some(Action::Respond(Canned::new(200, "")))
            }
            _ => None,
        }
    }));
    store.create_bucket("taken");
    store.put("taken", "theirs", "x");
    let ended = through(&endpoint, &proxy)
        .args(["--bucket-name", "taken"])
        .run();
    ended.code(1);
    assert_eq!(steps(ended.home())[1], "bucket_create 409");
    assert_eq!(store.keys("taken"), ["theirs"]);
}

#[test]
fn versions_delete_markers_and_unfinished_uploads_of_its_own_bucket_go_too() {
    let endpoint = Endpoint::local();
    let store = endpoint.server().store().clone();
    let s3 = endpoint.s3().clone();
    let proxy = endpoint.behind(Plan::new(1).script(move |request, before| {
        // Once, before the objects are deleted.
        if request.has_param("uploads") && before == 0 {
            let bucket = request.path.trim_matches('/').to_owned();
            store.set_versioning(&bucket, Versioning::Enabled);
            for text in ["one", "two"] {
                store.put(&bucket, "user.sql", text);
            }
            store.remove(&bucket, "user.sql");
            s3.send(
                "POST",
                &format!("/{bucket}/test.sql"),
                &[("uploads", "")],
                &[],
                b"",
            )
            .unwrap()
            .ok();
        }
        None
    }));
    let ended = through(&endpoint, &proxy).run();
    ended.success();
    ended.stdout_has("6 objects, 1 delete marker, 1 unfinished upload\n");
    ended.stdout_has("No Buckets\n");
}

#[test]
fn an_object_that_the_service_keeps_is_named_and_the_bucket_stays() {
    let endpoint = Endpoint::local();
    let proxy = endpoint.behind(Plan::new(1).script(|request, _| {
        (request.query == "delete=").then(|| {
            let xml = "<DeleteResult><Error><Key>user.sql</Key><Code>AccessDenied</Code></Error></DeleteResult>";
            Action::Respond(Canned::new(200, xml).header("content-type", "application/xml"))
        })
    }));
    let ended = through(&endpoint, &proxy)
        .args(["--bucket-name", "locked"])
        .run();
    ended.code(1);
    ended.stderr_has(
        "bucket_demo: cannot delete s3://locked/user.sql: the service did not delete it (AccessDenied)\n",
    );
    ended.stderr_has("bucket_demo: s3://locked is left, with its objects: ");
    let log = crate::log(ended.home()).join("\n");
    assert!(
        log.contains(
            "action=delete_object status=failed bucket=locked key=user.sql error=AccessDenied"
        ),
        "{log}"
    );
}

#[test]
fn what_somebody_else_puts_into_a_bucket_of_the_run_stays_and_is_told() {
    let endpoint = Endpoint::local();
    let store = endpoint.server().store().clone();
    let proxy = endpoint.behind(Plan::new(1).script(move |request, before| {
        // Once, before the objects are deleted.
        if request.has_param("uploads") && before == 0 {
            store.put("mine", "theirs", "x");
        }
        None
    }));
    let ended = through(&endpoint, &proxy)
        .args(["--bucket-name", "mine"])
        .run();
    ended.code(1);
    ended.stderr_has(
        "hint: something is in it that this run did not send: `do_bucket_list s3://mine` shows it\n",
    );
    assert_eq!(
        steps(ended.home())[6..],
        [
            "delete run",
            "delete 200",
            "bucket_delete run",
            "bucket_delete 409",
            "bucket_list run",
            "bucket_list 200"
        ]
    );
    assert_eq!(endpoint.server().store().keys("mine"), ["theirs"]);
}

#[test]
fn objects_that_the_service_does_not_list_are_no_success() {
    let endpoint = Endpoint::local();
    let proxy = endpoint.behind(Plan::new(1).script(|request, _| {
        // The first look asks for keys below the name of the run.
        let lists = request.has_param("list-type") && !request.query.contains("bucket_demo-");
        if lists {
            let xml = "<R><Name>mine</Name><IsTruncated>false</IsTruncated></R>";
            let page = Canned::new(200, xml).header("content-type", "application/xml");
            return Some(Action::Respond(page));
        }
        let unknown = || Action::Respond(Canned::error(501, "NotImplemented", ""));
        request.has_param("versions").then(unknown)
    }));
    let ended = through(&endpoint, &proxy)
        .args(["--bucket-name", "mine"])
        .run();
    ended.code(1);
    ended.stderr_has(
        ": 4 of 4 files did not come back: the service does not list them, the first is response.json\n",
    );
    ended.stderr_has(
        "cannot delete what is in s3://mine: 4 objects were sent, and the service lists 0 of them\n",
    );
    ended.stderr_has("bucket_demo: s3://mine is left, with its objects: ");
}

#[test]
fn an_object_that_cannot_be_deleted_keeps_no_other_from_it() {
    let endpoint = Endpoint::local();
    let store = endpoint.server().store().clone();
    let proxy = endpoint.behind(Plan::new(1).script(move |request, before| {
        if request.has_param("uploads") && before == 0 {
            store.set_versioning("locked", Versioning::Enabled);
        }
        let first = request.query == "delete=" && before == 0;
        first.then(|| {
            let xml = "<DeleteResult><Error><Key>user.sql</Key><Code>AccessDenied</Code></Error></DeleteResult>";
            Action::Respond(Canned::new(200, xml).header("content-type", "application/xml"))
        })
    }));
    let ended = through(&endpoint, &proxy)
        .args(["--bucket-name", "locked"])
        .run();
    ended.code(1);
    // A plain delete would have put markers on them.
    assert_eq!(endpoint.server().store().keys("locked"), crate::SAMPLES);
}

#[test]
fn a_bucket_that_somebody_deleted_meanwhile_is_not_said_to_be_left() {
    let endpoint = Endpoint::local();
    let proxy = endpoint.behind(Plan::new(1).script(|request, _| {
        let gone = || Action::Respond(Canned::error(404, "NoSuchBucket", ""));
        request.has_param("uploads").then(gone)
    }));
    let ended = through(&endpoint, &proxy).run();
    ended.code(4).nowhere("is left");
}

/// A directory with two files, and a proxy that removes one of them when a request comes that `meets`.
fn removed_when(
    meets: impl Fn(&Request) -> bool + Send + Sync + 'static,
) -> (Endpoint, FaultProxy, Program) {
    let endpoint = Endpoint::local();
    let data = tempfile::tempdir().unwrap();
    for name in ["kept", "removed"] {
        fs::write(data.path().join(name), name).unwrap();
    }
    let directory = data.path().to_owned();
    let proxy = endpoint.behind(Plan::new(1).script(move |request, _| {
        if meets(request) {
            let _again = fs::remove_file(data.path().join("removed"));
        }
        None
    }));
    let program = through(&endpoint, &proxy).arg("--data").arg(directory);
    (endpoint, proxy, program)
}

#[test]
fn what_was_sent_is_deleted_also_if_its_file_was_removed_meanwhile() {
    let (endpoint, _proxy, program) = removed_when(|request| request.has_param("uploads"));
    program.args(["--download", "0"]).run().success();
    let listed = endpoint.s3().send("GET", "/", &[], &[], b"").unwrap().ok();
    assert!(!listed.text().contains("<Bucket>"));
}

#[test]
fn a_file_that_was_removed_after_it_was_sent_is_not_blamed_on_the_service() {
    let (endpoint, _proxy, program) =
        removed_when(|request| request.method == "GET" && request.path.ends_with("/removed"));
    let ended = program.args(["--bucket-name", "mine"]).run();
    ended.code(1).stderr_has(
        "1 of 2 files were removed here after they were sent, the first is removed\n\
         hint: what was sent may have been changed during the run\n",
    );
    let listed = endpoint.s3().send("GET", "/", &[], &[], b"").unwrap().ok();
    assert!(!listed.text().contains("<Bucket>"));
}
