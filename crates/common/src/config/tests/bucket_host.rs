use super::*;
use crate::uri::Bucket;

fn for_bucket(
    url: &str,
    bucket: &str,
    variables: &[(&str, &str)],
) -> (String, Addressing, Vec<String>) {
    let mut variables = variables.to_vec();
    variables.push(("ENDPOINT_URL", url));
    let mut config = resolve(&variables, &[]).unwrap();
    let mut warnings = Vec::new();
    let bucket: Bucket = bucket.parse().unwrap();
    config.for_bucket(&bucket, &mut |warning| warnings.push(warning));
    (
        config.endpoint.value.to_string(),
        config.addressing.value,
        warnings,
    )
}

#[test]
fn an_endpoint_that_contains_the_bucket_is_the_buckets_own_address() {
    let (url, addressing, warnings) = for_bucket(
        "https://my-bucket.sfo3.digitaloceanspaces.com",
        "my-bucket",
        &[],
    );
    assert_eq!(url, "https://sfo3.digitaloceanspaces.com");
    assert_eq!(addressing, Addressing::Virtual);
    assert_eq!(
        warnings,
        [
            "ENDPOINT_URL is https://my-bucket.sfo3.digitaloceanspaces.com, the address of the \
          bucket my-bucket; the endpoint without it is https://sfo3.digitaloceanspaces.com"
        ]
    );
    let (url, addressing, _) = for_bucket(
        "http://b.localhost:9000",
        "b",
        &[("S3_ADDRESSING_STYLE", "path")],
    );
    assert_eq!(
        (url.as_str(), addressing),
        ("http://localhost:9000", Addressing::Path)
    );
}

#[test]
fn an_endpoint_that_only_begins_like_the_bucket_stays() {
    for (url, bucket) in [
        ("https://sfo3.digitaloceanspaces.com", "my-bucket"),
        ("https://sfo3.digitaloceanspaces.com", "sfo3"),
        ("https://s3.eu-west-1.amazonaws.com", "s3"),
        ("http://minio.local:9000", "minio"),
        ("http://10.0.0.1:9000", "10"),
        (
            "https://my-bucket-2.sfo3.digitaloceanspaces.com",
            "my-bucket",
        ),
    ] {
        let (after, addressing, warnings) = for_bucket(url, bucket, &[]);
        assert_eq!(
            (after.as_str(), addressing),
            (url, Addressing::Auto),
            "{bucket}"
        );
        assert!(warnings.is_empty());
    }
}

#[test]
fn buckets_cannot_be_listed_at_the_address_of_a_bucket() {
    let config = |url: &str| resolve(&[("ENDPOINT_URL", url)], &[]).unwrap();
    let (error, hint) =
        refusal(config("https://my-bucket.sfo3.digitaloceanspaces.com").for_listing_buckets());
    assert_eq!(
        error,
        "cannot start: ENDPOINT_URL is https://my-bucket.sfo3.digitaloceanspaces.com, the address \
         of the bucket my-bucket, where buckets cannot be listed"
    );
    assert_eq!(
        hint.unwrap(),
        "export ENDPOINT_URL=https://sfo3.digitaloceanspaces.com"
    );
    for url in [
        "https://my.photos.nyc3.digitaloceanspaces.com",
        "https://photos.s3.eu-west-1.amazonaws.com",
        "https://photos.s3.amazonaws.com",
        "https://photos.s3-eu-west-1.amazonaws.com",
        "https://photos.s3.dualstack.eu-west-1.amazonaws.com",
        "https://photos.s3.fr-par.scw.cloud",
        "https://photos.storage.googleapis.com",
    ] {
        refusal(config(url).for_listing_buckets());
    }
    for url in [
        "https://nyc3.digitaloceanspaces.com",
        "https://s3.eu-west-1.amazonaws.com",
        "https://s3-eu-west-1.amazonaws.com",
        "https://s3.dualstack.eu-west-1.amazonaws.com",
        "https://bucket.vpce-1a2b.s3.eu-west-1.vpce.amazonaws.com",
        "https://s3.fr-par.scw.cloud",
        "https://storage.googleapis.com",
        "https://0123456789abcdef.r2.cloudflarestorage.com",
        "http://127.0.0.1:9000",
        "http://s3.minio.example.com",
    ] {
        config(url).for_listing_buckets().unwrap();
    }
}
