//! Rules by which a bucket cleans itself up. They are read first, and written only where the
//! answer is one about rules; they are never deleted, because services that do not know the word
//! take DELETE as one of the bucket. The bucket is removed anyway.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use transfer::proof::{Sum, SumKind};

use crate::check::asker::{Ask, Asker};
use crate::check::capability::{Capability, Group, Turn};
use crate::check::finding::{Findings, Found, Probe};
use crate::check::reply::Reply;

/// Ten years from now nothing of this bucket is left.
const RULE: &str = "<LifecycleConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Rule>\
     <ID>bucket-demo</ID><Filter><Prefix>none/</Prefix></Filter><Status>Enabled</Status>\
     <Expiration><Days>3650</Days></Expiration></Rule></LifecycleConfiguration>";

pub(crate) const GROUP: Group = Group {
    title: "bucket rules",
    capabilities: &[
        Capability::new(
            "lifecycle_get",
            "lifecycle rules can be read",
            "404 NoSuchLifecycleConfiguration if there are none",
            "not used by our programs",
            "not used by our programs",
        ),
        Capability::new(
            "lifecycle_put",
            "lifecycle rules can be set",
            "yes",
            "the service can remove unfinished uploads by itself: set a rule for that",
            "unfinished uploads stay until somebody removes them",
        ),
        Capability::new(
            "delete_full_bucket",
            "deleting a bucket with objects in it is refused",
            "409 BucketNotEmpty",
            "bucket_demo never loses anything by removing a bucket",
            "bucket_demo looks into a bucket before it removes it",
        ),
    ],
    probe: |asker| Box::pin(probe(asker)),
    turn: Turn::Alone,
};

async fn probe(asker: Asker) -> Findings {
    let mut found = Findings::default();
    let get = get(&asker).await;
    let reads = matches!(&get, Ok(found) if found.is_yes());
    found.add("lifecycle_get", get);
    let put = if reads {
        put(&asker).await
    } else {
        Ok(Found::No("they cannot be read, so none was set".into()))
    };
    found.add("lifecycle_put", put);
    found.add("delete_full_bucket", delete_full(&asker).await);
    found
}

/// A body in XML with its Content-MD5, which AWS wants here.
pub(super) fn with_md5(ask: Ask, body: &'static str) -> Ask {
    let digest = STANDARD.encode(Sum::of(SumKind::Md5, body.as_bytes()));
    ask.header("content-type", "application/xml")
        .header("content-md5", digest)
        .body(body)
}

async fn read(asker: &Asker) -> Probe<Reply> {
    asker.about_bucket("GET").part("lifecycle").send().await
}

async fn get(asker: &Asker) -> Probe {
    let reply = read(asker).await?;
    if reply.status == 404 && reply.code() == Some("NoSuchLifecycleConfiguration") {
        return Ok(Found::yes());
    }
    if !reply.ok() {
        return Ok(reply.refused());
    }
    let root = reply.xml().map(|xml| xml.root).unwrap_or_default();
    Ok(match root.as_str() {
        "LifecycleConfiguration" => Found::Yes("200, no rules".into()),
        "" => Found::No("200, but no XML".into()),
        other => Found::No(format!("200, but {}", crate::check::reply::shown(other))),
    })
}

async fn put(asker: &Asker) -> Probe {
    let reply = with_md5(asker.about_bucket("PUT").part("lifecycle"), RULE)
        .send()
        .await?;
    if !reply.ok() {
        return Ok(reply.refused());
    }
    let kept = read(asker)
        .await?
        .xml()
        .is_ok_and(|xml| xml.first("Rule/ID") == Some("bucket-demo"));
    Ok(Found::when(kept, "accepted, but not kept"))
}

/// The last of all questions: a service that says yes has removed the bucket that is ours.
async fn delete_full(asker: &Asker) -> Probe {
    asker.store("full", "x").await?;
    let reply = asker.about_bucket("DELETE").send().await?;
    if !reply.ok() {
        return Ok(match reply.status {
            409 => Found::yes(),
            _ => Found::Differs(reply.refusal().to_string()),
        });
    }
    Ok(Found::No(
        "the bucket was deleted with all that is in it".into(),
    ))
}
