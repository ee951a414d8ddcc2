//! Sums that an object carries: kept, and looked at when it arrives?

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use transfer::proof::{Sum, SumKind};

use super::payload::stored;
use crate::check::asker::{Ask, Asker};
use crate::check::capability::{Capability, Group, Turn};
use crate::check::finding::{Findings, Found, Probe};

const BODY: &str = "what is summed";

const KINDS: [(SumKind, &str); 5] = [
    (SumKind::Crc32, "x-amz-checksum-crc32"),
    (SumKind::Crc32c, "x-amz-checksum-crc32c"),
    (SumKind::Crc64Nvme, "x-amz-checksum-crc64nvme"),
    (SumKind::Sha1, "x-amz-checksum-sha1"),
    (SumKind::Sha256, "x-amz-checksum-sha256"),
];

pub(crate) const GROUP: Group = Group {
    title: "checksums",
    capabilities: &[
        Capability::new(
            "checksums_kept",
            "x-amz-checksum-* of an upload is kept and told",
            "all five",
            "downloads of objects that came with a checksum are proved by it",
            "downloads are proved by the ETag",
        ),
        Capability::new(
            "checksums_checked",
            "a wrong one is refused",
            "400 BadDigest",
            "a checksum is known to fit what is stored",
            "a checksum says what the sender claimed; a wrong one makes downloads fail",
        ),
        Capability::new(
            "checksum_by_itself",
            "an object that came without one gets one",
            "CRC64NVME",
            "downloads are proved by it, also of large objects",
            "downloads of our uploads are proved by the ETag",
        ),
    ],
    probe: |asker| Box::pin(probe(asker)),
    turn: Turn::Together,
};

async fn probe(asker: Asker) -> Findings {
    let mut found = Findings::default();
    found.add("checksums_kept", kept(&asker).await);
    found.add("checksums_checked", checked(&asker).await);
    found.add("checksum_by_itself", by_itself(&asker).await);
    found
}

async fn kept(asker: &Asker) -> Probe {
    let mut lost = Vec::new();
    for (kind, header) in KINDS {
        let key = format!("sum/{}", kind.name());
        let sum = STANDARD.encode(Sum::of(kind, BODY.as_bytes()));
        let put = summed(asker, &key, kind)
            .header(header, sum.clone())
            .send()
            .await?;
        if !put.ok() {
            lost.push(format!("{} refused ({})", kind.name(), put.refusal()));
            continue;
        }
        let head = asker
            .about("HEAD", &key)
            .header("x-amz-checksum-mode", "ENABLED");
        match head.send().await?.header(header) {
            Some(told) if told == sum => {}
            Some(_) => lost.push(format!("{} changed", kind.name())),
            None => lost.push(kind.name().to_owned()),
        }
    }
    Ok(judge(&lost, "lost", "ignored"))
}

/// With both headers that the SDKs of AWS send: moto keeps no sum without the first.
fn summed(asker: &Asker, key: &str, kind: SumKind) -> Ask {
    asker
        .put(key, BODY)
        .header("x-amz-sdk-checksum-algorithm", kind.name())
}

async fn checked(asker: &Asker) -> Probe {
    let mut accepted = Vec::new();
    let mut refusals = Vec::new();
    for (kind, header) in KINDS {
        let key = format!("sum/wrong {}", kind.name());
        let sum = STANDARD.encode(Sum::of(kind, b"something else"));
        let put = summed(asker, &key, kind)
            .header(header, sum)
            .damaged()
            .send()
            .await?;
        if put.ok() || stored(asker, &key).await? {
            accepted.push(kind.name().to_owned());
        } else {
            refusals.push(put.refusal().to_string());
        }
    }
    refusals.dedup();
    Ok(match judge(&accepted, "accepted", "all accepted") {
        Found::Yes(_) => Found::Yes(refusals.join(", ")),
        found => found,
    })
}

/// `failed` are the sums with which it did not work.
fn judge(failed: &[String], what: &str, all: &str) -> Found {
    if failed.is_empty() {
        Found::yes()
    } else if failed.len() == KINDS.len() {
        Found::No(all.to_owned())
    } else {
        Found::Differs(format!("{what}: {}", failed.join(", ")))
    }
}

async fn by_itself(asker: &Asker) -> Probe {
    asker.store("sum/none", BODY).await?;
    let head = asker
        .about("HEAD", "sum/none")
        .header("x-amz-checksum-mode", "ENABLED");
    let head = head.send().await?.expected("HEAD was refused")?;
    for (kind, header) in KINDS {
        if let Some(told) = head.header(header) {
            let right = told == STANDARD.encode(Sum::of(kind, BODY.as_bytes()));
            return Ok(if right {
                Found::Yes(kind.name().to_owned())
            } else {
                Found::Differs(format!("a wrong {}", kind.name()))
            });
        }
    }
    Ok(Found::no())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn some_all_and_none_are_told_apart() {
        let names = |count: usize| -> Vec<String> {
            KINDS
                .iter()
                .take(count)
                .map(|(kind, _)| kind.name().to_owned())
                .collect()
        };
        assert!(judge(&names(0), "lost", "ignored").is_yes());
        assert_eq!(
            judge(&names(5), "lost", "ignored").to_string(),
            "no: ignored"
        );
        assert_eq!(
            judge(&names(2), "lost", "ignored").to_string(),
            "differs: lost: CRC32, CRC32C"
        );
    }
}
