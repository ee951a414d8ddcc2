//! One object of three parts, and what can be asked of it.

use bytes::Bytes;
use transfer::proof::{Sum, SumKind};

use super::requests::{begin, complete, send_part};
use crate::check::asker::Asker;
use crate::check::finding::{Findings, Found, Probe, Unknown};
use crate::check::reply::Reply;

const PART_BYTES: usize = 5 * 1024 * 1024;

const KEY: &str = "parts/three";

/// The three parts; each a different byte.
fn bodies() -> [Bytes; 3] {
    let of = |byte: u8, len| Bytes::from(vec![byte; len]);
    [of(b'1', PART_BYTES), of(b'2', PART_BYTES), of(b'3', 9)]
}

/// The ETag that AWS gives an object of these parts.
fn etag_of(parts: &[Bytes]) -> String {
    let sums: Vec<u8> = parts
        .iter()
        .flat_map(|part| Sum::of(SumKind::Md5, part))
        .collect();
    format!(
        "{}-{}",
        hex::encode(Sum::of(SumKind::Md5, &sums)),
        parts.len()
    )
}

pub(super) async fn probe(asker: &Asker, found: &mut Findings) {
    let parts = bodies();
    let completed = upload(asker, &parts).await;
    let names = [
        "multipart",
        "multipart_etag",
        "complete_etag",
        "part_number_head",
    ];
    let reply = match completed {
        Ok(reply) if reply.ok() => reply,
        Ok(reply) => {
            found.add("multipart", Ok(reply.refused()));
            let why = Unknown("no object in parts could be made".into());
            for name in names.into_iter().skip(1) {
                found.add(name, Err(why.clone()));
            }
            return;
        }
        Err(why) => {
            for name in names {
                found.add(name, Err(why.clone()));
            }
            return;
        }
    };
    let expected = etag_of(&parts);
    match asker.about("HEAD", KEY).send().await {
        Ok(head) => {
            let size: usize = parts.iter().map(Bytes::len).sum();
            let whole = head.header("content-length") == Some(size.to_string());
            found.add(
                "multipart",
                Ok(Found::when(head.ok() && whole, "another length")),
            );
            let etag = judge_etag(head.etag().as_deref(), &expected);
            found.add("multipart_etag", Ok(etag));
        }
        Err(why) => {
            found.add("multipart", Err(why.clone()));
            found.add("multipart_etag", Err(why));
        }
    }
    let answered = reply.xml().map(|xml| {
        let etag = xml.first("ETag").map(|etag| etag.trim_matches('"'));
        judge_etag(etag, &expected)
    });
    found.add("complete_etag", answered);
    found.add("part_number_head", part_number(asker).await);
}

async fn upload(asker: &Asker, parts: &[Bytes]) -> Probe<Reply> {
    let id = begin(asker, KEY).await?;
    let mut etags = Vec::new();
    for (number, part) in (1..).zip(parts) {
        etags.push(send_part(asker, (KEY, &id), number, part.clone()).await?);
    }
    complete(asker, (KEY, &id), &etags).await
}

fn judge_etag(etag: Option<&str>, expected: &str) -> Found {
    match etag {
        Some(etag) if etag == expected => Found::yes(),
        Some(etag) if etag.contains('-') => Found::differs("another, of parts"),
        Some(_) => Found::differs("another, without -3"),
        None => Found::No("it is empty".into()),
    }
}

async fn part_number(asker: &Asker) -> Probe {
    let ask = asker.about("HEAD", KEY).param("partNumber", "1");
    let reply = ask.send().await?;
    if !reply.ok() {
        return Ok(reply.refused());
    }
    let length = reply
        .header("content-length")
        .and_then(|length| length.parse().ok());
    let count = reply.header("x-amz-mp-parts-count");
    Ok(judge_part(reply.status, length, count.as_deref()))
}

fn judge_part(status: u16, length: Option<usize>, count: Option<&str>) -> Found {
    let what = if length == Some(PART_BYTES) {
        "the part"
    } else {
        "the whole object"
    };
    match (status, length, count) {
        (206, Some(PART_BYTES), Some("3")) => Found::yes(),
        (_, _, None) => Found::Differs(format!("{status}, {what}, no count of parts")),
        (_, _, Some(_)) => Found::Differs(format!("{status}, {what}, with a count of parts")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_206_with_a_count_and_the_length_of_the_part_is_about_the_part() {
        assert!(judge_part(206, Some(PART_BYTES), Some("3")).is_yes());
        let whole = judge_part(200, Some(2 * PART_BYTES + 9), None).to_string();
        assert_eq!(whole, "differs: 200, the whole object, no count of parts");
        assert!(!judge_part(206, Some(2 * PART_BYTES + 9), Some("3")).is_yes());
        assert!(!judge_part(206, Some(PART_BYTES), None).is_yes());
    }

    #[test]
    fn an_etag_that_is_no_sum_of_sums_is_seen() {
        let etag = etag_of(&[Bytes::from_static(b"a"), Bytes::from_static(b"b")]);
        assert_eq!(etag, "96e024ba2074fe77e8e965ba43a704be-2");
        assert!(judge_etag(Some(&etag), &etag).is_yes());
        assert_eq!(judge_etag(None, &etag).word(), "no");
        assert_eq!(
            judge_etag(Some("abc"), &etag).to_string(),
            "differs: another, without -3"
        );
    }
}
