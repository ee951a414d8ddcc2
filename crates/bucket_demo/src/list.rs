//! The end of the tour: shows the names of the remaining buckets.

use common::Exit;
use common::ToError as _;
use common::failure::{Access, Context};
use s3_client::failure::{Failure, Meaning};
use s3_client::operations;
use tokio_util::sync::CancellationToken;

use crate::outcome::{Done, Status, StepFailure};
use crate::tour::Tour;

const MODULE: &str = module_path!();

/// Shows the names, unless a signal comes. Missing permission to list them is not a failure.
pub(crate) async fn run(tour: &Tour, cancel: &CancellationToken) -> Exit {
    let begun = tour.journal.begin(MODULE, "bucket_list");
    let client = &tour.client;
    let response = tokio::select! {
        response = client.retry(|| operations::list_buckets(client)) => response,
        () = cancel.cancelled() => {
            tour.journal.ended(&begun, None);
            return Exit::SomeFailed;
        }
    };
    let failure = match response {
        Ok(buckets) => {
            let mut names: Vec<String> = buckets.into_iter().map(|bucket| bucket.name).collect();
            // Garage returns them in no order.
            names.sort_unstable();
            tour.screen.left(&names);
            let done = Done {
                status: 200,
                fields: vec![("buckets", names.into())],
                summary: String::new(),
            };
            tour.journal.ended(&begun, Some(&Ok(done)));
            return Exit::Success;
        }
        Err(Failure::Service(failure)) if failure.meaning() == Meaning::Denied => {
            let text = "this key may not list buckets";
            tour.screen.line(text);
            let failure = StepFailure {
                status: Status::Http(failure.status),
                text: text.into(),
                hint: None,
                exit: Exit::Success,
            };
            tour.journal.ended(&begun, Some(&Err(failure)));
            return Exit::Success;
        }
        Err(failure) => failure,
    };
    let context = Context::of(client).to(Access::ListBuckets);
    let failure = StepFailure::from(failure.into_error("list", "the buckets", &context));
    let exit = failure.exit;
    let result = Err(failure);
    tour.journal.ended(&begun, Some(&result));
    if !tour.has_failed {
        tour.screen.ended("list the buckets", &begun, Some(&result));
    }
    exit
}
