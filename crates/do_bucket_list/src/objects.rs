//! What is in a bucket, printed as it comes: nothing is kept.

use common::cli::Shell;
use common::client::Client;
use common::{Error, Exit, Kind, Result, S3Uri};
use futures_util::StreamExt as _;
use transfer::list::{self, ListJobs, Listed};

use crate::form::Form;
use crate::totals::Totals;

/// Lists what begins with the key of `place`: all of it, or one level with directories.
///
/// A listing that breaks off is an error, also after a million lines. When nobody reads any
/// more, or a signal came, it ends quietly: what was asked for is no longer wanted.
pub(crate) async fn list(
    client: &Client,
    place: &S3Uri,
    recursive: bool,
    jobs: ListJobs,
    form: &Form,
    shell: &Shell,
) -> Result<Exit> {
    let delimiter = (!recursive).then_some("/");
    let all = list::objects(
        client,
        &place.bucket,
        &place.key,
        delimiter,
        jobs,
        shell.warn(),
    );
    let mut listing = Box::pin(all.take_until(shell.cancel.cancelled()));
    let (mut objects, mut bytes, mut directories) = (0_u64, 0_u64, 0_u64);
    let mut exit = Exit::Success;
    let end = loop {
        if shell.ui.stdout_closed() {
            return Ok(Exit::Success);
        }
        match listing.next().await {
            None if shell.cancel.is_cancelled() => return Ok(Exit::Success),
            None if objects + directories == 0 && exit == Exit::Success => {
                break empty(place, shell);
            }
            None => break Ok(exit),
            Some(Err(error)) => break Err(error),
            Some(Ok(Listed::Object(object))) => {
                objects += 1;
                bytes = bytes.saturating_add(object.size);
                form.object(&object);
            }
            Some(Ok(Listed::CommonPrefix(prefix))) => {
                directories += 1;
                form.common_prefix(&prefix);
            }
            Some(Ok(Listed::Unreadable(name))) => {
                let subject = format!("s3://{}/{name}", place.bucket);
                let error = Error::new(Kind::Failed, "list", subject, "its name is not UTF-8");
                shell.ui.fail(&error);
                exit = error.exit();
            }
        }
    };
    let exit = end.as_ref().map_or_else(Error::exit, |exit| *exit);
    form.totals(
        &Totals::Objects {
            objects,
            bytes,
            directories,
        },
        exit,
    );
    end
}

/// An empty bucket is what it is; a prefix that matches nothing was meant to match something.
fn empty(place: &S3Uri, shell: &Shell) -> Result<Exit> {
    if place.key.is_empty() {
        shell.ui.note(&format!("{place} is empty"));
        return Ok(Exit::Success);
    }
    let error = Error::new(
        Kind::NotThere,
        "list",
        place.to_string(),
        "no key begins like this",
    );
    Err(error.with_hint(format!(
        "run `do_bucket_list {}` to see what there is",
        place.bucket
    )))
}
