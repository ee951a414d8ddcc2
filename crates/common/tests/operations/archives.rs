//! Archives and restores, against a server whose time can be set.

use std::time::Duration;

use s3_client::Failure;
use s3_client::failure::Meaning;
use s3_client::operations::{
    ArchiveTier, ReadObject, RestoreTier, Restoring, Thaw, get_object, head_object, restore_object,
};
use testkit::Endpoint;

use crate::client;

const HOUR: Duration = Duration::from_secs(3600);

#[tokio::test]
async fn a_restore_is_accepted_goes_on_and_is_there() {
    let endpoint = Endpoint::local();
    let (client, store) = (client(&endpoint), endpoint.server().store());
    store.set_thaw(HOUR);
    store.put_in_class("bucket", "key", "bytes", "GLACIER");
    let archive = async || {
        let head = ReadObject {
            bucket: "bucket",
            key: "key",
            ..ReadObject::default()
        };
        let info = head_object(&client, &head).await.unwrap();
        info.archive().unwrap()
    };
    let restore = async || {
        let tier = RestoreTier::Bulk;
        let restoring = restore_object(&client, "bucket", "key", Some("null"), Some(2), tier);
        restoring.await.unwrap()
    };
    let get = ReadObject {
        bucket: "bucket",
        key: "key",
        ..ReadObject::default()
    };

    assert_eq!(archive().await.tier, ArchiveTier::Glacier);
    assert_eq!(archive().await.thaw, Thaw::Frozen);
    let Err(Failure::Service(refused)) = get_object(&client, &get).await else {
        panic!("the object is archived");
    };
    assert_eq!(refused.meaning(), Meaning::Archived);
    assert_eq!(restore().await, Restoring::Accepted);
    assert_eq!(restore().await, Restoring::InProgress);
    assert_eq!(archive().await.thaw, Thaw::Thawing);
    store.advance(HOUR);
    assert_eq!(restore().await, Restoring::AlreadyRestored);
    assert!(matches!(
        archive().await.thaw,
        Thaw::Thawed { until: Some(_) }
    ));
    get_object(&client, &get).await.unwrap();
}

#[tokio::test]
async fn what_is_not_archived_is_not_restored() {
    let endpoint = Endpoint::local();
    let client = client(&endpoint);
    endpoint.server().store().put("bucket", "key", "bytes");
    let tier = RestoreTier::default();
    let restoring = restore_object(&client, "bucket", "key", None, Some(1), tier).await;
    assert_eq!(restoring.unwrap(), Restoring::NotArchived);
    let missing = restore_object(&client, "bucket", "missing", None, Some(1), tier).await;
    assert!(matches!(missing, Err(Failure::Service(failure)) if failure.status == 404));
}

#[tokio::test]
async fn an_object_of_intelligent_tiering_is_restored_without_days() {
    let endpoint = Endpoint::local();
    let (client, store) = (client(&endpoint), endpoint.server().store());
    store.set_thaw(Duration::ZERO);
    store.put("bucket", "key", "bytes");
    assert!(store.archive("bucket", "key", "ARCHIVE_ACCESS"));
    let head = ReadObject {
        bucket: "bucket",
        key: "key",
        ..ReadObject::default()
    };
    let info = head_object(&client, &head).await.unwrap();
    let tier = info.archive().unwrap().tier;
    assert!(tier == ArchiveTier::ArchiveAccess && !tier.takes_days());
    let asked = restore_object(&client, "bucket", "key", None, None, RestoreTier::Standard);
    assert_eq!(asked.await.unwrap(), Restoring::Accepted);
    let info = head_object(&client, &head).await.unwrap();
    assert_eq!(info.archive(), None);
}
