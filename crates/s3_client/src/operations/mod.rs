//! The S3 operations that the programs use: one typed function each, over
//! [`crate::client::Client`]. Each makes one attempt; the caller wraps it in `client.retry`.
//!
//! No response is trusted: if something is missing, cut off or contradicts the request, the result
//! is [`Failure::Response`](crate::failure::Failure::Response), never a default.

mod archive;
mod buckets;
mod customer_key;
mod generated;
mod headers;
mod info;
mod list;
mod list_xml;
mod multipart;
mod pages;
mod read;
mod response;
mod restore;
mod uploads;
mod url;
mod versions;
mod write;
mod xml;

pub use archive::{Archive, ArchiveTier, Thaw};
pub use buckets::{BucketInfo, create_bucket, delete_bucket, head_bucket, list_buckets};
pub use customer_key::CustomerKey;
pub use headers::{ObjectHeaders, ServerSideEncryption};
pub use info::{Checksum, ChecksumAlgorithm, ObjectInfo};
pub use list::{ListObjects, list_objects};
pub use list_xml::{ListPage, ListedObject};
pub use multipart::{
    UploadPart, abort_multipart_upload, complete_multipart_upload, create_multipart_upload,
    upload_part,
};
pub use pages::Marker;
pub use read::{GetResponse, ReadObject, get_object, head_object};
pub use response::service_failure;
pub use restore::{RestoreTier, Restoring, restore_object};
pub use uploads::{ListedPart, PendingUpload, UploadsPage, list_multipart_uploads, list_parts};
pub use versions::{
    ListVersions, Version, Versioning, VersionsPage, get_bucket_versioning, list_object_versions,
};
pub use write::{
    DeleteFailure, OnSent, PutResponse, Stored, delete_object, delete_versions, put_object,
};
