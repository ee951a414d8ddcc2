//! What an object carries beside its bytes.

use crate::check::asker::Asker;
use crate::check::finding::{Found, Probe};
use crate::check::reply::shown;

const BODY: &str = "with attributes";

/// Headers that an object keeps, with values that are easy to spoil.
const KEPT: [(&str, &str); 8] = [
    ("content-type", "text/css; charset=utf-8"),
    ("cache-control", "max-age=60, public"),
    ("content-disposition", "attachment; filename=\"a b.txt\""),
    ("content-encoding", "x-none"),
    ("content-language", "de, en"),
    ("expires", "Thu, 01 Dec 2033 16:00:00 GMT"),
    ("x-amz-meta-plain", "a  b"),
    ("x-amz-meta-sign", "=+/%"),
];

pub(super) async fn headers(asker: &Asker) -> Probe {
    let key = "object/headers";
    let ask = KEPT
        .iter()
        .fold(asker.put(key, BODY), |ask, (name, value)| {
            ask.header(name, *value)
        });
    let put = ask.send().await?;
    if !put.ok() {
        return Ok(put.refused());
    }
    let head = asker
        .about("HEAD", key)
        .send()
        .await?
        .expected("HEAD was refused")?;
    let lost: Vec<String> = KEPT
        .iter()
        .filter_map(|(name, value)| match head.header(name) {
            Some(kept) if kept == *value => None,
            Some(kept) => Some(format!("{name} became {}", shown(&kept))),
            None => Some(format!("{name} is lost")),
        })
        .collect();
    Ok(Found::when(lost.is_empty(), lost.join(", ")))
}

pub(super) async fn tags(asker: &Asker) -> Probe {
    let key = "object/tags";
    let put = asker
        .put(key, BODY)
        .header("x-amz-tagging", "colour=dark%20blue")
        .send()
        .await?;
    if !put.ok() {
        return Ok(put.refused());
    }
    let reply = asker.about("GET", key).part("tagging").send().await?;
    if !reply.ok() {
        return Ok(reply.refused());
    }
    // Services that do not know the word send the object.
    let Ok(xml) = reply.xml() else {
        return Ok(Found::no());
    };
    let kept = xml.first("TagSet/Tag/Value") == Some("dark blue");
    Ok(Found::when(kept, "they are dropped"))
}

pub(super) async fn sse(asker: &Asker) -> Probe {
    let key = "object/sse";
    let header = "x-amz-server-side-encryption";
    let put = asker.put(key, BODY).header(header, "AES256").send().await?;
    if !put.ok() {
        return Ok(put.refused());
    }
    let head = asker.about("HEAD", key).send().await?;
    Ok(match head.header(header) {
        Some(kind) if kind == "AES256" => Found::yes(),
        _ => Found::No("the header is ignored".into()),
    })
}
