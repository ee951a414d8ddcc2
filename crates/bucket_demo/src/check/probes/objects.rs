//! Single objects: what comes back is what was sent.

use transfer::proof::{Sum, SumKind};

use super::attributes;
use super::buckets::judge_missing;

use crate::check::asker::{Asker, with_md5};
use crate::check::capability::{Capability, Group, Turn};
use crate::check::finding::{Findings, Found, Probe};

const BODY: &str = "what bucket_demo sends";

pub(crate) const GROUP: Group = Group {
    title: "objects",
    capabilities: &[
        Capability::new(
            "round_trip",
            "what was stored comes back the same",
            "yes",
            "uploads and downloads work",
            "THIS ENDPOINT CANNOT BE USED: what was stored does not come back",
        )
        .essential(),
        Capability::new(
            "etag_md5",
            "the ETag is the MD5 of the object: PUT, HEAD, list",
            "yes, except under KMS or a customer key",
            "downloads of small objects are proved by MD5; equal files are recognised and skipped",
            "equal files are not recognised without a checksum, and transferred again",
        ),
        Capability::new(
            "missing_key",
            "an object that is not there",
            "404 NoSuchKey",
            "exit 4, and the message says that the object is not there",
            "a missing object is reported in the words of the service",
        ),
        Capability::new(
            "range",
            "ranges: 0-3, 5-, -4, 2-2, and 416 beyond the end",
            "206 and 416",
            "large objects are downloaded in parts, side by side",
            "large objects may fail to download in parts",
        ),
        Capability::new(
            "empty_object",
            "an empty object",
            "200 and no bytes",
            "empty files go up and come back",
            "empty files may fail",
        ),
        Capability::new(
            "headers_kept",
            "Content-*, Cache-Control, Expires and metadata are kept",
            "all",
            "--content-type, --cache-control, --metadata and their like work",
            "some attributes are lost on this service",
        ),
        Capability::new(
            "tags",
            "object tags are kept",
            "yes",
            "--tags works",
            "--tags cannot be used here",
        ),
        Capability::new(
            "sse_s3",
            "encryption at rest on request (SSE-S3)",
            "yes",
            "--sse AES256 works",
            "--sse cannot be used here",
        ),
        Capability::new(
            "delete_objects",
            "deleting many at once; the response names each",
            "yes",
            "bucket_demo deletes 1,000 at a time",
            "bucket_demo reads the answer for errors only, or deletes one by one",
        ),
    ],
    probe: |asker| Box::pin(probe(asker)),
    turn: Turn::Together,
};

async fn probe(asker: Asker) -> Findings {
    let mut found = Findings::default();
    found.add("round_trip", round_trip(&asker).await);
    found.add("etag_md5", etag_md5(&asker).await);
    found.add("missing_key", missing(&asker).await);
    found.add("range", ranges(&asker).await);
    found.add("empty_object", empty(&asker).await);
    found.add("headers_kept", attributes::headers(&asker).await);
    found.add("tags", attributes::tags(&asker).await);
    found.add("sse_s3", attributes::sse(&asker).await);
    found.add("delete_objects", delete(&asker).await);
    found
}

async fn round_trip(asker: &Asker) -> Probe {
    let key = "object/round trip";
    let put = asker.put(key, BODY).send().await?;
    if !put.ok() {
        return Ok(put.refused());
    }
    let get = asker.about("GET", key).send().await?;
    if !get.ok() {
        return Ok(get.refused());
    }
    Ok(Found::when(get.body == BODY, "other bytes came back"))
}

async fn etag_md5(asker: &Asker) -> Probe {
    let key = "object/etag";
    let put = asker.store(key, BODY).await?;
    let head = asker.about("HEAD", key).send().await?;
    let list = asker
        .about_bucket("GET")
        .param("list-type", "2")
        .param("prefix", key);
    let list = list.send().await?.xml()?;
    let listed = list
        .first("Contents/ETag")
        .map(|etag| etag.trim_matches('"').to_owned());
    let md5 = hex::encode(Sum::of(SumKind::Md5, BODY.as_bytes()));
    Ok(judge_etags(
        [("PUT", put.etag()), ("HEAD", head.etag()), ("list", listed)],
        &md5,
    ))
}

fn judge_etags(etags: [(&str, Option<String>); 3], md5: &str) -> Found {
    let wrong: Vec<String> = etags
        .into_iter()
        .filter(|(_, etag)| etag.as_deref() != Some(md5))
        .map(|(place, etag)| match etag {
            Some(_) => format!("{place} has another"),
            None => format!("{place} has none"),
        })
        .collect();
    Found::when(wrong.is_empty(), wrong.join(", "))
}

async fn missing(asker: &Asker) -> Probe {
    let reply = asker.about("GET", "object/none").send().await?;
    Ok(judge_missing(&reply, "NoSuchKey"))
}

async fn ranges(asker: &Asker) -> Probe {
    let key = "object/range";
    asker.store(key, "0123456789").await?;
    let mut wrong = Vec::new();
    for (range, bytes) in [
        ("0-3", "0123"),
        ("5-", "56789"),
        ("-4", "6789"),
        ("2-2", "2"),
    ] {
        let ask = asker
            .about("GET", key)
            .header("range", format!("bytes={range}"));
        let reply = ask.send().await?;
        if reply.status != 206 || reply.body != bytes {
            wrong.push(format!("{range}: {}", reply.status));
        }
    }
    let beyond = asker
        .about("GET", key)
        .header("range", "bytes=100-")
        .send()
        .await?;
    if beyond.status != 416 {
        wrong.push(format!("100- of 10 bytes: {}", beyond.status));
    }
    Ok(Found::when(wrong.is_empty(), wrong.join(", ")))
}

async fn empty(asker: &Asker) -> Probe {
    let key = "object/empty";
    let put = asker.put(key, "").send().await?;
    if !put.ok() {
        return Ok(put.refused());
    }
    let get = asker.about("GET", key).send().await?;
    Ok(Found::when(
        get.status == 200 && get.body.is_empty(),
        get.refusal().to_string(),
    ))
}

async fn delete(asker: &Asker) -> Probe {
    let keys = ["delete/one", "delete/two"];
    let mut body = String::from("<Delete xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">");
    for key in keys {
        asker.store(key, "x").await?;
        body.push_str(&format!("<Object><Key>{key}</Key></Object>"));
    }
    body.push_str("</Delete>");
    let ask = with_md5(asker.about_bucket("POST").part("delete"), body);
    let reply = ask.send().await?;
    if !reply.ok() {
        return Ok(reply.refused());
    }
    for key in keys {
        if super::payload::stored(asker, key).await? {
            return Ok(Found::No("200, but an object is still there".into()));
        }
    }
    let xml = reply.xml()?;
    let named = xml.all("Deleted/Key");
    let all = keys.iter().all(|key| named.contains(key));
    Ok(Found::when(
        all,
        "deleted, but the response does not name them",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_etag_and_another_one_are_told_apart() {
        let etag = |text: &str| Some(text.to_owned());
        let all = judge_etags(
            [("PUT", etag("m")), ("HEAD", etag("m")), ("list", etag("m"))],
            "m",
        );
        assert!(all.is_yes());
        let some = judge_etags(
            [("PUT", etag("m")), ("HEAD", etag("0-1")), ("list", None)],
            "m",
        );
        assert_eq!(some.to_string(), "differs: HEAD has another, list has none");
    }
}
