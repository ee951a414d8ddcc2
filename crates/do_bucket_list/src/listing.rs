//! Prints what is listed in a bucket as it comes: nothing is kept.

use std::num::NonZeroU64;
use std::pin::pin;

use common::cli::Shell;
use common::{Error, Exit, Kind, Result, S3Uri};
use futures_util::StreamExt as _;
use s3_client::operations::PendingUpload;
use transfer::filter::Filters;

use crate::directories::Directories;
use crate::entry::{Entries, Entry};
use crate::output::Output;
use crate::totals::{Contents, Totals};

/// What to list, and how much of it.
pub(crate) struct Selection {
    contents: Contents,
    place: S3Uri,
    filters: Filters,
    max_keys: Option<NonZeroU64>,
    /// Where the names begin that filters see: after the last `/` of the prefix.
    directory_bytes: usize,
}

impl Selection {
    pub(crate) fn new(
        contents: Contents,
        place: &S3Uri,
        filters: Filters,
        max_keys: Option<NonZeroU64>,
    ) -> Self {
        Self {
            contents,
            place: place.clone(),
            filters,
            max_keys,
            directory_bytes: place.key.rfind('/').map_or(0, |slash| slash + 1),
        }
    }

    /// Whether the filters let the upload take part. Its size is not known yet.
    pub(crate) fn allows_upload(&self, upload: &PendingUpload) -> bool {
        self.filters.allows_time(upload.initiated)
            && self.filters.allows(self.relative(&upload.key))
    }

    fn allows(&self, entry: &Entry) -> bool {
        let file = |key: &str, size, time| self.filters.allows_file(self.relative(key), size, time);
        match entry {
            _ if self.filters.is_empty() => true,
            Entry::Unreadable(name) => self.filters.allows_encoded(name, self.directory_bytes),
            Entry::CommonPrefix(name) => self.filters.allows(self.relative(name)),
            Entry::Object(object) => file(&object.key, object.size, object.last_modified),
            Entry::Version(version) => {
                file(&version.key, version.size, Some(version.last_modified))
            }
            Entry::Upload(upload, stored) => file(&upload.key, stored.bytes, upload.initiated),
        }
    }

    /// The name as filters see it.
    fn relative<'a>(&self, name: &'a str) -> &'a str {
        name.get(self.directory_bytes..).unwrap_or(name)
    }

    /// The directory that somebody probably meant to list: `photos/` where `photos` was given.
    fn directory_without_slash(&self, entry: Entry) -> Option<String> {
        match entry {
            Entry::CommonPrefix(name) if name.strip_suffix('/') == Some(&self.place.key) => {
                Some(name)
            }
            _ => None,
        }
    }

    /// Whether as many lines are printed as were asked for.
    fn is_full(&self, totals: &Totals) -> bool {
        self.max_keys
            .is_some_and(|most| totals.lines() >= most.get())
    }
}

/// Prints the entries and what they are in all.
///
/// # Errors
/// A listing that breaks off is an error, even after a million lines. It ends quietly when stdout
/// is closed or a signal came.
pub(crate) async fn print(
    entries: Entries<'_>,
    selection: &Selection,
    output: &Output,
    shell: &Shell,
) -> Result<Exit> {
    let mut entries = pin!(entries.take_until(shell.cancel.cancelled()));
    let mut totals = Totals::of(selection.contents);
    let mut exit = Exit::Success;
    let mut only_directory = None;
    let tell = |directory: &str, count| output.directory(directory, count);
    let depth = output.summed_depth();
    let mut sums = depth.map(|depth| Directories::new(depth, selection.directory_bytes));
    let end = loop {
        if shell.ui.stdout_closed() {
            return Ok(Exit::Success);
        }
        let entry = match entries.next().await {
            None if shell.cancel.is_cancelled() => return Ok(Exit::Success),
            None if totals.lines() == 0 && exit == Exit::Success => {
                break nothing(selection, &totals, shell);
            }
            None => break Ok(exit),
            Some(Err(error)) => break Err(error),
            Some(Ok(entry)) => entry,
        };
        if selection.is_full(&totals) {
            totals.truncated = true;
            break Ok(exit);
        }
        if !selection.allows(&entry) {
            totals.left_out += 1;
        } else if let Some(cause) = output.refuses(&entry) {
            exit = refused(&entry, cause, selection, shell);
        } else {
            totals.add(&entry);
            match (&mut sums, entry.stored_bytes()) {
                (None, _) => output.entry(&entry),
                (Some(sums), Some(bytes)) => sums.add(entry.name(), bytes, &tell),
                (Some(_), None) => {}
            }
            only_directory = selection.directory_without_slash(entry);
        }
    };
    if let (Some(sums), Ok(_)) = (&mut sums, &end) {
        sums.end(tell);
    }
    if let Some(directory) = only_directory.filter(|_| totals.lines() == 1) {
        let bucket = &selection.place.bucket;
        output.remark(&format!("{bucket}/{directory} shows what is inside"));
    }
    output.totals(&totals, end.as_ref().map_or_else(Error::exit, |exit| *exit));
    if totals.truncated {
        let lines = shell.ui.stderr_numbers().counted(totals.lines(), "line");
        shell.ui.note(&format!(
            "stopped after {lines} (--max-keys); there is more"
        ));
    }
    end
}

/// A name that cannot be shown is a failure of its own; the others are listed.
fn refused(entry: &Entry, cause: &str, selection: &Selection, shell: &Shell) -> Exit {
    let subject = format!("s3://{}/{}", selection.place.bucket, entry.name());
    let error = Error::new(Kind::Failed, "list", subject, cause);
    shell.ui.fail(&error);
    error.exit()
}

/// An empty bucket is what it is, and no unfinished upload is good news; a prefix that matches
/// nothing was meant to match something.
fn nothing(selection: &Selection, totals: &Totals, shell: &Shell) -> Result<Exit> {
    let place = &selection.place;
    if totals.left_out > 0 {
        shell.ui.warn(&selection.filters.nothing_left("object"));
        return Ok(Exit::Success);
    }
    if selection.contents == Contents::Uploads {
        shell
            .ui
            .note(&format!("there are no unfinished uploads in {place}"));
        return Ok(Exit::Success);
    }
    if place.key.is_empty() {
        shell.ui.note(&format!("{place} is empty"));
        return Ok(Exit::Success);
    }
    let error = Error::new(
        Kind::NotThere,
        "list",
        place.to_string(),
        "no key begins with this prefix",
    );
    Err(error.with_hint(match place.as_pattern() {
        Some((above, pattern)) => {
            format!("a prefix is no pattern: do_bucket_list -r --include '{pattern}' {above}")
        }
        None => format!("run `do_bucket_list {}` to see what there is", place.bucket),
    }))
}
