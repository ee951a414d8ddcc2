//! Whether to try again, when, and what to change before: the whole policy.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::client::Client;
use crate::failure::{Failure, Meaning, ServiceFailure};
use crate::http::Stage;
use crate::route::{Route, is_region};

/// The first pause is up to this long, and each further one up to twice the one before.
const FIRST_PAUSE: Duration = Duration::from_millis(100);

/// No pause of our own is longer.
const LONGEST_PAUSE: Duration = Duration::from_secs(20);

/// A longer pause is not kept, even if the service asks for it.
const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(60);

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

/// What a failure means for the next attempt.
#[derive(Debug, PartialEq, Eq)]
enum Verdict {
    /// The same request would fail again.
    GiveUp,
    /// Try again after a pause; the server may have asked for a long one.
    Pause(Option<Duration>),
    /// The credentials have expired.
    RenewCredentials,
    /// The time that the request was signed with is off by so many seconds.
    CorrectClock(i64),
    /// The request went to the wrong region or host.
    Reroute,
}

/// Judges a failure without its history; pure.
fn judge(failure: &Failure, has_answered: bool) -> Verdict {
    match failure {
        // A second attempt does not improve a certificate. But once the endpoint has shown a good
        // one, a bad one comes from one machine behind it.
        Failure::Transport {
            stage: Stage::Tls(_),
            ..
        } if has_answered => Verdict::Pause(None),
        Failure::Service(failure) => judge_service(failure),
        Failure::Transport { .. } | Failure::Response(_) | Failure::Final(_) => {
            if failure.retryable() {
                Verdict::Pause(None)
            } else {
                Verdict::GiveUp
            }
        }
    }
}

fn judge_service(failure: &ServiceFailure) -> Verdict {
    match failure.meaning() {
        Meaning::ExpiredToken => Verdict::RenewCredentials,
        Meaning::Clock => failure
            .clock_skew_seconds
            .map_or(Verdict::GiveUp, Verdict::CorrectClock),
        Meaning::WrongRegion | Meaning::Redirect => Verdict::Reroute,
        _ if failure.retryable() => Verdict::Pause(failure.retry_after),
        _ => Verdict::GiveUp,
    }
}

/// The attempts at one operation.
#[derive(Debug)]
pub struct Attempts {
    client: Client,
    /// What the operation is about, for the log.
    subject: String,
    failed: u32,
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
            client,
            subject: String::new(),
            failed: 0,
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
        self.failed = self.failed.saturating_add(1);
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
                wait = pause(self.failed, asked, fastrand::f64());
                self.may_pause(health.has_answered(), health.record_failure(self.failed))
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
            self.failed.saturating_add(1),
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
        self.failed
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
        self.failed < self.client.attempts_allowed()
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

    /// The number of the attempt that requests are at while nothing makes progress, and how many
    /// attempts there are.
    pub fn attempt_under_way(&self) -> (u32, u32) {
        let allowed = self.attempts_allowed();
        let failed = self.transport().health().failed_attempts();
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

/// The pause after this many failures, for a chance between 0 and 1 (full jitter: clients that
/// failed together do not return together), and not less than the service asked for.
fn pause(failed: u32, asked: Option<Duration>, chance: f64) -> Duration {
    let doublings = failed.saturating_sub(1).min(16);
    let ceiling = FIRST_PAUSE
        .saturating_mul(1 << doublings)
        .min(LONGEST_PAUSE);
    let ours = ceiling.mul_f64(chance.clamp(0.0, 1.0));
    asked.map_or(ours, |asked| ours.max(asked.min(LONGEST_RETRY_AFTER)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Error;
    use crate::http::TlsRefusal;

    fn service(status: u16, code: Option<&str>) -> Failure {
        Failure::Service(Box::new(ServiceFailure {
            status,
            code: code.map(str::to_owned),
            ..ServiceFailure::default()
        }))
    }

    fn transport(stage: Stage) -> Failure {
        Failure::Transport {
            stage,
            cause: String::new(),
        }
    }

    #[test]
    fn what_may_pass_is_tried_again_and_what_will_not_change_is_not() {
        let again = Verdict::Pause(None);
        for (status, code) in [
            (200, Some("InternalError")),
            (400, Some("RequestTimeout")),
            (400, Some("BadDigest")),
            (400, Some("XAmzContentSHA256Mismatch")),
            (408, None),
            (429, None),
            (500, None),
            (503, Some("SlowDown")),
            (504, None),
        ] {
            assert_eq!(
                judge(&service(status, code), true),
                again,
                "{status} {code:?}"
            );
        }
        for (status, code) in [
            (400, Some("InvalidArgument")),
            (403, Some("AccessDenied")),
            (403, Some("SignatureDoesNotMatch")),
            (404, Some("NoSuchKey")),
            (412, None),
            (501, Some("NotImplemented")),
        ] {
            assert_eq!(
                judge(&service(status, code), true),
                Verdict::GiveUp,
                "{status} {code:?}"
            );
        }
    }

    #[test]
    fn our_own_errors_are_never_retried_and_strange_responses_are() {
        let own = Failure::Final(Error::Request("x".into()));
        assert_eq!(judge(&own, true), Verdict::GiveUp);
        let strange = Failure::Response("a web page".into());
        assert_eq!(judge(&strange, true), Verdict::Pause(None));
    }

    #[test]
    fn a_certificate_is_not_tried_again_on_first_contact() {
        assert_eq!(
            judge(&transport(Stage::Tls(TlsRefusal::Untrusted)), false),
            Verdict::GiveUp
        );
        assert_eq!(
            judge(&transport(Stage::Tls(TlsRefusal::Untrusted)), true),
            Verdict::Pause(None)
        );
        assert_eq!(
            judge(&transport(Stage::Connect), false),
            Verdict::Pause(None)
        );
    }

    #[test]
    fn pauses_double_up_to_twenty_seconds_and_respect_what_the_server_asks() {
        assert_eq!(pause(1, None, 1.0), Duration::from_millis(100));
        assert_eq!(pause(2, None, 1.0), Duration::from_millis(200));
        assert_eq!(pause(2, None, 0.5), Duration::from_millis(100));
        assert_eq!(pause(30, None, 1.0), Duration::from_secs(20));
        let asked = Some(Duration::from_secs(3));
        assert_eq!(pause(1, asked, 1.0), Duration::from_secs(3));
        let much = Some(Duration::from_secs(86_400));
        assert_eq!(pause(1, much, 1.0), Duration::from_secs(60));
    }
}
