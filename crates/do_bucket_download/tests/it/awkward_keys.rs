//! Keys as awkward as S3 allows: exact on the disk, or refused by name.

use std::fs;
use std::os::unix::fs::symlink;

use testkit::tree::files;
use testkit::{Endpoint, awkward_names, tree};

use crate::{downloader, filled};

#[test]
fn awkward_keys_arrive_exactly_in_name_and_content() {
    let names = awkward_names();
    assert!(names.len() >= 60);
    let endpoint = Endpoint::local();
    let bucket = endpoint.new_bucket();
    for name in &names {
        let content = format!("content of {name:?}");
        endpoint
            .s3()
            .put(&bucket, &format!("k/{name}"), content.as_bytes());
    }
    let program = downloader(&endpoint).args([&format!("s3://{bucket}/k"), "out"]);
    let ended = program.clone().run();
    ended.success();
    let mut expected = names.clone();
    expected.sort_unstable();
    assert_eq!(files(&ended.home().join("out")), expected);
    for name in &names {
        let content = fs::read_to_string(ended.home().join("out").join(name)).unwrap();
        assert_eq!(content, format!("content of {name:?}"));
    }
    program.run().success().stdout("").told(&format!(
        "do_bucket_download: nothing to download: all {} files are up to date\n",
        names.len()
    ));
}

#[test]
fn a_single_object_of_any_name_is_brought() {
    let (endpoint, bucket) = filled(&[]);
    for (number, name) in awkward_names().iter().enumerate().step_by(9) {
        endpoint.s3().put(&bucket, name, name.as_bytes());
        let into = number.to_string();
        let ended = downloader(&endpoint)
            .args([&format!("s3://{bucket}/{name}"), &into])
            .run();
        ended.success();
        let came = fs::read(ended.home().join(&into)).unwrap();
        assert_eq!(came, name.as_bytes());
    }
}

#[test]
fn keys_that_are_no_path_are_refused_by_name_and_all_others_arrive() {
    let (endpoint, bucket) = filled(&[
        "h/../x",
        "h/a",
        "h/a/../../x",
        "h/a/b",
        "h//b",
        "h/./y",
        "h/z/..",
        "h/ok",
        "h/link/inside",
        "h/final",
        "h/slash/",
        "h/.q.0123456789abcdef.s3part",
        "h/zz/ok",
    ]);
    let long = "y".repeat(256);
    endpoint.s3().put(&bucket, &format!("h/{long}"), b"long");
    let program = downloader(&endpoint).args([&format!("s3://{bucket}/h"), "in/out"]);
    let outside = program.home().join("outside");
    let target = program.home().join("in/out");
    fs::create_dir_all(&outside).unwrap();
    fs::create_dir_all(&target).unwrap();
    symlink(&outside, target.join("link")).unwrap();
    symlink(outside.join("new"), target.join("final")).unwrap();

    let ended = program.run();
    ended
        .code(1)
        .lines(&["in/out/a", "in/out/ok", "in/out/zz/ok"]);
    let refused = [
        (
            "../x",
            "this key has a `.` or `..` component and could be written elsewhere",
        ),
        (
            "./y",
            "this key has a `.` or `..` component and could be written elsewhere",
        ),
        (
            ".q.0123456789abcdef.s3part",
            "this key is named like the unfinished files of these programs",
        ),
        (
            "/b",
            "this key has an empty component (`//`), which no path can keep",
        ),
        (
            "a/../../x",
            "this key has a `.` or `..` component and could be written elsewhere",
        ),
        (
            "a/b",
            "an earlier key needs a file where this one needs a directory",
        ),
        ("final", "a symbolic link already has this name"),
        (
            "link/inside",
            "in/out/link is a symbolic link, and links are not written through",
        ),
        ("slash/", "this key ends in `/` but has content"),
        (&long, "this key has a component of more than 255 bytes"),
        (
            "z/..",
            "this key has a `.` or `..` component and could be written elsewhere",
        ),
    ];
    let mut expected: Vec<String> = refused
        .iter()
        .map(|(key, cause)| {
            format!("do_bucket_download: cannot download s3://{bucket}/h/{key}: {cause}")
        })
        .collect();
    expected.push(
        "do_bucket_download: 11 of 14 files refused (3 downloaded, 0 skipped, 14 bytes)".into(),
    );
    let text = ended.stderr_text();
    let mut told: Vec<&str> = text.lines().collect();
    told.sort_unstable();
    expected.sort_unstable();
    assert_eq!(told, expected);

    assert_eq!(
        files(ended.home()),
        ["in/out/a", "in/out/ok", "in/out/zz/ok"]
    );
    assert!(tree::entries(&outside).unwrap().is_empty());
}

#[test]
fn a_leading_slash_is_refused_by_name_and_named_alone_too() {
    let (endpoint, bucket) = filled(&["/x", "y"]);
    let refused = format!(
        "do_bucket_download: cannot download s3://{bucket}//x: this key starts with `/`, which no path below the \
         target can\n"
    );
    for into in [None, Some("out")] {
        let ended = downloader(&endpoint)
            .arg(format!("s3://{bucket}"))
            .args(into)
            .run();
        ended.code(1).told(&format!(
            "{refused}do_bucket_download: 1 of 2 files refused (1 downloaded, 0 skipped, 1 byte)\n"
        ));
        assert_eq!(files(ended.home()).len(), 1);
    }
    downloader(&endpoint)
        .arg(format!("s3://{bucket}//x"))
        .run()
        .code(1)
        .told(&format!(
            "{refused}do_bucket_download: 1 of 1 file refused (0 downloaded, 0 skipped, 0 bytes)\n"
        ));
}

#[test]
fn a_directory_of_unreadable_keys_alone_is_refused_by_name() {
    let endpoint = testkit::Endpoint::local();
    let proxy = endpoint.behind(testkit::faults::Plan::new(1).script(|request, _| {
        let more = !request.query.contains("continuation-token");
        let body = format!(
            "<ListBucketResult><EncodingType>url</EncodingType><IsTruncated>{more}</IsTruncated>\
             <NextContinuationToken>x</NextContinuationToken>\
             <Contents><Key>d/{}%FF</Key><Size>1</Size></Contents></ListBucketResult>",
            if more { 'a' } else { 'b' }
        );
        let response = testkit::faults::Canned::new(200, body);
        Some(testkit::faults::Action::Respond(response))
    }));
    let program = testkit::Program::new("do_bucket_download")
        .envs(endpoint.settings_through(&proxy))
        .arg("s3://photos/d");
    program
        .clone()
        .args(["--exclude", "[ab]?"])
        .run()
        .success()
        .stderr_has("do_bucket_download: nothing to download, 2 left out by filters\n");
    let ended = program.run();
    ended.code(1).stdout("");
    for name in ["a%FF", "b%FF"] {
        ended.stderr_has(&format!(
            "cannot download s3://photos/d/{name}: its name is not UTF-8"
        ));
    }
}
