//! Storage classes, archives and their restore.

use crate::check::asker::{Asker, with_md5};
use crate::check::capability::{Capability, Group, Turn};
use crate::check::finding::{Findings, Found, Probe};

const BODY: &str = "archived";

const CLASSES: [&str; 6] = [
    "STANDARD_IA",
    "ONEZONE_IA",
    "INTELLIGENT_TIERING",
    "GLACIER_IR",
    "GLACIER",
    "DEEP_ARCHIVE",
];

/// A body for POST ?restore.
const RESTORE: &str = "<RestoreRequest xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">\
     <Days>1</Days><GlacierJobParameters><Tier>Standard</Tier></GlacierJobParameters>\
     </RestoreRequest>";

pub(crate) const GROUP: Group = Group {
    title: "archives",
    capabilities: &[
        Capability::new(
            "storage_classes",
            "storage classes are accepted and kept",
            "all six that need nothing set up",
            "--storage-class works with every class",
            "--storage-class works with some classes only, or not at all",
        ),
        Capability::new(
            "archived_get",
            "GET of an object in GLACIER is refused",
            "403 InvalidObjectState",
            "archived objects are recognised; s3_restore --thaw asks for their restore",
            "objects can be read at once, whatever their class",
        ),
        Capability::new(
            "restore_object",
            "RestoreObject of an object in GLACIER",
            "202",
            "s3_restore --thaw brings archived objects back",
            "s3_restore --thaw cannot be used here",
        ),
    ],
    probe: |asker| Box::pin(probe(asker)),
    turn: Turn::Together,
};

async fn probe(asker: Asker) -> Findings {
    let mut found = Findings::default();
    found.add("storage_classes", classes(&asker).await);
    found.add("archived_get", get(&asker).await);
    found.add("restore_object", restore(&asker).await);
    found
}

fn key_of(class: &str) -> String {
    format!("class/{class}")
}

/// What became of one class.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Kept,
    Ignored,
    Refused,
}

async fn classes(asker: &Asker) -> Probe {
    let mut seen = Vec::new();
    for class in CLASSES {
        let key = key_of(class);
        let put = asker
            .put(&key, BODY)
            .header("x-amz-storage-class", class)
            .send()
            .await?;
        let became = if put.ok() {
            let head = asker.about("HEAD", &key).send().await?;
            match head.header("x-amz-storage-class") {
                Some(kept) if kept == class => Class::Kept,
                _ => Class::Ignored,
            }
        } else {
            Class::Refused
        };
        seen.push((class, became));
    }
    Ok(judge(&seen))
}

fn judge(seen: &[(&str, Class)]) -> Found {
    let of = |wanted: Class| -> Vec<&str> {
        let classes = seen.iter().filter(|(_, became)| *became == wanted);
        classes.map(|(class, _)| *class).collect()
    };
    let (kept, ignored) = (of(Class::Kept), of(Class::Ignored));
    if kept.len() == seen.len() {
        Found::yes()
    } else if ignored.len() == seen.len() {
        Found::differs("accepted, but all are STANDARD")
    } else if kept.is_empty() && ignored.is_empty() {
        Found::No("all are refused".into())
    } else if ignored.is_empty() {
        Found::Differs(format!("only {}", kept.join(", ")))
    } else {
        let ignored = ignored.join(", ");
        Found::Differs(format!("kept: {}; ignored: {ignored}", kept.join(", ")))
    }
}

/// None if there is no object in GLACIER.
async fn archived(asker: &Asker) -> Probe<Option<String>> {
    // Of its own, so that nothing rests on the order of the probes.
    let key = "class/archived";
    let put = asker
        .put(key, BODY)
        .header("x-amz-storage-class", "GLACIER")
        .send()
        .await?;
    let head = asker.about("HEAD", key).send().await?;
    let class = head.header("x-amz-storage-class");
    Ok((put.ok() && class.as_deref() == Some("GLACIER")).then(|| key.to_owned()))
}

async fn get(asker: &Asker) -> Probe {
    let Some(key) = archived(asker).await? else {
        return Ok(Found::No("there is no class GLACIER".into()));
    };
    let reply = asker.about("GET", &key).send().await?;
    Ok(match reply.code() {
        _ if reply.ok() => Found::No("the data stays online".into()),
        Some("InvalidObjectState") => Found::yes(),
        _ => Found::Differs(reply.refusal().to_string()),
    })
}

/// Asked of a plain object where there is no archive: whether the operation is known at all.
async fn restore(asker: &Asker) -> Probe {
    let key = match archived(asker).await? {
        Some(key) => key,
        None => {
            let key = "class/plain";
            asker.store(key, BODY).await?;
            key.to_owned()
        }
    };
    let ask = with_md5(asker.about("POST", &key).part("restore"), RESTORE).carried_out_once();
    let reply = ask.send().await?;
    Ok(match reply.status {
        202 => Found::yes(),
        _ if reply.ok() => Found::Differs(format!("{} for an object that is new", reply.status)),
        _ => reply.refused(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kept_ignored_and_refused_classes_are_told_apart() {
        let all = |became| judge(&CLASSES.map(|class| (class, became)));
        assert!(all(Class::Kept).is_yes());
        assert_eq!(all(Class::Refused).to_string(), "no: all are refused");
        assert_eq!(
            all(Class::Ignored).to_string(),
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
