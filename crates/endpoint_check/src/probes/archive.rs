//! Storage classes, archives and their restore.

use s3_client::operations::{RestoreTier, Restoring, restore_object};

use crate::bucket::TestBucket;
use crate::capability::{Capability, Group};
use crate::finding::{Finding, ProbeResult};

const BODY: &str = "archived";

const CLASSES: [&str; 6] = [
    "STANDARD_IA",
    "ONEZONE_IA",
    "INTELLIGENT_TIERING",
    "GLACIER_IR",
    "GLACIER",
    "DEEP_ARCHIVE",
];

pub(crate) const GROUP: Group = Group::new(
    "archives",
    &[
        Capability::new(
            "storage_classes",
            "storage classes are accepted and kept",
            "all six that need nothing set up",
            "--storage-class works with every class",
            "--storage-class works with some classes only, or not at all",
            |bucket| Box::pin(classes(bucket)),
        ),
        Capability::new(
            "restore_object",
            "RestoreObject of an object in GLACIER",
            "202",
            "s3_restore --thaw brings archived objects back",
            "s3_restore --thaw cannot be used here",
            |bucket| Box::pin(restore(bucket)),
        ),
    ],
);

/// The result of storing an object in a storage class.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Kept,
    Ignored,
    Refused,
}

/// Stores an object in a class.
async fn put(bucket: &TestBucket, key: &str, class: &str) -> ProbeResult<Class> {
    let header = "x-amz-storage-class";
    let request = bucket.put(key, BODY).header(header, class);
    if !request.send().await?.is_ok() {
        return Ok(Class::Refused);
    }
    let head = bucket.head(key).send().await?;
    Ok(match head.header(header) {
        Some(kept) if kept == class => Class::Kept,
        _ => Class::Ignored,
    })
}

async fn classes(bucket: &TestBucket) -> ProbeResult {
    let mut seen = Vec::new();
    for class in CLASSES {
        seen.push((class, put(bucket, &format!("class/{class}"), class).await?));
    }
    Ok(judge(&seen))
}

fn judge(seen: &[(&str, Class)]) -> Finding {
    let that_are = |wanted: Class| -> Vec<&str> {
        let classes = seen.iter().filter(|(_, became)| *became == wanted);
        classes.map(|(class, _)| *class).collect()
    };
    let (kept, ignored) = (that_are(Class::Kept), that_are(Class::Ignored));
    if kept.len() == seen.len() {
        Finding::yes()
    } else if ignored.len() == seen.len() {
        Finding::differs("accepted, but all are STANDARD")
    } else if kept.is_empty() && ignored.is_empty() {
        Finding::no("all are refused")
    } else if ignored.is_empty() {
        Finding::differs(format!("only {}", kept.join(", ")))
    } else {
        let ignored = ignored.join(", ");
        Finding::differs(format!("kept: {}; ignored: {ignored}", kept.join(", ")))
    }
}

/// Without an archive, an ordinary object shows whether the service knows the operation.
async fn restore(bucket: &TestBucket) -> ProbeResult {
    let mut key = "class/restored";
    if put(bucket, key, "GLACIER").await? != Class::Kept {
        key = "class/plain";
        bucket.store(key, BODY).await?;
    }
    let restore = || {
        let (client, tier) = (&bucket.client, RestoreTier::Standard);
        restore_object(client, &bucket.name, key, None, Some(1), tier)
    };
    let asked = bucket.try_often(restore).await?;
    Ok(match asked {
        // In progress: a first response was lost.
        Restoring::Accepted | Restoring::InProgress => Finding::yes(),
        Restoring::AlreadyRestored => Finding::differs("200 for an object that is new"),
        Restoring::NotArchived => Finding::no("nothing is archived"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kept_ignored_and_refused_classes_are_told_apart() {
        let all = |became| judge(&CLASSES.map(|class| (class, became))).to_string();
        assert_eq!(all(Class::Kept), "yes");
        assert_eq!(all(Class::Refused), "no: all are refused");
        assert_eq!(
            all(Class::Ignored),
            "differs: accepted, but all are STANDARD"
        );
        let some = [("GLACIER", Class::Kept), ("X", Class::Refused)];
        assert_eq!(judge(&some).to_string(), "differs: only GLACIER");
        let mixed = [("GLACIER", Class::Kept), ("X", Class::Ignored)];
        assert_eq!(
            judge(&mixed).to_string(),
            "differs: kept: GLACIER; ignored: X"
        );
    }
}
