//! What a failure means for the next attempt, and how long to wait before it. Pure.

use std::time::Duration;

use crate::failure::{Failure, Meaning};
use crate::http::Stage;

/// The first pause is up to this long, and each further one up to twice the one before.
const FIRST_PAUSE: Duration = Duration::from_millis(100);

/// No pause of our own is longer.
const LONGEST_PAUSE: Duration = Duration::from_secs(20);

/// A longer pause is not kept, even if the service asks for it.
const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(60);

/// What a failure means for the next attempt.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
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
pub(super) fn judge(failure: &Failure, has_answered: bool) -> Verdict {
    match failure {
        // A second attempt does not improve a certificate. But once the endpoint has shown a good
        // one, a bad one comes from one machine behind it.
        Failure::Transport {
            stage: Stage::Tls(_),
            ..
        } if has_answered => Verdict::Pause(None),
        Failure::Service(service) => match service.meaning() {
            Meaning::ExpiredToken => Verdict::RenewCredentials,
            Meaning::Clock => service
                .clock_skew_seconds
                .map_or(Verdict::GiveUp, Verdict::CorrectClock),
            Meaning::WrongRegion | Meaning::Redirect => Verdict::Reroute,
            _ if service.retryable() => Verdict::Pause(service.retry_after),
            _ => Verdict::GiveUp,
        },
        _ if failure.retryable() => Verdict::Pause(None),
        _ => Verdict::GiveUp,
    }
}

/// The pause after this many failures, for a chance between 0 and 1 (full jitter: clients that
/// failed together do not return together), and not less than the service asked for.
pub(super) fn pause(failed: u32, asked: Option<Duration>, chance: f64) -> Duration {
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
    use crate::failure::ServiceFailure;
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
