//! The end of the tour: shows the names of the remaining buckets.

use common::Exit;
use common::ToError as _;
use common::failure::{Access, Context};
use s3_client::failure::{Failure, Meaning};
use s3_client::operations;
use tokio_util::sync::CancellationToken;

use crate::outcome::{Done, StepFailure};
use crate::tour::Tour;

const MODULE: &str = module_path!();

/// Shows the names, unless a signal comes. Missing permission to list them is not a failure.
pub(crate) async fn run(tour: &Tour, cancel: &CancellationToken) -> Exit {
    let begun = tour.journal.begin(MODULE, "bucket_list");
    let client = &tour.client;
    let listing = client.retry(|| operations::list_buckets(client));
    let Some(response) = cancel.run_until_cancelled(listing).await else {
        tour.journal.ended(&begun, None);
        return Exit::SomeFailed;
    };
    let result = match response {
        Ok(buckets) => {
            let mut names: Vec<String> = buckets.into_iter().map(|bucket| bucket.name).collect();
            // Garage returns them in no order.
            names.sort_unstable();
            tour.screen.left(&names);
            Ok(Done {
                status: 200,
                fields: vec![("buckets", names.into())],
                summary: String::new(),
            })
        }
        Err(failure) => Err(not_listed(tour, failure)),
    };
    tour.journal.ended(&begun, Some(&result));
    let exit = result
        .as_ref()
        .map_or_else(|failure| failure.exit, |_| Exit::Success);
    if exit != Exit::Success && !tour.has_failed {
        tour.screen.ended("list the buckets", &begun, Some(&result));
    }
    exit
}

fn not_listed(tour: &Tour, failure: Failure) -> StepFailure {
    let is_denied = failure.meaning() == Some(Meaning::Denied);
    let context = Context::of(&tour.client).to(Access::ListBuckets);
    let mut failure = StepFailure::from(failure.into_error("list", "the buckets", &context));
    if is_denied {
        failure.text = "this key may not list buckets".into();
        failure.exit = Exit::Success;
        tour.screen.line(&failure.text);
    }
    failure
}
