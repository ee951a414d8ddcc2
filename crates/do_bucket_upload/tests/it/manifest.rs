//! `--manifest`: sums that `sha256sum -c` reads.

use std::path::Path;

use testkit::Program;

use crate::{prepared, uploader};

#[test]
fn sha256sum_agrees_with_the_manifest_of_a_first_and_of_a_second_run() {
    let (endpoint, bucket) = prepared();
    let files = ["up/a", "up/b/c d", "up/new\nline\\", "up/\r"];
    let program = uploader(&endpoint, &files).args(["up", &format!("s3://{bucket}")]);
    let home = program.home().to_owned();
    for _ in 0..2 {
        program.clone().args(["--manifest", "SUMS"]).run().success();
        let text = std::fs::read_to_string(home.join("SUMS")).unwrap();
        assert_eq!(text.lines().count(), 4, "{text}");
        let check = Program::at(Path::new("/usr/bin/sha256sum")).current_dir(&home);
        check.args(["--strict", "-c", "SUMS"]).run().success();
        std::fs::remove_file(home.join("SUMS")).unwrap();
        assert!(
            !testkit::tree::files(&home)
                .iter()
                .any(|file| file.ends_with(".s3part"))
        );
    }
    program
        .clone()
        .args(["--manifest", "no/such/SUMS"])
        .run()
        .code(1)
        .stdout("");
    program
        .args(["--manifest", "SUMS", "--dry-run"])
        .run()
        .code(2);
}
