//! What must hold on every server with versions. One without them is left alone.

use s3_client::client::Client;
use s3_client::operations::{
    ListVersions, ReadObject, RestoreTier, Restoring, Thaw, Version, Versioning,
    get_bucket_versioning, get_object, head_object, list_object_versions, restore_object,
};
use testkit::{Endpoint, not_offered};

use crate::client;

fn switch(endpoint: &Endpoint, bucket: &str, status: &str) -> bool {
    let body = format!(
        "<VersioningConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">\
         <Status>{status}</Status></VersioningConfiguration>"
    );
    let path = format!("/{bucket}");
    let query = [("versioning", "")];
    let response = endpoint
        .s3()
        .send("PUT", &path, &query, &[], body.as_bytes())
        .unwrap();
    if response.status == 501 {
        not_offered(endpoint, "this server keeps no versions");
        return false;
    }
    response.ok();
    true
}

async fn all(client: &Client, bucket: &str, prefix: &str, max_keys: u32) -> Vec<Version> {
    let mut versions = Vec::new();
    let mut next = None;
    loop {
        let list = ListVersions {
            bucket,
            prefix,
            delimiter: None,
            after: next.as_ref(),
            max_keys,
        };
        let page = list_object_versions(client, &list).await.unwrap();
        assert_eq!(page.unreadable, Vec::<String>::new());
        versions.extend(page.versions);
        next = page.next;
        if next.is_none() {
            return versions;
        }
    }
}

#[tokio::test]
async fn whether_a_bucket_keeps_versions_is_told() {
    let endpoint = Endpoint::any();
    let (client, bucket) = (client(&endpoint), endpoint.new_bucket());
    let told = async || get_bucket_versioning(&client, &bucket).await.unwrap();
    if !switch(&endpoint, &bucket, "Enabled") {
        return;
    }
    assert_eq!(told().await, Versioning::Enabled);
    assert!(switch(&endpoint, &bucket, "Suspended"));
    assert_eq!(told().await, Versioning::Suspended);
    let plain = endpoint.new_bucket();
    let never = get_bucket_versioning(&client, &plain).await.unwrap();
    assert_eq!(never, Versioning::Never);
}

#[tokio::test]
async fn histories_of_odd_keys_are_read_whole_in_pages_of_any_length() {
    let endpoint = Endpoint::any();
    let (client, bucket) = (client(&endpoint), endpoint.new_bucket());
    if !switch(&endpoint, &bucket, "Enabled") {
        return;
    }
    let s3 = endpoint.s3();
    let keys = ["a b+c", "a%20b", "d/é", "d/e&<f>"];
    let mut expected = Vec::new();
    for key in keys {
        for bytes in [&b"first"[..], b"2"] {
            s3.put(&bucket, key, bytes);
        }
        s3.delete(&bucket, key);
        s3.put(&bucket, key, b"back");
        let sizes = [(4, false), (0, true), (1, false), (5, false)];
        expected.extend(sizes.map(|(size, marker)| (key.to_owned(), size, marker)));
    }
    expected.sort_by(|a, b| a.0.cmp(&b.0));
    for max_keys in [1, 3, 1000] {
        let versions = all(&client, &bucket, "", max_keys).await;
        let mut seen: Vec<_> = versions
            .iter()
            .map(|version| (version.key.clone(), version.size, version.delete_marker))
            .collect();
        assert!(versions.is_sorted_by_key(|version| &version.key));
        if !endpoint.is_local() {
            // A service that divides versions and markers, and whose dates are whole seconds,
            // does not tell their order.
            seen.sort();
            expected.sort();
        }
        assert_eq!(seen, expected, "{max_keys} a page");
        let latest = versions.iter().filter(|version| version.is_latest);
        assert_eq!(latest.filter(|version| version.size == 4).count(), 4);
    }

    let versions = all(&client, &bucket, "d/é", 2).await;
    let oldest = versions.last().unwrap();
    let get = ReadObject {
        bucket: &bucket,
        key: &oldest.key,
        version_id: Some(&oldest.version_id),
        ..ReadObject::default()
    };
    let mut response = get_object(&client, &get).await.unwrap();
    let id = response.info.version_id.as_deref();
    assert_eq!(id, Some(oldest.version_id.as_str()));
    assert_eq!(response.body.chunk().await.unwrap().unwrap(), "first");
}

#[tokio::test]
async fn an_archived_object_is_restored_where_it_has_to_be() {
    let endpoint = Endpoint::any();
    let (client, bucket) = (client(&endpoint), endpoint.new_bucket());
    let path = format!("/{bucket}/key");
    let class = [("x-amz-storage-class", "GLACIER")];
    let put = endpoint.s3().send("PUT", &path, &[], &class, b"bytes");
    let get = ReadObject {
        bucket: &bucket,
        key: "key",
        ..ReadObject::default()
    };
    // Services without archives refuse the class, or keep such an object like any other.
    if put.unwrap().status >= 400 || get_object(&client, &get).await.is_ok() {
        not_offered(&endpoint, "this server has no archives");
        return;
    }
    let head = ReadObject {
        bucket: &bucket,
        key: "key",
        ..ReadObject::default()
    };
    let archive = async || {
        let info = head_object(&client, &head).await.unwrap();
        info.archive().unwrap()
    };
    assert_eq!(archive().await.thaw, Thaw::Frozen);
    let restore = async || {
        let tier = RestoreTier::Standard;
        let restoring = restore_object(&client, &bucket, "key", None, Some(1), tier);
        restoring.await.unwrap()
    };
    assert_eq!(restore().await, Restoring::Accepted);
    // moto needs no time.
    let again = restore().await;
    match archive().await.thaw {
        Thaw::Thawing => assert_eq!(again, Restoring::InProgress),
        Thaw::Thawed { .. } => assert_eq!(again, Restoring::AlreadyRestored),
        Thaw::Frozen => panic!("nothing was restored"),
    }
}

#[tokio::test]
async fn a_bucket_that_never_kept_versions_shows_its_objects() {
    let endpoint = Endpoint::any();
    let (client, bucket) = (client(&endpoint), endpoint.new_bucket());
    endpoint.s3().put(&bucket, "key", b"bytes");
    let list = ListVersions {
        bucket: &bucket,
        prefix: "",
        delimiter: None,
        after: None,
        max_keys: 1000,
    };
    // Services without versions say so.
    let Ok(page) = list_object_versions(&client, &list).await else {
        not_offered(&endpoint, "this server keeps no versions");
        return;
    };
    let [only] = page.versions.as_slice() else {
        panic!("{page:?}");
    };
    assert_eq!((only.key.as_str(), only.size), ("key", 5));
    assert_eq!(only.version_id, "null");
    assert!(only.is_latest && !only.delete_marker);
}
