//! What is listed in a bucket: objects, versions or unfinished uploads, each as a stream of
//! entries, in the order of the service.

use std::pin::Pin;

use common::{Error, Result, S3Uri};
use futures_util::{Stream, StreamExt as _, TryStreamExt as _, future, stream};
use s3_client::client::{Client, Warn};
use s3_client::operations::{ListedObject, PendingUpload, Version};
use transfer::list::ListJobs;
use transfer::uploads::Stored;
use transfer::{list, uploads, versions};

/// Uploads whose parts are requested at a time: each is a request of its own.
const UPLOADS_AT_A_TIME: usize = 8;

/// One thing that is listed in a bucket.
pub(crate) enum Entry {
    Object(ListedObject),
    /// A version of an object, or a delete marker.
    Version(Version),
    /// An unfinished upload.
    Upload(PendingUpload, Stored),
    /// A prefix with the delimiter at its end, for all keys that begin with it.
    CommonPrefix(String),
    /// A name that is not UTF-8, percent-encoded as it came.
    Unreadable(String),
}

impl Entry {
    /// The size of what is stored; `None` for what stores nothing.
    pub(crate) fn stored_bytes(&self) -> Option<u64> {
        match self {
            Self::Object(object) => Some(object.size),
            Self::Version(version) => (!version.delete_marker).then_some(version.size),
            Self::Upload(_, stored) => Some(stored.bytes),
            Self::CommonPrefix(_) | Self::Unreadable(_) => None,
        }
    }

    /// The key or prefix.
    pub(crate) fn name(&self) -> &str {
        match self {
            Self::Object(object) => &object.key,
            Self::Version(version) => &version.key,
            Self::Upload(upload, _) => &upload.key,
            Self::CommonPrefix(name) | Self::Unreadable(name) => name,
        }
    }
}

/// The entries of a listing.
pub(crate) type Entries<'a> = Pin<Box<dyn Stream<Item = Result<Entry>> + Send + 'a>>;

/// The objects whose keys begin with the key of `place`, and with a delimiter the directories.
pub(crate) fn objects<'a>(
    client: &Client,
    place: &S3Uri,
    delimiter: Option<&'static str>,
    jobs: ListJobs,
    warn: Warn,
) -> Entries<'a> {
    let pages = list::pages_only(client, &place.bucket, &place.key, delimiter, jobs, warn);
    flat(pages, |page| {
        let objects = page.objects.into_iter().map(Entry::Object);
        merged(objects, page.common_prefixes, page.unreadable)
    })
}

/// Every version and delete marker, of each key the newest first. A bucket that keeps no versions
/// shows its objects, each as the version `null`.
pub(crate) fn every_version<'a>(
    client: &Client,
    place: &S3Uri,
    delimiter: Option<&'static str>,
) -> Entries<'a> {
    let pages = versions::pages_of(client, &place.bucket, &place.key, delimiter);
    flat(pages, |page| {
        let versions = page.versions.into_iter().map(Entry::Version);
        merged(versions, page.common_prefixes, page.unreadable)
    })
}

/// The unfinished uploads of all keys that begin with the key of `place`. One that is completed
/// or aborted in the meantime is left out. The size is requested only of those that are `wanted`.
pub(crate) fn unfinished_uploads<'a>(
    client: &'a Client,
    place: &'a S3Uri,
    wanted: impl Fn(&PendingUpload) -> bool + Clone + Send + 'a,
) -> Entries<'a> {
    let pages = uploads::pages(client, &place.bucket, &place.key);
    let entries = flat(pages, |page| {
        let uploads = page.uploads.into_iter();
        let uploads = uploads.map(|upload| Entry::Upload(upload, Stored::default()));
        merged(uploads, Vec::new(), page.unreadable)
    });
    let sized = entries.map(move |entry| {
        let wanted = wanted.clone();
        async move {
            match entry? {
                Entry::Upload(upload, _) if wanted(&upload) => {
                    let stored = uploads::stored(client, &place.bucket, &upload).await?;
                    Ok(stored.map(|stored| Entry::Upload(upload, stored)))
                }
                other => Ok(Some(other)),
            }
        }
    });
    let in_order = sized.buffered(UPLOADS_AT_A_TIME);
    Box::pin(in_order.try_filter_map(future::ok))
}

/// The entries of all pages. What came before an error is still there.
fn flat<'a, P>(
    pages: impl Stream<Item = Result<P>> + Send + 'a,
    entries: impl Fn(P) -> Vec<Entry> + Send + 'a,
) -> Entries<'a> {
    let pages = pages.map_ok(move |page| stream::iter(entries(page)).map(Ok::<_, Error>));
    Box::pin(pages.try_flatten())
}

/// The entries of one page in byte order: a service sends directories apart. Names that cannot be
/// read come last.
fn merged(
    entries: impl Iterator<Item = Entry>,
    common_prefixes: Vec<String>,
    unreadable: Vec<String>,
) -> Vec<Entry> {
    let mut all = Vec::new();
    let mut prefixes = common_prefixes.into_iter().peekable();
    for entry in entries {
        while let Some(prefix) = prefixes.next_if(|prefix| prefix.as_str() < entry.name()) {
            all.push(Entry::CommonPrefix(prefix));
        }
        all.push(entry);
    }
    all.extend(prefixes.map(Entry::CommonPrefix));
    all.extend(unreadable.into_iter().map(Entry::Unreadable));
    all
}
