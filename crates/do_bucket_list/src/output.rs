//! The lines of a listing: text for people, JSON for programs, bare names for `xargs -0`.

mod age;
mod json;
mod text;

use common::Exit;
use common::cli::Shell;
use common::ui::Ui;
use s3_client::operations::BucketInfo;
use serde_json::json;
use structopt::StructOpt;

use crate::entry::Entry;
use crate::totals::{Contents, Count, Totals};
use text::Text;

/// How the listing is printed.
#[derive(Clone, Copy, Debug, StructOpt)]
pub(crate) struct OutputArgs {
    /// Print sizes in KiB, MiB, GiB
    #[structopt(long)]
    pub(crate) human: bool,

    /// Print the number and size of objects at the end, in all and by storage class
    #[structopt(long)]
    pub(crate) summary: bool,

    /// Print only the number and size of all below PREFIX (du)
    #[structopt(long, conflicts_with_all = &["max-keys", "null"])]
    pub(crate) summary_only: bool,

    /// With --summary-only: a line for each directory too, down to N levels [default: 0]
    #[structopt(long, value_name = "N", requires = "summary-only")]
    pub(crate) depth: Option<usize>,

    /// Print ETag and storage class of each object too
    #[structopt(long)]
    pub(crate) long: bool,

    /// Print names only, each ended by a NUL byte and never escaped, for xargs -0
    #[structopt(short = "0", long)]
    pub(crate) null: bool,
}

impl OutputArgs {
    pub(crate) fn on(self, shell: &Shell, contents: Contents) -> Output {
        let format = match (shell.json(), self.null) {
            (true, _) => Format::Json,
            (false, true) => Format::Names,
            (false, false) => {
                Format::Text(Text::new(shell.ui.stdout_numbers(), self.human, self.long))
            }
        };
        Output {
            ui: shell.ui.clone(),
            contents,
            format,
            summary: self.summary || self.summary_only,
            depth: self.summary_only.then_some(self.depth.unwrap_or(0)),
        }
    }
}

/// Writes the lines of a listing.
pub(crate) struct Output {
    ui: Ui,
    contents: Contents,
    format: Format,
    summary: bool,
    /// For `--summary-only`: how many levels of directories are shown.
    depth: Option<usize>,
}

enum Format {
    Text(Text),
    Json,
    Names,
}

impl Output {
    /// Why this entry cannot be shown, if so.
    pub(crate) fn refuses(&self, entry: &Entry) -> Option<&'static str> {
        match (&self.format, entry) {
            (_, Entry::Unreadable(_)) => Some("its name is not UTF-8"),
            // It would be read as two.
            (Format::Names, entry) if entry.name().contains('\0') => {
                Some("its name has a NUL byte in it, where -0 ends a name")
            }
            _ => None,
        }
    }

    /// How many levels of directories are summed up, if nothing else is printed.
    pub(crate) fn summed_depth(&self) -> Option<usize> {
        self.depth
    }

    /// A directory with all that is below it.
    pub(crate) fn directory(&self, name: &str, count: Count) {
        match &self.format {
            Format::Json => self.ui.json(&json!({
                "Prefix": name, self.contents.plural(): count.number, "bytes": count.bytes,
            })),
            Format::Text(text) => self.ui.line(&text.sum(name, count)),
            Format::Names => {}
        }
    }

    pub(crate) fn entry(&self, entry: &Entry) {
        match &self.format {
            Format::Text(text) => self.ui.line(&text.entry(entry, self.contents)),
            Format::Json => json::entry(&self.ui, entry),
            Format::Names => self.name(entry.name()),
        }
    }

    /// A note for people, below what they asked for.
    pub(crate) fn remark(&self, text: &str) {
        if let Format::Text(_) = self.format {
            self.ui.note(text);
        }
    }

    /// A name as it is, ended by a NUL byte.
    fn name(&self, name: &str) {
        self.ui.bytes(name.as_bytes());
        self.ui.bytes(b"\0");
    }

    /// All buckets of the account.
    pub(crate) fn buckets(&self, buckets: &[BucketInfo]) {
        let region_width = text::region_width(buckets);
        for bucket in buckets {
            match &self.format {
                Format::Text(_) => self.ui.line(&text::bucket(bucket, region_width)),
                Format::Json => json::bucket(&self.ui, bucket),
                Format::Names => self.name(&bucket.name),
            }
        }
    }

    /// The end of a list of buckets.
    pub(crate) fn bucket_count(&self, count: u64, exit: Exit) {
        match &self.format {
            Format::Json => self.ui.summary(json!({ "buckets": count })),
            Format::Text(_) if self.summary && exit == Exit::Success => {
                self.ui
                    .line(&self.ui.stdout_numbers().counted(count, "bucket"));
            }
            Format::Text(_) | Format::Names => {}
        }
    }

    /// The end of the listing: always in JSON, so that a reader knows that it is whole; in text
    /// if asked for.
    pub(crate) fn totals(&self, totals: &Totals, exit: Exit) {
        match &self.format {
            Format::Json => self.ui.summary(json::summary(totals)),
            Format::Text(text) if self.summary && exit == Exit::Success => {
                for line in text.totals(totals) {
                    self.ui.line(&line);
                }
            }
            Format::Text(_) | Format::Names => {}
        }
    }
}
