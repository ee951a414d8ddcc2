//! The buckets of the account.

use bytes::Bytes;
use jiff::Timestamp;

use crate::client::Client;
use crate::failure::Failure;
use crate::http::Body;
use crate::s3::answer::{self, text};
use crate::s3::xml::{Broken, Xml};
use crate::s3::xml_write;
use crate::sign::PayloadHash;

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

/// Buckets asked for at a time. AWS gives pages, and names regions, only if it is told a number,
/// and refuses a list of more than 10,000 buckets in one piece.
const PAGE_BUCKETS: &str = "1000";

/// All buckets of the account, in the order of the service, which is by name.
///
/// # Errors
/// A list that cannot be read to its end is a failure, never a short list.
pub async fn list_buckets(client: &Client) -> Result<Vec<BucketInfo>, Failure> {
    match all_pages(client, Some(PAGE_BUCKETS)).await {
        Err(failure) if may_be_about_paging(&failure) => all_pages(client, None).await,
        answer => answer,
    }
}

/// Paging is young: a service that does not know it ignores it, but may refuse it too. If it
/// meant something else, it says so again when it is asked without.
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
    let mut token: Option<String> = None;
    loop {
        let mut request = client.request("GET", None, None);
        if let Some(max) = max {
            request.param("max-buckets", Some(max));
        }
        if let Some(token) = &token {
            request.param("continuation-token", Some(token));
        }
        let answer = answer::send_for_xml(client, request).await?;
        let (page, next) = answer.read(buckets_page)?;
        buckets.extend(page);
        if next.is_none() {
            return Ok(buckets);
        }
        if next == token {
            return Err(Failure::Answer(
                "the list of buckets does not move on".into(),
            ));
        }
        token = next;
    }
}

fn buckets_page(xml: &mut Xml<'_>) -> Result<(Vec<BucketInfo>, Option<String>), Broken> {
    let mut buckets = None;
    let mut token = None;
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
            "ContinuationToken" => token = xml.some_text()?,
            _ => xml.skip()?,
        }
        Ok(())
    })?;
    // A listing of one bucket, which an endpoint that is a bucket's own address gives, has none.
    Ok((buckets.ok_or(Broken::Missing("Buckets"))?, token))
}

fn bucket(xml: &mut Xml<'_>) -> Result<BucketInfo, Broken> {
    let (mut name, mut creation_date, mut region) = (None, None, None);
    xml.children(|xml, element| {
        match element {
            "Name" => name = xml.some_text()?,
            "CreationDate" => creation_date = xml.text()?.trim().parse().ok(),
            "BucketRegion" => region = xml.some_text()?,
            _ => xml.skip()?,
        }
        Ok(())
    })?;
    Ok(BucketInfo {
        name: name.ok_or(Broken::Missing("Name"))?,
        creation_date,
        region,
    })
}

/// Whether the bucket is there and may be looked at; its region, if the service says it.
pub async fn head_bucket(client: &Client, bucket: &str) -> Result<Option<String>, Failure> {
    let request = client.request("HEAD", Some(bucket), None);
    let answer = answer::send(client, request).await?;
    Ok(text(&answer.headers, "x-amz-bucket-region"))
}

/// Creates a bucket. `location` is the LocationConstraint; AWS wants none for us-east-1, and
/// other services refuse any but their own.
pub async fn create_bucket(
    client: &Client,
    bucket: &str,
    location: Option<&str>,
) -> Result<(), Failure> {
    let mut request = client.request("PUT", Some(bucket), None);
    if let Some(location) = location {
        let body = Bytes::from(xml_write::location(location));
        let hash = PayloadHash::of(&body);
        request
            .header("content-type", "application/xml")
            .body(Body::Bytes(body), hash);
    }
    answer::finish(answer::send(client, request).await?).await
}

/// Deletes a bucket, which must be empty.
pub async fn delete_bucket(client: &Client, bucket: &str) -> Result<(), Failure> {
    let request = client.request("DELETE", Some(bucket), None);
    answer::finish(answer::send(client, request).await?).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::s3::xml;

    #[test]
    fn an_account_without_buckets_is_an_answer_and_a_missing_list_is_none() {
        let empty = b"<ListAllMyBucketsResult><Owner/><Buckets/></ListAllMyBucketsResult>";
        assert_eq!(xml::success(empty, buckets_page).unwrap(), (vec![], None));
        let other = b"<ListBucketResult><Name>b</Name></ListBucketResult>";
        assert!(matches!(
            xml::success(other, buckets_page),
            Err(Failure::Answer(text)) if text == "the answer has no <Buckets>"
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
