//! Under the limits that a shell or a service manager sets: fewer things at a time, or one sentence at the start.

use std::path::Path;

use testkit::tree::write;
use testkit::{Endpoint, Program, path_of};

const FILES: usize = 60;

/// A program under a limit of the shell, such as `-n 24`.
fn limited(limit: &str, program: &str, endpoint: &Endpoint) -> Program {
    Program::at(Path::new("/bin/sh"))
        .args(["-c", &format!("ulimit {limit} && exec \"$0\" \"$@\"")])
        .arg(path_of(program))
        .on(endpoint)
}

/// Uploads a tree, lists it and downloads it again, all under this limit.
fn there_and_back(limit: &str) {
    let endpoint = Endpoint::local();
    let bucket = endpoint.new_bucket();
    let upload = limited(limit, "do_bucket_upload", &endpoint);
    for number in 0..FILES {
        let name = format!("tree/{}/{}/{number}", number % 7, number % 3);
        write(upload.home(), &name, format!("{number}"));
    }
    write(upload.home(), "tree/large", vec![7; 20 * 1024 * 1024]);
    let target = format!("s3://{bucket}/x");
    let sent = upload.args(["tree", &target]).run();
    assert_eq!(sent.success().stdout_lines().len(), FILES + 1);
    let listed = limited(limit, "do_bucket_list", &endpoint)
        .args(["--recursive", &target])
        .run();
    listed.success();
    let fetched = limited(limit, "do_bucket_download", &endpoint)
        .args([&target, "back"])
        .run();
    assert_eq!(fetched.success().stdout_lines().len(), FILES + 1);
    let same = Program::at(Path::new("/usr/bin/diff"))
        .arg("-r")
        .arg(sent.home().join("tree"))
        .arg(fetched.home().join("back"))
        .run();
    same.success().stdout("");
}

#[test]
fn few_open_files_are_enough() {
    for limit in ["-n 24", "-n 32"] {
        there_and_back(limit);
    }
}

#[test]
fn too_few_open_files_are_one_sentence() {
    let endpoint = Endpoint::local();
    for files in [10, 12, 19] {
        for (program, args) in [
            ("do_bucket_list", &[][..]),
            ("do_bucket_upload", &[".", "s3://bucket/x"]),
            ("do_bucket_download", &["s3://bucket/x"]),
        ] {
            limited(&format!("-n {files}"), program, &endpoint)
                .args(args)
                .run()
                .code(3)
                .stdout("")
                .stderr(&format!(
                    "{program}: cannot start: this process may open {files} files at a time, 20 are needed\n\
                     hint: raise the limit, for example with `ulimit -n 256`\n"
                ));
        }
    }
}

#[test]
fn little_memory_is_enough() {
    there_and_back("-v 600000");
}

#[test]
fn too_little_memory_is_one_sentence() {
    let endpoint = Endpoint::local();
    limited("-v 80000", "do_bucket_list", &endpoint)
        .run()
        .code(3)
        .stdout("")
        .stderr(
            "do_bucket_list: cannot start: this process may use 78 MiB of memory, 96 MiB are needed\n\
             hint: raise the limit, for example with `ulimit -v 1048576`\n",
        );
}
