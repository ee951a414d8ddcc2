//! Sends the requests of a listing, and hands its pages to the reader.

use common::failure::listing_error;
use common::{Bucket, Error, Kind, Result};
use s3_client::client::{Client, Warn};
use s3_client::failure::Failure;
use s3_client::operations::{ListObjects, ListPage, list_objects};
use tokio::sync::mpsc::Sender;
use tokio::task::{JoinError, JoinSet};

use super::merge::{Merge, Request};
use super::segment::Item;

/// Keys in a page: the most that S3 gives. Some servers need to be told.
const PAGE_KEYS: u32 = 1000;

/// What is listed.
#[derive(Clone)]
pub(super) struct Source {
    pub(super) client: Client,
    pub(super) bucket: Bucket,
    pub(super) prefix: String,
    pub(super) delimiter: Option<&'static str>,
}

/// Lists until the end, an error, or until the reader is gone.
pub(super) async fn run(
    source: Source,
    mut merge: Merge,
    sender: Sender<Result<ListPage>>,
    warn: Warn,
) {
    // Dropping it ends every request.
    let mut requests = JoinSet::new();
    loop {
        send(&mut requests, &mut merge, &source);
        match merge.next_item() {
            Some(Item::Unordered) => warn(source.unordered()),
            Some(Item::Page(page)) => {
                if deliver(page, &sender, &mut requests, &mut merge, &source)
                    .await
                    .is_none()
                {
                    return;
                }
            }
            Some(Item::Failed(error)) => {
                // It does not matter if the reader is gone.
                let _ = sender.send(Err(error)).await;
                return;
            }
            None if merge.is_finished() => return,
            // No response can come any more, so this would wait for ever.
            None if requests.is_empty() => {
                let _ = sender.send(Err(source.waits_for_itself())).await;
                return;
            }
            None => {
                tokio::select! {
                    () = sender.closed() => return,
                    Some(done) = requests.join_next() => {
                        arrived(done, &mut merge, &source);
                    }
                }
            }
        }
    }
}

/// The number of a segment, and the response for it.
type Response = (u64, Result<ListPage>);

fn send(requests: &mut JoinSet<Response>, merge: &mut Merge, source: &Source) {
    while let Some(request) = merge.next_request() {
        let source = source.clone();
        requests.spawn(async move {
            let page = source.page(&request).await;
            (request.segment, page)
        });
    }
}

/// Gives a page to the reader, and takes responses while the reader is busy. `None` if the reader is gone.
async fn deliver(
    page: ListPage,
    sender: &Sender<Result<ListPage>>,
    requests: &mut JoinSet<Response>,
    merge: &mut Merge,
    source: &Source,
) -> Option<()> {
    loop {
        tokio::select! {
            biased;
            room = sender.reserve() => {
                room.ok()?.send(Ok(page));
                return Some(());
            }
            Some(done) = requests.join_next() => {
                arrived(done, merge, source);
                send(requests, merge, source);
            }
        }
    }
}

fn arrived(done: Result<Response, JoinError>, merge: &mut Merge, source: &Source) {
    // Nothing cancels these tasks, and a panic ends the program by itself.
    if let Ok((segment, page)) = done {
        merge.arrived(segment, page, || source.goes_in_circles());
    }
}

impl Source {
    fn subject(&self) -> String {
        format!("s3://{}/{}", self.bucket, self.prefix)
    }

    fn unordered(&self) -> String {
        format!(
            "the listing of {} is not in byte order: it continues page by page, unsorted",
            self.subject()
        )
    }

    fn goes_in_circles(&self) -> Error {
        let cause = "the service repeats pages: the listing would never end";
        Error::new(Kind::Unavailable, "list", self.subject(), cause).stopping_the_run()
    }

    fn waits_for_itself(&self) -> Error {
        let cause = "internal error: the listing waits for itself";
        Error::new(Kind::Bug, "list", self.subject(), cause)
            .with_hint("please report it with the command line and the log of a run with -vv")
            .stopping_the_run()
    }

    async fn page(&self, asked: &Request) -> Result<ListPage> {
        let request = ListObjects {
            bucket: self.bucket.as_str(),
            prefix: &self.prefix,
            delimiter: self.delimiter,
            start_after: asked.after.as_deref(),
            token: asked.token.as_deref(),
            max_keys: PAGE_KEYS,
        };
        let response = self
            .client
            .attempts()
            .about(self.subject())
            .run(|| async {
                let page = list_objects(&self.client, &request).await?;
                if page.next.is_some() && page.next == asked.token {
                    return Err(Failure::Response(
                        "the service offered the same page twice: the listing would never end"
                            .into(),
                    ));
                }
                Ok(page)
            })
            .await;
        match response {
            Ok(page) => Ok(page),
            Err(failure) => {
                let bucket = self.bucket.as_str();
                Err(listing_error(failure, "list", self.subject(), &self.client, bucket).await)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use common::Exit;
    use common::config::{Config, ConnectArgs};
    use common::env::Env;
    use tokio::sync::mpsc;

    use super::*;
    use crate::list::merge::Ahead;

    #[tokio::test]
    async fn a_listing_that_stands_still_is_an_internal_error_and_no_hang() {
        let settings = [
            ("ENDPOINT_URL", "http://127.0.0.1:9"),
            ("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"),
            ("AWS_SECRET_ACCESS_KEY", "secret"),
        ];
        let env = Env::from_pairs(settings).unwrap();
        let config = Config::resolve(&env, &ConnectArgs::default()).unwrap();
        let warn: Warn = Arc::new(|_| {});
        let source = Source {
            client: common::connect(&config, None, warn.clone()).unwrap(),
            bucket: "photos".parse().unwrap(),
            prefix: String::new(),
            delimiter: None,
        };
        // Nothing is ever sent if no request is allowed.
        let ahead = Ahead { jobs: 0, bytes: 0 };
        let (sender, mut pages) = mpsc::channel(1);
        run(source, Merge::new("", true, ahead), sender, warn).await;
        let error = pages.recv().await.unwrap().unwrap_err();
        assert_eq!(error.exit(), Exit::Bug);
        assert_eq!(
            error.to_string(),
            "cannot list s3://photos/: internal error: the listing waits for itself"
        );
    }
}
