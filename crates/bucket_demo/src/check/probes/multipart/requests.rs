//! The requests of which uploads in parts are made.

use bytes::Bytes;
use s3_client::operations::{ObjectHeaders, create_multipart_upload};

use crate::check::asker::Asker;
use crate::check::finding::{Probe, Unknown};
use crate::check::reply::Reply;

/// Begins an upload.
pub(super) async fn begin(asker: &Asker, key: &str) -> Probe<String> {
    let id = asker.client.retry(|| {
        asker.count();
        let headers = ObjectHeaders::default();
        async move { create_multipart_upload(&asker.client, asker.bucket(), key, &headers).await }
    });
    id.await
        .map_err(|_| Unknown("an upload could not be begun".into()))
}

pub(super) async fn send_part(
    asker: &Asker,
    (key, id): (&str, &str),
    number: usize,
    body: Bytes,
) -> Probe<String> {
    let ask = asker
        .put(key, body)
        .param("partNumber", number.to_string())
        .param("uploadId", id);
    let reply = ask.send().await?.expected("a part was refused")?;
    reply
        .etag()
        .ok_or_else(|| Unknown("a part has no ETag".into()))
}

/// Completes an upload; any response is one. Asked again after a lost response, a service may know nothing of the upload any
/// more, which says nothing about the first time.
pub(super) async fn complete(
    asker: &Asker,
    (key, id): (&str, &str),
    etags: &[String],
) -> Probe<Reply> {
    let mut body =
        String::from("<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">");
    for (number, etag) in (1..).zip(etags) {
        let etag: String = etag.chars().filter(char::is_ascii_alphanumeric).collect();
        body.push_str(&format!(
            "<Part><PartNumber>{number}</PartNumber><ETag>&quot;{etag}&quot;</ETag></Part>"
        ));
    }
    body.push_str("</CompleteMultipartUpload>");
    let ask = asker.about("POST", key).param("uploadId", id);
    let ask = ask.header("content-type", "application/xml");
    ask.body(body).carried_out_once().send().await
}

pub(super) async fn give_up(asker: &Asker, (key, id): (&str, &str)) -> Probe<Reply> {
    // Never without the id: DELETE of the key would be something else.
    asker
        .about("DELETE", key)
        .param("uploadId", id)
        .send()
        .await
}
