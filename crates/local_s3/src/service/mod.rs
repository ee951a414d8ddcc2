//! The S3 operations, which s3s calls.
//!
//! One file per group of operations. For all other operations s3s responds 501 NotImplemented.

mod archive;
mod assemble;
mod attributes;
mod buckets;
mod conditions;
mod customer_key;
mod listing;
mod multipart;
mod objects;
mod read;
pub(crate) mod receive;
mod uploads;
mod versions;

use async_trait::async_trait;
use http::{HeaderMap, HeaderName, HeaderValue};
use s3s::dto::*;
use s3s::{S3, S3Request, S3Response, S3Result};

use crate::options::Options;
use crate::store::Store;
use crate::store::checksum::{Algorithm, Checksum};

/// The canonical id of the one account that owns everything.
pub(crate) const OWNER_ID: &str =
    "10ca1530000000000000000000000000000000000000000000000000000000ff";

/// The S3 service over a [`Store`].
pub(crate) struct Service {
    store: Store,
    region: String,
    crc64_by_default: bool,
}

impl Service {
    pub(crate) fn new(store: Store, options: &Options) -> Self {
        Self {
            store,
            region: options.region.clone(),
            crc64_by_default: options.crc64_by_default,
        }
    }

    /// The checksum that is computed for bodies without one.
    fn default_checksum(&self) -> Option<Algorithm> {
        self.crc64_by_default.then_some(Algorithm::Crc64Nvme)
    }

    /// Returns NoSuchBucket before the body is read.
    fn check_bucket(&self, bucket: &str) -> S3Result<()> {
        self.store.bucket(bucket, |_| Ok(()))
    }
}

/// Adds the id of the version, if the bucket keeps versions.
fn version_header(version_id: Option<&str>, headers: &mut HeaderMap) {
    if let Some(Ok(id)) = version_id.map(HeaderValue::from_str) {
        headers.insert("x-amz-version-id", id);
    }
}

fn owner() -> Owner {
    Owner {
        display_name: Some("local_s3".to_owned()),
        id: Some(OWNER_ID.to_owned()),
    }
}

fn initiator() -> Initiator {
    Initiator {
        display_name: Some("local_s3".to_owned()),
        id: Some(OWNER_ID.to_owned()),
    }
}

/// The header that carries a checksum.
fn checksum_header(checksum: &Checksum) -> Option<(HeaderName, HeaderValue)> {
    let value = HeaderValue::from_str(&checksum.text).ok()?;
    Some((HeaderName::from_static(checksum.algorithm.header()), value))
}

/// Adds the headers of checksums and their type.
fn checksum_headers<'a>(
    checksums: impl IntoIterator<Item = &'a Checksum>,
    headers: &mut HeaderMap,
) {
    for checksum in checksums {
        headers.extend(checksum_header(checksum));
        headers.insert(
            "x-amz-checksum-type",
            HeaderValue::from_static(checksum.kind()),
        );
    }
}

/// Sets the fields for checksums, which several types of s3s have.
macro_rules! set_checksums {
    ($output:expr, $checksums:expr) => {
        for checksum in $checksums {
            let text = Some(checksum.text.clone());
            match checksum.algorithm {
                $crate::store::checksum::Algorithm::Crc32 => $output.checksum_crc32 = text,
                $crate::store::checksum::Algorithm::Crc32c => $output.checksum_crc32c = text,
                $crate::store::checksum::Algorithm::Crc64Nvme => $output.checksum_crc64nvme = text,
                $crate::store::checksum::Algorithm::Sha1 => $output.checksum_sha1 = text,
                $crate::store::checksum::Algorithm::Sha256 => $output.checksum_sha256 = text,
            }
        }
    };
}
use set_checksums;

/// Implements the methods of the trait: each calls the function of the same name.
macro_rules! operations {
    ($($name:ident: $input:ty => $output:ty;)*) => {
        #[async_trait]
        impl S3 for Service {
            $(async fn $name(&self, request: S3Request<$input>) -> S3Result<S3Response<$output>> {
                Service::$name(self, request).await
            })*
        }
    };
}

operations! {
    list_buckets: ListBucketsInput => ListBucketsOutput;
    create_bucket: CreateBucketInput => CreateBucketOutput;
    delete_bucket: DeleteBucketInput => DeleteBucketOutput;
    head_bucket: HeadBucketInput => HeadBucketOutput;
    get_bucket_versioning: GetBucketVersioningInput => GetBucketVersioningOutput;
    put_bucket_versioning: PutBucketVersioningInput => PutBucketVersioningOutput;
    list_objects: ListObjectsInput => ListObjectsOutput;
    list_objects_v2: ListObjectsV2Input => ListObjectsV2Output;
    list_object_versions: ListObjectVersionsInput => ListObjectVersionsOutput;
    put_object: PutObjectInput => PutObjectOutput;
    get_object: GetObjectInput => GetObjectOutput;
    head_object: HeadObjectInput => HeadObjectOutput;
    delete_object: DeleteObjectInput => DeleteObjectOutput;
    delete_objects: DeleteObjectsInput => DeleteObjectsOutput;
    restore_object: RestoreObjectInput => RestoreObjectOutput;
    get_object_tagging: GetObjectTaggingInput => GetObjectTaggingOutput;
    create_multipart_upload: CreateMultipartUploadInput => CreateMultipartUploadOutput;
    upload_part: UploadPartInput => UploadPartOutput;
    complete_multipart_upload: CompleteMultipartUploadInput => CompleteMultipartUploadOutput;
    abort_multipart_upload: AbortMultipartUploadInput => AbortMultipartUploadOutput;
    list_parts: ListPartsInput => ListPartsOutput;
    list_multipart_uploads: ListMultipartUploadsInput => ListMultipartUploadsOutput;
}
