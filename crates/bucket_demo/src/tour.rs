//! The state that the steps of the tour share.

use std::sync::Arc;

use common::ToError as _;
use common::cli::Shell;
use common::failure::{Access, Context};
use common::ui::Ui;
use s3_client::client::Client;
use s3_client::failure::Failure;

use crate::journal::{Begun, Journal};
use crate::outcome::{Done, StepFailure};
use crate::rules::{Bounds, Made};
use crate::samples::Samples;
use crate::screen::Screen;
use crate::sent_keys::SentKeys;
use crate::settings::Settings;

/// The settings and clients of the tour, and what it has created so far.
pub(crate) struct Tour {
    pub(crate) settings: Settings,
    pub(crate) client: Client,
    pub(crate) samples: Samples,
    pub(crate) journal: Arc<Journal>,
    pub(crate) screen: Screen,
    pub(crate) ui: Ui,
    pub(crate) made: Made,
    /// The number of files, once all of them were uploaded.
    pub(crate) sent_files: Option<u64>,
    /// The objects that were uploaded so far.
    pub(crate) sent: SentKeys,
    /// Uploaded objects that the tour has not tried to delete yet.
    pub(crate) undeleted: u64,
    /// A step failed.
    pub(crate) has_failed: bool,
    context: Context,
}

impl Tour {
    /// A tour that has created nothing yet.
    pub(crate) async fn new(
        settings: Settings,
        client: Client,
        journal: Arc<Journal>,
        samples: Samples,
        shell: &Shell,
    ) -> Self {
        let context = Context::of(&client);
        Self {
            context: context.bucket(settings.bucket.as_str()).to(Access::Manage),
            screen: Screen::new(shell),
            ui: shell.ui.clone(),
            made: Made::default(),
            sent_files: None,
            sent: SentKeys::from(samples.directory()),
            undeleted: 0,
            has_failed: false,
            settings,
            client,
            samples,
            journal,
        }
    }

    /// The part of the bucket in which this run may work.
    pub(crate) fn bounds(&self) -> Bounds {
        Bounds::of(self.made, &self.settings.own_name()).only(&self.sent)
    }

    /// The bucket's address in messages.
    pub(crate) fn subject(&self) -> String {
        format!("s3://{}", self.settings.bucket)
    }

    /// Records and shows the result of a step. `None`: a signal interrupted it.
    pub(crate) fn ended(
        &self,
        title: &str,
        begun: &Begun,
        result: Option<&Result<Done, StepFailure>>,
    ) {
        self.journal.ended(begun, result);
        self.screen.ended(title, begun, result);
    }

    /// The error that a person reads for a failure of the service.
    pub(crate) fn step_failure(&self, failure: Failure, doing: &str) -> StepFailure {
        StepFailure::from(failure.into_error(doing, self.subject(), &self.context))
    }
}
