//! What was probably meant: hints that are true, and never change how a run ends.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;

use testkit::faults::{Action, Canned, Plan};
use testkit::{Endpoint, Program};

use crate::through;

fn with_bucket(name: &str) -> Endpoint {
    let endpoint = Endpoint::local();
    endpoint.server().store().create_bucket(name);
    endpoint
}

/// Each program, with words that are about this bucket.
fn about(bucket: &str) -> [(&'static str, Vec<String>); 6] {
    let words = |words: &[&str]| words.iter().map(|&word| word.to_owned()).collect();
    [
        ("do_bucket_list", words(&[bucket])),
        ("do_bucket_list", words(&["--versions", bucket])),
        ("do_bucket_list", words(&["--uploads", bucket])),
        (
            "do_bucket_download",
            words(&[&format!("s3://{bucket}/d"), "there"]),
        ),
        (
            "do_bucket_upload",
            words(&["here", &format!("s3://{bucket}/d")]),
        ),
        (
            "s3_restore",
            words(&["--bucket", bucket, "-c", "out/", "k"]),
        ),
    ]
}

fn run(endpoint: &Endpoint, (name, words): &(&str, Vec<String>)) -> Program {
    let program = Program::new(name).envs(endpoint.settings());
    let home = program.home().to_owned();
    std::fs::create_dir(home.join("here")).unwrap();
    std::fs::write(home.join("here/a"), "a").unwrap();
    program.current_dir(home).args(words)
}

#[test]
fn a_mistyped_bucket_is_suggested_by_all_programs() {
    let endpoint = with_bucket("my-bucket");
    for command in about("my-bukket") {
        let ended = run(&endpoint, &command).run();
        ended
            .code(4)
            .stderr_has("there is no such bucket")
            .stderr_has(
                "hint: did you mean s3://my-bucket? do_bucket_list shows all your buckets\n",
            );
    }
}

#[test]
fn a_bucket_that_is_like_no_other_gets_the_usual_hint() {
    let endpoint = with_bucket("my-bucket");
    for command in about("something-else") {
        let ended = run(&endpoint, &command).run();
        ended
            .code(4)
            .stderr_has("hint: run do_bucket_list to see your buckets")
            .nowhere("did you mean");
    }
}

#[test]
fn who_may_not_list_buckets_gets_the_usual_hint() {
    let endpoint = with_bucket("my-bucket");
    let proxy = endpoint.behind(Plan::new(1).script(|request, _| {
        let is_account = request.path == "/";
        is_account.then(|| Action::Respond(Canned::error(403, "AccessDenied", "no")))
    }));
    let program = through("do_bucket_list", &endpoint, &proxy).arg("my-bukket");
    program
        .run()
        .code(4)
        .stderr_has("hint: run do_bucket_list")
        .nowhere("did you mean");
}

#[test]
fn a_mistyped_flag_is_suggested() {
    for (name, wrong, right) in [
        ("do_bucket_upload", "--dryrun", "--dry-run"),
        ("do_bucket_download", "--exclud=x", "--exclude"),
        ("do_bucket_list", "--recursiv", "--recursive"),
        ("s3_restore", "--version_id", "--version-id"),
        ("bucket_demo", "--bucketname", "--bucket-name"),
    ] {
        let ended = Program::new(name).arg(wrong).run();
        ended
            .code(2)
            .stdout("")
            .stderr_has(&format!("hint: did you mean {right}?\n"));
    }
    // A word that is no flag is not compared with flags.
    let ended = Program::new("do_bucket_list").args(["a", "b"]).run();
    ended.code(2).nowhere("did you mean");
}

#[test]
fn a_prefix_that_is_a_directory_is_told_how_to_be_listed() {
    let endpoint = with_bucket("bbb");
    let store = endpoint.server().store();
    store.put("bbb", "photos/a", &b"a"[..]);
    let list = |words: &[&str]| {
        Program::new("do_bucket_list")
            .envs(endpoint.settings())
            .args(words)
            .run()
    };
    list(&["bbb/photos"])
        .success()
        .stderr("do_bucket_list: bbb/photos/ shows what is inside\n");
    for words in [
        &["bbb/photos/"][..],
        &["bbb/"],
        &["-r", "bbb/photos"],
        &["bbb/photos", "--json"],
        &["-q", "bbb/photos"],
    ] {
        list(words).success().stderr("");
    }
    store.put("bbb", "photos-2/a", &b"a"[..]);
    list(&["bbb/photos"]).success().stderr("");
}

#[test]
fn a_pattern_in_place_of_a_key_is_told_how_to_be_written() {
    let endpoint = with_bucket("bbb");
    endpoint.server().store().put("bbb", "d/a.jpg", &b"a"[..]);
    let program = |name| Program::new(name).envs(endpoint.settings());
    program("do_bucket_list")
        .arg("s3://bbb/d/*.jpg")
        .run()
        .code(4)
        .stderr_has(
            "hint: a prefix is no pattern: do_bucket_list -r --include '*.jpg' s3://bbb/d/\n",
        );
    program("do_bucket_download")
        .args(["s3://bbb/d/*.jpg", "there"])
        .run()
        .code(4)
        .stderr_has(
            "hint: a name is no pattern: do_bucket_download --include '*.jpg' s3://bbb/d/\n",
        );
    let hinted = program("do_bucket_list")
        .args(["-r", "--include", "*.jpg", "s3://bbb/d/"])
        .run();
    hinted.success().stdout_has("d/a.jpg");
}

#[test]
fn a_key_may_be_given_as_an_address_and_a_mistyped_one_is_suggested() {
    let endpoint = with_bucket("bbb");
    endpoint
        .server()
        .store()
        .put("bbb", "d/report.pdf", &b"a"[..]);
    let restore = |words: &[&str]| {
        let program = Program::new("s3_restore")
            .envs(endpoint.settings())
            .args(words);
        let home = program.home().to_owned();
        program.current_dir(home).args(["-c", "out/"]).run()
    };
    let ended = restore(&["s3://bbb/d/report.pdf"]);
    ended.success();
    assert!(
        ended.home().join("out/report.pdf").exists()
            || ended.home().join("out/d/report.pdf").exists()
    );
    restore(&["--bucket", "bbb", "d/raport.pdf"])
        .code(4)
        .stderr_has("hint: did you mean `d/report.pdf`?\n");
    restore(&["s3://bbb/d/report.pdf", "s3://ccc/d"])
        .code(2)
        .stderr_has("s3://ccc/d is not in the bucket bbb");
    restore(&["--bucket", "ccc", "s3://bbb/d/report.pdf"]).code(2);
}

/// A server that ends each connection at its first bytes, as many do that expect TLS.
#[test]
fn http_to_a_port_that_ends_the_connection_is_told_of_https() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let _request = stream.read(&mut [0; 4096]);
            // A TLS alert: unexpected message.
            let _sent = stream.write_all(&[0x15, 0x03, 0x03, 0, 2, 2, 10]);
        }
    });
    let program = Program::new("do_bucket_list").envs(Endpoint::local().settings());
    program
        .env("ENDPOINT_URL", format!("http://{address}"))
        .run()
        .code(7)
        .stderr_has(&format!(
            "hint: if the service there uses TLS, write https://{address}\n"
        ));
}
