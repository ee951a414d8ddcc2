//! Predicts from the findings how the programs will behave on an endpoint. Does no I/O.

use crate::Findings;
use crate::finding::Finding;

/// What a user should know before the first real run: the topic of each line, and what the programs
/// do.
pub fn advice(findings: &Findings) -> Vec<(&'static str, String)> {
    let has = |name: &str| findings.get(name).is_some_and(Finding::is_yes);
    vec![
        ("uploads are proved by", uploads(&has)),
        ("downloads are proved by", downloads(findings, &has)),
        ("equal files are skipped", skips(&has)),
        ("large files", large_files(&has)),
        ("large listings", listings(&has)),
        ("file names", names(&has)),
        ("attributes", attributes(&has)),
        ("two writers of one object", writers(&has)),
        ("older versions", versions(&has)),
        ("archived objects", archives(&has)),
    ]
}

/// Whether a capability is as on AWS. Unknown counts as missing.
type Has<'a> = &'a dyn Fn(&str) -> bool;

fn uploads(has: Has<'_>) -> String {
    if has("payload_sha256") {
        "the SHA-256 of every request, which the service checks".into()
    } else {
        "nothing: the service does not look at the SHA-256 of a request".into()
    }
}

fn downloads(findings: &Findings, has: Has<'_>) -> String {
    let mut proofs = Vec::new();
    if has("checksum_by_itself") {
        proofs.extend(
            findings
                .get("checksum_by_itself")
                .map(|kind| kind.detail.clone()),
        );
    } else if has("checksums_kept") {
        proofs.push("the checksum that an object came with".to_owned());
    }
    if has("etag_md5") {
        proofs.push("MD5".to_owned());
    }
    if has("multipart_etag") {
        let sizes = if has("part_number_head") {
            "whose size is asked for"
        } else {
            "whose usual sizes are tried"
        };
        proofs.push(format!("the MD5s of the parts, {sizes}"));
    }
    if proofs.is_empty() {
        return "nothing: only their length is checked".into();
    }
    proofs.join(", else ")
}

fn skips(has: Has<'_>) -> String {
    if has("etag_md5") {
        "yes, by size and MD5".into()
    } else if has("checksums_kept") {
        "only objects that came with a checksum".into()
    } else {
        "no, they are transferred again: nothing shows that they are equal".into()
    }
}

fn large_files(has: Has<'_>) -> String {
    match (has("multipart"), has("range")) {
        (true, true) => "in parts, side by side, both ways".into(),
        (true, false) => "uploads in parts; downloads may fail".into(),
        (false, true) => "downloads in parts; uploads over 64 MiB fail".into(),
        (false, false) => "may fail both ways".into(),
    }
}

fn listings(has: Has<'_>) -> String {
    if has("list_order") && has("list_start_after") {
        "in parallel".into()
    } else {
        "page after page".into()
    }
}

fn names(has: Has<'_>) -> String {
    let kinds = [
        "odd_keys",
        "leading_slash",
        "long_key",
        "file_and_directory",
    ];
    if kinds.into_iter().all(has) {
        "any".into()
    } else {
        "not every name: see `keys`".into()
    }
}

fn attributes(has: Has<'_>) -> String {
    let flags = [
        (
            "headers_kept",
            "--content-type and similar flags, --metadata",
        ),
        ("tags", "--tags"),
        ("storage_classes", "--storage-class"),
        ("sse_s3", "--sse AES256"),
    ];
    let (works, fails): (Vec<_>, Vec<_>) = flags.into_iter().partition(|(name, _)| has(name));
    let joined = |flags: &[(&str, &'static str)]| {
        let flags: Vec<&str> = flags.iter().map(|(_, flag)| *flag).collect();
        flags.join(", ")
    };
    match (works.is_empty(), fails.is_empty()) {
        (_, true) => format!("{} work", joined(&works)),
        (true, false) => format!("{} do not work fully", joined(&fails)),
        (false, false) => format!("{} work; not fully: {}", joined(&works), joined(&fails)),
    }
}

fn writers(has: Has<'_>) -> String {
    if has("put_if_none_match") {
        "the last one wins; the service could protect it (If-None-Match)".into()
    } else {
        "the last one wins; the service cannot protect it".into()
    }
}

fn versions(has: Has<'_>) -> String {
    let names = [
        "versioning",
        "list_versions",
        "list_versions_pages",
        "get_version",
    ];
    if names.into_iter().all(has) {
        "s3_restore brings them back, also as of a moment (--at)".into()
    } else if has("versioning") {
        "kept, but not everything works: see `versions`".into()
    } else {
        "are not kept: what is replaced or deleted is gone".into()
    }
}

fn archives(has: Has<'_>) -> String {
    if has("restore_object") {
        "s3_restore --thaw brings them back".into()
    } else {
        "there are none, or they cannot be brought back through S3".into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Verdict;

    fn with(names: &[&'static str]) -> Findings {
        names.iter().map(|&name| (name, Finding::yes())).collect()
    }

    fn about(what: &str, findings: &Findings) -> String {
        let lines = advice(findings);
        lines
            .into_iter()
            .find(|(about, _)| *about == what)
            .unwrap()
            .1
    }

    #[test]
    fn proofs_are_named_best_first() {
        let about = |findings: &Findings| about("downloads are proved by", findings);
        let mut findings = with(&["etag_md5", "multipart_etag", "part_number_head"]);
        assert_eq!(
            about(&findings),
            "MD5, else the MD5s of the parts, whose size is asked for"
        );
        findings.insert(
            "checksum_by_itself",
            Finding::new(Verdict::Yes, "CRC64NVME"),
        );
        assert!(about(&findings).starts_with("CRC64NVME, else MD5"));
        assert_eq!(about(&with(&[])), "nothing: only their length is checked");
    }

    #[test]
    fn the_programs_rely_on_nothing_that_is_unknown() {
        let mut findings = with(&["list_order", "list_start_after"]);
        assert_eq!(about("large listings", &findings), "in parallel");
        findings.insert("list_order", Finding::unknown("HTTP 503"));
        assert_eq!(about("large listings", &findings), "page after page");
    }

    #[test]
    fn flags_that_work_and_that_do_not_are_named() {
        let about = |findings: &Findings| about("attributes", findings);
        assert_eq!(
            about(&with(&["headers_kept", "tags", "sse_s3"])),
            "--content-type and similar flags, --metadata, --tags, --sse AES256 work; \
             not fully: --storage-class"
        );
        assert!(about(&with(&[])).ends_with("do not work fully"));
    }

    #[test]
    fn advice_rests_on_capabilities_that_are_probed() {
        let source = include_str!("advice.rs");
        let named = source.split("has(\"").skip(1);
        for name in named.filter_map(|rest| rest.split('"').next()) {
            let groups = crate::GROUPS.iter();
            let mut capabilities = groups.flat_map(|group| group.capabilities);
            assert!(capabilities.any(|known| known.name == name), "{name}");
        }
    }
}
