//! The unfinished multipart uploads of a bucket: what somebody pays for and no listing of objects
//! shows.

use common::{Bucket, Error, Result, S3Uri};
use futures_util::{Stream, StreamExt as _, TryStreamExt as _, future, stream};
use s3_client::client::Client;
use s3_client::operations::{PendingUpload, UploadsPage};
use transfer::uploads::{self, Held};

use crate::entry::Entry;
use crate::listing::Wanted;

/// Uploads whose parts are asked for at a time: each is a request of its own, and nobody is in a
/// hurry.
const ASKED_AT_A_TIME: usize = 8;

/// The uploads of all keys that begin with the key of `place`, in the order of the service. One
/// that is finished or aborted in the meantime is left out. Of those that a filter leaves out
/// nothing is asked.
pub(crate) fn entries<'a>(
    client: &'a Client,
    place: &'a S3Uri,
    wanted: &'a Wanted,
) -> impl Stream<Item = Result<Entry>> + 'a {
    let pages = uploads::pages(client, &place.bucket, &place.key);
    let entries = pages.map_ok(|page| stream::iter(of_page(page).into_iter().map(Ok::<_, Error>)));
    // A page that cannot be had waits for its turn: what came before it is still printed.
    let sized = entries.try_flatten().map(move |entry| async move {
        match entry? {
            Entry::Upload(upload, _) if wanted.allows(&upload.key) => {
                with_size(client, &place.bucket, upload).await
            }
            other => Ok(Some(other)),
        }
    });
    let in_order = sized.buffered(ASKED_AT_A_TIME);
    in_order.try_filter_map(future::ok)
}

fn of_page(page: UploadsPage) -> Vec<Entry> {
    let uploads = page.uploads.into_iter();
    let mut entries: Vec<_> = uploads
        .map(|upload| Entry::Upload(upload, Held::default()))
        .collect();
    entries.extend(page.unreadable.into_iter().map(Entry::Unreadable));
    entries
}

async fn with_size(
    client: &Client,
    bucket: &Bucket,
    upload: PendingUpload,
) -> Result<Option<Entry>> {
    let held = uploads::held(client, bucket, &upload).await?;
    Ok(held.map(|held| Entry::Upload(upload, held)))
}
