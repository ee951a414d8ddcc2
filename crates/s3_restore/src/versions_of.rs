//! `--versions NAME`: every version of one name, newest first.

use common::ui::{Ui, local_time};
use common::{Error, Exit, Kind, Result};
use futures_util::StreamExt as _;
use s3_client::operations::Version;
use serde_json::{Map, Value, json};

use crate::store::Store;

/// Prints the versions in the order of the list. Keeps none in memory.
///
/// # Errors
/// The versions cannot be listed, or there are none (exit 4).
pub(crate) async fn show(store: &Store, name: &str, ui: &Ui, json: bool) -> Result<Exit> {
    let mut versions = store.versions(name);
    let mut count = 0_u64;
    while let Some(version) = versions.next().await {
        let version = version?;
        count += 1;
        if json {
            ui.json(&fields(&version));
        } else {
            ui.line(&row(&version, ui));
        }
    }
    ui.summary(json!({ "versions": count }));
    if count > 0 {
        return Ok(Exit::Success);
    }
    let cause = "there is no version of such an object";
    Err(Error::new(
        Kind::NotThere,
        "show the versions of",
        store.at.subject(name),
        cause,
    ))
}

fn row(version: &Version, ui: &Ui) -> String {
    let size = if version.delete_marker {
        "deleted".to_owned()
    } else {
        let numbers = ui.stdout_numbers();
        match numbers {
            common::ui::Numbers::Grouped => numbers.size(version.size),
            common::ui::Numbers::Bare => version.size.to_string(),
        }
    };
    let latest = if version.is_latest { "  latest" } else { "" };
    format!(
        "{}  {size:>12}  {}{latest}",
        local_time(version.last_modified),
        version.version_id
    )
}

fn fields(version: &Version) -> Value {
    let mut fields = Map::new();
    let mut add = |name: &str, value: Value| fields.insert(name.into(), value);
    add("Key", json!(version.key));
    add("VersionId", json!(version.version_id));
    add("IsLatest", json!(version.is_latest));
    add("LastModified", json!(version.last_modified.to_string()));
    if version.delete_marker {
        add("DeleteMarker", json!(true));
    } else {
        add("Size", json!(version.size));
        if let Some(etag) = &version.etag {
            add("ETag", json!(etag));
        }
        if let Some(class) = &version.storage_class {
            add("StorageClass", json!(class));
        }
    }
    Value::Object(fields)
}
