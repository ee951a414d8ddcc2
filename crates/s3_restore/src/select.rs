//! Chooses the version of a name at a point in time. Does no I/O.
//!
//! A version is current from its Last-Modified until the next version of its name. A delete marker
//! counts as a version; while it is current, there is no object. Many services store Last-Modified
//! in whole seconds: if several are equal, the first in the list is the newest.

use jiff::Timestamp;
use s3_client::operations::Version;

/// Which version of a name is requested.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Which {
    /// The current one.
    Now,
    /// This version.
    Version(String),
    /// The one that was current at this time.
    At(Timestamp),
}

/// Chooses from versions in the order of ListObjectVersions: keys in byte order, and the newest
/// version of each key first. The list may have any number of pages; only one version is kept in
/// memory.
#[derive(Debug)]
pub(crate) struct AsOf {
    moment: Timestamp,
    key: Option<String>,
    stood: Option<Version>,
}

/// The list returns to an earlier name, so it is not reliable.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Unordered {
    /// The name.
    pub(crate) key: String,
}

impl AsOf {
    /// A choice for this point in time, before the first version.
    pub(crate) fn new(moment: Timestamp) -> Self {
        Self {
            moment,
            key: None,
            stood: None,
        }
    }

    /// Takes the next version of the list. If it has another name than the one before, returns the
    /// chosen version of the name before, which may be a delete marker.
    pub(crate) fn next(&mut self, version: Version) -> Result<Option<Version>, Unordered> {
        let mut before = None;
        match &self.key {
            Some(key) if *key == version.key => {}
            Some(key) if *key > version.key => return Err(Unordered { key: version.key }),
            _ => {
                before = self.stood.take();
                self.key = Some(version.key.clone());
            }
        }
        let is_newer = self
            .stood
            .as_ref()
            .is_none_or(|stood| version.last_modified > stood.last_modified);
        if version.last_modified <= self.moment && is_newer {
            self.stood = Some(version);
        }
        Ok(before)
    }

    /// The chosen version of the last name.
    pub(crate) fn finish(self) -> Option<Version> {
        self.stood
    }
}

#[cfg(test)]
mod tests;
