//! The Content-Type of a file, by its extension, as someone expects who comes from Python's
//! `mimetypes` or opens the object in a browser. No charset is added: it would be a guess.

/// Where `mime_guess` 2.0 has another response than Python's `mimetypes` and today's browsers,
/// or none. Lower case, in order.
const OURS: &[(&str, &str)] = &[
    ("cjs", "text/javascript"),
    ("h5", "application/x-hdf5"),
    ("ico", "image/vnd.microsoft.icon"),
    ("jsonl", "application/jsonl"),
    ("jsx", "text/jsx"),
    ("m3u", "application/vnd.apple.mpegurl"),
    ("m3u8", "application/vnd.apple.mpegurl"),
    ("map", "application/json"),
    ("mjs", "text/javascript"),
    ("ndjson", "application/x-ndjson"),
    ("opus", "audio/opus"),
    ("otf", "font/otf"),
    ("py", "text/x-python"),
    ("srt", "text/plain"),
    ("tgz", "application/gzip"),
    ("ts", "video/mp2t"),
    ("usdz", "model/vnd.usdz+zip"),
    ("woff", "font/woff"),
    ("yaml", "application/yaml"),
    ("yml", "application/yaml"),
    ("zst", "application/zstd"),
];

/// What is sent for a name that says nothing.
pub(crate) const UNKNOWN: &str = "application/octet-stream";

/// The Content-Type for a file or key of this name. Only the last extension counts: a
/// `.tar.gz` is gzip, since no Content-Encoding is sent that could say it otherwise.
pub(crate) fn of(name: &str) -> &'static str {
    let last = name.rsplit('/').next().unwrap_or(name);
    // `.bashrc` is a name, not an extension.
    let Some((_, extension)) = last.rsplit_once('.').filter(|(stem, _)| !stem.is_empty()) else {
        return UNKNOWN;
    };
    let ours = OURS
        .iter()
        .find(|(known, _)| extension.eq_ignore_ascii_case(known));
    ours.map(|(_, kind)| *kind)
        .or_else(|| mime_guess::from_ext(extension).first_raw())
        .unwrap_or(UNKNOWN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_answers_are_those_that_a_script_user_expects() {
        let expected = [
            ("a.js", "text/javascript"),
            ("a.mjs", "text/javascript"),
            ("a.svg", "image/svg+xml"),
            ("a.wasm", "application/wasm"),
            ("a.woff2", "font/woff2"),
            ("a.html", "text/html"),
            ("a.css", "text/css"),
            ("a.json", "application/json"),
            ("a.txt", "text/plain"),
            ("a.csv", "text/csv"),
            ("a.xml", "text/xml"),
            ("a.pdf", "application/pdf"),
            ("a.png", "image/png"),
            ("a.jpeg", "image/jpeg"),
            ("a.mp4", "video/mp4"),
            ("a.gz", "application/gzip"),
            ("a.tar.gz", "application/gzip"),
            ("a.zip", "application/zip"),
            ("a.sql", "application/x-sql"),
            ("a.md", "text/markdown"),
        ];
        for (name, kind) in expected {
            assert_eq!(of(name), kind, "{name}");
        }
    }

    #[test]
    fn case_and_directories_do_not_matter() {
        assert_eq!(of("x.y/PHOTO.JPG"), "image/jpeg");
        assert_eq!(of("x.js/readme"), UNKNOWN);
        assert_eq!(of("A.MJS"), "text/javascript");
    }

    #[test]
    fn a_name_that_says_nothing_is_a_stream_of_bytes() {
        for name in [
            "",
            "a",
            "a.",
            ".bashrc",
            ".js",
            "a.no-such-extension",
            "a/",
            "a.ü",
        ] {
            assert_eq!(of(name), UNKNOWN, "{name}");
        }
    }

    #[test]
    fn the_table_is_in_order_and_every_row_differs_from_the_crate() {
        assert!(OURS.is_sorted_by(|(a, _), (b, _)| a < b));
        for (extension, kind) in OURS {
            assert_ne!(
                mime_guess::from_ext(extension).first_raw(),
                Some(*kind),
                "{extension}"
            );
        }
    }
}
