//! An object, and a multipart upload.

use std::collections::BTreeMap;
use std::time::SystemTime;

use http::HeaderMap;
use md5::{Digest, Md5};

use super::checksum::{Algorithm, Checksum};
use super::content::Content;

/// The attributes of an object besides its content.
#[derive(Clone, Debug, Default)]
pub(crate) struct Attributes {
    /// Headers that GET and HEAD return unchanged, including user metadata.
    pub(crate) headers: HeaderMap,
    /// The canned ACL. Empty means `private`.
    pub(crate) acl: String,
    pub(crate) tags: Vec<(String, String)>,
    /// The MD5 (base64) of the customer's key that is needed to read the object.
    pub(crate) customer_key_md5: Option<String>,
}

impl Attributes {
    /// With KMS or a customer's key, the ETag on AWS is no MD5 of the content.
    pub(crate) fn has_opaque_etag(&self) -> bool {
        let kms = self.headers.get("x-amz-server-side-encryption");
        self.customer_key_md5.is_some()
            || kms.is_some_and(|value| value.as_bytes().starts_with(b"aws:kms"))
    }

    /// The storage class, as listings show it.
    pub(crate) fn storage_class(&self) -> &str {
        let class = self.headers.get("x-amz-storage-class");
        class
            .and_then(|class| class.to_str().ok())
            .unwrap_or("STANDARD")
    }
}

/// An object. It is never changed in place, so readers are not disturbed.
#[derive(Clone, Debug)]
pub(crate) struct Object {
    pub(crate) content: Content,
    /// Without quotes.
    pub(crate) etag: String,
    /// In whole seconds, as in Last-Modified.
    pub(crate) modified: SystemTime,
    pub(crate) attributes: Attributes,
    pub(crate) checksums: Vec<Checksum>,
    /// Length and checksums of each part; empty for an object that was sent whole.
    pub(crate) parts: Vec<(u64, Vec<Checksum>)>,
    /// The last restore, for an archived object.
    pub(crate) restore: Option<Restore>,
}

impl Object {
    pub(crate) fn size(&self) -> u64 {
        self.content.len()
    }
}

/// The restore of an archived object.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Restore {
    /// When the copy becomes readable.
    pub(crate) ready: SystemTime,
    /// When the copy disappears; `None` for an object that moved out of its archive.
    pub(crate) expires: Option<SystemTime>,
}

/// A multipart upload that is neither completed nor aborted.
#[derive(Clone, Debug)]
pub(crate) struct Upload {
    pub(crate) initiated: SystemTime,
    pub(crate) attributes: Attributes,
    /// The declared checksum, and whether it is of the full object.
    pub(crate) checksum: Option<(Algorithm, bool)>,
    pub(crate) parts: BTreeMap<u32, Part>,
}

/// One part of an upload.
#[derive(Clone, Debug)]
pub(crate) struct Part {
    pub(crate) content: Content,
    pub(crate) md5: [u8; 16],
    pub(crate) etag: String,
    pub(crate) checksums: Vec<Checksum>,
    pub(crate) modified: SystemTime,
}

/// The ETag for content with this MD5. With some attributes it must not be an MD5, and only looks like one.
pub(crate) fn etag(md5: [u8; 16], attributes: &Attributes) -> String {
    if !attributes.has_opaque_etag() {
        return hex::encode(md5);
    }
    let salt = attributes.customer_key_md5.as_deref().unwrap_or("aws:kms");
    hex::encode(Md5::new().chain_update(md5).chain_update(salt).finalize())
}

/// The ETag of an object of several parts: MD5 of the parts' MD5s, `-`, their number.
pub(crate) fn etag_of_parts(md5s: &[[u8; 16]], attributes: &Attributes) -> String {
    let mut md5 = Md5::new();
    for part in md5s {
        md5.update(part);
    }
    format!("{}-{}", etag(md5.finalize().into(), attributes), md5s.len())
}
