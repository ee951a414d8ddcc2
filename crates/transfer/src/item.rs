//! What became of one object or file: a value that reports count, lines show and JSON spells.

use common::{Bucket, Error};
use serde_json::{Map, Value, json};

use crate::plan::reason::Reason;

/// What a run does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// Objects to files, brought up to date.
    Download,
    /// Objects to files that were lost: the free space is looked at first, and files and
    /// directories are synced.
    Restore,
    /// Files to objects.
    Upload,
}

impl Verb {
    /// The verb, as it follows "cannot".
    pub fn word(self) -> &'static str {
        match self {
            Self::Download => "download",
            Self::Restore => "restore",
            Self::Upload => "upload",
        }
    }

    /// Its participle.
    pub fn done(self) -> &'static str {
        match self {
            Self::Download => "downloaded",
            Self::Restore => "restored",
            Self::Upload => "uploaded",
        }
    }
}

/// What became of one object or file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Transferred, complete and checked.
    Done(Verb),
    /// `--dry-run`: a real run would transfer it.
    Would(Verb),
    /// Up to date.
    Skipped,
    /// The directory of a key ending in `/` was made.
    MadeDirectory,
    /// `--dry-run`: a real run would make this directory.
    WouldMakeDirectory,
    /// The directory of a key ending in `/` existed already.
    KeptDirectory,
    /// `--check-only`: both sides have the same content.
    Same,
    /// `--check-only`: the contents differ, or nothing shows that they do not.
    Differs,
    /// `--check-only`: only the local disk has it.
    OnlyHere,
    /// `--check-only`: only the bucket has it.
    OnlyThere,
    /// Its name, or what has its name already, rules it out.
    Refused,
    /// Tried and failed.
    Failed,
}

impl Status {
    /// The word for it in JSON.
    pub fn word(self) -> &'static str {
        match self {
            Self::Done(verb) => verb.done(),
            Self::Would(Verb::Download) => "would_download",
            Self::Would(Verb::Restore) => "would_restore",
            Self::Would(Verb::Upload) => "would_upload",
            Self::Skipped => "skipped",
            Self::MadeDirectory => "made_directory",
            Self::WouldMakeDirectory => "would_make_directory",
            Self::KeptDirectory => "kept_directory",
            Self::Same => "same",
            Self::Differs => "differs",
            Self::OnlyHere => "only_here",
            Self::OnlyThere => "only_there",
            Self::Refused => "refused",
            Self::Failed => "failed",
        }
    }
}

/// What became of one object or file.
#[derive(Debug)]
pub struct Item {
    /// What became of it.
    pub status: Status,
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
    pub fn new(status: Status, bucket: &Bucket, key: &str, path: &str) -> Self {
        Self {
            status,
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
    pub fn with_error(mut self, status: Status, error: Error) -> Self {
        self.status = status;
        self.error = Some(error);
        self
    }

    /// The lines for people: what was moved, and what a dry run would move. Nothing for what
    /// was skipped; failures go to stderr.
    pub fn line(&self) -> Option<String> {
        let (verb, would) = match self.status {
            Status::Done(verb) => (verb, false),
            Status::Would(verb) => (verb, true),
            Status::MadeDirectory => return Some(format!("{}/", self.path)),
            Status::WouldMakeDirectory => return Some(format!("would make {}/", self.path)),
            Status::Differs => return Some(format!("differs: {}{}", self.path, self.because())),
            Status::OnlyHere => return Some(format!("only here: {}", self.path)),
            Status::OnlyThere => {
                return Some(format!("only there: s3://{}/{}", self.bucket, self.key));
            }
            Status::KeptDirectory
            | Status::Skipped
            | Status::Same
            | Status::Refused
            | Status::Failed => return None,
        };
        let to = match (verb, &self.public_url) {
            (Verb::Download | Verb::Restore, _) => String::new(),
            (Verb::Upload, Some(url)) => format!(" -> {url}"),
            (Verb::Upload, None) => format!(" -> s3://{}/{}", self.bucket, self.key),
        };
        Some(if would {
            format!("would {} {}{to}{}", verb.word(), self.path, self.because())
        } else {
            format!("{}{to}", self.path)
        })
    }

    /// What `-v` says more: why it was moved or not, and how it was checked.
    pub(crate) fn detail(&self) -> Option<String> {
        let path = &self.path;
        match (self.status, self.proof) {
            (Status::Skipped, Some(proof)) => Some(format!("{path} is up to date by its {proof}")),
            (Status::Skipped, None) => Some(format!("{path} is up to date")),
            (Status::Done(verb), Some(proof)) => {
                let because = self.because();
                Some(format!(
                    "{path} is {}{because}, checked by {proof}",
                    verb.done()
                ))
            }
            (Status::Done(verb), None) => {
                let because = self.because();
                Some(format!("{path} is {}{because}, unverified", verb.done()))
            }
            _ => None,
        }
    }

    fn because(&self) -> String {
        self.reason
            .map_or_else(String::new, |reason| format!(" ({reason})"))
    }

    /// One object for `--json`, with S3's names where S3 has one.
    pub fn json(&self) -> Value {
        let mut fields = Map::new();
        fields.insert("status".into(), json!(self.status.word()));
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
