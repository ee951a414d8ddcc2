//! What the service or the way to it says no to: cause, hint and exit code, word by word.

use std::net::TcpListener;

use testkit::faults::{Action, Canned, Plan};
use testkit::{Endpoint, Finished, Program, SOON, TlsFront};

use crate::{downloader, filled};

/// `do_bucket_download s3://BUCKET/d` with these variables instead of the right ones.
fn with(endpoint: &Endpoint, bucket: &str, variables: &[(&str, &str)]) -> Finished {
    downloader(endpoint)
        .arg(format!("s3://{bucket}/d"))
        .envs(variables.iter().copied())
        .run()
}

#[test]
fn a_wrong_secret_is_exit_5_and_shown_nowhere() {
    let (endpoint, bucket) = filled(&["d/a"]);
    let ended = with(
        &endpoint,
        &bucket,
        &[("AWS_SECRET_ACCESS_KEY", "oh-so-secret")],
    );
    ended.code(5).stdout("").nowhere("oh-so-secret").told(&format!(
        "do_bucket_download: cannot list s3://{bucket}/d/: the secret does not belong to key …y-id \
         (SignatureDoesNotMatch, HTTP 403, request ID)\n\
         hint: check AWS_SECRET_ACCESS_KEY, or the secret in the profile\n"
    ));
}

#[test]
fn an_unknown_key_id_is_exit_5() {
    let (endpoint, bucket) = filled(&["d/a"]);
    let ended = with(
        &endpoint,
        &bucket,
        &[("AWS_ACCESS_KEY_ID", "AKIDNOBODYKNOWS99")],
    );
    ended.code(5).stdout("").told(&format!(
        "do_bucket_download: cannot list s3://{bucket}/d/: the service does not know key …WS99 \
         (InvalidAccessKeyId, HTTP 403, request ID)\n\
         hint: check AWS_ACCESS_KEY_ID, and that the key is one for {}\n",
        endpoint.url()
    ));
    assert_eq!(
        endpoint.server().requests().len(),
        3,
        "two to fill the bucket, one that was refused: {:?}",
        endpoint.server().requests()
    );
}

#[test]
fn a_missing_bucket_is_exit_4() {
    let (endpoint, _) = filled(&[]);
    with(&endpoint, "not-mine", &[]).code(4).stdout("").told(
        "do_bucket_download: cannot list s3://not-mine/d/: there is no such bucket in region us-east-1 \
         (NoSuchBucket, HTTP 404, request ID)\n\
         hint: run do_bucket_list to see your buckets; a bucket in another region needs REGION_NAME\n",
    );
}

#[test]
fn a_missing_directory_is_exit_4_with_a_hint_that_leads_there() {
    let (endpoint, bucket) = filled(&["up/here/a"]);
    let missing = |name: &str, above: &str| {
        downloader(&endpoint)
            .arg(format!("s3://{bucket}/{name}"))
            .run()
            .code(4)
            .stdout("")
            .told(&format!(
                "do_bucket_download: cannot download s3://{bucket}/{name}: there is nothing under this name\n\
                 hint: `do_bucket_list s3://{bucket}/{above}` shows what is there\n"
            ));
    };
    missing("up/her", "up/");
    missing("up/there/", "up/");
    missing("down", "");
}

#[test]
fn an_empty_bucket_is_no_failure() {
    let (endpoint, bucket) = filled(&[]);
    downloader(&endpoint)
        .arg(format!("s3://{bucket}"))
        .run()
        .success()
        .stdout("")
        .stderr(&format!(
            "do_bucket_download: nothing to download: s3://{bucket}/ is empty\n"
        ));
}

#[test]
fn an_endpoint_that_nobody_answers_at_is_exit_7_soon() {
    let (endpoint, bucket) = filled(&[]);
    // Bound and let go: nobody listens there now.
    let port = TcpListener::bind("127.0.0.1:0")
        .and_then(|listener| listener.local_addr())
        .unwrap()
        .port();
    let url = format!("http://127.0.0.1:{port}");
    let ended = with(&endpoint, &bucket, &[("ENDPOINT_URL", &url)]);
    ended.code(7).stdout("").told(&format!(
        "do_bucket_download: cannot list s3://{bucket}/d/: connection refused by 127.0.0.1:{port}\n\
         hint: check the network, and that a service answers at {url}\n"
    ));
    assert!(ended.elapsed() < SOON, "{ended:?}");
}

#[test]
fn an_unknown_host_is_exit_7() {
    let (endpoint, bucket) = filled(&[]);
    let url = "https://no-such-host.invalid";
    with(&endpoint, &bucket, &[("ENDPOINT_URL", url)]).code(7).stdout("").told(&format!(
        "do_bucket_download: cannot list s3://{bucket}/d/: the host name `no-such-host.invalid` has no address\n\
         hint: check the network, and the spelling of ENDPOINT_URL or --endpoint-url\n"
    ));
}

#[test]
fn an_endpoint_that_contains_the_bucket_is_used_as_its_own_address_with_a_warning() {
    let (endpoint, _) = filled(&[]);
    let url = "https://photos.no-such-host.invalid";
    with(&endpoint, "photos", &[("ENDPOINT_URL", url)]).code(7).stdout("").told(
        "do_bucket_download: warning: ENDPOINT_URL is https://photos.no-such-host.invalid, the address of the bucket \
         photos; the endpoint without it is https://no-such-host.invalid\n\
         do_bucket_download: cannot list s3://photos/d/: the host name `photos.no-such-host.invalid` has no address\n\
         hint: check the network, and the spelling of ENDPOINT_URL or --endpoint-url\n",
    );
}

#[test]
fn a_region_that_the_service_names_is_used_with_one_warning() {
    let endpoint = Endpoint::with(testkit_options("garage"));
    endpoint.server().store().put("photos", "d/a", "a");
    let ended = with(&endpoint, "photos", &[("REGION_NAME", "us-east-1")]);
    ended.success().stdout("downloads/d/a\n").told(
        "do_bucket_download: warning: the region is garage, not us-east-1: \
         export REGION_NAME=garage\n\
         do_bucket_download: 1 file downloaded (1 byte in T s)\n",
    );
}

/// A server that refuses signatures for other regions than this one.
fn testkit_options(region: &str) -> local_s3::Options {
    local_s3::Options {
        region: region.to_owned(),
        strict_region: true,
        ..local_s3::Options::default()
    }
}

#[test]
fn a_certificate_of_an_unknown_authority_is_exit_3_and_a_named_one_is_fine() {
    let (endpoint, bucket) = filled(&["d/a"]);
    let (front, other) = (TlsFront::of(&endpoint), TlsFront::of(&endpoint));
    let program = downloader(&endpoint)
        .env("ENDPOINT_URL", front.url())
        .arg(format!("s3://{bucket}/d"));
    let ended = program
        .clone()
        .arg("--ca-bundle")
        .arg(other.authority())
        .run();
    ended.code(3).stdout("").told(&format!(
        "do_bucket_download: cannot list s3://{bucket}/d/: the certificate of {} is from an authority that is not \
         trusted here\n\
         hint: if the service uses a certificate authority of its own, name its file in AWS_CA_BUNDLE or --ca-bundle\n",
        front.url().trim_start_matches("https://")
    ));
    program
        .env("AWS_CA_BUNDLE", front.authority())
        .run()
        .success()
        .stdout("downloads/d/a\n");
}

#[test]
fn a_redirect_to_another_host_is_not_followed() {
    let (endpoint, bucket) = filled(&["d/a"]);
    let proxy = endpoint.behind(Plan::new(1).script(|_, _| {
        let away = "http://elsewhere.example.com/b?list-type=2";
        Some(Action::Respond(
            Canned::error(307, "TemporaryRedirect", "Please go there.").header("location", away),
        ))
    }));
    Program::new("do_bucket_download")
        .envs(endpoint.settings_through(&proxy))
        .arg(format!("s3://{bucket}/d"))
        .run()
        .code(3)
        .stdout("")
        .told(&format!(
            "do_bucket_download: cannot list s3://{bucket}/d/: the service redirects to http://elsewhere.example.com \
             (TemporaryRedirect, HTTP 307, request ID)\n\
             hint: if you trust that address, make it ENDPOINT_URL\n"
        ));
    assert_eq!(proxy.requests().len(), 1);
}

#[test]
fn a_web_page_instead_of_an_response_is_exit_3() {
    let (endpoint, bucket) = filled(&[]);
    let proxy = endpoint.behind(Plan::new(1).script(|_, _| {
        let page = Canned::new(404, "<html><body>Not here</body></html>");
        Some(Action::Respond(page.header("content-type", "text/html")))
    }));
    Program::new("do_bucket_download")
        .envs(endpoint.settings_through(&proxy))
        .arg(format!("s3://{bucket}/d"))
        .run()
        .code(3)
        .stdout("")
        .told(&format!(
            "do_bucket_download: cannot list s3://{bucket}/d/: the response is a web page, not a response of S3 \
             (HTTP 404)\n\
             hint: check that ENDPOINT_URL is the address of an S3 service; it is {}\n",
            proxy.endpoint()
        ));
}

#[test]
fn one_object_that_is_refused_does_not_stop_the_others() {
    let (endpoint, bucket) = filled(&["d/a", "d/b", "d/c"]);
    let proxy = endpoint.behind(Plan::new(1).script(|request, _| {
        let refused = Canned::error(403, "AccessDenied", "Access Denied");
        request
            .path
            .ends_with("/d/b")
            .then_some(Action::Respond(refused))
    }));
    Program::new("do_bucket_download")
        .envs(endpoint.settings_through(&proxy))
        .arg(format!("s3://{bucket}/d"))
        .run()
        .code(1)
        .lines(&["downloads/d/a", "downloads/d/c"])
        .told(&format!(
            "do_bucket_download: cannot download s3://{bucket}/d/b: access denied for key …y-id \
             (AccessDenied, HTTP 403, request ID)\n\
             hint: give this key permission to read from `{bucket}`, or use another key\n\
             do_bucket_download: 1 of 3 files failed (2 downloaded, 0 skipped, 6 bytes)\n\
             hint: when the cause is fixed, run the same command again: it retries only this file\n"
        ));
}

#[test]
fn objects_that_always_fail_do_not_stop_the_others() {
    let keys: Vec<String> = (0..60).map(|number| format!("d/{number:02}")).collect();
    let (endpoint, bucket) = filled(&keys.iter().map(String::as_str).collect::<Vec<_>>());
    // The first or the last 20 in key order.
    for failing in ["/d/0 /d/1", "/d/4 /d/5"] {
        let proxy = endpoint.behind(Plan::new(1).script(move |request, _| {
            let fails = failing.split(' ').any(|part| request.path.contains(part));
            let error = Canned::error(500, "InternalError", "Again.");
            (fails && !request.has_param("list-type")).then_some(Action::Respond(error))
        }));
        let ended = Program::new("do_bucket_download")
            .envs(endpoint.settings_through(&proxy))
            .args(["--max-attempts", "2", &format!("s3://{bucket}/d")])
            .run();
        ended.code(1).stderr_has(
            "do_bucket_download: 20 of 60 files failed (40 downloaded, 0 skipped, 160 bytes)\n",
        );
    }
}

#[test]
fn a_key_that_may_read_but_not_list_brings_one_named_object() {
    let (endpoint, bucket) = filled(&["d"]);
    let proxy = endpoint.behind(Plan::new(1).script(|request, _| {
        let refused = Canned::error(403, "AccessDenied", "Access Denied");
        request
            .has_param("list-type")
            .then_some(Action::Respond(refused))
    }));
    Program::new("do_bucket_download")
        .envs(endpoint.settings_through(&proxy))
        .arg(format!("s3://{bucket}/d"))
        .run()
        .success()
        .stdout("downloads/d\n");
}
