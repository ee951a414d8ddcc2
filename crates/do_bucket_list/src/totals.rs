//! What was listed, in all.

use std::collections::BTreeMap;

use crate::entry::Entry;

/// The class of what names none: S3 leaves it out for this one.
pub(crate) const STANDARD: &str = "STANDARD";

/// What of a bucket is listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Contents {
    Objects,
    Versions,
    Uploads,
}

impl Contents {
    pub(crate) fn noun(self) -> &'static str {
        match self {
            Self::Objects => "object",
            Self::Versions => "version",
            Self::Uploads => "upload",
        }
    }

    pub(crate) fn plural(self) -> &'static str {
        match self {
            Self::Objects => "objects",
            Self::Versions => "versions",
            Self::Uploads => "uploads",
        }
    }
}

/// How many, and how large in all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Count {
    pub(crate) number: u64,
    pub(crate) bytes: u64,
}

impl Count {
    pub(crate) fn add(&mut self, bytes: u64) {
        self.number += 1;
        self.bytes = self.bytes.saturating_add(bytes);
    }
}

/// What was listed, in all.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Totals {
    pub(crate) contents: Contents,
    /// Objects, versions or uploads.
    pub(crate) all: Count,
    /// The same by storage class.
    pub(crate) classes: BTreeMap<String, Count>,
    pub(crate) delete_markers: u64,
    pub(crate) common_prefixes: u64,
    /// What the filters left out.
    pub(crate) left_out: u64,
    /// Whether `--max-keys` ended the listing before its end.
    pub(crate) truncated: bool,
}

impl Totals {
    /// Nothing yet.
    pub(crate) fn of(contents: Contents) -> Self {
        Self {
            contents,
            all: Count::default(),
            classes: BTreeMap::new(),
            delete_markers: 0,
            common_prefixes: 0,
            left_out: 0,
            truncated: false,
        }
    }

    /// The lines that were printed.
    pub(crate) fn lines(&self) -> u64 {
        self.all.number + self.delete_markers + self.common_prefixes
    }

    pub(crate) fn add(&mut self, entry: &Entry) {
        match entry {
            Entry::Object(object) => self.count(object.size, object.storage_class.as_deref()),
            Entry::Version(version) if version.delete_marker => self.delete_markers += 1,
            Entry::Version(version) => self.count(version.size, version.storage_class.as_deref()),
            Entry::Upload(upload, stored) => {
                self.count(stored.bytes, upload.storage_class.as_deref())
            }
            Entry::CommonPrefix(_) => self.common_prefixes += 1,
            Entry::Unreadable(_) => {}
        }
    }

    /// Runs for every line: only a class that is new costs memory.
    fn count(&mut self, bytes: u64, class: Option<&str>) {
        self.all.add(bytes);
        let class = class.unwrap_or(STANDARD);
        match self.classes.get_mut(class) {
            Some(count) => count.add(bytes),
            None => self.classes.entry(class.to_owned()).or_default().add(bytes),
        }
    }

    /// Whether the classes say nothing that is not known: all is STANDARD, or there is nothing.
    pub(crate) fn is_all_standard(&self) -> bool {
        self.classes.keys().all(|class| class == STANDARD)
    }
}
