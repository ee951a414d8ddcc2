//! What must hold on every S3 server, so that the tests of the programs can stand on it.

use testkit::faults::{Fault, Plan};
use testkit::tree::noise;
use testkit::{Endpoint, S3};

#[test]
fn objects_come_back_as_they_were_put() {
    let endpoint = Endpoint::any();
    let (s3, bucket) = (endpoint.s3(), endpoint.new_bucket());
    let keys = ["a/b c+d%41", "a/ü", "z"];
    for (number, key) in keys.into_iter().enumerate() {
        s3.put(&bucket, key, &noise(1000 * number, 1));
    }
    assert_eq!(s3.keys(&bucket, ""), keys);
    assert_eq!(s3.keys(&bucket, "a/"), &keys[..2]);
    assert_eq!(s3.get(&bucket, "z"), noise(2000, 1));
    assert_eq!(s3.head(&bucket, "z").header("content-length"), Some("2000"));
    s3.delete(&bucket, "z");
    assert_eq!(s3.head(&bucket, "z").status, 404);
}

#[test]
fn listings_of_several_pages_are_put_together() {
    let endpoint = Endpoint::any();
    let bucket = endpoint.new_bucket();
    let keys: Vec<String> = (0..1005).map(|number| format!("{number:04}")).collect();
    for key in &keys {
        endpoint.s3().put(&bucket, key, b"");
    }
    assert_eq!(endpoint.s3().keys(&bucket, ""), keys);
}

#[test]
fn signatures_stay_valid_through_the_proxy_and_lost_answers_are_really_stored() {
    let endpoint = Endpoint::any();
    let bucket = endpoint.new_bucket();
    let proxy = endpoint.behind(
        Plan::new(1)
            .rate(Fault::LostResponse, 100.0)
            .most_per_target(1),
    );
    let through = S3 {
        endpoint: proxy.endpoint(),
        ..endpoint.s3().clone()
    };
    let path = format!("/{bucket}/odd key+%41");
    assert!(through.send("PUT", &path, &[], &[], b"content").is_err());
    assert_eq!(endpoint.s3().get(&bucket, "odd key+%41"), b"content");
    through
        .send("PUT", &path, &[], &[], b"second")
        .unwrap()
        .ok();
    assert_eq!(through.get(&bucket, "odd key+%41"), b"second");
    assert_eq!(proxy.hits(Fault::LostResponse), 1);
}
