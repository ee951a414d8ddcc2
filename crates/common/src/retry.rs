//! Whether to try again, when, and what to change before: the policy, in one place.

use std::time::{Duration, Instant};

use crate::client::Client;
use crate::failure::{Failure, ServiceFailure, Stage, TransportFailure};

/// The first pause is up to this long, and each further one up to twice the one before.
const FIRST_PAUSE: Duration = Duration::from_millis(100);

/// No pause of our own is longer.
const LONGEST_PAUSE: Duration = Duration::from_secs(20);

/// A server that wants a longer pause is asked again after this one anyway.
const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(60);

/// An endpoint that has never answered is tried this often, within this time: most likely its
/// address is wrong, and nobody should wait long to hear that.
const FIRST_CONTACT_TRIES: u32 = 3;
const FIRST_CONTACT_TIME: Duration = Duration::from_secs(10);

/// When for so long nothing completed and no body byte moved, the run is over.
const LONGEST_TROUBLE: Duration = Duration::from_secs(120);

/// Redirects that one operation follows.
const MAX_REDIRECTS: u32 = 3;

/// What a failure means for the next attempt.
#[derive(Debug, PartialEq, Eq)]
enum Verdict {
    /// The same request would fail again.
    GiveUp,
    /// Try again after a pause; the server may have asked for a long one.
    Pause(Option<Duration>),
    /// The credentials have expired.
    RenewCredentials,
    /// Our clock is off by so many seconds.
    CorrectClock(i64),
    /// The request went to the wrong region or host.
    GoElsewhere,
}

/// Judges a failure by itself; pure.
fn judge(failure: &Failure, has_answered: bool) -> Verdict {
    match failure {
        Failure::Final(_) => Verdict::GiveUp,
        Failure::Answer(_) => Verdict::Pause(None),
        Failure::Transport(TransportFailure { stage, .. }) => match stage {
            // A certificate does not get better by asking again; once the endpoint has shown a
            // good one, a bad one is one machine behind it.
            Stage::Tls if !has_answered => Verdict::GiveUp,
            Stage::Tls | Stage::Resolve | Stage::Connect | Stage::Proxy | Stage::Exchange => {
                Verdict::Pause(None)
            }
        },
        Failure::Service(failure) => judge_service(failure),
    }
}

fn judge_service(failure: &ServiceFailure) -> Verdict {
    match failure.code.as_deref().unwrap_or_default() {
        "ExpiredToken" | "ExpiredTokenException" | "TokenRefreshRequired" => {
            return Verdict::RenewCredentials;
        }
        "RequestTimeTooSkewed" => {
            return failure
                .clock_skew_seconds
                .map_or(Verdict::GiveUp, Verdict::CorrectClock);
        }
        // Sent with 4xx, but about this transfer and not about the request: the body was late,
        // cut short or changed on the way, or someone else was quicker.
        "RequestTimeout"
        | "IncompleteBody"
        | "BadDigest"
        | "XAmzContentSHA256Mismatch"
        | "XAmzContentChecksumMismatch"
        | "OperationAborted"
        | "ConditionalRequestConflict"
        | "Throttling"
        | "ThrottlingException"
        | "RequestLimitExceeded"
        | "SlowDown" => return Verdict::Pause(failure.retry_after),
        "NotImplemented" => return Verdict::GiveUp,
        _ => {}
    }
    match failure.status {
        301 | 302 | 307 | 308 => Verdict::GoElsewhere,
        // AuthorizationHeaderMalformed, or a HEAD without a body: the region says it all.
        400 if failure.region.is_some() => Verdict::GoElsewhere,
        // An <Error> that came with a success status.
        200..=299 => Verdict::Pause(failure.retry_after),
        408 | 429 | 500 | 502..=504 | 506.. => Verdict::Pause(failure.retry_after),
        _ => Verdict::GiveUp,
    }
}

/// The attempts at one operation.
#[derive(Debug)]
pub struct Attempts {
    client: Client,
    failed: u32,
    began: Instant,
    /// The region that the last attempt was signed for.
    region: String,
    redirects: u32,
    renewed: bool,
}

impl Attempts {
    pub(crate) fn new(client: Client) -> Self {
        Self {
            region: client.region(),
            client,
            failed: 0,
            began: Instant::now(),
            redirects: 0,
            renewed: false,
        }
    }

    /// Judges a failed attempt. Learns from it what there is to learn (region, clock, expired
    /// credentials), waits, and returns true; or returns false: the failure stands.
    pub async fn again(&mut self, failure: &Failure) -> bool {
        self.failed = self.failed.saturating_add(1);
        let pulse = self.client.transport().pulse().clone();
        let trouble = pulse.trouble_for();
        let worth_it = match judge(failure, pulse.has_answered()) {
            Verdict::GiveUp => false,
            Verdict::RenewCredentials => self.renew().await,
            Verdict::CorrectClock(seconds) => self.client.correct_clock(seconds),
            Verdict::GoElsewhere => self.go_elsewhere(failure),
            Verdict::Pause(asked) => {
                self.may_pause(pulse.has_answered(), trouble) && {
                    tokio::time::sleep(pause(self.failed, asked, fastrand::f64())).await;
                    true
                }
            }
        };
        self.region = self.client.region();
        worth_it
    }

    /// How many attempts have failed.
    pub fn failed(&self) -> u32 {
        self.failed
    }

    fn may_pause(&self, has_answered: bool, trouble: Duration) -> bool {
        let max = self.client.max_attempts();
        if has_answered {
            self.failed < max && trouble < LONGEST_TROUBLE
        } else {
            self.failed < max.min(FIRST_CONTACT_TRIES) && self.began.elapsed() < FIRST_CONTACT_TIME
        }
    }

    async fn renew(&mut self) -> bool {
        if self.renewed {
            return false;
        }
        self.renewed = true;
        self.client.renew_credentials().await;
        true
    }

    /// Another region first: on AWS it brings its host along. Then another host.
    fn go_elsewhere(&mut self, failure: &Failure) -> bool {
        let Failure::Service(failure) = failure else {
            return false;
        };
        self.redirects = self.redirects.saturating_add(1);
        if self.redirects > MAX_REDIRECTS {
            return false;
        }
        if let Some(region) = failure.region.as_deref().filter(|r| is_region(r))
            && region != self.region
        {
            self.client.learn_region(region);
            return true;
        }
        failure
            .endpoint
            .as_deref()
            .is_some_and(|to| failure.status != 400 && self.client.follow(to))
    }
}

/// The name becomes part of a host name and of a line to copy into a shell.
fn is_region(name: &str) -> bool {
    (1..=64).contains(&name.len())
        && name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
}

/// The pause after so many failures, for a chance between 0 and 1 (full jitter: clients that
/// failed together do not come back together), and not less than the server asked for.
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
    use crate::error::{Error, Kind};

    fn service(status: u16, code: Option<&str>) -> Failure {
        Failure::Service(Box::new(ServiceFailure {
            status,
            code: code.map(str::to_owned),
            ..ServiceFailure::default()
        }))
    }

    fn transport(stage: Stage) -> Failure {
        Failure::Transport(TransportFailure {
            stage,
            cause: String::new(),
        })
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
    fn our_own_troubles_are_never_repeated_and_strange_answers_are() {
        let own = Failure::Final(Error::new(Kind::Failed, "read", "x", "y"));
        assert_eq!(judge(&own, true), Verdict::GiveUp);
        let strange = Failure::Answer("a web page".into());
        assert_eq!(judge(&strange, true), Verdict::Pause(None));
    }

    #[test]
    fn a_certificate_is_not_tried_again_on_first_contact() {
        assert_eq!(judge(&transport(Stage::Tls), false), Verdict::GiveUp);
        assert_eq!(judge(&transport(Stage::Tls), true), Verdict::Pause(None));
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

    #[test]
    fn a_region_name_cannot_smuggle_anything_in() {
        assert!(is_region("eu-west-1"));
        assert!(is_region("garage"));
        for strange in ["", "a.evil.test/", "x\nrm -rf", "$(id)"] {
            assert!(!is_region(strange));
        }
    }
}
