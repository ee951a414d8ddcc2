//! What a person reads, literally.

use s3_client::failure::NOT_S3;

use s3_client::client::ShownKey;

use super::*;
use crate::error::Scope;
use crate::failure::Access;

fn context() -> Context {
    Context {
        endpoint: "https://nyc3.example.com".into(),
        region: "nyc3".into(),
        key: ShownKey {
            tail: Some("9F2Q".into()),
            is_anonymous: false,
        },
        bucket: Some("photos".into()),
        access: Access::List,
    }
}

fn answered(status: u16, code: &str) -> ServiceFailure {
    ServiceFailure {
        status,
        code: (!code.is_empty()).then(|| code.to_owned()),
        request_id: Some("7f3a".into()),
        ..ServiceFailure::default()
    }
}

/// The line, the hint, the exit code and whether the run stops.
#[track_caller]
fn reads(failure: Failure, context: &Context, line: &str, hint: &str, exit: u8, scope: Scope) {
    let error = failure.into_error("list", "s3://photos/2024/", context);
    assert_eq!(
        error.to_string(),
        format!("cannot list s3://photos/2024/: {line}")
    );
    assert_eq!(error.hint().unwrap_or_default(), hint);
    assert_eq!((error.exit().code(), error.scope()), (exit, scope));
}

#[track_caller]
fn service_reads(failure: ServiceFailure, line: &str, hint: &str, exit: u8, scope: Scope) {
    reads(
        Failure::Service(Box::new(failure)),
        &context(),
        line,
        hint,
        exit,
        scope,
    );
}

#[test]
fn a_refusal_names_the_key_and_the_missing_permission() {
    service_reads(
        answered(403, "AccessDenied"),
        "access denied for key …9F2Q (AccessDenied, HTTP 403, request 7f3a)",
        "give this key permission to list `photos`, or use another key",
        5,
        Scope::Run,
    );
    reads(
        Failure::Service(Box::new(answered(403, ""))),
        &context().to(Access::Read),
        "access denied for key …9F2Q (HTTP 403, request 7f3a)",
        "give this key permission to read from `photos`, or use another key",
        5,
        Scope::Object,
    );
}

#[test]
fn a_refusal_by_the_key_management_service_asks_for_another_permission() {
    let mut failure = answered(403, "AccessDenied");
    failure.message = Some("User: x is not authorized to perform: kms:Decrypt on y".into());
    service_reads(
        failure,
        "access denied for key …9F2Q (AccessDenied, HTTP 403, request 7f3a)",
        "give this key permission to use the KMS key that the bucket or object names",
        5,
        Scope::Object,
    );
}

#[test]
fn a_refusal_without_a_key_says_that_a_key_is_needed() {
    let context = Context {
        key: ShownKey {
            tail: None,
            is_anonymous: true,
        },
        ..context()
    };
    reads(
        Failure::Service(Box::new(answered(403, "AccessDenied"))),
        &context,
        "access denied without credentials (AccessDenied, HTTP 403, request 7f3a)",
        "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
        5,
        Scope::Run,
    );
}

#[test]
fn a_bucket_without_acls_is_a_matter_of_settings() {
    service_reads(
        answered(400, "AccessControlListNotSupported"),
        "the bucket does not allow ACLs (AccessControlListNotSupported, HTTP 400, request 7f3a)",
        "leave out --acl and TARGET_ACL: on AWS a bucket policy makes objects public",
        3,
        Scope::Run,
    );
}

#[test]
fn a_wrong_secret_an_unknown_key_and_an_expired_session_are_told_apart() {
    service_reads(
        answered(403, "SignatureDoesNotMatch"),
        "the secret does not belong to key …9F2Q (SignatureDoesNotMatch, HTTP 403, request 7f3a)",
        "check AWS_SECRET_ACCESS_KEY, or the secret in the profile",
        5,
        Scope::Run,
    );
    service_reads(
        answered(403, "InvalidAccessKeyId"),
        "the service does not know key …9F2Q (InvalidAccessKeyId, HTTP 403, request 7f3a)",
        "check AWS_ACCESS_KEY_ID, and that the key is one for https://nyc3.example.com",
        5,
        Scope::Run,
    );
    service_reads(
        answered(400, "ExpiredToken"),
        "the session of key …9F2Q is not valid or has expired (ExpiredToken, HTTP 400, request 7f3a)",
        "get new temporary credentials",
        5,
        Scope::Run,
    );
}

#[test]
fn a_missing_bucket_names_the_region_and_a_missing_object_is_its_own_failure() {
    service_reads(
        answered(404, "NoSuchBucket"),
        "there is no such bucket in region nyc3 (NoSuchBucket, HTTP 404, request 7f3a)",
        "run do_bucket_list to see your buckets; a bucket in another region needs REGION_NAME",
        4,
        Scope::Run,
    );
    reads(
        Failure::Service(Box::new(answered(404, ""))),
        &context().to(Access::Read),
        "there is no such object (HTTP 404, request 7f3a)",
        "",
        4,
        Scope::Object,
    );
}

#[test]
fn the_clock_is_told_by_how_much_it_is_wrong() {
    let mut failure = answered(403, "RequestTimeTooSkewed");
    failure.clock_skew_seconds = Some(-1190);
    service_reads(
        failure,
        "the clock of this machine is 20 minutes ahead of the service's \
         (RequestTimeTooSkewed, HTTP 403, request 7f3a)",
        "set the clock of this machine",
        3,
        Scope::Run,
    );
}

#[test]
fn the_right_region_is_given_to_copy() {
    let mut failure = answered(400, "AuthorizationHeaderMalformed");
    failure.region = Some("garage".into());
    service_reads(
        failure,
        "the service wants region garage, not nyc3 \
         (AuthorizationHeaderMalformed, HTTP 400, request 7f3a)",
        "export REGION_NAME=garage",
        3,
        Scope::Run,
    );
}

#[test]
fn a_redirect_to_another_host_names_the_host() {
    let mut failure = answered(307, "");
    failure.endpoint = Some("https://evil.example/x".into());
    service_reads(
        failure,
        "the service redirects to https://evil.example (HTTP 307, request 7f3a)",
        "if you trust that address, make it ENDPOINT_URL",
        3,
        Scope::Run,
    );
}

#[test]
fn an_archived_object_and_a_busy_service_concern_one_object() {
    service_reads(
        answered(403, "InvalidObjectState"),
        "the object is archived and cannot be read now (InvalidObjectState, HTTP 403, request 7f3a)",
        "thaw it first (`s3_restore --thaw`), then run again",
        1,
        Scope::Object,
    );
    service_reads(
        answered(503, "SlowDown"),
        "the service is too busy (SlowDown, HTTP 503, request 7f3a)",
        "",
        7,
        Scope::Object,
    );
}

#[test]
fn a_web_page_and_plain_http_point_at_the_endpoint() {
    let mut page = answered(404, "");
    page.message = Some(NOT_S3.into());
    service_reads(
        page,
        "the response is a web page, not a response of S3 (HTTP 404, request 7f3a)",
        "check that ENDPOINT_URL is the address of an S3 service; it is https://nyc3.example.com",
        3,
        Scope::Run,
    );
    let page = |status, after_s3| {
        let mut page = answered(status, "");
        page.message = Some(NOT_S3.into());
        page.after_s3 = after_s3;
        page
    };
    service_reads(
        page(200, false),
        "the response is a web page, not a response of S3 (HTTP 200, request 7f3a)",
        "check that ENDPOINT_URL is the address of an S3 service; it is https://nyc3.example.com",
        3,
        Scope::Run,
    );
    service_reads(
        page(200, true),
        "the response is a web page, not a response of S3 (HTTP 200, request 7f3a)",
        "",
        7,
        Scope::Object,
    );
}

#[test]
fn a_proxy_that_wants_a_password_is_told_how_to_get_it() {
    let failure = || Failure::Transport {
        stage: Stage::ProxyCredentials,
        cause: "the proxy p.test:3128 wants a user name and password".into(),
    };
    reads(
        failure(),
        &context(),
        "the proxy p.test:3128 wants a user name and password",
        "write them into the address of the proxy: HTTPS_PROXY=http://user:password@host:port",
        3,
        Scope::Run,
    );
}

#[test]
fn where_the_connection_failed_decides_the_hint() {
    let at = |stage, cause: &str| Failure::Transport {
        stage,
        cause: cause.into(),
    };
    reads(
        at(Stage::Connect, "connection refused by nyc3.example.com:443"),
        &context(),
        "connection refused by nyc3.example.com:443",
        "check the network, and that a service answers at https://nyc3.example.com",
        7,
        Scope::Run,
    );
    reads(
        at(Stage::Resolve, "there is no host nyc3.example.com"),
        &context(),
        "there is no host nyc3.example.com",
        "check the network, and the spelling of ENDPOINT_URL or --endpoint-url",
        7,
        Scope::Run,
    );
    reads(
        at(Stage::Exchange, "connection reset by nyc3.example.com:443"),
        &context(),
        "connection reset by nyc3.example.com:443",
        "",
        7,
        Scope::Object,
    );
}

#[test]
fn each_refusal_of_a_certificate_has_its_own_hint() {
    let refused = |refusal, hint: &str| {
        let failure = Failure::Transport {
            stage: Stage::Tls(refusal),
            cause: "what was wrong".into(),
        };
        reads(failure, &context(), "what was wrong", hint, 3, Scope::Run);
    };
    refused(
        TlsRefusal::Untrusted,
        "if the service uses a certificate authority of its own, name its file in AWS_CA_BUNDLE or \
         --ca-bundle",
    );
    refused(
        TlsRefusal::Dates,
        "compare the date with the clock of this machine; if the clock is right, the service needs a \
         new certificate",
    );
    refused(
        TlsRefusal::Name,
        "write the endpoint with a host name that its certificate is for, or give the service a \
         certificate for this one",
    );
    refused(
        TlsRefusal::Form,
        "give the service a certificate of X.509 version 3 for servers, signed with SHA-256 or \
         better, with its host name in subjectAltName",
    );
    refused(
        TlsRefusal::NoTls,
        "if the service there uses no TLS, write http://nyc3.example.com",
    );
    refused(TlsRefusal::Other, "");
}

#[test]
fn an_object_under_a_customer_key_asks_for_that_key() {
    let mut failure = answered(400, "InvalidRequest");
    failure.message = Some(
        "The object was stored using a form of Server Side Encryption. \
         The correct parameters must be provided to retrieve the object."
            .into(),
    );
    reads(
        Failure::Service(Box::new(failure)),
        &context().to(Access::Read),
        "the object was stored using a form of Server Side Encryption. The correct \
         parameters must be provided to retrieve the object \
         (InvalidRequest, HTTP 400, request 7f3a)",
        "if it was stored with a customer key, give that by --sse-c-key-file",
        1,
        Scope::Object,
    );
}

#[test]
fn other_refusals_are_given_in_the_services_words_on_one_line() {
    let mut failure = answered(400, "InvalidArgument");
    failure.message = Some("The specified\nACL is\u{1b}[31m wrong.".into());
    service_reads(
        failure,
        "the specified ACL is\\u{1b}[31m wrong (InvalidArgument, HTTP 400, request 7f3a)",
        "",
        1,
        Scope::Object,
    );
    service_reads(
        answered(400, "InvalidArgument"),
        "the service refused the request (InvalidArgument, HTTP 400, request 7f3a)",
        "",
        1,
        Scope::Object,
    );
}

#[test]
fn a_file_that_cannot_be_read_while_it_is_sent_is_named() {
    let broken = std::io::Error::from_raw_os_error(5);
    let failure = Failure::Final(s3_client::Error::Body(broken.into()));
    let error = failure.into_error("upload", "./a to s3://photos/a", &context());
    assert_eq!(
        error.to_string(),
        "cannot upload ./a to s3://photos/a: input/output error"
    );
}
