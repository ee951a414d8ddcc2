//! `--presign`: a link by which anybody may read one object for a while.

use std::time::Duration;

use common::cli::Shell;
use common::failure::Access;
use common::{Exit, Result, S3Uri};
use jiff::{Span, SpanRelativeTo, Timestamp, Unit};
use s3_client::client::Client;
use serde_json::json;
use transfer::engine::BucketClient;

/// The longest that services accept:
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html>.
const LONGEST_SECONDS: f64 = 7.0 * 24.0 * 3600.0;

/// Reads `15m`, `12h`, `7d`, or a number of seconds.
pub(crate) fn parse_duration(text: &str) -> Result<Duration, String> {
    let seconds = match text.parse::<u32>() {
        Ok(seconds) => f64::from(seconds),
        Err(_) => seconds_of(text).ok_or_else(|| format!("`{text}` is no time such as 15m"))?,
    };
    if (1.0..=LONGEST_SECONDS).contains(&seconds) {
        Ok(Duration::from_secs(seconds as u64))
    } else {
        Err(format!("`{text}` is not from 1s to 7d"))
    }
}

fn seconds_of(text: &str) -> Option<f64> {
    let span: Span = text.parse().ok()?;
    let days = SpanRelativeTo::days_are_24_hours();
    span.total((Unit::Second, days)).ok()
}

/// Prints the link. The object is asked for first, because a link to nothing helps nobody, and the
/// response tells the region and the time of the service.
pub(crate) async fn print(
    client: &Client,
    place: &S3Uri,
    valid_for: Duration,
    shell: &Shell,
) -> Result<Exit> {
    let at = BucketClient::new(client, &place.bucket, Access::Read, None).await;
    if let Err(failure) = at.object(&place.key, None).head().await {
        return Err(at.error("make a link to", &place.key, failure));
    }
    let bucket = place.bucket.as_str();
    let link = client.presign(bucket, &place.key, valid_for).await?;
    let ends = client
        .now()
        .checked_add(valid_for)
        .unwrap_or(Timestamp::MAX);
    if client.credentials().await?.token().is_some() {
        shell
            .ui
            .warn("the link ends earlier if the session of these credentials does");
    }
    if shell.json() {
        let ends = ends.to_string();
        let (bucket, key) = (bucket, &place.key);
        shell
            .ui
            .json(&json!({ "Bucket": bucket, "Key": key, "url": link, "expires": ends }));
    } else {
        shell.ui.line(&link);
    }
    Ok(Exit::Success)
}
