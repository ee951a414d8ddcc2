//! JSON for programs: one object a line, with the names that S3 has for its fields.

use common::ui::Ui;
use jiff::Timestamp;
use s3_client::operations::{BucketInfo, ListedObject, PendingUpload, Version};
use serde::{Serialize, Serializer};
use serde_json::{Map, Value, json};
use transfer::uploads::Stored;

use crate::entry::Entry;
use crate::totals::{Contents, Count, Totals};

/// An object, a version or a delete marker.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ObjectLine<'a> {
    key: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    version_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    is_latest: Option<bool>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    delete_marker: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    size: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "rfc3339")]
    last_modified: Option<Timestamp>,
    #[serde(rename = "ETag", skip_serializing_if = "Option::is_none")]
    etag: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    storage_class: Option<&'a str>,
}

/// An unfinished upload. Its size and parts are what the service holds of it.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct UploadLine<'a> {
    key: &'a str,
    upload_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "rfc3339")]
    initiated: Option<Timestamp>,
    #[serde(rename = "age_seconds", skip_serializing_if = "Option::is_none")]
    age_seconds: Option<i64>,
    size: u64,
    #[serde(rename = "parts")]
    parts: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    storage_class: Option<&'a str>,
}

/// A prefix with the delimiter at its end, for all keys that begin with it.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct CommonPrefixLine<'a> {
    prefix: &'a str,
}

/// A bucket.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct BucketLine<'a> {
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "rfc3339")]
    creation_date: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bucket_region: Option<&'a str>,
}

/// RFC 3339 in UTC, with `Z`.
fn rfc3339<S: Serializer>(time: &Option<Timestamp>, serializer: S) -> Result<S::Ok, S::Error> {
    match time {
        Some(time) => serializer.collect_str(time),
        None => serializer.serialize_none(),
    }
}

pub(super) fn entry(ui: &Ui, entry: &Entry) {
    match entry {
        Entry::Object(object) => ui.json(&of_object(object)),
        Entry::Version(version) => ui.json(&of_version(version)),
        Entry::Upload(upload, stored) => ui.json(&of_upload(upload, *stored)),
        Entry::CommonPrefix(prefix) | Entry::Unreadable(prefix) => {
            ui.json(&CommonPrefixLine { prefix });
        }
    }
}

fn of_object(object: &ListedObject) -> ObjectLine<'_> {
    ObjectLine {
        key: &object.key,
        version_id: None,
        is_latest: None,
        delete_marker: false,
        size: Some(object.size),
        last_modified: object.last_modified,
        etag: object.etag.as_deref(),
        storage_class: object.storage_class.as_deref(),
    }
}

fn of_version(version: &Version) -> ObjectLine<'_> {
    ObjectLine {
        key: &version.key,
        version_id: Some(&version.version_id),
        is_latest: Some(version.is_latest),
        delete_marker: version.delete_marker,
        size: (!version.delete_marker).then_some(version.size),
        last_modified: Some(version.last_modified),
        etag: version.etag.as_deref(),
        storage_class: version.storage_class.as_deref(),
    }
}

fn of_upload(upload: &PendingUpload, stored: Stored) -> UploadLine<'_> {
    let age = |begun: Timestamp| Timestamp::now().as_second() - begun.as_second();
    UploadLine {
        key: &upload.key,
        upload_id: &upload.upload_id,
        initiated: upload.initiated,
        age_seconds: upload.initiated.map(|begun| age(begun).max(0)),
        size: stored.bytes,
        parts: stored.parts,
        storage_class: upload.storage_class.as_deref(),
    }
}

pub(super) fn bucket(ui: &Ui, bucket: &BucketInfo) {
    ui.json(&BucketLine {
        name: &bucket.name,
        creation_date: bucket.creation_date,
        bucket_region: bucket.region.as_deref(),
    });
}

/// The fields of the last line of a listing.
pub(super) fn summary(totals: &Totals) -> Value {
    let mut fields = Map::new();
    let mut add = |name: &str, value: Value| fields.insert(name.into(), value);
    add(totals.contents.plural(), json!(totals.all.number));
    add("bytes", json!(totals.all.bytes));
    if totals.contents == Contents::Versions {
        add("delete_markers", json!(totals.delete_markers));
    }
    if totals.contents != Contents::Uploads {
        add("common_prefixes", json!(totals.common_prefixes));
    }
    add("left_out", json!(totals.left_out));
    add("truncated", json!(totals.truncated));
    let of_class = |of: &Count| json!({ totals.contents.plural(): of.number, "bytes": of.bytes });
    let classes = totals.classes.iter();
    let classes: Map<String, Value> = classes
        .map(|(class, of)| (class.clone(), of_class(of)))
        .collect();
    add("storage_classes", Value::Object(classes));
    Value::Object(fields)
}
