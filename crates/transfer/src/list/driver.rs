//! Sends the requests of a listing, and hands on what comes out of it.

use std::time::{Duration, Instant};

use common::ToError as _;
use common::client::{Client, Warn};
use common::failure::{Access, Context, Failure};
use common::s3::{ListObjects, ListPage, list_objects};
use common::{Bucket, Error, Kind, Result};
use tokio::sync::mpsc::Sender;
use tokio::task::{JoinError, JoinSet};

use super::merge::{Merge, Request};
use super::segment::Item;
use super::tempo::Tempo;

/// Keys asked for at a time: the most that S3 gives; some servers need to be told.
const PAGE_KEYS: u32 = 1000;

/// What is listed.
#[derive(Clone)]
pub(super) struct Source {
    pub(super) client: Client,
    pub(super) bucket: Bucket,
    pub(super) prefix: String,
    pub(super) delimiter: Option<&'static str>,
}

/// Lists until the end, an error, or nobody listens any more.
pub(super) async fn run(
    source: Source,
    mut merge: Merge,
    sender: Sender<Result<ListPage>>,
    warn: Warn,
) {
    // Dropping it ends every request.
    let mut requests = JoinSet::new();
    let mut reader = Reader {
        sender,
        tempo: Tempo::new(merge.ahead.jobs),
        last: None,
    };
    loop {
        send(&mut requests, &mut merge, &source, &reader.tempo);
        match merge.next_item() {
            Some(Item::Unordered) => warn(source.unordered()),
            Some(Item::Page(page)) => {
                if hand_on(Ok(page), &mut reader, &mut requests, &mut merge, &source)
                    .await
                    .is_none()
                {
                    return;
                }
            }
            Some(Item::Failed(error)) => {
                // Nobody listening is as good an end.
                let _ = reader.sender.send(Err(error)).await;
                return;
            }
            None if merge.is_finished() => return,
            // It would wait for ever: no response can come any more.
            None if requests.is_empty() => {
                let _ = reader.sender.send(Err(source.stands_still())).await;
                return;
            }
            None => {
                tokio::select! {
                    () = reader.sender.closed() => return,
                    Some(done) = requests.join_next() => {
                        arrived(done, &mut merge, &source, &mut reader.tempo);
                    }
                }
            }
        }
    }
}

/// A segment, what came for it, and how long that took.
type Answered = (u64, Result<ListPage>, Duration);

/// Whoever reads the listing.
struct Reader {
    sender: Sender<Result<ListPage>>,
    tempo: Tempo,
    /// When it took the last page.
    last: Option<Instant>,
}

fn send(requests: &mut JoinSet<Answered>, merge: &mut Merge, source: &Source, tempo: &Tempo) {
    merge.ahead.jobs = tempo.jobs();
    while let Some(request) = merge.next_request() {
        let source = source.clone();
        requests.spawn(async move {
            let begun = Instant::now();
            let page = source.page(&request).await;
            (request.segment, page, begun.elapsed())
        });
    }
}

/// Waits until there is room for a page; answers are taken in meanwhile.
async fn hand_on(
    page: Result<ListPage>,
    reader: &mut Reader,
    requests: &mut JoinSet<Answered>,
    merge: &mut Merge,
    source: &Source,
) -> Option<()> {
    let has_waited = reader.sender.capacity() == 0;
    loop {
        tokio::select! {
            biased;
            room = reader.sender.reserve() => {
                room.ok()?.send(page);
                let now = Instant::now();
                if let Some(last) = reader.last.replace(now)
                    && has_waited
                {
                    reader.tempo.taken(now - last);
                }
                return Some(());
            }
            Some(done) = requests.join_next() => {
                arrived(done, merge, source, &mut reader.tempo);
                send(requests, merge, source, &reader.tempo);
            }
        }
    }
}

fn arrived(
    done: Result<Answered, JoinError>,
    merge: &mut Merge,
    source: &Source,
    tempo: &mut Tempo,
) {
    // Nothing cancels these tasks, and a panic ends the program by itself.
    if let Ok((segment, answer, after)) = done {
        tempo.answered(after);
        merge.arrived(segment, answer, || source.goes_in_circles());
    }
}

impl Source {
    fn subject(&self) -> String {
        format!("s3://{}/{}", self.bucket, self.prefix)
    }

    fn unordered(&self) -> String {
        format!(
            "the listing of {} is not in byte order: it goes on page by page, unsorted",
            self.subject()
        )
    }

    fn goes_in_circles(&self) -> Error {
        let cause = "the listing goes in circles: a page came that was there before";
        Error::new(Kind::Unavailable, "list", self.subject(), cause).stopping_the_run()
    }

    fn stands_still(&self) -> Error {
        let cause = "internal error: the listing waits for itself";
        Error::new(Kind::Bug, "list", self.subject(), cause)
            .with_hint("please report this with the command line and the log of a run with -vv")
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
        let answer = self
            .client
            .retry(|| async {
                let page = list_objects(&self.client, &request).await?;
                if page.next.is_some() && page.next == asked.token {
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
                let context = Context::of(&self.client)
                    .await
                    .bucket(self.bucket.as_str())
                    .to(Access::List);
                Err(failure
                    .into_error("list", self.subject(), &context)
                    .stopping_the_run())
            }
        }
    }
}
