//! Finds out what an S3 endpoint can do. A table of capabilities holds a probe for each, which sends requests and
//! judges the responses. The advice says what follows for the programs.
//!
//! The caller creates and removes the bucket. If a probe fails, its finding is `unknown`, and the other probes
//! continue.

mod advice;
mod bucket;
mod capability;
mod finding;
mod probes;
mod request;
mod response;

use std::collections::BTreeMap;

use futures_util::stream::{self, StreamExt as _};
use s3_client::client::Client;

pub use advice::advice;
use bucket::TestBucket;
pub use capability::{Capability, Group};
pub use finding::{Finding, Verdict};
pub use probes::GROUPS;

/// Findings by the name of the capability.
pub type Findings = BTreeMap<&'static str, Finding>;

/// How many probes run at a time.
const PROBES_AT_ONCE: usize = 10;

/// The result of a check.
#[derive(Debug)]
pub struct Measured {
    /// A finding for every capability.
    pub findings: Findings,
    /// How many requests the probes have sent.
    pub requests: u64,
}

/// Runs all probes in a bucket, which must be empty and is left with objects in it. Changes nothing outside the bucket.
/// If the future is dropped, no more requests are sent.
pub async fn measure(client: &Client, bucket: &str) -> Measured {
    let bucket = TestBucket::new(client, bucket);
    let mut findings = Findings::new();
    for (change_the_bucket, at_once) in [(false, PROBES_AT_ONCE), (true, 1)] {
        let groups = GROUPS.iter();
        let groups = groups.filter(|group| group.changes_the_bucket == change_the_bucket);
        let found = stream::iter(groups.flat_map(|group| group.capabilities))
            .map(async |capability| (capability.name, capability.find_out(&bucket).await))
            .buffer_unordered(at_once);
        findings.extend(found.collect::<Vec<_>>().await);
    }
    Measured {
        findings,
        requests: bucket.requests(),
    }
}

/// The titles of missing capabilities that all programs need. If there are any, the endpoint cannot be used.
pub fn essentials_missing(findings: &Findings) -> Vec<&'static str> {
    let capabilities = GROUPS.iter().flat_map(|group| group.capabilities);
    capabilities
        .filter(|capability| capability.essential)
        .filter(|capability| !findings.get(capability.name).is_some_and(Finding::is_yes))
        .map(|capability| capability.title)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_cannot_be_used_only_if_something_essential_is_missing() {
        let capabilities = GROUPS.iter().flat_map(|group| group.capabilities);
        let mut findings: Findings = capabilities
            .map(|capability| (capability.name, Finding::no("")))
            .collect();
        assert_eq!(
            essentials_missing(&findings),
            [
                "what was stored comes back unchanged",
                "small pages together list every key once"
            ]
        );
        findings.insert("round_trip", Finding::yes());
        findings.insert("list_whole", Finding::yes());
        assert!(essentials_missing(&findings).is_empty());
    }
}
