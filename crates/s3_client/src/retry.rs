//! Whether to try again, when, and what to change before: the whole policy.

mod verdict;

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::client::Client;
use crate::failure::Failure;
use crate::http::Stage;
use crate::retrying::Failed;
use crate::route::{Route, is_region};
use verdict::{Verdict, judge, pause};

/// Attempts and time for an endpoint that has never answered: its address is probably wrong, and
/// the user should hear that soon.
const FIRST_CONTACT_TRIES: u32 = 3;
const FIRST_CONTACT_TIME: Duration = Duration::from_secs(10);

/// How often the same wrong response may come in a row. It may come from one machine of many, so it
/// is asked for again. If one response in twenty is cut off on the way, five in a row happen once
/// in three million requests.
const SAME_RESPONSES: u32 = 5;

/// An operation fails when the whole run has made no progress for this long, or when its own
/// timeouts add up to more.
const LONGEST_WITHOUT_PROGRESS: Duration = Duration::from_secs(120);

/// The maximum of redirects, new regions and clock corrections of one operation.
const MAX_CORRECTIONS: u32 = 3;

/// Services allow 15 minutes. Less than one is the time that the response took.
const SAME_SKEW_SECONDS: u64 = 60;

/// The attempts at one operation.
#[derive(Debug)]
pub struct Attempts {
    client: Client,
    /// What the operation is about, for the log.
    subject: String,
    failed: Failed,
    began: Instant,
    /// The assumptions of the last attempt. Other requests learn too: an attempt that failed with
    /// old assumptions is simply repeated.
    route: Arc<Route>,
    skew_seconds: i64,
    corrections: u32,
    renewed: bool,
    /// The sum of the timeouts since the operation last made progress.
    timed_out_for: Duration,
    /// What was wrong with the last response, and how often.
    wrong_response: (String, u32),
    may_be_done: bool,
}

impl Attempts {
    pub(crate) fn new(client: Client) -> Self {
        Self {
            route: client.route(),
            skew_seconds: client.clock_skew_seconds(),
            failed: Failed::none(client.retrying()),
            client,
            subject: String::new(),
            began: Instant::now(),
            corrections: 0,
            renewed: false,
            timed_out_for: Duration::ZERO,
            wrong_response: (String::new(), 0),
            may_be_done: false,
        }
    }

    /// Names what the operation is about, such as `s3://bucket/key`.
    #[must_use]
    pub fn about(mut self, subject: String) -> Self {
        self.subject = subject;
        self
    }

    /// Runs an operation until it succeeds or trying again makes no sense.
    ///
    /// # Errors
    /// The last failure.
    pub async fn run<T, F, Fut>(&mut self, mut operation: F) -> Result<T, Failure>
    where
        F: FnMut() -> Fut,
        Fut: Future<Output = Result<T, Failure>>,
    {
        loop {
            match operation().await {
                Ok(done) => return Ok(done),
                Err(failure) => {
                    if !self.again(&failure).await {
                        return Err(failure);
                    }
                }
            }
        }
    }

    /// Call this when the operation has made progress: earlier failures no longer count.
    pub fn progressed(&mut self) {
        *self = Self {
            may_be_done: self.may_be_done,
            subject: std::mem::take(&mut self.subject),
            ..Self::new(self.client.clone())
        };
    }

    /// Judges a failed attempt. Learns from it (region, clock, expired credentials), waits, and
    /// returns true; or returns false if the failure is final.
    pub async fn again(&mut self, failure: &Failure) -> bool {
        self.failed.add();
        if let Failure::Transport {
            stage: Stage::NoProgress(time),
            ..
        } = failure
        {
            self.timed_out_for = self.timed_out_for.saturating_add(*time);
            self.client.limiter().timed_out(*time);
        }
        self.may_be_done |= failure.may_be_done();
        if self.is_repeated(failure) {
            return false;
        }
        let health = self.client.transport().health().clone();
        let mut wait = Duration::ZERO;
        let worth_it = match judge(failure, health.has_answered()) {
            Verdict::GiveUp => false,
            Verdict::RenewCredentials => self.renew().await,
            Verdict::CorrectClock(seconds) => self.may_correct() && self.correct_clock(seconds),
            Verdict::Reroute => self.may_correct() && self.reroute(failure),
            Verdict::Pause(asked) => {
                wait = pause(self.failed(), asked, fastrand::f64());
                self.may_pause(health.has_answered(), health.record_failure())
            }
        };
        if worth_it {
            self.log(failure, wait);
            tokio::time::sleep(wait).await;
        }
        self.route = self.client.route();
        self.skew_seconds = self.client.clock_skew_seconds();
        worth_it
    }

    fn log(&self, failure: &Failure, wait: Duration) {
        let subject = match self.subject.as_str() {
            "" => String::new(),
            subject => format!("{subject}: "),
        };
        log::info!(
            "{subject}{failure}; attempt {} of {} in {:.1} s",
            self.failed().saturating_add(1),
            self.client.attempts_allowed(),
            wait.as_secs_f64()
        );
    }

    /// Whether the service may have carried out an attempt that counts as failed: its response was
    /// lost, or came from something else.
    pub fn may_be_done(&self) -> bool {
        self.may_be_done
    }

    /// How many attempts have failed.
    pub fn failed(&self) -> u32 {
        self.failed.number()
    }

    /// Whether the service has given the same wrong response [`SAME_RESPONSES`] times in a row.
    fn is_repeated(&mut self, failure: &Failure) -> bool {
        let Failure::Response(text) = failure else {
            self.wrong_response.1 = 0;
            return false;
        };
        if *text != self.wrong_response.0 {
            self.wrong_response = (text.clone(), 0);
        }
        self.wrong_response.1 = self.wrong_response.1.saturating_add(1);
        self.wrong_response.1 >= SAME_RESPONSES
    }

    fn may_pause(&self, has_answered: bool, failing_for: Duration) -> bool {
        self.failed() < self.client.attempts_allowed()
            && if has_answered {
                failing_for < LONGEST_WITHOUT_PROGRESS && !self.is_overdue()
            } else {
                self.began.elapsed() < FIRST_CONTACT_TIME
            }
    }

    /// A single progress timeout is never too long: a user who sets a long one gets a second try. A
    /// request with a limit of minutes has used it up.
    fn is_overdue(&self) -> bool {
        let usual = self.client.transport().limits().progress;
        self.timed_out_for > LONGEST_WITHOUT_PROGRESS.max(usual)
    }

    async fn renew(&mut self) -> bool {
        if self.renewed {
            return false;
        }
        self.renewed = true;
        self.client.renew_credentials().await
    }

    fn may_correct(&mut self) -> bool {
        self.corrections = self.corrections.saturating_add(1);
        self.corrections <= MAX_CORRECTIONS
    }

    /// `seconds` is the difference that was left after the correction of the failed attempt. If it
    /// is small, another correction does not help.
    fn correct_clock(&self, seconds: i64) -> bool {
        let corrected = self.skew_seconds.saturating_add(seconds);
        self.client.correct_clock(corrected);
        seconds.unsigned_abs() > SAME_SKEW_SECONDS
    }

    /// Tries another region first; on AWS the host changes with it. Then another host.
    fn reroute(&self, failure: &Failure) -> bool {
        let Failure::Service(failure) = failure else {
            return false;
        };
        if !Arc::ptr_eq(&self.route, &self.client.route()) {
            return true;
        }
        if let Some(region) = failure.region.as_deref().filter(|name| is_region(name))
            && region != self.route.region()
        {
            self.client.learn_region(region);
            return true;
        }
        failure
            .endpoint
            .as_deref()
            .is_some_and(|to| self.client.follow(to, failure.bucket.as_deref()))
    }
}

impl Client {
    /// How often one request may be tried now.
    fn attempts_allowed(&self) -> u32 {
        if self.transport().health().has_answered() {
            self.max_attempts()
        } else {
            self.max_attempts().min(FIRST_CONTACT_TRIES)
        }
    }

    /// The number of the attempt at the operation that has failed most often, and how many attempts
    /// there are.
    pub fn attempt_under_way(&self) -> (u32, u32) {
        let allowed = self.attempts_allowed();
        let failed = self.retrying().most();
        (failed.saturating_add(1).min(allowed), allowed)
    }

    /// The attempts at one operation: to be asked after every failure whether to try again.
    pub fn attempts(&self) -> Attempts {
        Attempts::new(self.clone())
    }

    /// Runs an operation until it succeeds or trying again makes no sense.
    ///
    /// # Errors
    /// The last failure.
    pub async fn retry<T, F, Fut>(&self, operation: F) -> Result<T, Failure>
    where
        F: FnMut() -> Fut,
        Fut: Future<Output = Result<T, Failure>>,
    {
        self.attempts().run(operation).await
    }
}
