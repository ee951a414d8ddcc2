//! Versions: objects that were replaced or deleted can be restored. These probes run last, because deleting works
//! differently in a bucket with versions.

use std::collections::BTreeSet;

use s3_client::operations::{
    ListVersions, Marker, Version, Versioning, VersionsPage, get_bucket_versioning,
    list_object_versions,
};

use crate::bucket::TestBucket;
use crate::capability::{Capability, Group};
use crate::finding::{Finding, ProbeResult, Verdict};
use crate::response::ProbeResponse;

const ENABLED: &str = "<VersioningConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">\
     <Status>Enabled</Status></VersioningConfiguration>";
const ENABLED_MD5: &str = "QQFYoy/mRYV9PGZUfFi0Bw==";

pub(crate) const GROUP: Group = Group {
    title: "versions",
    changes_the_bucket: true,
    capabilities: &[
        Capability::new(
            "versioning",
            "a bucket can keep versions",
            "yes",
            "s3_restore brings back older versions and deleted objects, where versions are kept",
            "what is replaced or deleted is gone",
            |bucket| Box::pin(versioning(bucket)),
        ),
        Capability::new(
            "list_versions",
            "versions and delete markers are listed, newest first",
            "yes",
            "s3_restore --versions shows them",
            "older versions cannot be shown",
            |bucket| Box::pin(list(bucket)),
        ),
        Capability::new(
            "list_versions_pages",
            "small pages together list every version once",
            "yes",
            "restores to a point in time are complete",
            "restores of directories to a point in time may miss versions",
            |bucket| Box::pin(pages(bucket)),
        ),
        Capability::new(
            "get_version",
            "an older version is read by its id",
            "yes",
            "s3_restore --version-id and --at work",
            "older versions cannot be read",
            |bucket| Box::pin(get_old(bucket)),
        ),
    ],
};

/// Enables versioning, once for all probes.
async fn versioning(bucket: &TestBucket) -> ProbeResult {
    let enable = async || {
        let request = bucket.request("PUT").subresource("versioning");
        let request = request.header("content-md5", ENABLED_MD5).body(ENABLED);
        request.send().await?.or_refused()?;
        let status = bucket
            .try_often(|| get_bucket_versioning(&bucket.client, &bucket.name))
            .await?;
        let is_enabled = status == Versioning::Enabled;
        Ok(Finding::yes_if(is_enabled, "accepted, but not enabled"))
    };
    bucket.versioning.get_or_init(enable).await.clone()
}

/// Without versions, the probes for them end here.
async fn needs_versions(bucket: &TestBucket) -> ProbeResult<()> {
    let finding = versioning(bucket).await.unwrap_or_else(|ended| ended);
    match finding.verdict {
        Verdict::Yes => Ok(()),
        Verdict::Unknown => Err(finding),
        Verdict::No | Verdict::Differs | Verdict::Refused => Err(Finding::no("no versions")),
    }
}

/// Writes a version and returns its id.
async fn write(bucket: &TestBucket, key: &str, body: &'static str) -> ProbeResult<String> {
    id(&bucket.store(key, body).await?)
}

/// Deletes an object and returns the id of the delete marker.
async fn delete(bucket: &TestBucket, key: &str) -> ProbeResult<String> {
    let request = bucket.request("DELETE").of_key(key);
    let response = request.send().await?;
    id(&response.or_unknown("the object could not be deleted")?)
}

fn id(response: &ProbeResponse) -> ProbeResult<String> {
    let id = response.header("x-amz-version-id");
    id.ok_or_else(|| Finding::unknown("a version has no id"))
}

async fn page(
    bucket: &TestBucket,
    prefix: &str,
    max_keys: u32,
    after: Option<&Marker>,
) -> ProbeResult<VersionsPage> {
    let list = ListVersions {
        bucket: &bucket.name,
        prefix,
        delimiter: None,
        after,
        max_keys,
    };
    bucket
        .try_often(|| list_object_versions(&bucket.client, &list))
        .await
}

/// An object that was written, replaced and deleted.
async fn list(bucket: &TestBucket) -> ProbeResult {
    needs_versions(bucket).await?;
    let key = "version/listed";
    let first = write(bucket, key, "first").await?;
    let second = write(bucket, key, "second").await?;
    delete(bucket, key).await?;
    let page = page(bucket, key, 1000, None).await?;
    let (markers, versions): (Vec<&Version>, Vec<&Version>) = page
        .versions
        .iter()
        .partition(|version| version.delete_marker);
    let ids: Vec<&str> = versions
        .iter()
        .map(|version| version.version_id.as_str())
        .collect();
    Ok(judge_list(&ids, markers.len(), [&second, &first]))
}

/// `made`: the ids that the service returned, the newest first. There may be more: if a response was lost, the request
/// was sent again and created a version or marker with an unknown id.
fn judge_list(versions: &[&str], markers: usize, made: [&str; 2]) -> Finding {
    let known: Vec<&str> = versions
        .iter()
        .copied()
        .filter(|id| made.contains(id))
        .collect();
    match (known.len(), markers) {
        (2, 1..) => Finding::yes_if(known == made, "the oldest comes first"),
        (count, 0) => Finding::differs(format!("{count} of 2 versions, no delete marker")),
        (count, _) => Finding::differs(format!("{count} of 2 versions")),
    }
}

async fn get_old(bucket: &TestBucket) -> ProbeResult {
    needs_versions(bucket).await?;
    let key = "version/read";
    let first = write(bucket, key, "first").await?;
    write(bucket, key, "second").await?;
    let request = bucket.get(key).param("versionId", first);
    let response = request.send().await?.or_refused()?;
    Ok(Finding::yes_if(
        response.body == "first",
        "another version came",
    ))
}

/// Two objects with three versions each, one of them deleted; pages of two versions.
async fn pages(bucket: &TestBucket) -> ProbeResult {
    needs_versions(bucket).await?;
    let mut made = BTreeSet::new();
    for key in ["versions/a", "versions/b"] {
        for body in ["1", "2", "3"] {
            made.insert(write(bucket, key, body).await?);
        }
    }
    made.insert(delete(bucket, "versions/b").await?);
    let mut listed = Vec::new();
    let mut after = None;
    // Four pages, and some more for repeated requests.
    for _ in 0..20 {
        let page = page(bucket, "versions/", 2, after.as_ref()).await?;
        let ids = page.versions.into_iter().map(|version| version.version_id);
        listed.extend(ids);
        if page.next.is_none() {
            return Ok(judge_pages(&listed, &made));
        }
        after = page.next;
    }
    Ok(Finding::differs("the pages do not end"))
}

/// As in [`judge_list`], `made` are the ids that the service returned, and there may be more.
fn judge_pages(listed: &[String], made: &BTreeSet<String>) -> Finding {
    let different: BTreeSet<String> = listed.iter().cloned().collect();
    if different.len() < listed.len() {
        return Finding::differs("versions are listed twice");
    }
    let found = made.intersection(&different).count();
    if found < made.len() {
        return Finding::no(format!("{found} of {}", made.len()));
    }
    Finding::yes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_that_stop_early_or_repeat_are_seen_and_repeated_requests_are_not() {
        let ids = |range: std::ops::Range<u8>| range.map(|id| id.to_string()).collect::<Vec<_>>();
        let made: BTreeSet<String> = ids(0..7).into_iter().collect();
        let judge = |listed: &[String]| judge_pages(listed, &made).to_string();
        assert_eq!(judge(&ids(0..7)), "yes");
        assert_eq!(judge(&ids(0..9)), "yes");
        assert_eq!(judge(&ids(0..2)), "no: 2 of 7");
        assert_eq!(judge(&ids(3..10)), "no: 4 of 7");
        let twice = [ids(0..7), ids(0..1)].concat();
        assert_eq!(judge(&twice), "differs: versions are listed twice");
    }

    #[test]
    fn a_list_of_versions_may_have_more_than_are_known_but_not_fewer_or_in_another_order() {
        let judge =
            |versions: &[&str], markers| judge_list(versions, markers, ["2", "1"]).to_string();
        assert_eq!(judge(&["2", "1"], 1), "yes");
        assert_eq!(judge(&["2", "lost", "1", "lost"], 2), "yes");
        assert_eq!(judge(&["2"], 1), "differs: 1 of 2 versions");
        assert_eq!(
            judge(&["2", "1"], 0),
            "differs: 2 of 2 versions, no delete marker"
        );
        assert_eq!(judge(&["1", "2"], 1), "differs: the oldest comes first");
    }
}
