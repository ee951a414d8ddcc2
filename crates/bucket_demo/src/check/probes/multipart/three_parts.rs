//! One object of three parts, and what can be asked of it.

use bytes::Bytes;
use common::s3::{ListedPart, list_parts};
use transfer::proof::{Sum, SumKind};

use super::requests::{begin, complete, give_up, send_part};
use crate::check::asker::Asker;
use crate::check::finding::{Findings, Found, Probe, Unknown};
use crate::check::probes::payload::stored;
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
    let completed = upload(asker, &parts, found).await;
    let names = [
        "multipart",
        "multipart_etag",
        "complete_etag",
        "part_number_head",
        "part_number_get",
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
    found.add("part_number_head", part_number(asker, "HEAD").await);
    found.add("part_number_get", part_number(asker, "GET").await);
}

async fn upload(asker: &Asker, parts: &[Bytes], found: &mut Findings) -> Probe<Reply> {
    let begun = begin(asker, KEY).await;
    let id = match begun {
        Ok(id) => id,
        Err(why) => {
            found.add("list_parts", Err(why.clone()));
            return Err(why);
        }
    };
    let mut etags = Vec::new();
    for (number, part) in (1..).zip(parts) {
        match send_part(asker, (KEY, &id), number, part.clone()).await {
            Ok(etag) => etags.push(etag),
            Err(why) => {
                found.add("list_parts", Err(why.clone()));
                return Err(why);
            }
        }
    }
    found.add("list_parts", parts_listed(asker, &id, &etags).await);
    complete(asker, (KEY, &id), &etags, None).await
}

async fn parts_listed(asker: &Asker, id: &str, etags: &[String]) -> Probe {
    let reply = asker.about("GET", KEY).param("uploadId", id).send().await?;
    if !reply.ok() {
        return Ok(reply.refused());
    }
    let listed = asker.client.retry(|| {
        asker.count();
        list_parts(&asker.client, asker.bucket(), KEY, id)
    });
    Ok(match listed.await {
        Ok(listed) => {
            let same = |(part, etag): (&ListedPart, &String)| part.etag == *etag;
            let all = listed.len() == etags.len() && listed.iter().zip(etags).all(same);
            Found::when(all, format!("{} of {} parts", listed.len(), etags.len()))
        }
        Err(_) => Found::differs("the list cannot be read"),
    })
}

fn judge_etag(etag: Option<&str>, expected: &str) -> Found {
    match etag {
        Some(etag) if etag == expected => Found::yes(),
        Some(etag) if etag.contains('-') => Found::differs("another, of parts"),
        Some(_) => Found::differs("another, without -3"),
        None => Found::No("it is empty".into()),
    }
}

async fn part_number(asker: &Asker, method: &'static str) -> Probe {
    let ask = asker
        .about(method, KEY)
        .param("partNumber", "1")
        .without_body();
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

/// From the object of three parts: Garage copies nothing that is small.
pub(super) async fn copy(asker: &Asker) -> Probe {
    if !stored(asker, KEY).await? {
        return Err(Unknown("there is no object to copy from".into()));
    }
    let key = "parts/copied";
    let id = begin(asker, key).await?;
    let source = format!("/{}/{KEY}", asker.bucket());
    let ask = asker
        .about("PUT", key)
        .param("partNumber", "1")
        .param("uploadId", id.clone());
    let ask = ask.header("x-amz-copy-source", source);
    let last = PART_BYTES - 1;
    let ask = ask.header("x-amz-copy-source-range", format!("bytes=0-{last}"));
    let reply = ask.send().await?;
    if !reply.ok() {
        give_up(asker, (key, &id)).await?;
        return Ok(reply.refused());
    }
    let etag = reply
        .xml()?
        .first("ETag")
        .map(|etag| etag.trim_matches('"').to_owned());
    let etag = etag.ok_or_else(|| Unknown("the copied part has no ETag".into()))?;
    let expected = hex::encode(Sum::of(SumKind::Md5, &vec![b'1'; PART_BYTES]));
    let same = etag == expected;
    let done = complete(asker, (key, &id), &[etag], None).await?;
    if !done.ok() {
        give_up(asker, (key, &id)).await?;
        return Ok(Found::differs("the part is taken, but makes no object"));
    }
    Ok(Found::when(same, "the part is another"))
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
