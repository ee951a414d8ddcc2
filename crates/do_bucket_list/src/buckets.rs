//! The buckets of this account.

use common::ToError as _;
use common::cli::Shell;
use common::failure::{Access, Context};
use common::{Exit, Result};
use s3_client::client::Client;
use s3_client::operations::list_buckets;

use crate::output::Output;

/// Lists them in the order of the service, which is by name. Prints nothing unless the list is
/// whole.
pub(crate) async fn list(client: &Client, output: &Output, shell: &Shell) -> Result<Exit> {
    let mut attempts = client.attempts().about("the buckets".to_owned());
    let asked = attempts.run(|| list_buckets(client));
    let Some(response) = shell.cancel.run_until_cancelled(asked).await else {
        return Ok(Exit::Success);
    };
    let buckets = match response {
        Ok(buckets) => buckets,
        Err(failure) => {
            let context = Context::of(client).to(Access::ListBuckets);
            let error = failure.into_error("list", "the buckets", &context);
            output.bucket_count(0, error.exit());
            return Err(error);
        }
    };
    output.buckets(&buckets);
    if buckets.is_empty() {
        shell.ui.note("there are no buckets");
    }
    output.bucket_count(buckets.len() as u64, Exit::Success);
    Ok(Exit::Success)
}
