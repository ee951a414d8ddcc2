//! What the service says no to, word by word.

use testkit::faults::{Action, Canned, Plan};

use crate::{of_objects, prepared, uploader};

#[test]
fn a_wrong_secret_or_key_stops_before_anything_is_sent() {
    let (endpoint, bucket) = prepared();
    let program = uploader(&endpoint, &["up/a", "up/b"]).args(["up", &format!("s3://{bucket}/d")]);
    program
        .clone()
        .env("AWS_SECRET_ACCESS_KEY", "oh-so-secret")
        .run()
        .code(5)
        .stdout("")
        .nowhere("oh-so-secret")
        .told(&format!(
            "do_bucket_upload: cannot list s3://{bucket}/d/: the secret does not belong to key …y-id \
             (SignatureDoesNotMatch, HTTP 403, request ID)\n\
             hint: check AWS_SECRET_ACCESS_KEY, or the secret in the profile\n"
        ));
    program
        .env("AWS_ACCESS_KEY_ID", "AKIDNOBODYKNOWS99")
        .run()
        .code(5)
        .stdout("")
        .told(&format!(
            "do_bucket_upload: cannot list s3://{bucket}/d/: the service does not know key …WS99 \
             (InvalidAccessKeyId, HTTP 403, request ID)\n\
             hint: check AWS_ACCESS_KEY_ID, and that the key is one for {}\n",
            endpoint.url()
        ));
    assert_eq!(of_objects(&endpoint, "PUT"), 0);
}

#[test]
fn a_bucket_without_acls_stops_the_run_at_the_first_file() {
    let (endpoint, bucket) = prepared();
    let names: Vec<String> = (0..20).map(|number| format!("up/{number}")).collect();
    let files: Vec<&str> = names.iter().map(String::as_str).collect();
    let proxy = endpoint.behind(Plan::new(1).script(|request, _| {
        request.header("x-amz-acl").map(|_| {
            let said = "The bucket does not allow ACLs";
            Action::Respond(Canned::error(400, "AccessControlListNotSupported", said))
        })
    }));
    let ended = uploader(&endpoint, &files)
        .envs(endpoint.settings_through(&proxy))
        .args(["--jobs", "1", "--acl", "public-read"])
        .args(["up", &format!("s3://{bucket}/d")])
        .run();
    ended
        .code(3)
        .stdout("")
        .stderr_has(
            ": the bucket does not allow ACLs (AccessControlListNotSupported, HTTP 400, request ",
        )
        .stderr_has(
            "\nhint: leave out --acl and TARGET_ACL: on AWS a bucket policy makes objects public\n",
        );
    let sent = proxy.requests();
    let puts = sent.iter().filter(|seen| seen.request.method == "PUT");
    // Another may be under way when the first is refused.
    assert!(puts.count() < files.len() / 2);
}

#[test]
fn a_missing_bucket_is_exit_4_for_a_directory_and_for_a_file() {
    let (endpoint, _) = prepared();
    let why = "there is no such bucket in region us-east-1 (NoSuchBucket, HTTP 404, request ID)\n\
               hint: run do_bucket_list to see your buckets; a bucket in another region needs REGION_NAME\n";
    let program = uploader(&endpoint, &["up/a"]);
    program
        .clone()
        .args(["up", "s3://not-mine/d"])
        .run()
        .code(4)
        .stdout("")
        .told(&format!(
            "do_bucket_upload: cannot list s3://not-mine/d/: {why}"
        ));
    program
        .args(["up/a", "s3://not-mine/d"])
        .run()
        .code(4)
        .stdout("")
        .told(&format!(
            "do_bucket_upload: cannot upload up/a to s3://not-mine/d/a: {why}\
             do_bucket_upload: stopped: 1 of 1 file failed (0 uploaded, 0 skipped, 0 bytes)\n"
        ));
}

#[test]
fn a_key_that_may_write_but_not_list_sends_everything_with_one_warning() {
    let (endpoint, bucket) = prepared();
    let proxy = endpoint.behind(Plan::new(1).script(|request, _| {
        let refused = Canned::error(403, "AccessDenied", "Access Denied");
        request
            .has_param("list-type")
            .then_some(Action::Respond(refused))
    }));
    let program = uploader(&endpoint, &["up/a", "up/b"])
        .envs(endpoint.settings_through(&proxy))
        .args(["up", &format!("s3://{bucket}")]);
    for _ in 0..2 {
        program.clone().run().success().told(&format!(
            "do_bucket_upload: warning: s3://{bucket}/ cannot be listed, so every file is sent: access denied for key \
             …y-id (AccessDenied, HTTP 403, request ID)\n\
             do_bucket_upload: 2 files uploaded (8 bytes in T s)\n"
        ));
    }
}

#[test]
fn one_file_that_is_refused_does_not_stop_the_others() {
    let (endpoint, bucket) = prepared();
    let proxy = endpoint.behind(Plan::new(1).script(|request, _| {
        let refused = Canned::error(403, "AccessDenied", "Access Denied");
        request
            .path
            .ends_with("/b")
            .then_some(Action::Respond(refused))
    }));
    uploader(&endpoint, &["up/a", "up/b", "up/c"])
        .envs(endpoint.settings_through(&proxy))
        .args(["up", &format!("s3://{bucket}")])
        .run()
        .code(1)
        .lines(&[
            &format!("up/a -> s3://{bucket}/a"),
            &format!("up/c -> s3://{bucket}/c"),
        ])
        .told(&format!(
            "do_bucket_upload: cannot upload up/b to s3://{bucket}/b: access denied for key …y-id \
             (AccessDenied, HTTP 403, request ID)\n\
             hint: give this key permission to write to `{bucket}`, or use another key\n\
             do_bucket_upload: 1 of 3 files failed (2 uploaded, 0 skipped, 8 bytes)\n\
             hint: when the cause is fixed, run the same command again: it retries only this file\n"
        ));
}

#[test]
fn a_wrong_command_line_is_exit_2() {
    let (endpoint, _) = prepared();
    let wrong = |words: &[&str], told: &str| {
        uploader(&endpoint, &[])
            .args(words)
            .run()
            .code(2)
            .stdout("")
            .stderr(told);
    };
    wrong(
        &["s3://bucket/d", "up"],
        "do_bucket_upload: cannot start: LOCAL comes first, then s3://BUCKET/DIR\n\
         hint: to bring objects to the disk use do_bucket_download\n",
    );
    wrong(
        &["--sse-kms-key-id", "k", "up", "s3://bucket"],
        "do_bucket_upload: cannot start: --sse-kms-key-id needs --sse=aws:kms\nhint: add --sse=aws:kms\n",
    );
}
