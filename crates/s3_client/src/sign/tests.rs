//! AWS's published vectors: the SigV4 test suite (awslabs/aws-c-auth,
//! tests/aws-signing-test-suite/v4, those whose path is not to be normalised) and the examples of
//! the S3 API reference.

use rusoto_core::Region;

use super::canonical::UNSIGNED_HEADERS;
use super::*;

const EMPTY: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

fn credentials(id: &str, secret: &str, token: Option<&str>) -> AwsCredentials {
    AwsCredentials::new(id, secret, token.map(str::to_owned), None)
}

fn request(method: &str, service: &str, host: &str, path: &str) -> SignedRequest {
    let region = Region::Custom {
        name: "us-east-1".into(),
        endpoint: format!("https://{host}"),
    };
    let mut request = SignedRequest::new(method, service, &region, path);
    request.add_header("host", host);
    request
}

fn signature(request: &SignedRequest) -> String {
    let value = String::from_utf8(request.headers["authorization"][0].clone()).unwrap();
    value.rsplit('=').next().unwrap().to_owned()
}

/// One vector of the suite: all were signed at 2015-08-30T12:36:00Z.
fn suite(
    method: &str,
    path: &str,
    params: &[(&str, &str)],
    headers: &[(&str, &str)],
    token: Option<&str>,
) -> String {
    let mut request = request(method, "service", "example.amazonaws.com", path);
    for (name, value) in params {
        request.add_param(*name, *value);
    }
    for (name, value) in headers {
        request.add_header(name, value);
    }
    let who = credentials(
        "AKIDEXAMPLE",
        "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
        token,
    );
    Signer::default()
        .sign_at(&mut request, &who, EMPTY, at(1_440_938_160))
        .unwrap();
    signature(&request)
}

const UNRESERVED: &str = "-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

#[test]
fn signatures_of_paths_are_those_of_the_aws_test_suite() {
    for (path, expected) in [
        (
            "/",
            "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
        ),
        (
            "//",
            "c88bcd3d312d75078c0cd961d6deae3f4c754924b01669efcfcb439fd5e5b76e",
        ),
        (
            "//example//",
            "87cca117541a147f6df867677d98a7d80dff226d2bfca9e4ffa899665623c7e5",
        ),
        (
            "/example/..",
            "eca7ead57bb5aa5c8e28007acd4ff04e1ff9a0ff3b237ec1554a184887ff9282",
        ),
        (
            "/example space/",
            "652487583200325589f1fba4c7e578f72c47cb61beeca81406b39ddec1366741",
        ),
        (
            "/ሴ",
            "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85",
        ),
    ] {
        assert_eq!(suite("GET", path, &[], &[], None), expected, "{path}");
    }
    assert_eq!(
        suite("GET", &format!("/{UNRESERVED}"), &[], &[], None),
        "07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f"
    );
}

#[test]
fn signatures_of_queries_are_those_of_the_aws_test_suite() {
    let cases: [(&[(&str, &str)], &str); 5] = [
        (
            &[("Param2", "value2"), ("Param1", "value1")],
            "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
        ),
        (
            &[("Param-3", "Value3"), ("Param", "Value2"), ("ሴ", "Value1")],
            "371d3713e185cc334048618a97f809c9ffe339c62934c032af5a0e595648fcac",
        ),
        (
            &[(UNRESERVED, UNRESERVED)],
            "9c3e54bfcdf0b19771a7f523ee5669cdf59bc7cc0884027167c21bb143a40197",
        ),
        (
            &[("ሴ", "bar")],
            "2cdec8eed098649ff3a119c94853b13c643bcf08f8b0a1d91e12c9027818dd04",
        ),
        (
            &[("Param1", "value1")],
            "a67d582fa61cc504c4bae71f336f98b97f1ea3c7a6bfe1b6e45aec72011b9aeb",
        ),
    ];
    for (params, expected) in cases {
        assert_eq!(suite("GET", "/", params, &[], None), expected, "{params:?}");
    }
    assert_eq!(
        suite("POST", "/", &[("Param1", "value1")], &[], None),
        "28038455d6de14eafc1f9222cf5aa6f1a96197d7deb8263271d420d138af7f11"
    );
}

#[test]
fn signatures_of_headers_are_those_of_the_aws_test_suite() {
    let cases: [(&[(&str, &str)], &str); 4] = [
        (
            &[
                ("My-Header1", "value2"),
                ("My-Header1", "value2"),
                ("My-Header1", "value1"),
            ],
            "c9d5ea9f3f72853aea855b47ea873832890dbdd183b4468f858259531a5138ea",
        ),
        (
            &[
                ("My-Header1", "value4"),
                ("My-Header1", "value1"),
                ("My-Header1", "value3"),
                ("My-Header1", "value2"),
            ],
            "08c7e5a9acfcfeb3ab6b2185e75ce8b1deb5e634ec47601a50643f830c755c01",
        ),
        (
            &[("My-Header1", " value1"), ("My-Header2", " \"a   b   c\"")],
            "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736",
        ),
        (
            &[("My-Header1", "value1\n  value2\n     value3")],
            "cfd34249e4b1c8d6b91ef74165d41a32e5fab3306300901bb65a51a73575eefd",
        ),
    ];
    for (headers, expected) in cases {
        assert_eq!(
            suite("GET", "/", &[], headers, None),
            expected,
            "{headers:?}"
        );
    }
    assert_eq!(
        suite("POST", "/", &[], &[("My-Header1", "VALUE1")], None),
        "cdbc9802e29d2942e5e10b5bccfdd67c5f22c7c4e8ae67b53629efa58b974b7d"
    );
}

#[test]
fn a_session_token_is_signed_as_in_the_aws_test_suite() {
    let token = "6e86291e8372ff2a2260956d9b8aae1d763fbf315fa00fa31553b73ebf194267";
    assert_eq!(
        suite("GET", "/", &[], &[], Some(token)),
        "07ec1639c89043aa0e3e2de82b96708f198cceab042d4a97044c66dd9f74e7f8"
    );
}

/// One example of "Examples: Signature Calculations" in the S3 API reference, all signed at
/// 2013-05-24T00:00:00Z.
fn s3_example(
    method: &str,
    path: &str,
    params: &[(&str, Option<&str>)],
    headers: &[(&str, &str)],
    body: &[u8],
) -> String {
    let mut request = request(method, "s3", "examplebucket.s3.amazonaws.com", path);
    for (name, value) in params {
        request
            .params
            .insert((*name).to_owned(), value.map(str::to_owned));
    }
    for (name, value) in headers {
        request.add_header(name, value);
    }
    let who = credentials(
        "AKIAIOSFODNN7EXAMPLE",
        "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        None,
    );
    let payload = PayloadHash::of(body).text();
    set_header(&mut request, "x-amz-content-sha256", payload.clone());
    Signer::default()
        .sign_at(&mut request, &who, &payload, at(1_369_353_600))
        .unwrap();
    signature(&request)
}

#[test]
fn signatures_are_those_of_the_s3_reference() {
    assert_eq!(
        s3_example("GET", "/test.txt", &[], &[("Range", "bytes=0-9")], b""),
        "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"
    );
    assert_eq!(
        s3_example(
            "PUT",
            "/test$file.text",
            &[],
            &[
                ("Date", "Fri, 24 May 2013 00:00:00 GMT"),
                ("x-amz-storage-class", "REDUCED_REDUNDANCY"),
            ],
            b"Welcome to Amazon S3.",
        ),
        "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"
    );
    assert_eq!(
        s3_example("GET", "/", &[("lifecycle", None)], &[], b""),
        "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"
    );
    assert_eq!(
        s3_example(
            "GET",
            "/",
            &[("max-keys", Some("2")), ("prefix", Some("J"))],
            &[],
            b""
        ),
        "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"
    );
}

#[test]
fn the_key_of_the_day_changes_with_all_that_it_is_made_of() {
    let signer = Signer::default();
    let usual = ["20150830", "r", "s3", "id", "secret"];
    let first = signer.day_key(usual).unwrap();
    for inputs in [
        ["20150831", "r", "s3", "id", "secret"],
        ["20150830", "q", "s3", "id", "secret"],
        ["20150830", "r", "s3", "id", "other"],
    ] {
        assert_ne!(signer.day_key(inputs).unwrap(), first);
        assert_eq!(signer.day_key(usual).unwrap(), first);
    }
}

#[test]
fn headers_that_travel_badly_are_not_signed() {
    let mut request = request("GET", "s3", "h", "/");
    for name in UNSIGNED_HEADERS {
        request.add_header(name, "x");
    }
    request.add_header("x-amz-meta-a", "b");
    let mut hasher = Sha256::new();
    assert_eq!(
        hash_canonical_request(&mut hasher, &request, EMPTY),
        "host;x-amz-meta-a"
    );
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(seconds).unwrap()
}

#[test]
fn a_corrected_clock_is_what_requests_are_signed_with() {
    let signer = Signer::default();
    signer.correct_clock(-86_400 * 365);
    let mut late = request("GET", "s3", "h", "/");
    let who = credentials("id", "secret", None);
    signer.sign(&mut late, &who, PayloadHash::Empty).unwrap();
    let signed_at = String::from_utf8(late.headers["x-amz-date"][0].clone()).unwrap();
    let expected = at(Timestamp::now().as_second() - 86_400 * 365).to_string();
    // The hour may change between the two, the test need not care which one it sees.
    assert_eq!(signed_at[..6], expected.replace('-', "")[..6]);
}

#[test]
fn a_signature_in_the_query_is_that_of_the_s3_reference() {
    let mut request = request("GET", "s3", "examplebucket.s3.amazonaws.com", "/test.txt");
    let who = credentials(
        "AKIAIOSFODNN7EXAMPLE",
        "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        None,
    );
    Signer::default()
        .presign_at(
            &mut request,
            &who,
            Duration::from_secs(86_400),
            at(1_369_353_600),
        )
        .unwrap();
    assert_eq!(
        request.params["X-Amz-Signature"].as_deref(),
        Some("aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404")
    );
}
