//! The end: the names of the buckets that are left.

use common::Exit;
use common::ToError as _;
use common::failure::{Access, Context};
use s3_client::failure::{Failure, Meaning};
use s3_client::operations;
use tokio_util::sync::CancellationToken;

use crate::outcome::{Done, Status, Trouble};
use crate::tour::Tour;

pub(crate) const MODULE: &str = module_path!();

/// Tells the names, unless a signal comes. That this key may not list them is no failure.
pub(crate) async fn run(tour: &Tour, cancel: &CancellationToken) -> Exit {
    let begun = tour.journal.begin(MODULE, "bucket_list");
    let client = &tour.client;
    let response = tokio::select! {
        response = client.retry(|| operations::list_buckets(client)) => response,
        () = cancel.cancelled() => {
            tour.journal.interrupted(&begun);
            return Exit::SomeFailed;
        }
    };
    match response {
        Ok(buckets) => {
            let mut names: Vec<String> = buckets.into_iter().map(|bucket| bucket.name).collect();
            // Garage names them in no order.
            names.sort_unstable();
            let done = Done {
                status: 200,
                data: vec![("buckets", names.clone().into())],
                said: String::new(),
            };
            tour.journal.done(&begun, &done);
            tour.story.left(&names);
            Exit::Success
        }
        Err(Failure::Service(failure)) if failure.meaning() == Meaning::Denied => {
            let status = failure.status;
            let trouble = Trouble {
                status: Status::Http(status),
                text: "this key may not list buckets".into(),
                hint: None,
                exit: Exit::Success,
            };
            tour.journal.failed(&begun, &trouble);
            tour.story.line(&trouble.text);
            Exit::Success
        }
        Err(failure) => {
            let context = Context::of(client).await.to(Access::ListBuckets);
            let trouble = Trouble::from(failure.into_error("list", "the buckets", &context));
            tour.journal.failed(&begun, &trouble);
            if !tour.failed {
                tour.story.failed("list the buckets", &begun, &trouble);
            }
            trouble.exit
        }
    }
}
