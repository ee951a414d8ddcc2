//! Buckets that keep versions: the setting and ListObjectVersions.

use std::fmt::Write as _;

use s3s::dto::*;
use s3s::{S3Request, S3Response, S3Result, s3_error};

use super::listing::{Encoding, limit};
use super::{OWNER_ID, Service};
use crate::beyond_s3s::{Document, refused};
use crate::store::Versioning;
use crate::store::bucket::invalid_version;
use crate::store::history::Wanted;
use crate::store::page::{self, Listed, Query};

impl Service {
    pub(super) async fn get_bucket_versioning(
        &self,
        request: S3Request<GetBucketVersioningInput>,
    ) -> S3Result<S3Response<GetBucketVersioningOutput>> {
        let versioning = self
            .store
            .bucket(&request.input.bucket, |bucket| Ok(bucket.versioning))?;
        let status = match versioning {
            Versioning::Never => None,
            Versioning::Enabled => Some(BucketVersioningStatus::ENABLED),
            Versioning::Suspended => Some(BucketVersioningStatus::SUSPENDED),
        };
        Ok(S3Response::new(GetBucketVersioningOutput {
            status: status.map(BucketVersioningStatus::from_static),
            ..Default::default()
        }))
    }

    pub(super) async fn put_bucket_versioning(
        &self,
        request: S3Request<PutBucketVersioningInput>,
    ) -> S3Result<S3Response<PutBucketVersioningOutput>> {
        let input = request.input;
        let status = input.versioning_configuration.status;
        let versioning = match status.as_ref().map(BucketVersioningStatus::as_str) {
            Some(BucketVersioningStatus::ENABLED) => Versioning::Enabled,
            Some(BucketVersioningStatus::SUSPENDED) => Versioning::Suspended,
            Some(_) => return Err(s3_error!(MalformedXML)),
            None => {
                return Err(refused(
                    "IllegalVersioningConfigurationException",
                    "The Versioning element must be specified",
                ));
            }
        };
        self.store.change(&input.bucket, |bucket| {
            bucket.versioning = versioning;
            Ok(())
        })?;
        Ok(S3Response::new(PutBucketVersioningOutput::default()))
    }

    /// The document is written here and put in place by the front layer: s3s would write all
    /// delete markers before all versions, and their common order says which came later.
    pub(super) async fn list_object_versions(
        &self,
        request: S3Request<ListObjectVersionsInput>,
    ) -> S3Result<S3Response<ListObjectVersionsOutput>> {
        let input = request.input;
        let encoding = Encoding::of(input.encoding_type.as_ref())?;
        let max_keys = limit(input.max_keys, "max-keys")?;
        let some = |text: Option<String>| text.filter(|text| !text.is_empty());
        let delimiter = some(input.delimiter);
        let prefix = input.prefix.unwrap_or_default();
        let (key_marker, version_id_marker) =
            (some(input.key_marker), some(input.version_id_marker));
        if version_id_marker.is_some() && key_marker.is_none() {
            return Err(s3_error!(
                InvalidArgument,
                "A version-id marker cannot be specified without a key marker."
            ));
        }
        let version_marker = match &version_id_marker {
            Some(id) => Some(Wanted::parse(id).ok_or_else(invalid_version)?),
            None => None,
        };
        let query = Query {
            prefix: &prefix,
            delimiter: delimiter.as_deref(),
            key_marker: key_marker.as_deref(),
            version_marker,
            only_objects: false,
            limit: usize::try_from(max_keys).unwrap_or_default(),
        };
        let page = self
            .store
            .bucket(&input.bucket, |bucket| Ok(page::read(&bucket.keys, query)))?;

        let mut xml = Writer::new();
        let name = |text: &str| encoding.name(text);
        xml.field("Name", &input.bucket);
        xml.field("Prefix", &name(&prefix));
        xml.field("KeyMarker", &name(&key_marker.unwrap_or_default()));
        xml.field("VersionIdMarker", &version_id_marker.unwrap_or_default());
        if let Some((key, version)) = &page.next {
            xml.field("NextKeyMarker", &name(key));
            if let Some(version) = version {
                xml.field("NextVersionIdMarker", version);
            }
        }
        xml.field("MaxKeys", &max_keys.to_string());
        if let Some(delimiter) = &delimiter {
            xml.field("Delimiter", &name(delimiter));
        }
        if encoding.response().is_some() {
            xml.field("EncodingType", "url");
        }
        xml.field("IsTruncated", truth(page.next.is_some()));
        for listed in &page.entries {
            xml.version(listed, encoding);
        }
        for prefix in &page.prefixes {
            xml.open("CommonPrefixes");
            xml.field("Prefix", &name(prefix));
            xml.close("CommonPrefixes");
        }
        let mut response = S3Response::new(ListObjectVersionsOutput::default());
        response.extensions.insert(Document(xml.finish()));
        Ok(response)
    }
}

fn truth(value: bool) -> &'static str {
    if value { "true" } else { "false" }
}

/// Writes the document element by element, in the order of AWS.
struct Writer(String);

const ROOT: &str = "ListVersionsResult";

impl Writer {
    fn new() -> Self {
        Self(format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
             <{ROOT} xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"
        ))
    }

    fn open(&mut self, name: &str) {
        // Writing to a String cannot fail.
        let _ = write!(self.0, "<{name}>");
    }

    fn close(&mut self, name: &str) {
        let _ = write!(self.0, "</{name}>");
    }

    fn field(&mut self, name: &str, text: &str) {
        self.open(name);
        for letter in text.chars() {
            match letter {
                '&' => self.0.push_str("&amp;"),
                '<' => self.0.push_str("&lt;"),
                '>' => self.0.push_str("&gt;"),
                '"' => self.0.push_str("&quot;"),
                letter => self.0.push(letter),
            }
        }
        self.close(name);
    }

    fn version(&mut self, listed: &Listed, encoding: Encoding) {
        let version = &listed.version;
        let name = match version.object {
            Some(_) => "Version",
            None => "DeleteMarker",
        };
        self.open(name);
        self.field("Key", &encoding.name(&listed.key));
        self.field("VersionId", &version.id.to_string());
        self.field("IsLatest", truth(listed.is_latest));
        let mut date = Vec::new();
        let format = TimestampFormat::DateTime;
        // A date that cannot be written is left out, for a client to stumble over.
        if Timestamp::from(version.modified)
            .format(format, &mut date)
            .is_ok()
        {
            self.field("LastModified", &String::from_utf8_lossy(&date));
        }
        if let Some(object) = &version.object {
            self.field("ETag", &format!("\"{}\"", object.etag));
            self.field("Size", &object.size().to_string());
            self.field("StorageClass", object.attributes.storage_class());
        }
        self.open("Owner");
        self.field("ID", OWNER_ID);
        self.field("DisplayName", "local_s3");
        self.close("Owner");
        self.close(name);
    }

    fn finish(mut self) -> String {
        self.close(ROOT);
        self.0
    }
}
