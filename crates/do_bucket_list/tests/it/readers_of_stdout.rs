//! Who reads stdout: nobody any more, a person who waits, a full disk; and how much memory a
//! million lines take.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use testkit::faults::{Action, Canned, Fault, Plan};
use testkit::{Endpoint, Program, SOON, path_of};

use crate::{lister, without_times};

/// Responses every page of a listing with 1,000 keys, `pages` times.
fn endless(endpoint: &Endpoint, pages: usize) -> testkit::faults::FaultProxy {
    endpoint.behind(Plan::new(1).script(move |request, _| {
        let token = request.query.split('&').find_map(|pair| pair.strip_prefix("continuation-token="));
        let page: usize = token.and_then(|token| token.parse().ok()).unwrap_or(0);
        let mut body = String::from("<?xml version=\"1.0\"?><ListBucketResult><Name>b</Name><KeyCount>1000</KeyCount>");
        if page + 1 < pages {
            body += &format!("<IsTruncated>true</IsTruncated><NextContinuationToken>{}</NextContinuationToken>", page + 1);
        } else {
            body += "<IsTruncated>false</IsTruncated>";
        }
        for number in 0..1000 {
            body += &format!(
                "<Contents><Key>directory/{page:04}/{number:04}</Key><LastModified>2024-05-01T12:03:09.000Z</LastModified>\
                 <ETag>\"d41d8cd98f00b204e9800998ecf8427e\"</ETag><Size>7</Size><StorageClass>STANDARD</StorageClass></Contents>"
            );
        }
        body += "</ListBucketResult>";
        Some(Action::Respond(Canned::new(200, body).header("content-type", "application/xml")))
    }))
}

#[test]
fn a_reader_that_goes_away_ends_it_quietly() {
    let endpoint = Endpoint::local();
    let proxy = endless(&endpoint, 100_000);
    let shell = format!(
        "{} -r bucket | head -1; echo ${{PIPESTATUS[0]}}",
        path_of("do_bucket_list").display()
    );
    let ended = Program::at(Path::new("/bin/bash"))
        .envs(endpoint.settings_through(&proxy))
        .args(["-c", &shell])
        .timeout(Duration::from_secs(20))
        .run();
    ended.success().stderr("");
    assert_eq!(
        ended.stdout_lines(),
        [
            "2024-05-01 12:03:09+00:00                7  directory/0000/0000",
            "0"
        ]
    );
}

#[test]
fn nobody_reading_from_the_start_is_quiet_too() {
    let endpoint = Endpoint::local();
    let bucket = endpoint.new_bucket();
    endpoint.server().store().put(&bucket, "a", "");
    lister(&endpoint)
        .arg(&bucket)
        .stdout_closed()
        .run()
        .success()
        .stderr("");
}

#[test]
fn a_full_disk_behind_stdout_is_said() {
    let endpoint = Endpoint::local();
    let bucket = endpoint.new_bucket();
    endpoint.server().store().put(&bucket, "a", "");
    let shell = format!(
        "exec {} {bucket} > /dev/full",
        path_of("do_bucket_list").display()
    );
    Program::at(Path::new("/bin/sh"))
        .envs(endpoint.settings())
        .args(["-c", &shell])
        .run()
        .code(8)
        .stderr("do_bucket_list: cannot write standard output: no space left on this disk\n");
}

#[test]
fn lines_arrive_while_the_next_page_is_awaited() {
    let endpoint = Endpoint::local();
    let bucket = endpoint.new_bucket();
    for number in 0..1001 {
        endpoint
            .server()
            .store()
            .put(&bucket, &format!("{number:04}"), "");
    }
    let proxy = endpoint.behind(Plan::new(1).script(|request, _| {
        request
            .has_param("continuation-token")
            .then_some(Action::Fault(Fault::Stall))
    }));
    let began = Instant::now();
    let mut child = Command::new(path_of("do_bucket_list"))
        .env_clear()
        .envs(endpoint.settings_through(&proxy))
        .arg(&bucket)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert_eq!(lines.take(1000).filter(Result::is_ok).count(), 1000);
    assert!(began.elapsed() < SOON);
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn memory_does_not_grow_with_the_number_of_lines() {
    let endpoint = Endpoint::local();
    let rss = |pages| {
        let proxy = endless(&endpoint, pages);
        let ended = lister(&endpoint)
            .envs(endpoint.settings_through(&proxy))
            .args(["-r", "bucket"])
            .run();
        assert_eq!(
            ended
                .success()
                .stdout_bytes()
                .iter()
                .filter(|byte| **byte == b'\n')
                .count(),
            pages * 1000
        );
        ended.peak_rss_kib()
    };
    let (few, many) = (rss(10), rss(100));
    assert!(many < few + 8 * 1024, "{few} KiB, then {many} KiB");
}

#[test]
fn on_a_terminal_numbers_are_grouped_and_names_escaped() {
    let endpoint = Endpoint::local();
    let bucket = endpoint.new_bucket();
    endpoint
        .server()
        .store()
        .put(&bucket, "\x1b[2J\u{202e}\n", vec![0; 12_408]);
    // `script` runs a command on a terminal of its own; it is part of Debian's base.
    let on_terminal = |words: &str| {
        let command = format!("{} {words} {bucket}", path_of("do_bucket_list").display());
        let ended = Program::at(Path::new("/usr/bin/script"))
            .envs(endpoint.settings())
            .args(["-qec", &command, "/dev/null"])
            .run();
        ended.success().nowhere("\x1b");
        ended.stdout_text().replace("\r\n", "\n")
    };
    assert_eq!(
        without_times(&on_terminal("")),
        ["           12,408  \\u{1b}[2J\\u{202e}\\n"]
    );
    let json = on_terminal("--json");
    let first: serde_json::Value = serde_json::from_str(json.lines().next().unwrap()).unwrap();
    assert!(json.is_ascii(), "{json}");
    assert_eq!(first["Key"], "\x1b[2J\u{202e}\n");
}
