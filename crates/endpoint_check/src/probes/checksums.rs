//! Checksums of objects: does the service store them, and check them on arrival?

use crate::bucket::TestBucket;
use crate::capability::{Capability, Group};
use crate::finding::{Finding, ProbeResult, Verdict};
use crate::request::ProbeRequest;

const BODY: &str = "what is summed";

struct Algorithm {
    name: &'static str,
    header: &'static str,
    /// The checksum of the body, and a wrong one.
    right: &'static str,
    wrong: &'static str,
}

const ALGORITHMS: [Algorithm; 5] = [
    Algorithm {
        name: "CRC32",
        header: "x-amz-checksum-crc32",
        right: "woiueQ==",
        wrong: "VbOnqQ==",
    },
    Algorithm {
        name: "CRC32C",
        header: "x-amz-checksum-crc32c",
        right: "IzF5rg==",
        wrong: "8qBgbA==",
    },
    Algorithm {
        name: "CRC64NVME",
        header: "x-amz-checksum-crc64nvme",
        right: "dVVB4Bb6m9o=",
        wrong: "Dzay9XKwA20=",
    },
    Algorithm {
        name: "SHA1",
        header: "x-amz-checksum-sha1",
        right: "kR0uBOmV0EjfBQfiizzPFIl4w1c=",
        wrong: "Y3gowDquOK9jnMchIA8lhIZOh5c=",
    },
    Algorithm {
        name: "SHA256",
        header: "x-amz-checksum-sha256",
        right: "ud4Raa866tHRFlotHRanDB4DJPXeAwqlV2caVTBUZMw=",
        wrong: "9B8/piX/Eg3cp+9Fa/ZjcezqI8Ep9OTDI2cQHttRbPg=",
    },
];

pub(crate) const GROUP: Group = Group::new(
    "checksums",
    &[
        Capability::new(
            "checksums_kept",
            "the x-amz-checksum-* of an upload is kept",
            "all five",
            "downloads of objects that came with a checksum are proved by it",
            "downloads are proved by the ETag",
            |bucket| Box::pin(kept(bucket)),
        ),
        Capability::new(
            "checksums_checked",
            "a wrong checksum is refused",
            "400 BadDigest",
            "a checksum is known to fit what is stored",
            "a checksum is what the sender claimed; a wrong one makes downloads fail",
            |bucket| Box::pin(checked(bucket)),
        ),
        Capability::new(
            "checksum_by_itself",
            "an object that came without a checksum gets one",
            "CRC64NVME",
            "downloads are proved by it, also of large objects",
            "downloads of objects that these programs sent are proved by the ETag",
            |bucket| Box::pin(by_itself(bucket)),
        ),
    ],
);

/// Sends both headers that the SDKs of AWS send: without the first, moto stores no checksum.
fn put<'a>(
    bucket: &'a TestBucket,
    key: &str,
    algorithm: &Algorithm,
    sum: &'static str,
) -> ProbeRequest<'a> {
    let request = bucket.put(key, BODY);
    let request = request.header("x-amz-sdk-checksum-algorithm", algorithm.name);
    request.header(algorithm.header, sum)
}

fn head<'a>(bucket: &'a TestBucket, key: &str) -> ProbeRequest<'a> {
    bucket.head(key).header("x-amz-checksum-mode", "ENABLED")
}

async fn kept(bucket: &TestBucket) -> ProbeResult {
    let mut lost = Vec::new();
    for algorithm in &ALGORITHMS {
        let name = algorithm.name;
        let key = format!("sum/{name}");
        let stored = put(bucket, &key, algorithm, algorithm.right).send().await?;
        if !stored.is_ok() {
            lost.push(format!("{name} refused ({})", stored.refusal()));
            continue;
        }
        let response = head(bucket, &key).send().await?;
        match response.header(algorithm.header) {
            Some(kept) if kept == algorithm.right => {}
            Some(_) => lost.push(format!("{name} changed")),
            None => lost.push(name.to_owned()),
        }
    }
    Ok(judge(&lost, "lost", "ignored"))
}

async fn checked(bucket: &TestBucket) -> ProbeResult {
    let mut accepted = Vec::new();
    let mut refusals = Vec::new();
    for algorithm in &ALGORITHMS {
        let key = format!("sum/wrong {}", algorithm.name);
        let request = put(bucket, &key, algorithm, algorithm.wrong);
        let response = request.contradictory().send().await?;
        if response.is_ok() || bucket.has(&key).await? {
            accepted.push(algorithm.name.to_owned());
        } else {
            refusals.push(response.refusal());
        }
    }
    refusals.dedup();
    let mut finding = judge(&accepted, "accepted", "all accepted");
    if finding.is_yes() {
        finding.detail = refusals.join(", ");
    }
    Ok(finding)
}

/// `failed`: the algorithms that did not work.
fn judge(failed: &[String], what: &str, all: &str) -> Finding {
    match failed.len() {
        0 => Finding::yes(),
        count if count == ALGORITHMS.len() => Finding::no(all),
        _ => Finding::differs(format!("{what}: {}", failed.join(", "))),
    }
}

async fn by_itself(bucket: &TestBucket) -> ProbeResult {
    bucket.store("sum/none", BODY).await?;
    let response = head(bucket, "sum/none").send().await?;
    let response = response.or_unknown("HEAD was refused")?;
    for algorithm in &ALGORITHMS {
        if let Some(sum) = response.header(algorithm.header) {
            return Ok(if sum == algorithm.right {
                Finding::new(Verdict::Yes, algorithm.name)
            } else {
                Finding::differs(format!("a wrong {}", algorithm.name))
            });
        }
    }
    Ok(Finding::no(""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn some_all_and_none_are_told_apart() {
        let judge = |count: usize| {
            let names = ALGORITHMS.iter().take(count);
            let names: Vec<String> = names.map(|algorithm| algorithm.name.to_owned()).collect();
            judge(&names, "lost", "ignored").to_string()
        };
        assert_eq!(judge(0), "yes");
        assert_eq!(judge(5), "no: ignored");
        assert_eq!(judge(2), "differs: lost: CRC32, CRC32C");
    }
}
