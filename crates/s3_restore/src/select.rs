//! What stood under a name at a moment: the choice, without any I/O.
//!
//! A version stands from its Last-Modified on, until the next one of its name. A delete marker
//! stands like a version, and then nothing is there. Last-Modified has whole seconds on many
//! services: among equals the first listed is the newest.

use jiff::Timestamp;
use s3_client::operations::Version;

/// What of a name is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Which {
    /// What stands there now.
    Now,
    /// This version.
    Version(String),
    /// What stood there then.
    At(Timestamp),
}

/// Chooses from versions in the order of ListObjectVersions: keys in byte order, of each key the
/// newest first, over any number of pages. Keeps one version.
#[derive(Debug)]
pub(crate) struct AsOf {
    moment: Timestamp,
    key: Option<String>,
    stood: Option<Version>,
}

/// The list goes back to a name that was left already: what it says cannot be relied on.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Unordered {
    /// The name.
    pub(crate) key: String,
}

impl AsOf {
    /// A choice for this moment that has seen nothing yet.
    pub(crate) fn new(moment: Timestamp) -> Self {
        Self {
            moment,
            key: None,
            stood: None,
        }
    }

    /// Takes the next version of the list. Returns what stood under the name before it, delete
    /// marker or not, if this version is of another name.
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

    /// What stood under the last name of the list.
    pub(crate) fn finish(self) -> Option<Version> {
        self.stood
    }
}

#[cfg(test)]
mod tests;
