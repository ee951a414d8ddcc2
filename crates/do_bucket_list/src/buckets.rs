//! The buckets of this account.

use common::cli::Shell;
use common::client::Client;
use common::failure::{Access, Context};
use common::s3::list_buckets;
use common::{Exit, Result};

use crate::form::Form;
use crate::totals::Totals;

/// Lists them in the order of the service, which is by name.
pub(crate) async fn list(client: &Client, form: &Form, shell: &Shell) -> Result<Exit> {
    let asked = client.retry(|| list_buckets(client));
    let Some(answer) = shell.cancel.run_until_cancelled(asked).await else {
        return Ok(Exit::Success);
    };
    let buckets = match answer {
        Ok(buckets) => buckets,
        Err(failure) => {
            let context = Context::of(client).await.to(Access::ListBuckets);
            return Err(failure.into_error("list", "the buckets", &context));
        }
    };
    for bucket in &buckets {
        form.bucket(bucket);
    }
    if buckets.is_empty() {
        shell.ui.note("there are no buckets");
    }
    form.totals(
        &Totals::Buckets {
            buckets: buckets.len() as u64,
        },
        Exit::Success,
    );
    Ok(Exit::Success)
}
