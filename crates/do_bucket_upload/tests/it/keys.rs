//! Names as awkward as a disk allows: each becomes exactly that key.

use testkit::tree::write;

use crate::{of_objects, prepared, uploader};

/// Names that a disk can hold, each awkward in its own way. The download has the same list.
fn awkward() -> Vec<String> {
    let plain = [
        "plain",
        "a b",
        "  lead",
        "trail  ",
        " ",
        "plus+",
        "+",
        "pct%",
        "pct%20",
        "%2F",
        "hash#",
        "q?",
        "amp&",
        "&amp;",
        "eq=",
        "semi;",
        "colon:",
        "star*",
        "quote'",
        "dq\"",
        "lt<",
        "gt>",
        "<Key>",
        "back\\slash",
        "C:\\win",
        "pipe|",
        "tilde~",
        "~user",
        "bang!",
        "dollar$",
        "at@",
        "comma,",
        "(paren)",
        "[br]",
        "{cu}",
        "^",
        "`tick`",
        "nfc-\u{e9}",
        "nfd-e\u{301}",
        "rtl-\u{5e9}\u{5dc}\u{5d5}\u{5dd}",
        "\u{202e}rtl-mark",
        "zero\u{200b}width",
        "zwj\u{200d}",
        "\u{65e5}\u{672c}\u{8a9e}",
        "emoji\u{1f600}",
        "nl\nx",
        "tab\tx",
        "cr\rx",
        "u0001\u{1}",
        "del\u{7f}",
        "\u{fffe}",
        "\u{feff}bom",
        "u2028\u{2028}",
        "nel\u{85}",
        "...",
        "file..txt",
        "..a",
        "a..",
        ".hidden",
        "-dash",
        "--flag",
        "con",
        "nul.txt",
        "a=b&c=d?e#f",
        "dir/sub/leaf",
        "d d/e+e/f%f",
    ];
    let mut names: Vec<String> = plain.map(str::to_owned).to_vec();
    names.push("x".repeat(255));
    names.push("\u{e9}".repeat(127));
    names.push(format!("{}leaf", "deep/".repeat(20)));
    // With the prefix `k/` the longest key there is: 1,024 bytes.
    let long = [250, 250, 250, 250].map(|len| "L".repeat(len)).join("/");
    names.push(format!("{long}/{}", "z".repeat(1024 - 2 - long.len() - 1)));
    names
}

#[test]
fn awkward_names_become_exactly_these_keys() {
    let names = awkward();
    assert!(names.len() >= 60);
    let (endpoint, bucket) = prepared();
    let program = uploader(&endpoint, &[]).args(["up", &format!("s3://{bucket}/k")]);
    for name in &names {
        write(
            program.home(),
            &format!("up/{name}"),
            format!("content of {name:?}"),
        );
    }
    program.clone().run().success();
    let mut expected: Vec<String> = names.iter().map(|name| format!("k/{name}")).collect();
    expected.sort_unstable();
    assert_eq!(endpoint.s3().keys(&bucket, ""), expected);
    for name in &names {
        let content = endpoint.s3().get(&bucket, &format!("k/{name}"));
        assert_eq!(content, format!("content of {name:?}").as_bytes());
    }
    endpoint.server().clear_requests();
    program.run().success().stdout("").told(&format!(
        "do_bucket_upload: nothing to be uploaded, {} equal already\n",
        names.len()
    ));
    assert_eq!(of_objects(&endpoint, "PUT"), 0);
}

#[test]
fn a_key_that_would_be_too_long_is_refused_by_name_and_all_others_are_sent() {
    let (endpoint, bucket) = prepared();
    let long = [
        "n".repeat(250),
        "n".repeat(250),
        "n".repeat(250),
        "n".repeat(250),
    ]
    .join("/");
    let prefix = "p".repeat(30);
    uploader(&endpoint, &["up/a", &format!("up/{long}")])
        .args(["up", &format!("s3://{bucket}/{prefix}")])
        .run()
        .code(1)
        .stdout(&format!("up/a -> s3://{bucket}/{prefix}/a\n"))
        .stderr_has(&format!(
            "do_bucket_upload: cannot upload up/{long}: its key would be 1034 bytes long, S3 takes 1,024\n"
        ));
}
