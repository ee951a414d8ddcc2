//! What differs from run to run, and the words that stand for it on the pages.

/// A shape (`9` any digit, `F` any hex digit of upper case) and what is written in its place.
const TIMES: [(&str, &str); 1] = [("9999-99-99?99:99:99", "YYYY-MM-DD?hh:mm:ss")];

/// What version ids are made of.
const VERSION: &str = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

/// What run ids are made of.
const HEX: &str = "0123456789abcdef";

/// What stands before something of variable length, the characters that it is made of, and its placeholder.
const AFTER: [(&str, &str, &str); 14] = [
    (" run=", HEX, "RUN-ID"),
    ("bucket-demo-", HEX, "RUN-ID"),
    ("bucket_demo-", HEX, "RUN-ID"),
    (" seconds=", "0123456789.", "SECONDS"),
    (" finished in ", "0123456789.", "SECONDS"),
    (" 200     ", "0123456789. ", "SECONDS "),
    (" 204     ", "0123456789. ", "SECONDS "),
    ("127.0.0.1:", "0123456789", "PORT"),
    (", request ", "0123456789ABCDEF", "REQUEST-ID"),
    (" bytes in ", "0123456789.", "SECONDS"),
    (" s (", "0123456789. KMGiB", "RATE"),
    (", version ", VERSION, "VERSION-ID"),
    ("--version-id ", VERSION, "VERSION-ID"),
    ("\"elapsed_seconds\":", "0123456789.e-", "SECONDS"),
];

/// Output with placeholders.
pub(crate) fn mask(output: &str) -> String {
    let mut masked = String::new();
    let mut rest = output;
    'text: while let Some(first) = rest.chars().next() {
        for (shape, placeholder) in TIMES {
            if let Some(found) = has_shape(rest, shape) {
                let kept = found.as_bytes()[10] as char;
                masked += &placeholder.replace('?', &kept.to_string());
                rest = &rest[found.len()..];
                continue 'text;
            }
        }
        if let Some(after) = version_id(rest) {
            masked += "  VERSION-ID";
            rest = after;
            continue;
        }
        for (before, characters, placeholder) in AFTER {
            if let Some(after) = rest.strip_prefix(before) {
                let end = after.trim_start_matches(|c| characters.contains(c));
                if end.len() < after.len() {
                    masked += before;
                    masked += placeholder;
                    rest = end;
                    continue 'text;
                }
            }
        }
        masked.push(first);
        rest = &rest[first.len_utf8()..];
    }
    masked
}

/// What follows a version id in a column of its own, which has 32 characters.
fn version_id(text: &str) -> Option<&str> {
    let after = text.strip_prefix("  ")?;
    let end = after.trim_start_matches(|c| VERSION.contains(c));
    (after.len() - end.len() == 32).then_some(end)
}

fn has_shape<'a>(text: &'a str, shape: &str) -> Option<&'a str> {
    let found = text.get(..shape.len())?;
    let fits = |(c, wanted): (char, char)| match wanted {
        '9' => c.is_ascii_digit(),
        '?' => c == ' ' || c == 'T',
        other => c == other,
    };
    found.chars().zip(shape.chars()).all(fits).then_some(found)
}

#[test]
fn times_ports_request_ids_and_durations_have_placeholders() {
    for (output, masked) in [
        (
            "2026-11-21 06:16:42+00:00   15 B  photos/2024/a.jpg",
            "YYYY-MM-DD hh:mm:ss+00:00   15 B  photos/2024/a.jpg",
        ),
        (
            "{\"LastModified\":\"2026-11-21T06:16:42Z\",\"elapsed_seconds\":0.0101}",
            "{\"LastModified\":\"YYYY-MM-DDThh:mm:ssZ\",\"elapsed_seconds\":SECONDS}",
        ),
        (
            "http://127.0.0.1:43255/my-bucket (NoSuchBucket, HTTP 404, request 6526B0E96899FEB5)",
            "http://127.0.0.1:PORT/my-bucket (NoSuchBucket, HTTP 404, request REQUEST-ID)",
        ),
        (
            "3 files uploaded (37 bytes in 0.0 s)",
            "3 files uploaded (37 bytes in SECONDS s)",
        ),
        (
            "  ✓ upload             200       0.01 s  4 files to tmp/bucket_demo-1a2b3c4d",
            "  ✓ upload             200     SECONDS s  4 files to tmp/bucket_demo-RUN-ID",
        ),
        ("2024/ä 12 bytes in a row", "2024/ä 12 bytes in a row"),
    ] {
        assert_eq!(mask(output), masked);
    }
}
