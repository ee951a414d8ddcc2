//! How a line of a listing looks: text for people, JSON for programs.

use common::Exit;
use common::cli::Shell;
use common::s3::{BucketInfo, ListedObject};
use common::ui::{Ui, human_size, local_time};
use jiff::Timestamp;
use serde::Serialize;
use structopt::StructOpt;

use crate::totals::Totals;

/// How the listing is to look.
#[derive(Clone, Copy, Debug, StructOpt)]
pub(crate) struct FormArgs {
    /// Sizes in KiB, MiB, GiB
    #[structopt(long)]
    human: bool,

    /// A last line with the number of objects and their size in all
    #[structopt(long)]
    summary: bool,
}

impl FormArgs {
    pub(crate) fn on(self, shell: &Shell) -> Form {
        Form {
            ui: shell.ui.clone(),
            json: shell.json(),
            human: self.human,
            summary: self.summary,
        }
    }
}

/// Writes the lines of a listing.
pub(crate) struct Form {
    ui: Ui,
    json: bool,
    human: bool,
    summary: bool,
}

/// An object as S3 spells it.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ObjectLine<'a> {
    key: &'a str,
    size: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_modified: Option<String>,
    #[serde(rename = "ETag", skip_serializing_if = "Option::is_none")]
    etag: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    storage_class: Option<&'a str>,
}

/// What stands for all keys that begin with it.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct CommonPrefixLine<'a> {
    prefix: &'a str,
}

/// A bucket as S3 spells it.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct BucketLine<'a> {
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    creation_date: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bucket_region: Option<&'a str>,
}

impl Form {
    pub(crate) fn object(&self, object: &ListedObject) {
        if self.json {
            return self.ui.json(&ObjectLine {
                key: &object.key,
                size: object.size,
                last_modified: object.last_modified.map(|time| time.to_string()),
                etag: object.etag.as_deref(),
                storage_class: object.storage_class.as_deref(),
            });
        }
        let size = match (self.human, self.ui.stdout_numbers()) {
            (true, _) => format!("{:>10}", human_size(object.size)),
            (false, numbers) => format!("{:>15}", numbers.count(object.size)),
        };
        self.ui.line(&format!(
            "{}  {size}  {}",
            time(object.last_modified),
            object.key
        ));
    }

    pub(crate) fn common_prefix(&self, prefix: &str) {
        if self.json {
            return self.ui.json(&CommonPrefixLine { prefix });
        }
        let width = if self.human { 10 } else { 15 };
        self.ui
            .line(&format!("{:25}  {:>width$}  {prefix}", "", "DIR"));
    }

    pub(crate) fn bucket(&self, bucket: &BucketInfo) {
        if self.json {
            return self.ui.json(&BucketLine {
                name: &bucket.name,
                creation_date: bucket.creation_date.map(|time| time.to_string()),
                bucket_region: bucket.region.as_deref(),
            });
        }
        self.ui
            .line(&format!("{}  {}", time(bucket.creation_date), bucket.name));
    }

    /// The end of the listing: always in JSON, so that a reader knows that it is whole; in text
    /// if asked for.
    pub(crate) fn totals(&self, totals: &Totals, exit: Exit) {
        if self.json {
            self.ui.json(&totals.json(exit));
        } else if self.summary && exit == Exit::Success {
            self.ui
                .line(&totals.text(self.ui.stdout_numbers(), self.human));
        }
    }
}

/// A time in its column; some servers name none.
fn time(time: Option<Timestamp>) -> String {
    time.map_or_else(|| format!("{:25}", "-"), local_time)
}
