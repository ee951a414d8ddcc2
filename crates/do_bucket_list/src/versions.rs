//! Every version and delete marker of a bucket. One that keeps no versions shows its objects, each
//! as the version `null`.

use common::{Result, S3Uri};
use futures_util::{Stream, StreamExt as _, stream};
use s3_client::client::Client;
use s3_client::operations::VersionsPage;
use transfer::versions;

use crate::entry::Entry;

/// What begins with the key of `place`: all of it, or one level with directories. Keys are in byte
/// order, of each the newest version first.
pub(crate) fn entries(
    client: &Client,
    place: &S3Uri,
    recursive: bool,
) -> impl Stream<Item = Result<Entry>> {
    let delimiter = (!recursive).then_some("/");
    let pages = versions::pages_of(client, &place.bucket, &place.key, delimiter);
    pages.flat_map(|page| {
        stream::iter(match page {
            Ok(page) => merged(page).into_iter().map(Ok).collect::<Vec<_>>(),
            Err(error) => vec![Err(error)],
        })
    })
}

/// Versions and common prefixes of one page as one sequence: a service sends them apart.
fn merged(page: VersionsPage) -> Vec<Entry> {
    let mut entries = Vec::with_capacity(page.versions.len() + page.common_prefixes.len());
    let mut prefixes = page.common_prefixes.into_iter().peekable();
    for version in page.versions {
        while let Some(prefix) = prefixes.next_if(|prefix| *prefix < version.key) {
            entries.push(Entry::CommonPrefix(prefix));
        }
        entries.push(Entry::Version(version));
    }
    entries.extend(prefixes.map(Entry::CommonPrefix));
    entries.extend(page.unreadable.into_iter().map(Entry::Unreadable));
    entries
}
