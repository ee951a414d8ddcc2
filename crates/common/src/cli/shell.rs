//! What a program gets beside its command line.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use super::args::CommonArgs;
use crate::config::{Config, ConnectArgs};
use crate::env::Env;
use crate::error::{Error, Result};
use crate::ui::Ui;
use crate::uri::Bucket;

/// What a program gets beside its command line.
#[derive(Clone)]
pub struct Shell {
    /// The one writer of stdout and stderr.
    pub ui: Ui,
    /// The environment as it was at the start.
    pub env: Arc<Env>,
    /// Cancelled by the first SIGINT, SIGTERM or SIGHUP: end within two seconds.
    pub cancel: CancellationToken,
    pub(super) common: CommonArgs,
    pub(super) connect: ConnectArgs,
}

impl Shell {
    /// Whether results are JSON (`--json`).
    pub fn json(&self) -> bool {
        self.common.json
    }

    /// Every setting, not yet fitted to a bucket.
    pub fn config(&self) -> Result<Config> {
        Config::resolve(&self.env, &self.connect)
    }

    /// The settings for work in `bucket`; warns if the endpoint is the bucket's own address.
    pub fn config_for(&self, bucket: &Bucket) -> Result<Config> {
        let mut config = self.config()?;
        config.for_bucket(bucket, &mut |warning| self.ui.warn(&warning));
        Ok(config)
    }

    /// The settings for listing the buckets, which the address of one bucket cannot do: exit 3.
    pub fn config_for_listing_buckets(&self) -> Result<Config> {
        let config = self.config()?;
        config.for_listing_buckets()?;
        Ok(config)
    }

    /// Says a warning, for parts that know no terminal.
    pub fn warn(&self) -> Arc<dyn Fn(String) + Send + Sync> {
        let ui = self.ui.clone();
        Arc::new(move |warning| ui.warn(&warning))
    }

    /// What was given on the command line, else in `variable`; neither is exit 3. `instead` is
    /// a command that needs no variable.
    pub fn required(&self, given: Option<&str>, variable: &str, instead: &str) -> Result<String> {
        match given.or_else(|| self.env.get(variable)) {
            Some(value) => Ok(value.to_owned()),
            None => Err(not_set(variable, instead)),
        }
    }
}

fn not_set(variable: &str, instead: &str) -> Error {
    Error::settings(format!("{variable} is not set")).with_hint(format!(
        "export it, or say it on the command line: {instead}"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_setting_is_named_with_the_command_that_needs_none() {
        let error = not_set("SOURCE_BUCKET", "do_bucket_download s3://BUCKET/DIR [DEST]");
        assert_eq!(error.to_string(), "cannot start: SOURCE_BUCKET is not set");
        assert_eq!(
            error.hint(),
            Some(
                "export it, or say it on the command line: do_bucket_download s3://BUCKET/DIR [DEST]"
            )
        );
    }
}
