//! GET and HEAD of an object.

use std::ops::Range;

use http::HeaderMap;

use crate::client::Client;
use crate::error::Error;
use crate::failure::Failure;
use crate::http::ResponseBody;
use crate::operations::customer_key::CustomerKey;
use crate::operations::info::{ObjectInfo, number, quoted};
use crate::operations::response::{self, text};
use crate::request::Request;

/// The object to ask for with GET or HEAD, and what of it.
#[derive(Clone, Debug, Default)]
pub struct ReadObject<'a> {
    /// The bucket.
    pub bucket: &'a str,
    /// The key.
    pub key: &'a str,
    /// This version instead of the current one.
    pub version_id: Option<&'a str>,
    /// The ETag that the object must still have, as [`ObjectInfo::etag`] gives it. Some services
    /// ignore this condition, so compare the ETag of the response too.
    pub if_match: Option<&'a str>,
    /// Ask for the checksums that the service keeps.
    pub checksum_mode: bool,
    /// The key that the object is encrypted with.
    pub customer_key: Option<&'a CustomerKey>,
    /// The range of bytes to read; not empty. `None` reads the whole object, which is the only way
    /// to read an empty one.
    pub range: Option<Range<u64>>,
    /// Ask about this part. Only a response with [`ObjectInfo::parts_count`] and
    /// [`ObjectInfo::part_size`] is about the part: some services answer for the whole object.
    pub part_number: Option<u32>,
    /// The size of the object in bytes, from a listing or HEAD. It is used if a response with the
    /// whole object announces no length, which happens behind proxies. The caller checks that so
    /// many bytes arrive.
    pub size: Option<u64>,
}

/// An object that is being read.
#[derive(Debug)]
pub struct GetResponse {
    /// What the headers say.
    pub info: ObjectInfo,
    /// If a range was requested, the bytes that the body holds: the range up to the end of the
    /// object, or the whole object if the service ignores ranges.
    pub range: Option<Range<u64>>,
    /// The bytes.
    pub body: ResponseBody,
}

/// Begins to read an object or a range of it.
///
/// # Errors
/// A response that is not the range asked for, or does not tell the size of the object, is
/// [`Failure::Response`].
pub async fn get_object(client: &Client, read: &ReadObject<'_>) -> Result<GetResponse, Failure> {
    let request = request(client, "GET", read)?;
    let response = response::send(client, request).await?;
    // Without an ETag, the response could be anything.
    let known = read.size.filter(|_| response.headers.contains_key("etag"));
    let length = response.body.expected_len().or(known);
    let body_range = body_range(response.status, &response.headers, length)
        .and_then(|body_range| body_range.check(read.range.as_ref()))
        .map_err(Failure::Response)?;
    let info = body_range.describe(&response.headers);
    check_is_object(&info, &response.headers).map_err(Failure::Response)?;
    Ok(GetResponse {
        info,
        range: read.range.is_some().then_some(body_range.bytes),
        body: response.body,
    })
}

/// What the service says about an object, or about one part of it.
///
/// # Errors
/// A response that does not tell the size of the object is [`Failure::Response`]. A missing object
/// is a failure with status 404 and without a code: HEAD has no body.
pub async fn head_object(client: &Client, read: &ReadObject<'_>) -> Result<ObjectInfo, Failure> {
    let request = request(client, "HEAD", read)?;
    let response = response::send(client, request).await?;
    // The response to HEAD has no body; this is the length of the object.
    let length = number(&response.headers, "content-length");
    let info = body_range(response.status, &response.headers, length)
        .map(|body_range| body_range.describe(&response.headers))
        .map_err(Failure::Response)?;
    check_is_object(&info, &response.headers).map_err(Failure::Response)?;
    Ok(info)
}

/// A web page without ETag and date comes from something between us and the service, such as a
/// login page.
fn check_is_object(info: &ObjectInfo, headers: &HeaderMap) -> Result<(), String> {
    let kind = text(headers, "content-type").unwrap_or_default();
    let is_page = kind.to_ascii_lowercase().starts_with("text/html");
    if is_page && info.etag.is_none() && info.last_modified.is_none() {
        return Err("the response is a web page, not an object".into());
    }
    Ok(())
}

fn request(client: &Client, method: &str, read: &ReadObject<'_>) -> Result<Request, Failure> {
    let mut request = client.request(method, Some(read.bucket), Some(read.key));
    if let Some(range) = &read.range {
        let last = range.end.checked_sub(1).filter(|last| *last >= range.start);
        let last = last
            .ok_or_else(|| Failure::Final(Error::Bug("an empty range was asked for".to_owned())))?;
        request.header("range", &format!("bytes={}-{last}", range.start));
    }
    if let Some(etag) = read.if_match {
        request.header("if-match", &quoted(etag));
    }
    if read.checksum_mode {
        request.header("x-amz-checksum-mode", "ENABLED");
    }
    if let Some(version) = read.version_id {
        request.param("versionId", Some(version));
    }
    if let Some(part) = read.part_number {
        request.param("partNumber", Some(&part.to_string()));
    }
    if let Some(key) = read.customer_key {
        key.add_to(&mut request, client)?;
    }
    Ok(request)
}

/// The bytes of the object that a body holds.
#[derive(Debug, PartialEq, Eq)]
struct BodyRange {
    bytes: Range<u64>,
    total: u64,
    partial: bool,
}

impl BodyRange {
    fn describe(&self, headers: &HeaderMap) -> ObjectInfo {
        let mut info = ObjectInfo::from_headers(headers, !self.partial);
        info.size = self.total;
        info.part_size = self
            .partial
            .then(|| self.bytes.end.saturating_sub(self.bytes.start));
        info
    }

    /// Whether these are the bytes that were asked for.
    fn check(self, asked: Option<&Range<u64>>) -> Result<Self, String> {
        let Some(asked) = asked else {
            return if self.partial {
                Err("the response is a part of the object, not the object".into())
            } else {
                Ok(self)
            };
        };
        let is_range =
            self.bytes.start == asked.start && self.bytes.end == asked.end.min(self.total);
        // Some services ignore ranges and send the whole object with 200.
        if is_range || !self.partial {
            Ok(self)
        } else {
            Err(format!(
                "the response holds bytes {}-{} instead of {}-{}",
                self.bytes.start, self.bytes.end, asked.start, asked.end
            ))
        }
    }
}

/// Reads status and headers. `length` is the length of the body.
fn body_range(status: u16, headers: &HeaderMap, length: Option<u64>) -> Result<BodyRange, String> {
    if status != 206 {
        let total = length.ok_or("the response does not tell the length of the object")?;
        return Ok(BodyRange {
            bytes: 0..total,
            total,
            partial: false,
        });
    }
    let sent = text(headers, "content-range").unwrap_or_default();
    let (bytes, total) = content_range(&sent)
        .ok_or("the response does not tell which bytes of the object it holds")?;
    let span = bytes.end.saturating_sub(bytes.start);
    if length.is_some_and(|length| length != span) {
        return Err("the response contradicts itself about its length".into());
    }
    Ok(BodyRange {
        bytes,
        total,
        partial: true,
    })
}

/// `bytes 0-99/1234` as a half-open range and the total.
fn content_range(text: &str) -> Option<(Range<u64>, u64)> {
    let (range, total) = text.trim().strip_prefix("bytes ")?.split_once('/')?;
    let (first, last) = range.split_once('-')?;
    let first: u64 = first.trim().parse().ok()?;
    let end = last.trim().parse::<u64>().ok()?.checked_add(1)?;
    let total = total.trim().parse().ok()?;
    (first < end && end <= total).then_some((first..end, total))
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn of(status: u16, range: &'static str, length: Option<u64>) -> Result<BodyRange, String> {
        let mut headers = HeaderMap::new();
        headers.insert("content-range", HeaderValue::from_static(range));
        body_range(status, &headers, length)
    }

    fn asked(status: u16, range: &'static str, length: u64, want: Range<u64>) -> Option<String> {
        of(status, range, Some(length))
            .and_then(|body_range| body_range.check(Some(&want)))
            .err()
    }

    #[test]
    fn the_range_that_was_asked_for_is_taken() {
        assert_eq!(asked(206, "bytes 10-19/100", 10, 10..20), None);
        assert_eq!(asked(206, "bytes 90-99/100", 10, 90..120), None);
        assert_eq!(asked(200, "", 100, 0..100), None);
    }

    #[test]
    fn another_range_is_refused_and_the_whole_object_is_not() {
        assert_eq!(
            asked(206, "bytes 11-20/100", 10, 10..20).as_deref(),
            Some("the response holds bytes 11-21 instead of 10-20")
        );
        assert_eq!(
            asked(206, "bytes 10-14/100", 5, 10..20).as_deref(),
            Some("the response holds bytes 10-15 instead of 10-20")
        );
        assert_eq!(asked(200, "", 100, 10..20), None);
        assert_eq!(
            asked(206, "bytes 10-19/100", 12, 10..20).as_deref(),
            Some("the response contradicts itself about its length")
        );
        assert!(
            of(206, "bytes 0-9/10", Some(10))
                .unwrap()
                .check(None)
                .is_err()
        );
    }

    #[test]
    fn an_response_without_a_length_is_refused() {
        assert!(of(200, "", None).is_err());
        for range in [
            "",
            "bytes */100",
            "bytes 0-9/*",
            "bytes 9-0/100",
            "bytes 0-100/100",
            "0-9/100",
        ] {
            assert!(of(206, range, None).is_err(), "{range}");
        }
        assert_eq!(of(206, "bytes 0-9/100", None).unwrap().total, 100);
    }
}
