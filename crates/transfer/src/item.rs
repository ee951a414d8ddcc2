//! What became of one object or file: a value that reports count, lines show and JSON spells.

use common::{Bucket, Error};
use serde_json::{Map, Value, json};

use crate::plan::Reason;

/// What became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// Brought to the disk, complete and checked.
    Downloaded,
    /// Brought back by a restore, complete and checked.
    Restored,
    /// Sent to the bucket, complete and checked.
    Uploaded,
    /// A directory that a key ending in `/` stands for.
    MadeDirectory,
    /// The directory that a key ending in `/` stands for was there already.
    KeptDirectory,
    /// Equal already.
    Skipped,
    /// `--dry-run`: a real run would bring it.
    WouldDownload,
    /// `--dry-run`: a real run would bring it back.
    WouldRestore,
    /// `--dry-run`: a real run would send it.
    WouldUpload,
    /// `--dry-run`: a real run would make this directory.
    WouldMakeDirectory,
    /// Cannot be a file or an object, by its name or by what stands in its place.
    Refused,
    /// Tried and failed.
    Failed,
}

impl What {
    /// The word for it in JSON.
    pub fn word(self) -> &'static str {
        match self {
            Self::Downloaded => "downloaded",
            Self::Restored => "restored",
            Self::Uploaded => "uploaded",
            Self::MadeDirectory => "made_directory",
            Self::KeptDirectory => "kept_directory",
            Self::Skipped => "skipped",
            Self::WouldDownload => "would_download",
            Self::WouldRestore => "would_restore",
            Self::WouldUpload => "would_upload",
            Self::WouldMakeDirectory => "would_make_directory",
            Self::Refused => "refused",
            Self::Failed => "failed",
        }
    }
}

/// What became of one object or file.
#[derive(Debug)]
pub struct Item {
    /// What became of it.
    pub what: What,
    /// The bucket.
    pub bucket: Bucket,
    /// The key; empty for a file that never got one.
    pub key: String,
    /// The local path as shown; empty for a key that never got one.
    pub path: String,
    /// Its size.
    pub size_bytes: u64,
    /// Why it was transferred.
    pub reason: Option<Reason>,
    /// The ETag of the object.
    pub etag: Option<String>,
    /// The version that was brought, or that an upload made.
    pub version_id: Option<String>,
    /// Which proof showed that the content is right; `None` for a transfer without proof.
    pub proof: Option<&'static str>,
    /// Where everybody can read it, for a public upload.
    pub public_url: Option<String>,
    /// Why it was refused or failed.
    pub error: Option<Error>,
}

impl Item {
    /// An item about `key` at `path`, with nothing more to say yet.
    pub fn new(what: What, bucket: &Bucket, key: &str, path: &str) -> Self {
        Self {
            what,
            bucket: bucket.clone(),
            key: key.to_owned(),
            path: path.to_owned(),
            size_bytes: 0,
            reason: None,
            etag: None,
            version_id: None,
            proof: None,
            public_url: None,
            error: None,
        }
    }

    /// The same, refused or failed for this reason.
    #[must_use]
    pub fn with_error(mut self, what: What, error: Error) -> Self {
        self.what = what;
        self.error = Some(error);
        self
    }

    /// The lines for people: what was moved, and what a dry run would move. Nothing for what
    /// was skipped; failures go to stderr.
    pub fn line(&self) -> Option<String> {
        let text = match self.what {
            What::Downloaded | What::Restored => self.path.clone(),
            What::Uploaded => match &self.public_url {
                Some(url) => format!("{} -> {url}", self.path),
                None => format!("{} -> s3://{}/{}", self.path, self.bucket, self.key),
            },
            What::MadeDirectory => format!("{}/", self.path),
            What::WouldMakeDirectory => format!("would make {}/", self.path),
            What::WouldDownload => format!("would download {}{}", self.path, self.because()),
            What::WouldRestore => format!("would restore {}{}", self.path, self.because()),
            What::WouldUpload => format!(
                "would upload {} -> s3://{}/{}{}",
                self.path,
                self.bucket,
                self.key,
                self.because()
            ),
            What::KeptDirectory | What::Skipped | What::Refused | What::Failed => return None,
        };
        Some(text)
    }

    fn because(&self) -> String {
        self.reason
            .map_or_else(String::new, |reason| format!(" ({reason})"))
    }

    /// One object for `--json`, with S3's names where S3 has one.
    pub fn json(&self) -> Value {
        let mut fields = Map::new();
        fields.insert("status".into(), json!(self.what.word()));
        fields.insert("Bucket".into(), json!(self.bucket.as_str()));
        let mut text = |name: &str, value: Option<&str>| {
            if let Some(value) = value.filter(|value| !value.is_empty()) {
                fields.insert(name.into(), json!(value));
            }
        };
        text("Key", Some(&self.key));
        text("path", Some(&self.path));
        text("ETag", self.etag.as_deref());
        text("VersionId", self.version_id.as_deref());
        text("proof", self.proof);
        text("url", self.public_url.as_deref());
        text(
            "reason",
            self.reason.map(|reason| reason.to_string()).as_deref(),
        );
        text(
            "error",
            self.error.as_ref().map(ToString::to_string).as_deref(),
        );
        text("hint", self.error.as_ref().and_then(Error::hint));
        fields.insert("Size".into(), json!(self.size_bytes));
        Value::Object(fields)
    }
}
