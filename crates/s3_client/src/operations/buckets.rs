//! The buckets of the account.

use std::collections::BTreeSet;

use jiff::Timestamp;
use rusoto_s3::{
    CreateBucketConfiguration, CreateBucketRequest, DeleteBucketRequest, HeadBucketRequest, S3 as _,
};

use crate::client::Client;
use crate::failure::Failure;
use crate::operations::generated::{RawResponse, call, settle};
use crate::operations::list_xml::parse_bool;
use crate::operations::response::{self, text};
use crate::operations::xml::{Xml, missing};

/// A bucket in the list of buckets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BucketInfo {
    /// The name.
    pub name: String,
    /// When it was created.
    pub creation_date: Option<Timestamp>,
    /// The region, if the service says it.
    pub region: Option<String>,
}

/// Buckets per page. AWS sends pages and names regions only if the request has this number, and
/// refuses to list more than 10,000 buckets at once.
const PAGE_BUCKETS: &str = "1000";

/// All buckets of the account, sorted by the service, by name. Built by hand: the generated
/// operation knows neither pages nor regions.
///
/// # Errors
/// A list that cannot be read to its end is a failure, never a short list.
pub async fn list_buckets(client: &Client) -> Result<Vec<BucketInfo>, Failure> {
    match all_pages(client, Some(PAGE_BUCKETS)).await {
        Err(failure) if may_be_about_paging(&failure) => all_pages(client, None).await,
        response => response,
    }
}

/// Paging is a new feature: some services ignore it, others refuse it. If the refusal had another
/// reason, the request without paging fails in the same way.
fn may_be_about_paging(failure: &Failure) -> bool {
    let Failure::Service(failure) = failure else {
        return false;
    };
    match failure.code.as_deref() {
        Some(code) => ["InvalidArgument", "InvalidRequest", "NotImplemented"].contains(&code),
        None => matches!(failure.status, 400 | 405 | 501),
    }
}

async fn all_pages(client: &Client, max: Option<&str>) -> Result<Vec<BucketInfo>, Failure> {
    let mut buckets = Vec::new();
    let mut seen = BTreeSet::new();
    let mut token: Option<String> = None;
    loop {
        let mut request = client.request("GET", None, None);
        if let Some(max) = max {
            request.param("max-buckets", Some(max));
        }
        if let Some(token) = &token {
            request.param("continuation-token", Some(token));
        }
        let response = response::send_for_xml(client, request).await?;
        let (page, next) = response.read(buckets_page)?;
        let before = seen.len();
        seen.extend(page.iter().map(|bucket| bucket.name.clone()));
        buckets.extend(page);
        if next.is_none() {
            return Ok(buckets);
        }
        // A new token alone is no progress: it could continue for ever.
        if seen.len() == before {
            return Err(Failure::Response(
                "the list of buckets does not move on".into(),
            ));
        }
        token = next;
    }
}

fn buckets_page(xml: &mut Xml<'_>) -> Result<(Vec<BucketInfo>, Option<String>), Failure> {
    let mut buckets = None;
    let mut token = None;
    let mut is_truncated = false;
    xml.children(|xml, name| {
        match name {
            "Buckets" => {
                let list = buckets.get_or_insert_with(Vec::new);
                xml.children(|xml, name| match name {
                    "Bucket" => {
                        list.push(bucket(xml)?);
                        Ok(())
                    }
                    _ => xml.skip(),
                })?;
            }
            "ContinuationToken" => token = xml.non_empty_text()?,
            // S3 does not send this element. If another service does, it counts.
            "IsTruncated" => is_truncated = parse_bool(name, &xml.text()?)?,
            _ => xml.skip()?,
        }
        Ok(())
    })?;
    if is_truncated && token.is_none() {
        return Err(missing("ContinuationToken"));
    }
    // A list of objects has no `Buckets`. An endpoint that is the address of one bucket sends that.
    Ok((buckets.ok_or_else(|| missing("Buckets"))?, token))
}

fn bucket(xml: &mut Xml<'_>) -> Result<BucketInfo, Failure> {
    let (mut name, mut creation_date, mut region) = (None, None, None);
    xml.children(|xml, element| {
        match element {
            "Name" => name = xml.non_empty_text()?,
            "CreationDate" => creation_date = xml.text()?.trim().parse().ok(),
            "BucketRegion" => region = xml.non_empty_text()?,
            _ => xml.skip()?,
        }
        Ok(())
    })?;
    Ok(BucketInfo {
        name: name.ok_or_else(|| missing("Name"))?,
        creation_date,
        region,
    })
}

/// Checks that the bucket exists and may be accessed. Returns its region, if the service names it.
pub async fn head_bucket(client: &Client, bucket: &str) -> Result<Option<String>, Failure> {
    let request = HeadBucketRequest {
        bucket: bucket.to_owned(),
        ..HeadBucketRequest::default()
    };
    let ((), raw) = call(client, async |s3| s3.head_bucket(request).await).await?;
    Ok(text(&raw.headers, "x-amz-bucket-region"))
}

/// Creates a bucket. `location` is the LocationConstraint; AWS wants none for us-east-1, and
/// other services refuse any but their own.
///
/// # Errors
/// A 200 without the location of the bucket, which S3 sends, proves nothing. Then HeadBucket
/// decides.
pub async fn create_bucket(
    client: &Client,
    bucket: &str,
    location: Option<&str>,
) -> Result<(), Failure> {
    let request = CreateBucketRequest {
        bucket: bucket.to_owned(),
        create_bucket_configuration: location.map(|location| CreateBucketConfiguration {
            location_constraint: Some(location.to_owned()),
        }),
        ..CreateBucketRequest::default()
    };
    let response = call(client, async |s3| s3.create_bucket(request).await).await;
    let is_placed =
        |raw: &RawResponse| raw.status == 200 && text(&raw.headers, "location").is_some();
    let done = async { head_bucket(client, bucket).await.is_ok() };
    settle(response, is_placed, done).await
}

/// Deletes a bucket, which must be empty.
///
/// # Errors
/// Only S3's 204 proves the deletion. After any other success, HeadBucket decides.
pub async fn delete_bucket(client: &Client, bucket: &str) -> Result<(), Failure> {
    let request = DeleteBucketRequest {
        bucket: bucket.to_owned(),
        ..DeleteBucketRequest::default()
    };
    let response = call(client, async |s3| s3.delete_bucket(request).await).await;
    let done = async {
        let head = head_bucket(client, bucket).await;
        head.is_err_and(|failure| failure.is_not_there())
    };
    settle(response, |raw| raw.status == 204, done).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operations::xml;

    #[test]
    fn an_account_without_buckets_is_an_response_and_a_missing_list_is_none() {
        let empty = b"<ListAllMyBucketsResult><Owner/><Buckets/></ListAllMyBucketsResult>";
        assert_eq!(xml::success(empty, buckets_page).unwrap(), (vec![], None));
        let other = b"<ListBucketResult><Name>b</Name></ListBucketResult>";
        assert!(matches!(
            xml::success(other, buckets_page),
            Err(Failure::Response(text)) if text == "the response has no <Buckets>"
        ));
    }

    #[test]
    fn buckets_come_with_their_dates_and_regions() {
        let body = b"<ListAllMyBucketsResult><Buckets><Bucket><Name>photos</Name>\
            <CreationDate>2024-01-02T03:04:05.000Z</CreationDate>\
            <BucketRegion>eu-west-1</BucketRegion></Bucket></Buckets>\
            <ContinuationToken>t/=</ContinuationToken></ListAllMyBucketsResult>";
        let (buckets, token) = xml::success(body, buckets_page).unwrap();
        assert_eq!(token.as_deref(), Some("t/="));
        assert_eq!(
            buckets,
            [BucketInfo {
                name: "photos".into(),
                creation_date: Some("2024-01-02T03:04:05Z".parse().unwrap()),
                region: Some("eu-west-1".into()),
            }]
        );
    }
}
