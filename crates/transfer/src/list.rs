//! The objects under a prefix, page by page, one page ahead of whoever reads them.
//!
//! Paging ends here: no other module knows of tokens. A page is asked for again as a whole
//! until it is complete; a listing that cannot be completed is an error, never a short list.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use common::client::Client;
use common::failure::{Access, Context, Failure};
use common::s3::{ListObjects, ListPage, ListedObject, list_objects};
use common::{Bucket, Error, Kind, Result};
use futures_util::stream::{self, Stream, StreamExt as _};
use tokio::sync::mpsc;

/// Keys asked for at a time: the most that S3 gives; some servers need to be told.
const PAGE_KEYS: u32 = 1000;

/// One line of a listing.
#[derive(Clone, Debug)]
pub enum Listed {
    /// An object.
    Object(ListedObject),
    /// What stands for all keys that begin with it, up to the delimiter.
    CommonPrefix(String),
    /// A key or prefix that is not UTF-8, percent-encoded as it came: to be refused by name.
    Unreadable(String),
}

/// The pages under `prefix`, fetched by a task of its own that stays at most one page ahead.
/// The stream ends after the first error; dropping it ends the task.
pub fn pages(
    client: &Client,
    bucket: &Bucket,
    prefix: &str,
    delimiter: Option<&'static str>,
) -> impl Stream<Item = Result<ListPage>> + Send + Unpin + use<> {
    let (sender, receiver) = mpsc::channel(1);
    let (client, bucket, prefix) = (client.clone(), bucket.clone(), prefix.to_owned());
    tokio::spawn(async move {
        let mut token: Option<String> = None;
        let mut seen = HashSet::new();
        loop {
            let mut page = page(&client, &bucket, &prefix, delimiter, token.as_deref()).await;
            token = page.as_ref().ok().and_then(|page| page.next.clone());
            // Eight bytes a page: a service that goes round in circles must not keep us for ever.
            if token
                .as_ref()
                .is_some_and(|token| !seen.insert(sum_of(token)))
            {
                page = Err(goes_in_circles(&bucket, &prefix));
                token = None;
            }
            if sender.send(page).await.is_err() || token.is_none() {
                return;
            }
        }
    });
    Box::pin(stream::unfold(receiver, |mut receiver| async move {
        receiver.recv().await.map(|page| (page, receiver))
    }))
}

/// The objects (and, with a delimiter, the common prefixes) under `prefix`, in the order of
/// the service: byte order, where an object and a common prefix of one page are merged. Names
/// that cannot be read come at the end of their page.
pub fn objects(
    client: &Client,
    bucket: &Bucket,
    prefix: &str,
    delimiter: Option<&'static str>,
) -> impl Stream<Item = Result<Listed>> + Send + Unpin + use<> {
    pages(client, bucket, prefix, delimiter).flat_map(|page| {
        stream::iter(match page {
            Ok(page) => merged(page).into_iter().map(Ok).collect::<Vec<_>>(),
            Err(error) => vec![Err(error)],
        })
    })
}

fn sum_of(token: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    token.hash(&mut hasher);
    hasher.finish()
}

fn goes_in_circles(bucket: &Bucket, prefix: &str) -> Error {
    let cause = "the listing goes in circles: a page came that was there before";
    Error::new(
        Kind::Unavailable,
        "list",
        format!("s3://{bucket}/{prefix}"),
        cause,
    )
    .stopping_the_run()
}

async fn page(
    client: &Client,
    bucket: &Bucket,
    prefix: &str,
    delimiter: Option<&str>,
    token: Option<&str>,
) -> Result<ListPage> {
    let request = ListObjects {
        bucket: bucket.as_str(),
        prefix,
        delimiter,
        start_after: None,
        token,
        max_keys: PAGE_KEYS,
    };
    let answer = client
        .retry(|| async {
            let page = list_objects(client, &request).await?;
            if page.next.is_some() && page.next.as_deref() == token {
                return Err(Failure::Answer(
                    "the listing does not move on: the same page was offered twice".into(),
                ));
            }
            Ok(page)
        })
        .await;
    match answer {
        Ok(page) => Ok(page),
        Err(failure) => {
            let context = Context::of(client)
                .await
                .bucket(bucket.as_str())
                .to(Access::List);
            Err(failure
                .into_error("list", format!("s3://{bucket}/{prefix}"), &context)
                .stopping_the_run())
        }
    }
}

/// Objects and common prefixes of one page as one sequence in byte order.
fn merged(page: ListPage) -> Vec<Listed> {
    let mut lines: Vec<Listed> =
        Vec::with_capacity(page.objects.len() + page.common_prefixes.len());
    let mut prefixes = page.common_prefixes.into_iter().peekable();
    for object in page.objects {
        while let Some(prefix) = prefixes.next_if(|prefix| *prefix < object.key) {
            lines.push(Listed::CommonPrefix(prefix));
        }
        lines.push(Listed::Object(object));
    }
    lines.extend(prefixes.map(Listed::CommonPrefix));
    lines.extend(page.unreadable.into_iter().map(Listed::Unreadable));
    lines
}

/// The prefix that means a directory: `my-dir` and `my-dir/` mean `my-dir/`, never `my-dir2/`;
/// empty means the whole bucket.
pub fn directory_prefix(directory: &str) -> String {
    match directory {
        "" => String::new(),
        named if named.ends_with('/') => named.to_owned(),
        named => format!("{named}/"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_never_matches_its_longer_neighbours() {
        assert_eq!(directory_prefix("my-dir"), "my-dir/");
        assert_eq!(directory_prefix("my-dir/"), "my-dir/");
        assert_eq!(directory_prefix(""), "");
    }
}
