//! `--check-only`: what each side has.

use testkit::tree::{files, write};

use crate::{downloader, filled, object_gets};

#[test]
fn both_sides_are_compared_and_nothing_is_moved() {
    let (endpoint, bucket) = filled(&["d/a", "d/b/c", "d/e", "f"]);
    let program = downloader(&endpoint).args(["--check-only", &format!("s3://{bucket}/d")]);
    for root in ["downloads/d", "out"] {
        write(program.home(), &format!("{root}/a"), "d/a");
        write(program.home(), &format!("{root}/b/c"), "other");
        write(program.home(), &format!("{root}/extra"), "x");
    }
    let before = files(program.home());
    endpoint.server().clear_requests();
    for (dest, root) in [(&[][..], "downloads/d"), (&["out"], "out")] {
        program
            .clone()
            .args(dest)
            .run()
            .code(1)
            .lines(&[
                &format!("differs: {root}/b/c (other content)"),
                &format!("only here: {root}/extra"),
                &format!("only there: s3://{bucket}/d/e"),
            ])
            .told("do_bucket_download: 1 same, 1 different, 1 only here, 1 only there\n");
    }
    assert_eq!(files(program.home()), before);
    assert_eq!(object_gets(&endpoint), 0);
    program
        .arg("nowhere")
        .run()
        .code(4)
        .stderr("do_bucket_download: cannot compare nowhere: there is no such file or directory\n");
}

#[test]
fn one_object_is_compared_with_the_file_that_it_would_become() {
    let (endpoint, bucket) = filled(&["d/a"]);
    let program = downloader(&endpoint).args(["--check-only", &format!("s3://{bucket}/d/a")]);
    write(program.home(), "downloads/d/a", "d/a");
    write(program.home(), "other", "d/a");
    write(program.home(), "wrong/a", "D/A");
    let same = "do_bucket_download: 1 same, 0 different, 0 only here, 0 only there\n";
    program.clone().run().success().told(same);
    program.clone().arg("other").run().success().told(same);
    program
        .arg("wrong")
        .run()
        .code(1)
        .lines(&["differs: wrong/a (other content)"]);
}
