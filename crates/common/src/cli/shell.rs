//! What a program gets besides its command line.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use super::args::CommonArgs;
use crate::config::{Config, ConnectArgs};
use crate::env::Env;
use crate::error::Result;
use crate::ui::Ui;
use crate::uri::Bucket;

/// What a program gets besides its command line.
#[derive(Clone)]
pub struct Shell {
    /// The one writer of stdout and stderr.
    pub ui: Ui,
    /// The environment as it was at the start.
    pub env: Arc<Env>,
    /// Cancelled by the first SIGINT, SIGTERM or SIGHUP. The program must end within two seconds.
    pub cancel: CancellationToken,
    pub(super) common: CommonArgs,
    pub(super) connect: ConnectArgs,
}

impl Shell {
    /// Whether results are JSON (`--json`).
    pub fn json(&self) -> bool {
        self.common.json
    }

    /// Whether progress is not shown, even on a terminal (`--no-progress`).
    pub fn no_progress(&self) -> bool {
        self.common.no_progress
    }

    /// All settings, before [`Shell::config_for`] adapts them to a bucket.
    pub fn config(&self) -> Result<Config> {
        Config::resolve(&self.env, &self.connect)
    }

    /// The settings for work in `bucket`; warns if the endpoint is the bucket's own address.
    pub fn config_for(&self, bucket: &Bucket) -> Result<Config> {
        let mut config = self.config()?;
        config.for_bucket(bucket, &mut |warning| self.ui.warn(&warning));
        Ok(config)
    }

    /// The settings for listing all buckets. Exit 3 if the endpoint is the address of one bucket.
    pub fn config_for_listing_buckets(&self) -> Result<Config> {
        let config = self.config()?;
        config.for_listing_buckets()?;
        Ok(config)
    }

    /// Returns a function that prints warnings, for code that does not know the terminal.
    pub fn warn(&self) -> Arc<dyn Fn(String) + Send + Sync> {
        let ui = self.ui.clone();
        Arc::new(move |warning| ui.warn(&warning))
    }
}
