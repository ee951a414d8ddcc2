//! Versions: the setting of a bucket, and ListObjectVersions.

use s3s::dto::*;
use s3s::xml::{SerResult, SerializeContent as _, Serializer};
use s3s::{S3Error, S3ErrorCode, S3Request, S3Response, S3Result, s3_error};

use super::listing::{Encoding, common_prefixes, limit};
use super::{Service, owner};
use crate::beyond_s3s::{Document, refused};
use crate::store::Versioning;
use crate::store::bucket::invalid_version;
use crate::store::page::{self, Listed, Query};
use crate::store::version::RequestedVersion;

const NAMESPACE: &str = "http://s3.amazonaws.com/doc/2006-03-01/";

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

    /// Writes the document itself, because s3s would write all delete markers before all versions. Their order shows
    /// which came later.
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
            Some(id) => Some(RequestedVersion::parse(id).ok_or_else(invalid_version)?),
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
        let page = self.store.bucket(&input.bucket, |bucket| {
            Ok(page::read(&bucket.versions, query))
        })?;

        let name = |text: &str| Some(encoding.name(text));
        let (next_key, next_id) = page.next.unzip();
        let described = ListObjectVersionsOutput {
            is_truncated: Some(next_key.is_some()),
            next_key_marker: next_key.map(|key| encoding.name(&key)),
            next_version_id_marker: next_id.flatten(),
            name: Some(input.bucket),
            prefix: name(&prefix),
            key_marker: name(&key_marker.unwrap_or_default()),
            version_id_marker: Some(version_id_marker.unwrap_or_default()),
            max_keys: Some(max_keys),
            delimiter: delimiter.map(|delimiter| encoding.name(&delimiter)),
            encoding_type: encoding.response(),
            common_prefixes: Some(common_prefixes(&page.prefixes, encoding)),
            ..Default::default()
        };
        let mut xml = Vec::new();
        write(&mut xml, &described, &page.entries, encoding)
            .map_err(|error| S3Error::with_source(S3ErrorCode::InternalError, Box::new(error)))?;
        let mut response = S3Response::new(ListObjectVersionsOutput::default());
        response.extensions.insert(Document(xml.into()));
        Ok(response)
    }
}

/// Writes the document: the fields of the page, then versions and delete markers in their order.
fn write(
    xml: &mut Vec<u8>,
    described: &ListObjectVersionsOutput,
    entries: &[Listed],
    encoding: Encoding,
) -> SerResult {
    let mut xml = Serializer::new(xml);
    xml.decl()?;
    xml.element_with_ns("ListVersionsResult", NAMESPACE, |xml| {
        described.serialize_content(xml)?;
        for Listed {
            key,
            version,
            is_latest,
        } in entries
        {
            let (key, is_latest) = (Some(encoding.name(key)), Some(*is_latest));
            let (version_id, last_modified) =
                (Some(version.id.to_string()), Some(version.modified.into()));
            match &version.object {
                Some(object) => xml.content(
                    "Version",
                    &ObjectVersion {
                        key,
                        version_id,
                        is_latest,
                        last_modified,
                        e_tag: Some(ETag::Strong(object.etag.clone())),
                        size: i64::try_from(object.size()).ok(),
                        storage_class: Some(ObjectVersionStorageClass::from(
                            object.attributes.storage_class().to_owned(),
                        )),
                        owner: Some(owner()),
                        ..Default::default()
                    },
                )?,
                None => xml.content(
                    "DeleteMarker",
                    &DeleteMarkerEntry {
                        key,
                        version_id,
                        is_latest,
                        last_modified,
                        owner: Some(owner()),
                    },
                )?,
            }
        }
        Ok(())
    })
}
