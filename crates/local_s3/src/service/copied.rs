//! What a copy is made of: the source's bytes, and attributes of both source and request.

use std::time::SystemTime;

use crate::store::checksum::{Algorithm, Checksum, Running};
use crate::store::content::Content;
use crate::store::object::{Attributes, Object as Stored, etag};

/// Headers that `MetadataDirective: COPY` takes from the request all the same.
pub(super) const NOT_METADATA: [&str; 4] = [
    "x-amz-storage-class",
    "x-amz-server-side-encryption",
    "x-amz-server-side-encryption-aws-kms-key-id",
    "x-amz-website-redirect-location",
];

/// What a copy says about itself: the source's word unless replaced; storage class, ACL and
/// encryption always from the request.
pub(super) fn merged(
    source: &Attributes,
    given: Attributes,
    replaces: bool,
    replaces_tags: bool,
) -> Attributes {
    let tags = if replaces_tags {
        given.tags
    } else {
        source.tags.clone()
    };
    let is_metadata =
        |name: &str| !NOT_METADATA.contains(&name) && !name.starts_with("x-amz-server-side");
    let headers = if replaces {
        given.headers
    } else {
        let of_request = given
            .headers
            .iter()
            .filter(|(name, _)| !is_metadata(name.as_str()));
        let of_source = source
            .headers
            .iter()
            .filter(|(name, _)| is_metadata(name.as_str()));
        of_request
            .chain(of_source)
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect()
    };
    Attributes {
        headers,
        tags,
        acl: given.acl,
        customer_key_md5: given.customer_key_md5,
    }
}

/// The copy: one piece again, as AWS makes it, so an ETag of parts becomes an MD5. A content
/// of which only hashes are known keeps them.
pub(super) fn copied(
    source: &Stored,
    attributes: Attributes,
    asked: Option<Algorithm>,
    forget: bool,
    now: SystemTime,
) -> Stored {
    let whole: Vec<Algorithm> = source
        .checksums
        .iter()
        .map(|checksum| checksum.algorithm)
        .chain(asked)
        .collect();
    let readable = matches!(source.content, Content::Kept(_)) || source.size() == 0;
    let plain = source.parts.is_empty()
        && !source.attributes.has_opaque_etag()
        && !attributes.has_opaque_etag();
    let etag_of_copy = match source.content.md5().filter(|_| readable && !plain) {
        Some(md5) => etag(md5, &attributes),
        None => source.etag.clone(),
    };
    let composite = source
        .checksums
        .iter()
        .any(|checksum| checksum.parts.is_some());
    let checksums = match readable && (composite || asked.is_some()) {
        true => checksums(&source.content, whole),
        false => source.checksums.clone(),
    };
    let size = source.size();
    let content = if forget {
        Content::Forgotten { size }
    } else {
        source.content.clone()
    };
    Stored {
        content,
        etag: etag_of_copy,
        modified: now,
        attributes,
        checksums,
        parts: Vec::new(),
        restore: None,
    }
}

/// The checksums of a content that is here already.
pub(super) fn checksums(content: &Content, mut algorithms: Vec<Algorithm>) -> Vec<Checksum> {
    algorithms.sort_unstable();
    algorithms.dedup();
    let mut running: Vec<Running> = algorithms.into_iter().map(Running::new).collect();
    for piece in content.pieces(0..content.len()) {
        running
            .iter_mut()
            .for_each(|checksum| checksum.update(&piece));
    }
    running.into_iter().map(Running::finish).collect()
}
