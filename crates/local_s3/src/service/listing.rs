//! ListObjects, both versions.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use s3s::dto::*;
use s3s::{S3Request, S3Response, S3Result, s3_error};

use super::{Service, owner};
use crate::store::object::Object as Stored;
use crate::store::page::{self, Page, Query};

/// The most entries of a page.
const PAGE_LIMIT: i32 = 1000;

/// The number of entries to return. It is S3's maximum if more, or no number, was requested.
pub(super) fn limit(asked: Option<i32>, name: &str) -> S3Result<i32> {
    match asked.unwrap_or(PAGE_LIMIT) {
        negative if negative < 0 => Err(s3_error!(
            InvalidArgument,
            "Argument {name} must be an integer between 0 and 2147483647"
        )),
        asked => Ok(asked.min(PAGE_LIMIT)),
    }
}

/// How names are written into the response: unchanged or percent-encoded.
#[derive(Clone, Copy)]
pub(super) struct Encoding(bool);

impl Encoding {
    pub(super) fn of(asked: Option<&EncodingType>) -> S3Result<Self> {
        match asked.map(EncodingType::as_str) {
            None => Ok(Self(false)),
            Some("url") => Ok(Self(true)),
            Some(_) => Err(s3_error!(
                InvalidArgument,
                "Invalid Encoding Method specified in Request"
            )),
        }
    }

    /// As on AWS: the encoding of forms (space is `+`), except for `/` and `*`.
    pub(super) fn name(self, name: &str) -> String {
        if !self.0 {
            return name.to_owned();
        }
        let mut encoded = String::with_capacity(name.len() + 16);
        for byte in name.bytes() {
            match byte {
                b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'*' | b'/' => {
                    encoded.push(char::from(byte))
                }
                b' ' => encoded.push('+'),
                _ => encoded.push_str(&format!("%{byte:02X}")),
            }
        }
        encoded
    }

    pub(super) fn response(self) -> Option<EncodingType> {
        self.0.then(|| EncodingType::from_static(EncodingType::URL))
    }
}

/// A token for the start of the next page. It does not look like a key.
fn token_of(next: &str) -> String {
    STANDARD.encode(format!("local_s3:{next}"))
}

fn token_to_start(token: &str) -> S3Result<String> {
    let decoded = STANDARD
        .decode(token)
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok());
    let start = decoded
        .as_deref()
        .and_then(|text| text.strip_prefix("local_s3:"));
    start.map(str::to_owned).ok_or_else(|| {
        s3_error!(
            InvalidArgument,
            "The continuation token provided is incorrect"
        )
    })
}

impl Service {
    pub(super) async fn list_objects(
        &self,
        request: S3Request<ListObjectsInput>,
    ) -> S3Result<S3Response<ListObjectsOutput>> {
        let marker = request.input.marker.clone().unwrap_or_default();
        let request = request.map_input(|input| ListObjectsV2Input {
            bucket: input.bucket,
            delimiter: input.delimiter,
            encoding_type: input.encoding_type,
            fetch_owner: Some(true),
            max_keys: input.max_keys,
            prefix: input.prefix,
            start_after: Some(marker.clone()),
            ..Default::default()
        });
        let listed = self.list_objects_v2(request).await?.output;
        let encoding = Encoding::of(listed.encoding_type.as_ref())?;
        // As on AWS, without a delimiter the client has to use the last key.
        let token = listed.next_continuation_token;
        let token = token.filter(|_| listed.delimiter.is_some());
        let next = token.as_deref().map(token_to_start).transpose()?;
        Ok(S3Response::new(ListObjectsOutput {
            name: listed.name,
            is_truncated: listed.is_truncated,
            next_marker: next.map(|next| encoding.name(&next)),
            prefix: listed.prefix,
            marker: Some(encoding.name(&marker)),
            max_keys: listed.max_keys,
            delimiter: listed.delimiter,
            contents: listed.contents,
            common_prefixes: listed.common_prefixes,
            encoding_type: listed.encoding_type,
            request_charged: None,
        }))
    }

    pub(super) async fn list_objects_v2(
        &self,
        request: S3Request<ListObjectsV2Input>,
    ) -> S3Result<S3Response<ListObjectsV2Output>> {
        let input = request.input;
        let encoding = Encoding::of(input.encoding_type.as_ref())?;
        let max_keys = limit(input.max_keys, "max-keys")?;
        let delimiter = input.delimiter.filter(|delimiter| !delimiter.is_empty());
        let prefix = input.prefix.unwrap_or_default();
        let after = match &input.continuation_token {
            Some(token) => Some(token_to_start(token)?),
            None => input.start_after.clone(),
        };
        let query = Query {
            prefix: &prefix,
            delimiter: delimiter.as_deref(),
            key_marker: after.as_deref().filter(|after| !after.is_empty()),
            only_objects: true,
            limit: usize::try_from(max_keys).unwrap_or_default(),
            ..Query::default()
        };
        let page = self.store.bucket(&input.bucket, |bucket| {
            Ok(page::read(&bucket.versions, query))
        })?;
        let count = page.entries.len() + page.prefixes.len();
        Ok(S3Response::new(ListObjectsV2Output {
            name: Some(input.bucket),
            is_truncated: Some(page.next.is_some()),
            key_count: i32::try_from(count).ok(),
            next_continuation_token: page.next.as_ref().map(|(key, _)| token_of(key)),
            continuation_token: input.continuation_token,
            prefix: Some(encoding.name(&prefix)),
            start_after: input.start_after.map(|start| encoding.name(&start)),
            max_keys: Some(max_keys),
            delimiter: delimiter.map(|delimiter| encoding.name(&delimiter)),
            contents: Some(contents(
                &page,
                encoding,
                input.fetch_owner.unwrap_or(false),
            )),
            common_prefixes: Some(common_prefixes(&page.prefixes, encoding)),
            encoding_type: encoding.response(),
            request_charged: None,
        }))
    }
}

fn contents(page: &Page, encoding: Encoding, with_owner: bool) -> Vec<Object> {
    let describe = |(key, stored): (&str, &Stored)| Object {
        key: Some(encoding.name(key)),
        size: i64::try_from(stored.size()).ok(),
        e_tag: Some(ETag::Strong(stored.etag.clone())),
        last_modified: Some(stored.modified.into()),
        storage_class: Some(ObjectStorageClass::from(
            stored.attributes.storage_class().to_owned(),
        )),
        owner: with_owner.then(owner),
        checksum_algorithm: (!stored.checksums.is_empty()).then(|| {
            stored
                .checksums
                .iter()
                .map(|checksum| ChecksumAlgorithm::from_static(checksum.algorithm.name()))
                .collect()
        }),
        checksum_type: stored
            .checksums
            .first()
            .map(|checksum| ChecksumType::from_static(checksum.kind())),
        restore_status: None,
    };
    let objects = page
        .entries
        .iter()
        .filter_map(|listed| Some((&*listed.key, &**listed.version.object.as_ref()?)));
    objects.map(describe).collect()
}

pub(super) fn common_prefixes(prefixes: &[String], encoding: Encoding) -> Vec<CommonPrefix> {
    prefixes
        .iter()
        .map(|prefix| CommonPrefix {
            prefix: Some(encoding.name(prefix)),
        })
        .collect()
}
