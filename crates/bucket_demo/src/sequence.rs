//! The tour: one step after the other. In any case, everything that this run created is deleted at
//! the end.

use std::sync::Arc;
use std::time::{Duration, Instant};

use common::cli::Shell;
use common::{Exit, Result};
use s3_client::client::Client;
use serde_json::json;
use tokio_util::sync::CancellationToken;

use crate::journal::{Begun, Journal};
use crate::outcome::{Done, StepFailure};
use crate::rules::{Step, cleaning_helps};
use crate::samples::Samples;
use crate::settings::Settings;
use crate::tour::Tour;
use crate::{cleanup, create, delete, download, list, remove, upload};

/// The time for all cleaning up after a signal. The process ends after two seconds; the rest is for
/// the last messages.
const AFTER_A_SIGNAL: Duration = Duration::from_millis(1700);

/// How long a step may continue after a signal. The creation of a bucket should be completed, and the engine cleans up
/// after itself.
const TO_END_A_STEP: Duration = Duration::from_millis(700);

/// The results of the steps.
enum Ended {
    Well,
    Failed(Step, Exit),
    /// Holds the time by which everything must end.
    Interrupted(Instant),
}

/// Runs the tour.
///
/// # Errors
/// There is nothing to send, or the samples cannot be written; no object was touched.
pub(crate) async fn run(
    settings: Settings,
    client: Client,
    journal: Arc<Journal>,
    shell: &Shell,
) -> Result<Exit> {
    let samples = Samples::of(&settings)?;
    let mut tour = Tour::new(settings, client, journal, samples, shell).await;
    let began = Instant::now();
    // The bucket is printed first, so that its name is known whatever happens.
    tour.screen.line(&format!(
        "{}  at {}, region {}",
        tour.settings.bucket,
        tour.client.endpoint_text(),
        tour.client.region()
    ));
    let ended = tour.steps(&shell.cancel).await;
    let exit = tour.end(ended, &shell.cancel).await;
    tour.sum_up(shell, exit, began.elapsed());
    Ok(exit)
}

impl Tour {
    async fn steps(&mut self, cancel: &CancellationToken) -> Ended {
        for step in Step::ALL {
            if !self.settings.switches.ask_for(step) {
                self.screen.off(step);
                continue;
            }
            let begun = self.journal.begin(module_of(step), step.action());
            let result = interruptible(cancel, self.step(step, begun, cancel)).await;
            self.ended(step.title(), &begun, result.as_ref().ok());
            match result {
                Ok(Ok(_done)) => {}
                Ok(Err(failure)) => {
                    self.has_failed = true;
                    return Ended::Failed(step, failure.exit);
                }
                Err(deadline) => return Ended::Interrupted(deadline),
            }
        }
        Ended::Well
    }

    async fn step(
        &mut self,
        step: Step,
        begun: Begun,
        cancel: &CancellationToken,
    ) -> Result<Done, StepFailure> {
        match step {
            Step::Create => create::run(self).await,
            Step::Upload => upload::run(self, begun, cancel).await,
            Step::Download => download::run(self, begun, cancel).await,
            Step::Delete => delete::run(self, begun).await,
            Step::Remove => remove::run(self).await,
        }
    }

    /// Cleans up, and shows the remaining buckets.
    async fn end(&mut self, ended: Ended, cancel: &CancellationToken) -> Exit {
        match ended {
            Ended::Well => list::run(self, cancel).await,
            Ended::Failed(step, exit) => {
                if cleaning_helps(step) {
                    let hurry = async {
                        cancel.cancelled().await;
                        tokio::time::sleep(AFTER_A_SIGNAL).await;
                    };
                    cleanup::run(self, hurry).await;
                }
                // If the service does not respond, we would only wait again.
                if exit != Exit::Unavailable {
                    list::run(self, cancel).await;
                }
                exit
            }
            Ended::Interrupted(deadline) => {
                cleanup::run(self, tokio::time::sleep_until(deadline.into())).await;
                Exit::SomeFailed
            }
        }
    }

    /// Shows the duration, the path of the log, and what was not deleted.
    fn sum_up(&self, shell: &Shell, exit: Exit, elapsed: Duration) {
        let bucket = self.settings.bucket.as_str();
        let left = self.left();
        shell.ui.summary(json!({
            "Bucket": bucket,
            "run_id": self.settings.run_id,
            "interrupted": shell.cancel.is_cancelled(),
            "left": left,
            "log": self.settings.log.display().to_string(),
            "elapsed_seconds": elapsed.as_secs_f64(),
        }));
        if let Some(left) = left {
            self.screen.note(&left);
        }
        self.screen.note(&format!(
            "{} in {:.1} s; the log is {}",
            match exit {
                Exit::Success => "the tour finished",
                _ => "the tour ended early",
            },
            elapsed.as_secs_f64(),
            self.settings.log.display()
        ));
    }

    /// What this run created and did not delete, and how to delete it.
    fn left(&self) -> Option<String> {
        let bucket = self.subject();
        let below = format!("{bucket}/{}", self.bounds().prefix());
        let (left, delete) = match (self.made.bucket, self.made.objects) {
            (true, true) => (
                format!("{bucket} is left, with its objects"),
                format!("rb --force {bucket}"),
            ),
            (true, false) => (format!("{bucket} is left"), format!("rb {bucket}")),
            (false, true) => (
                format!("what is below {below} is left"),
                format!("rm --recursive {below}"),
            ),
            (false, false) if self.made.perhaps_bucket => {
                (format!("{bucket} may be left"), format!("rb {bucket}"))
            }
            (false, false) => return None,
        };
        let endpoint = self.client.endpoint_text();
        Some(format!(
            "{left}: delete it in the provider's control panel, or by `aws --endpoint-url {endpoint} s3 {delete}`"
        ))
    }
}

fn module_of(step: Step) -> &'static str {
    match step {
        Step::Create => create::MODULE,
        Step::Upload => upload::MODULE,
        Step::Download => download::MODULE,
        Step::Delete => delete::MODULE,
        Step::Remove => remove::MODULE,
    }
}

/// The result of a step; after a signal, the time by which everything must end.
async fn interruptible<T>(
    cancel: &CancellationToken,
    step: impl Future<Output = T>,
) -> Result<T, Instant> {
    let mut step = std::pin::pin!(step);
    tokio::select! {
        ended = &mut step => {
            if cancel.is_cancelled() { Err(Instant::now() + AFTER_A_SIGNAL) } else { Ok(ended) }
        }
        () = cancel.cancelled() => {
            let deadline = Instant::now() + AFTER_A_SIGNAL;
            let _ = tokio::time::timeout(TO_END_A_STEP, step).await;
            Err(deadline)
        }
    }
}
