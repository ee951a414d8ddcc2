//! The operations that are answered with a document, and what makes it no response.

use std::pin::Pin;

use s3_client::client::Client;
use s3_client::failure::Failure;
use s3_client::operations::{
    ListObjects, ListVersions, ObjectHeaders, create_multipart_upload, delete_versions,
    get_bucket_versioning, list_buckets, list_multipart_uploads, list_object_versions,
    list_objects, list_parts,
};

/// An operation under way.
pub(super) type Asked<'a> = Pin<Box<dyn Future<Output = Result<(), Failure>> + Send + 'a>>;

/// An operation that is answered with a document.
pub(super) struct Reading {
    pub(super) name: &'static str,
    pub(super) ask: fn(&Client) -> Asked<'_>,
    /// What a service may answer.
    pub(super) good: &'static str,
    /// What makes it no response: this text in the place of that, and what is said about it.
    pub(super) damage: &'static [(&'static str, &'static str, &'static str)],
}

const NOT_TRUE_OR_FALSE: &str =
    "the response cannot be read: <IsTruncated> is neither true nor false";
const NO_TRUTH: &str = "the response has no <IsTruncated>";

fn versions(client: &Client) -> Asked<'_> {
    Box::pin(async move {
        let list = ListVersions {
            bucket: "b",
            prefix: "a",
            delimiter: None,
            after: None,
            max_keys: 1000,
        };
        list_object_versions(client, &list).await.map(drop)
    })
}

fn objects(client: &Client) -> Asked<'_> {
    Box::pin(async move {
        let list = ListObjects {
            bucket: "b",
            prefix: "a",
            delimiter: None,
            start_after: None,
            token: None,
            max_keys: 1000,
        };
        list_objects(client, &list).await.map(drop)
    })
}

pub(super) const READING: [Reading; 8] = [
    Reading {
        name: "list_object_versions",
        ask: versions,
        good: "<ListVersionsResult><IsTruncated>true</IsTruncated>\
            <NextKeyMarker>a/1</NextKeyMarker><NextVersionIdMarker>v1</NextVersionIdMarker>\
            <Version><Key>a/1</Key><VersionId>v1</VersionId><IsLatest>true</IsLatest>\
            <LastModified>2024-01-02T03:04:05Z</LastModified><Size>1</Size></Version>\
            <DeleteMarker><Key>a/1</Key><VersionId>v0</VersionId><IsLatest>false</IsLatest>\
            <LastModified>2024-01-02T03:04:04Z</LastModified></DeleteMarker>\
            </ListVersionsResult>",
        damage: &[
            ("<IsTruncated>true</IsTruncated>", "", NO_TRUTH),
            (
                "<IsTruncated>true</IsTruncated>",
                "<IsTruncated/>",
                NO_TRUTH,
            ),
            (
                ">true</IsTruncated>",
                ">True</IsTruncated>",
                NOT_TRUE_OR_FALSE,
            ),
            (">true</IsTruncated>", ">1</IsTruncated>", NOT_TRUE_OR_FALSE),
            (
                ">true</IsTruncated>",
                ">yes</IsTruncated>",
                NOT_TRUE_OR_FALSE,
            ),
            (
                "<NextKeyMarker>a/1</NextKeyMarker>",
                "",
                "the response has no <NextKeyMarker>",
            ),
            (
                "<NextVersionIdMarker>v1</NextVersionIdMarker>",
                "<NextVersionIdMarker/>",
                "the response has no <NextVersionIdMarker>",
            ),
            ("<Size>1</Size>", "", "the response has no <Size>"),
            ("<Size>1<", "<Size><", "the response has no <Size>"),
            (
                "<Size>1<",
                "<Size>x<",
                "the response cannot be read: <Size> is not a number",
            ),
            (
                "<Size>1<",
                "<Size>-1<",
                "the response cannot be read: <Size> is negative",
            ),
            (
                "<IsLatest>false</IsLatest>",
                "",
                "the response has no <IsLatest>",
            ),
            (
                "<IsLatest>false<",
                "<IsLatest>no<",
                "the response cannot be read: <IsLatest> is neither true nor false",
            ),
            (
                "2024-01-02T03:04:04Z",
                "yesterday",
                "the response cannot be read: <LastModified> is not a date",
            ),
            ("<Key>a/1</Key>", "<Key/>", "the response has no <Key>"),
            (
                "<Key>a/1</Key>",
                "<Key>b/1</Key>",
                "the service lists `b/1`, which does not begin with `a`",
            ),
            (
                "<NextKeyMarker>",
                "<KeyCount>0</KeyCount><NextKeyMarker>",
                "the response cannot be read: it lists objects, not versions",
            ),
        ],
    },
    Reading {
        name: "list_objects",
        ask: objects,
        good: "<ListBucketResult><KeyCount>1</KeyCount><IsTruncated>true</IsTruncated>\
            <NextContinuationToken>t</NextContinuationToken>\
            <Contents><Key>a/1</Key><Size>1</Size></Contents>\
            <CommonPrefixes><Prefix>a/2/</Prefix></CommonPrefixes></ListBucketResult>",
        damage: &[
            ("<IsTruncated>true</IsTruncated>", "", NO_TRUTH),
            (">true</IsTruncated>", "></IsTruncated>", NOT_TRUE_OR_FALSE),
            (
                ">true</IsTruncated>",
                ">True</IsTruncated>",
                NOT_TRUE_OR_FALSE,
            ),
            (">true</IsTruncated>", ">1</IsTruncated>", NOT_TRUE_OR_FALSE),
            (
                "<NextContinuationToken>t</NextContinuationToken>",
                "",
                "the response has no <NextContinuationToken>",
            ),
            (
                "<Key>a/1</Key>",
                "<Key>b/1</Key>",
                "the service lists `b/1`, which does not begin with `a`",
            ),
            (
                "<Prefix>a/2/</Prefix>",
                "<Prefix>b/2/</Prefix>",
                "the service lists `b/2/`, which does not begin with `a`",
            ),
        ],
    },
    Reading {
        name: "list_multipart_uploads",
        ask: |client| {
            Box::pin(async move {
                let page = list_multipart_uploads(client, "b", "a", None);
                page.await.map(drop)
            })
        },
        good: "<ListMultipartUploadsResult><IsTruncated>true</IsTruncated>\
            <NextKeyMarker>a/1</NextKeyMarker><Upload><Key>a/1</Key><UploadId>u</UploadId>\
            <Initiated>2024-01-02T03:04:05Z</Initiated></Upload></ListMultipartUploadsResult>",
        damage: &[
            ("<IsTruncated>true</IsTruncated>", "", NO_TRUTH),
            (">true</IsTruncated>", "></IsTruncated>", NO_TRUTH),
            (
                ">true</IsTruncated>",
                ">True</IsTruncated>",
                NOT_TRUE_OR_FALSE,
            ),
            (">true</IsTruncated>", ">1</IsTruncated>", NOT_TRUE_OR_FALSE),
            (
                ">true</IsTruncated>",
                ">yes</IsTruncated>",
                NOT_TRUE_OR_FALSE,
            ),
            (
                "<NextKeyMarker>a/1</NextKeyMarker>",
                "",
                "the response has no <NextKeyMarker>",
            ),
            (
                "<UploadId>u</UploadId>",
                "",
                "the response has no <UploadId>",
            ),
            ("<Key>a/1</Key>", "", "the response has no <Key>"),
            (
                "<Key>a/1</Key>",
                "<Key>b/1</Key>",
                "the service lists `b/1`, which does not begin with `a`",
            ),
            (
                "<NextKeyMarker>",
                "<Name>b</Name><NextKeyMarker>",
                "the response cannot be read: it lists objects, not uploads",
            ),
        ],
    },
    Reading {
        name: "list_parts",
        ask: |client| Box::pin(async move { list_parts(client, "b", "k", "u").await.map(drop) }),
        good: "<ListPartsResult><PartNumberMarker/><MaxParts> 1000 </MaxParts>\
            <IsTruncated>false</IsTruncated><Part><PartNumber>1</PartNumber>\
            <ETag>&quot;e&quot;</ETag><Size>5</Size></Part></ListPartsResult>",
        damage: &[
            ("<IsTruncated>false</IsTruncated>", "", NO_TRUTH),
            (
                ">false</IsTruncated>",
                ">False</IsTruncated>",
                NOT_TRUE_OR_FALSE,
            ),
            (
                // The page after part 1 is the same one again.
                ">false</IsTruncated>",
                ">true</IsTruncated>",
                "the list of parts does not move on",
            ),
            (
                "<ETag>&quot;e&quot;</ETag>",
                "",
                "the response has no <ETag>",
            ),
            (
                "<ETag>&quot;e&quot;</ETag>",
                "<ETag/>",
                "the response has no <ETag>",
            ),
            (
                "<PartNumber>1</PartNumber>",
                "",
                "the response has no <PartNumber>",
            ),
            (
                "<PartNumber>1<",
                "<PartNumber>one<",
                "the response cannot be read: <PartNumber> is not a number",
            ),
            ("<Size>5</Size>", "", "the response has no <Size>"),
        ],
    },
    Reading {
        name: "get_bucket_versioning",
        ask: |client| Box::pin(async move { get_bucket_versioning(client, "b").await.map(drop) }),
        good: "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>",
        damage: &[
            (
                "Enabled",
                "On",
                "the response cannot be read: <Status> is neither Enabled nor Suspended",
            ),
            (
                "<Status>",
                "<IsTruncated>false</IsTruncated><Status>",
                "the response cannot be read: it is a listing",
            ),
        ],
    },
    Reading {
        name: "create_multipart_upload",
        ask: |client| {
            Box::pin(async move {
                let headers = ObjectHeaders::default();
                let id = create_multipart_upload(client, "b", "k", &headers);
                id.await.map(drop)
            })
        },
        good: "<InitiateMultipartUploadResult><UploadId>u</UploadId>\
            </InitiateMultipartUploadResult>",
        damage: &[
            (
                "<UploadId>u</UploadId>",
                "",
                "the response has no <UploadId>",
            ),
            (
                "<UploadId>u</UploadId>",
                "<UploadId/>",
                "the response has no <UploadId>",
            ),
        ],
    },
    Reading {
        name: "delete_versions",
        ask: |client| {
            Box::pin(async move {
                let kept = delete_versions(client, "b", &[("k", None), ("l", None)]).await?;
                assert_eq!(kept.len(), 1);
                Ok(())
            })
        },
        good: "<DeleteResult><Deleted><DeleteMarker>true</DeleteMarker></Deleted>\
            <Error><Key>k</Key><Code>AccessDenied</Code></Error></DeleteResult>",
        damage: &[
            (
                "<Deleted>",
                "<Name>b</Name><Deleted>",
                "the response cannot be read: it is no result of a deletion",
            ),
            (
                ">true<",
                ">TRUE<",
                "the response cannot be read: <DeleteMarker> is neither true nor false",
            ),
        ],
    },
    Reading {
        name: "list_buckets",
        ask: |client| Box::pin(async move { list_buckets(client).await.map(drop) }),
        good: "<ListAllMyBucketsResult><Buckets><Bucket><Name>b</Name></Bucket></Buckets>\
            </ListAllMyBucketsResult>",
        damage: &[
            ("Buckets>", "Contents>", "the response has no <Buckets>"),
            ("<Name>b</Name>", "", "the response has no <Name>"),
            (
                "</ListAll",
                "<ContinuationToken>t</ContinuationToken></ListAll",
                "the list of buckets does not move on",
            ),
            (
                "</ListAll",
                "<IsTruncated>true</IsTruncated></ListAll",
                "the response has no <ContinuationToken>",
            ),
            (
                "</ListAll",
                "<IsTruncated>yes</IsTruncated></ListAll",
                NOT_TRUE_OR_FALSE,
            ),
        ],
    },
];
