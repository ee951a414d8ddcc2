//! The properties of an object, for tests.

use super::object::Object;

/// The properties of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stat {
    /// Length in bytes.
    pub size: u64,
    /// Without quotes.
    pub etag: String,
    /// Its headers (Content-Type, x-amz-meta-*, x-amz-storage-class, ...).
    pub headers: http::HeaderMap,
    /// The canned ACL, `private` if none was sent.
    pub acl: String,
    /// The tags, in the order sent.
    pub tags: Vec<(String, String)>,
    /// The lengths of its parts; empty for an object that was sent whole.
    pub part_sizes: Vec<u64>,
}

impl Stat {
    pub(super) fn of(object: &Object) -> Self {
        let acl = object.attributes.acl.as_str();
        Self {
            size: object.size(),
            etag: object.etag.clone(),
            headers: object.attributes.headers.clone(),
            acl: if acl.is_empty() { "private" } else { acl }.to_owned(),
            tags: object.attributes.tags.clone(),
            part_sizes: object.parts.iter().map(|(size, _)| *size).collect(),
        }
    }
}
