//! Memory does not grow with the size of an object.

use std::fs::File;

use testkit::{Endpoint, Finished, Program};

use crate::MIB;

/// Several times what the programs may need.
const SIZE_BYTES: u64 = 600 * MIB;

/// Programs of a debug build need about twice what those of a release build do.
const MOST_KIB: u64 = 160 * 1024;

#[track_caller]
fn assert_flat(ended: &Finished) {
    let peak = ended.success().peak_rss_kib();
    assert!(peak < MOST_KIB, "{peak} KiB for {SIZE_BYTES} bytes");
}

#[test]
fn a_large_object_is_downloaded_in_little_memory() {
    let endpoint = Endpoint::local();
    let store = endpoint.server().store();
    store.put_large("large", "object", SIZE_BYTES);
    let download = Program::new("do_bucket_download").on(&endpoint);
    let ended = download.args(["s3://large", "there"]).run();
    assert_flat(&ended);
    let file = ended.home().join("there/object");
    assert_eq!(file.metadata().unwrap().len(), SIZE_BYTES);
}

#[test]
fn a_large_file_is_uploaded_in_little_memory() {
    let endpoint = Endpoint::local();
    endpoint.server().store().create_bucket("large");
    let upload = Program::new("do_bucket_upload").on(&endpoint);
    let file = File::create(upload.home().join("sparse")).unwrap();
    file.set_len(SIZE_BYTES).unwrap();
    let ended = upload.args(["sparse", "s3://large"]).run();
    assert_flat(&ended);
    let stored = endpoint.server().store().stat("large", "sparse").unwrap();
    assert_eq!(stored.size, SIZE_BYTES);
}

#[test]
fn many_objects_at_a_time_keep_to_the_memory_that_they_may_have() {
    const OBJECTS: u64 = 300;
    let endpoint = Endpoint::local();
    let store = endpoint.server().store();
    for number in 0..OBJECTS {
        store.put_large("many", &format!("{number}"), MIB);
    }
    let peak_kib = |most: &str| {
        let download = Program::new("do_bucket_download").on(&endpoint);
        let ended = download
            .args(["--max-memory", most, "s3://many", "there"])
            .run();
        let files = ended.home().join("there").read_dir().unwrap();
        assert_eq!(files.count() as u64, OBJECTS);
        ended.success().peak_rss_kib()
    };
    // Twice as much as in a release build.
    assert!(peak_kib("32M") < 64 * 1024);
    assert!(peak_kib("1G") < 512 * 1024);
}
