//! What Complete should refuse.

use bytes::Bytes;

use super::requests::{begin, complete, give_up, send_part};
use crate::check::asker::Asker;
use crate::check::finding::{Found, Probe};

/// Makes an object of parts that should be refused; `lie` is about their ETags.
async fn refused_at_complete(asker: &Asker, key: &str, bodies: &[Bytes], lie: bool) -> Probe {
    let id = begin(asker, key).await?;
    let mut etags = Vec::new();
    for (number, body) in (1..).zip(bodies) {
        etags.push(send_part(asker, (key, &id), number, body.clone()).await?);
    }
    if lie {
        etags = vec!["0123456789abcdef0123456789abcdef".to_owned(); etags.len()];
    }
    let reply = complete(asker, (key, &id), &etags, None).await?;
    if reply.ok() {
        return Ok(Found::No("accepted".into()));
    }
    let found = Found::Yes(reply.refusal().to_string());
    give_up(asker, (key, &id)).await?;
    Ok(found)
}

pub(super) async fn small_parts(asker: &Asker) -> Probe {
    let body = Bytes::from_static(b"small");
    refused_at_complete(asker, "parts/small", &[body.clone(), body], false).await
}

pub(super) async fn wrong_etag(asker: &Asker) -> Probe {
    let body = Bytes::from_static(b"part");
    refused_at_complete(asker, "parts/lie", &[body], true).await
}

pub(super) async fn if_none_match(asker: &Asker) -> Probe {
    let key = "parts/there";
    asker.store(key, "there").await?;
    let id = begin(asker, key).await?;
    let etag = send_part(asker, (key, &id), 1, Bytes::from_static(b"over")).await?;
    let reply = complete(asker, (key, &id), &[etag], Some("*")).await?;
    if reply.ok() {
        return Ok(Found::No("ignored: the object is replaced".into()));
    }
    give_up(asker, (key, &id)).await?;
    Ok(if reply.status == 412 {
        Found::yes()
    } else {
        reply.refused()
    })
}
