//! Files that are written to while they are sent to a service that looks at no hash.

use std::fs::OpenOptions;
use std::os::unix::fs::FileExt as _;
use std::path::Path;

use testkit::faults::{Operation, Plan};
use testkit::tree::{noise, write};

use crate::uploader;
use crate::verification::{by_anybody, unprotected};

/// Changes the last byte: when a request arrives, it cannot have been sent yet.
fn touch(file: &Path, mark: u8, size: u64) {
    let file = OpenOptions::new().write(true).open(file).unwrap();
    file.write_all_at(&[mark], size - 1).unwrap();
}

#[test]
fn a_file_that_changes_while_it_is_sent_is_sent_again_once() {
    let (endpoint, bucket) = unprotected();
    let program = uploader(&endpoint, &[]);
    for (name, args) in [("single", &[][..]), ("parts", &["--part-size", "9M"][..])] {
        let size = 30 << 20;
        write(program.home(), name, noise(30 << 20, 1));
        let path = program.home().join(name);
        let at = path.clone();
        let proxy = endpoint.behind(Plan::new(1).script(move |request, before| {
            let last = request.query.is_empty() || request.query.contains("partNumber=4");
            if request.operation == Operation::Upload && last && before == 0 {
                touch(&at, 1, size);
            }
            None
        }));
        by_anybody(program.clone(), &proxy)
            .args(args)
            .args([name, &format!("s3://{bucket}")])
            .run()
            .success();
        let stored = endpoint.server().store().read(&bucket, name).unwrap();
        assert!(stored == std::fs::read(path).unwrap(), "{name}");
        assert!(endpoint.server().store().uploads(&bucket).is_empty());
    }
}

#[test]
fn a_file_that_changes_each_time_fails_by_name_and_it_is_said_what_stands_there() {
    let (endpoint, bucket) = unprotected();
    let program = uploader(&endpoint, &[]);
    let size = 30 << 20;
    write(program.home(), "busy", noise(30 << 20, 1));
    let path = program.home().join("busy");
    let proxy = endpoint.behind(Plan::new(1).script(move |request, before| {
        if request.operation == Operation::Upload {
            touch(&path, before as u8 + 1, size);
        }
        None
    }));
    by_anybody(program, &proxy)
        .args(["busy", &format!("s3://{bucket}")])
        .run()
        .code(1)
        .stdout("")
        .stderr(&format!(
            "do_bucket_upload: warning: s3://{bucket}/busy may hold a mixture of old and new \
             content of busy, which changed while it was sent\n\
             do_bucket_upload: cannot upload busy: the file changed while it was read, twice\n\
             hint: run the same command again when nobody writes to it\n\
             do_bucket_upload: 1 of 1 file failed (0 uploaded, 0 skipped, 0 bytes)\n\
             hint: when the cause is fixed, run the same command again: it retries only this file\n"
        ));
}
