//! What our programs will do on an endpoint, from what was found; pure.

use super::finding::{Found, Measured};

/// One line: what it is about, and what our programs do.
pub(crate) type Advice = (&'static str, String);

/// Everything that is worth knowing before the first real run.
pub(crate) fn advice(found: &Measured) -> Vec<Advice> {
    vec![
        ("uploads are proved by", uploads(found)),
        ("downloads are proved by", downloads(found)),
        ("equal files are skipped", skips(found)),
        ("large files", large_files(found)),
        ("large listings", listings(found)),
        ("file names", names(found)),
        ("attributes", attributes(found)),
        ("two writers of one object", writers(found)),
        ("older versions", versions(found)),
        ("archived objects", archives(found)),
    ]
}

fn yes(found: &Measured, name: &str) -> bool {
    found.get(name).is_some_and(Found::is_yes)
}

fn uploads(found: &Measured) -> String {
    if yes(found, "payload_sha256") {
        "the SHA-256 of every request, which the service checks".into()
    } else {
        "nothing: the service does not look at the SHA-256 of a request".into()
    }
}

fn downloads(found: &Measured) -> String {
    let mut proofs = Vec::new();
    if yes(found, "checksum_by_itself") {
        let kind = found.get("checksum_by_itself").map(Found::detail);
        proofs.push(kind.unwrap_or_default());
    } else if yes(found, "checksums_kept") {
        proofs.push("the checksum that an object came with".to_owned());
    }
    if yes(found, "etag_md5") {
        proofs.push("MD5".to_owned());
    }
    if yes(found, "multipart_etag") {
        let sizes = if yes(found, "part_number_head") {
            "whose size is asked for"
        } else {
            "whose customary sizes are tried"
        };
        proofs.push(format!("the MD5s of the parts, {sizes}"));
    }
    if proofs.is_empty() {
        return "nothing: only their length is checked".into();
    }
    proofs.join(", else ")
}

fn skips(found: &Measured) -> String {
    if yes(found, "etag_md5") {
        "yes, by size and MD5".into()
    } else if yes(found, "checksums_kept") {
        "only objects that came with a checksum".into()
    } else {
        "no, they are transferred again: nothing tells that they are equal".into()
    }
}

fn large_files(found: &Measured) -> String {
    match (yes(found, "multipart"), yes(found, "range")) {
        (true, true) => "in parts, side by side, both ways".into(),
        (true, false) => "uploads in parts; downloads may fail".into(),
        (false, true) => "downloads in parts; uploads over 64 MiB fail".into(),
        (false, false) => "may fail both ways".into(),
    }
}

fn listings(found: &Measured) -> String {
    let names = ["list_order", "list_start_after"];
    if names.iter().all(|name| yes(found, name)) {
        "in parallel".into()
    } else {
        "page after page".into()
    }
}

fn names(found: &Measured) -> String {
    let lost = [
        "odd_keys",
        "leading_slash",
        "long_key",
        "file_and_directory",
    ]
    .into_iter()
    .filter(|name| !yes(found, name))
    .count();
    match lost {
        0 => "any".into(),
        _ => "not every name: see `keys` above".into(),
    }
}

fn attributes(found: &Measured) -> String {
    let flags = [
        ("headers_kept", "--content-type and its like, --metadata"),
        ("tags", "--tags"),
        ("storage_classes", "--storage-class"),
        ("sse_s3", "--sse AES256"),
    ];
    let of = |wanted: bool| -> Vec<&str> {
        let flags = flags.iter().filter(|(name, _)| yes(found, name) == wanted);
        flags.map(|(_, flag)| *flag).collect()
    };
    match (of(true).as_slice(), of(false).as_slice()) {
        (works, []) => format!("{} work", works.join(", ")),
        ([], fails) => format!("{} do not work fully", fails.join(", ")),
        (works, fails) => {
            format!("{} work; not fully: {}", works.join(", "), fails.join(", "))
        }
    }
}

fn writers(found: &Measured) -> String {
    if yes(found, "put_if_none_match") {
        "the last one wins; the service could protect it (If-None-Match)".into()
    } else {
        "the last one wins; the service cannot protect it".into()
    }
}

fn versions(found: &Measured) -> String {
    let names = [
        "versioning",
        "list_versions",
        "list_versions_pages",
        "get_version",
    ];
    if names.iter().all(|name| yes(found, name)) {
        "s3_restore brings them back, also as of a moment (--at)".into()
    } else if yes(found, "versioning") {
        "kept, but not everything works: see `versions` above".into()
    } else {
        "are not kept: what is replaced or deleted is gone".into()
    }
}

fn archives(found: &Measured) -> String {
    if yes(found, "restore_object") {
        "s3_restore --thaw brings them back".into()
    } else {
        "none to bring back, or not in the way of S3".into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(names: &[&'static str]) -> Measured {
        names.iter().map(|&name| (name, Found::yes())).collect()
    }

    #[test]
    fn proofs_are_named_best_first() {
        let mut found = with(&["etag_md5", "multipart_etag", "part_number_head"]);
        assert_eq!(
            downloads(&found),
            "MD5, else the MD5s of the parts, whose size is asked for"
        );
        found.insert("checksum_by_itself", Found::Yes("CRC64NVME".into()));
        assert!(downloads(&found).starts_with("CRC64NVME, else MD5"));
        assert_eq!(
            downloads(&with(&[])),
            "nothing: only their length is checked"
        );
    }

    #[test]
    fn what_is_not_known_is_never_relied_on() {
        let mut found = with(&["list_order", "list_start_after"]);
        assert_eq!(listings(&found), "in parallel");
        found.insert("list_order", Found::Unknown("HTTP 503".into()));
        assert_eq!(listings(&found), "page after page");
    }

    #[test]
    fn flags_that_work_and_that_do_not_are_named() {
        let found = with(&["headers_kept", "tags", "sse_s3"]);
        assert_eq!(
            attributes(&found),
            "--content-type and its like, --metadata, --tags, --sse AES256 work; \
             not fully: --storage-class"
        );
        assert!(attributes(&with(&[])).ends_with("do not work fully"));
    }
}
