//! Objects in parts: two of 5 MiB, the least that AWS takes, and a short one.

mod requests;
mod three_parts;

use bytes::Bytes;
use s3_client::operations::list_multipart_uploads;

use crate::check::asker::Asker;
use crate::check::capability::{Capability, Group, Turn};
use crate::check::finding::{Findings, Found, Probe};
use requests::{begin, complete, give_up, send_part};

pub(crate) const GROUP: Group = Group {
    title: "uploads in parts",
    capabilities: &[
        Capability::new(
            "multipart",
            "three parts become one object",
            "yes",
            "files over 64 MiB go up in parts, side by side",
            "files over 64 MiB cannot be uploaded",
        ),
        Capability::new(
            "multipart_etag",
            "its ETag is the MD5 of the MD5s of its parts, -3",
            "yes",
            "downloads of large objects are proved by the MD5 of their parts",
            "downloads of large objects are proved by a checksum, or not at all",
        ),
        Capability::new(
            "complete_etag",
            "the response to Complete has that ETag",
            "yes",
            "used as it is",
            "it is computed from the ETags of the parts",
        ),
        Capability::new(
            "part_number_head",
            "HEAD ?partNumber=1 is about that part",
            "206, x-amz-mp-parts-count",
            "the part size of an object is asked for",
            "the part size of an object is found by trying the customary ones side by side",
        ),
        Capability::new(
            "list_uploads",
            "unfinished uploads are listed",
            "yes",
            "do_bucket_list --uploads shows them",
            "unfinished uploads cannot be found: give them up with the tools of the service",
        ),
        Capability::new(
            "abort_upload",
            "an upload that is given up is gone",
            "yes",
            "nothing is left that costs money",
            "the parts of failed uploads stay: remove them with the tools of the service",
        ),
        Capability::new(
            "wrong_part_etag",
            "Complete with the wrong ETag of a part is refused",
            "400 InvalidPart",
            "an upload is made of the parts that were sent, and of no others",
            "the service does not look; our programs send the ETags as they came",
        ),
    ],
    probe: |asker| Box::pin(probe(asker)),
    turn: Turn::Together,
};

async fn probe(asker: Asker) -> Findings {
    let mut found = Findings::default();
    three_parts::probe(&asker, &mut found).await;
    found.add("list_uploads", uploads(&asker).await);
    found.add("abort_upload", abort(&asker).await);
    found.add("wrong_part_etag", wrong_etag(&asker).await);
    found
}

async fn uploads(asker: &Asker) -> Probe {
    let key = "parts/begun";
    let id = begin(asker, key).await?;
    let reply = asker.about_bucket("GET").part("uploads").send().await?;
    let found = if reply.ok() {
        let listed = asker.client.retry(|| {
            asker.count();
            list_multipart_uploads(&asker.client, asker.bucket(), key, None)
        });
        match listed.await {
            Ok(page) => {
                let ours = page.uploads.iter().any(|upload| upload.upload_id == id);
                Found::when(ours, "the upload is not in the list")
            }
            Err(_) => Found::differs("the list cannot be read"),
        }
    } else {
        reply.refused()
    };
    give_up(asker, (key, &id)).await?;
    Ok(found)
}

async fn abort(asker: &Asker) -> Probe {
    let key = "parts/aborted";
    let id = begin(asker, key).await?;
    send_part(asker, (key, &id), 1, Bytes::from_static(b"x")).await?;
    let reply = give_up(asker, (key, &id)).await?;
    // 404: an earlier attempt, whose response was lost, has done it.
    if !reply.ok() && reply.status != 404 {
        return Ok(reply.refused());
    }
    // Asked for its parts: moto fails inside if one more is sent.
    let after = asker.about("GET", key).param("uploadId", id).send().await?;
    Ok(match after.status {
        404 => Found::yes(),
        _ if after.ok() => Found::differs("it is still there"),
        _ => Found::Unknown(format!("its parts cannot be listed: {}", after.refusal())),
    })
}

async fn wrong_etag(asker: &Asker) -> Probe {
    let key = "parts/lie";
    let id = begin(asker, key).await?;
    send_part(asker, (key, &id), 1, Bytes::from_static(b"part")).await?;
    let lie = ["0123456789abcdef0123456789abcdef".to_owned()];
    let reply = complete(asker, (key, &id), &lie).await?;
    if reply.ok() {
        return Ok(Found::No("accepted".into()));
    }
    give_up(asker, (key, &id)).await?;
    Ok(Found::Yes(reply.refusal().to_string()))
}
