//! How a listing looks: text for people, JSON for programs, bare names for `xargs -0`.

mod age;
mod json;
mod names;
mod text;

use common::Exit;
use common::cli::Shell;
use common::ui::Ui;
use s3_client::operations::BucketInfo;
use structopt::StructOpt;

use crate::entry::Entry;
use crate::totals::{Totals, What};
use text::Text;

/// How the listing is to look.
#[derive(Clone, Copy, Debug, StructOpt)]
pub(crate) struct FormArgs {
    /// Sizes in KiB, MiB, GiB
    #[structopt(long)]
    pub(crate) human: bool,

    /// Last lines with the number of objects and their size, in all and by storage class
    #[structopt(long)]
    pub(crate) summary: bool,

    /// Names only, each ended by a NUL byte and never escaped, for xargs -0
    #[structopt(short = "0", long)]
    pub(crate) null: bool,
}

impl FormArgs {
    pub(crate) fn on(self, shell: &Shell, what: What) -> Form {
        let look = match (shell.json(), self.null) {
            (true, _) => Look::Json,
            (false, true) => Look::Names,
            (false, false) => Look::Text(Text::new(shell.ui.stdout_numbers(), self.human)),
        };
        Form {
            ui: shell.ui.clone(),
            what,
            look,
            summary: self.summary,
        }
    }
}

/// Writes the lines of a listing.
pub(crate) struct Form {
    ui: Ui,
    what: What,
    look: Look,
    summary: bool,
}

enum Look {
    Text(Text),
    Json,
    Names,
}

impl Form {
    /// Why this entry cannot be shown, if so.
    pub(crate) fn refuses(&self, entry: &Entry) -> Option<&'static str> {
        match (&self.look, entry) {
            (_, Entry::Unreadable(_)) => Some("its name is not UTF-8"),
            (Look::Names, entry) => names::refuses(entry),
            (Look::Text(_) | Look::Json, _) => None,
        }
    }

    pub(crate) fn entry(&self, entry: &Entry) {
        match &self.look {
            Look::Text(text) => self.ui.line(&text.entry(entry, self.what)),
            Look::Json => json::entry(&self.ui, entry),
            Look::Names => names::print(&self.ui, entry.name()),
        }
    }

    /// All buckets of the account.
    pub(crate) fn buckets(&self, buckets: &[BucketInfo]) {
        let region_width = text::region_width(buckets);
        for bucket in buckets {
            match &self.look {
                Look::Text(_) => self.ui.line(&text::bucket(bucket, region_width)),
                Look::Json => json::bucket(&self.ui, bucket),
                Look::Names => names::print(&self.ui, &bucket.name),
            }
        }
    }

    /// The end of a list of buckets.
    pub(crate) fn bucket_count(&self, count: u64, exit: Exit) {
        match &self.look {
            Look::Json => json::bucket_count(&self.ui, count, exit),
            Look::Text(_) if self.summary && exit == Exit::Success => {
                self.ui
                    .line(&self.ui.stdout_numbers().counted(count, "bucket"));
            }
            Look::Text(_) | Look::Names => {}
        }
    }

    /// The end of the listing: always in JSON, so that a reader knows that it is whole; in text
    /// if asked for.
    pub(crate) fn totals(&self, totals: &Totals, exit: Exit) {
        match &self.look {
            Look::Json => json::totals(&self.ui, totals, exit),
            Look::Text(text) if self.summary && exit == Exit::Success => {
                for line in text.totals(totals) {
                    self.ui.line(&line);
                }
            }
            Look::Text(_) | Look::Names => {}
        }
    }
}
