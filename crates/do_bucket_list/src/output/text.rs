//! Text for people: columns, the name last, because it may be of any length.

use common::ui::{Numbers, human_size, local_time};
use jiff::Timestamp;
use s3_client::operations::{BucketInfo, ListedObject, PendingUpload, Version};
use transfer::uploads::Stored;

use super::age::age;
use crate::entry::Entry;
use crate::totals::{Contents, Count, STANDARD, Totals};

/// The longest of the usual version ids, those of AWS and Ceph; longer ones push the name aside.
const VERSION_ID_WIDTH: usize = 32;

/// An MD5 sum, and the number of parts.
const ETAG_WIDTH: usize = 36;

/// The usual classes up to DEEP_ARCHIVE; longer ones push the name aside.
const CLASS_WIDTH: usize = 12;

/// How numbers are written, and what time it is.
pub(super) struct Text {
    numbers: Numbers,
    human: bool,
    long: bool,
    now: Timestamp,
    size_width: usize,
}

impl Text {
    pub(super) fn new(numbers: Numbers, human: bool, long: bool) -> Self {
        Self {
            numbers,
            human,
            long,
            now: Timestamp::now(),
            size_width: if human { 10 } else { 15 },
        }
    }

    pub(super) fn entry(&self, entry: &Entry, contents: Contents) -> String {
        match entry {
            Entry::Object(object) => self.object(object),
            Entry::Version(version) => self.version(version),
            Entry::Upload(upload, stored) => self.upload(upload, *stored),
            Entry::CommonPrefix(prefix) | Entry::Unreadable(prefix) => {
                self.directory(prefix, contents)
            }
        }
    }

    fn object(&self, object: &ListedObject) -> String {
        format!(
            "{}  {}  {}{}",
            time(object.last_modified),
            self.size(object.size),
            self.more(object.etag.as_deref(), object.storage_class.as_deref()),
            object.key
        )
    }

    fn version(&self, version: &Version) -> String {
        let size = match version.delete_marker {
            true => format!("{:>1$}", "deleted", self.size_width),
            false => self.size(version.size),
        };
        let latest = if version.is_latest { "latest" } else { "" };
        format!(
            "{}  {size}  {latest:6}  {:VERSION_ID_WIDTH$}  {}{}",
            local_time(version.last_modified),
            version.version_id,
            match version.delete_marker {
                true => self.more(Some(""), Some("")),
                false => self.more(version.etag.as_deref(), version.storage_class.as_deref()),
            },
            version.key
        )
    }

    fn upload(&self, upload: &PendingUpload, stored: Stored) -> String {
        let age = upload.initiated.map_or_else(
            || "-".to_owned(),
            |begun| age(self.now.as_second() - begun.as_second()),
        );
        format!(
            "{}  {age:>8}  {}  {}  {}",
            time(upload.initiated),
            self.size(stored.bytes),
            upload.upload_id,
            upload.key
        )
    }

    /// The columns of `--long`: ETag and storage class.
    fn more(&self, etag: Option<&str>, class: Option<&str>) -> String {
        match self.long {
            true => format!(
                "{:ETAG_WIDTH$}  {:CLASS_WIDTH$}  ",
                etag.unwrap_or("-"),
                class.unwrap_or(STANDARD)
            ),
            false => String::new(),
        }
    }

    /// A directory with the number and size of all that is below it.
    pub(super) fn sum(&self, directory: &str, count: Count) -> String {
        let number = self.numbers.count(count.number);
        format!("{}  {number:>11}  {directory}", self.size(count.bytes))
    }

    /// Nothing but the name is known: of a directory there is no time and no size.
    fn directory(&self, prefix: &str, contents: Contents) -> String {
        let width = self.size_width;
        let more = self.more(Some(""), Some(""));
        match contents {
            Contents::Versions => {
                let between = 6 + 2 + VERSION_ID_WIDTH;
                format!(
                    "{:25}  {:>width$}  {:between$}  {more}{prefix}",
                    "", "DIR", ""
                )
            }
            Contents::Objects | Contents::Uploads => {
                format!("{:25}  {:>width$}  {more}{prefix}", "", "DIR")
            }
        }
    }

    fn size(&self, bytes: u64) -> String {
        let width = self.size_width;
        match (self.human, self.numbers) {
            (true, _) => format!("{:>width$}", human_size(bytes)),
            (false, numbers) => format!("{:>width$}", numbers.count(bytes)),
        }
    }

    /// The last lines of `--summary`: all together, then by storage class unless all of it is
    /// STANDARD.
    pub(super) fn totals(&self, totals: &Totals) -> Vec<String> {
        let count = |count: &Count| {
            format!(
                "{}, {}",
                self.numbers.counted(count.number, totals.contents.noun()),
                self.total_size(count.bytes)
            )
        };
        let mut all = count(&totals.all);
        let more = [
            (totals.delete_markers, "delete marker"),
            (totals.common_prefixes, "directory"),
        ];
        for (number, noun) in more.iter().filter(|(number, _)| *number > 0) {
            all = format!("{all}, {}", self.numbers.counted(*number, noun));
        }
        if totals.left_out > 0 {
            let left_out = self.numbers.count(totals.left_out);
            all = format!("{all}, {left_out} left out by filters");
        }
        let mut lines = vec![all];
        if !totals.is_all_standard() {
            let classes = totals.classes.iter();
            lines.extend(classes.map(|(class, of)| format!("{class}: {}", count(of))));
        }
        lines
    }

    fn total_size(&self, bytes: u64) -> String {
        match self.human {
            true => human_size(bytes),
            false => self.numbers.counted(bytes, "byte"),
        }
    }
}

/// The widest region; 0 if the service names none, and then there is no such column.
pub(super) fn region_width(buckets: &[BucketInfo]) -> usize {
    let regions = buckets.iter().filter_map(|bucket| bucket.region.as_deref());
    regions
        .map(|region| region.chars().count())
        .max()
        .unwrap_or_default()
}

pub(super) fn bucket(bucket: &BucketInfo, region_width: usize) -> String {
    let time = time(bucket.creation_date);
    match region_width {
        0 => format!("{time}  {}", bucket.name),
        width => {
            let region = bucket.region.as_deref().unwrap_or("-");
            format!("{time}  {region:width$}  {}", bucket.name)
        }
    }
}

/// A time in its column; some services name none.
fn time(time: Option<Timestamp>) -> String {
    time.map_or_else(|| format!("{:25}", "-"), local_time)
}
