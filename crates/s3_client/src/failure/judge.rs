//! What an error response means, and what may follow from it: another attempt, or the end.
//!
//! Services agree on few codes (a wrong secret is SignatureDoesNotMatch on AWS and Ceph,
//! AccessDenied on Garage), and HEAD answers have none; where a code is missing or unknown the
//! status speaks.

use super::{Failure, NOT_S3, ServiceFailure, WANTS_HTTPS};
use crate::http::Stage;

/// What the service meant, whatever it called it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// The bucket does not exist.
    NoSuchBucket,
    /// The object or version does not exist. Also every other 404, since HEAD has no code.
    NoSuchKey,
    /// The multipart upload was completed, aborted or never existed.
    NoSuchUpload,
    /// This key may not do this.
    Denied,
    /// The signature was made with another secret.
    WrongSecret,
    /// The access key id is unknown.
    UnknownKey,
    /// The session token is no longer valid.
    ExpiredToken,
    /// Our clock and the service's differ too much.
    Clock,
    /// The request was signed for another region than the bucket's; the response may name it.
    WrongRegion,
    /// The bucket wants to be asked at another address.
    Redirect,
    /// The object is archived and cannot be read before it is restored.
    Archived,
    /// There is no room for fast restores from an archive at the moment, which may last for days.
    NotExpedited,
    /// The object is no longer, or not yet, what the request was conditional on.
    Changed,
    /// The range begins after the end of the object.
    Range,
    /// A quota is used up, or the store is full.
    Full,
    /// Too many requests at the moment.
    Busy,
    /// The service or something before it failed.
    Internal,
    /// The bytes that arrived were not the bytes that were sent.
    DamagedInTransit,
    /// The service waited too long for the request.
    Timeout,
    /// Another operation on the same name is under way.
    Conflict,
    /// This service does not offer this.
    Unsupported,
    /// The bucket takes no access control lists, as new ones of AWS.
    NoAcls,
    /// The name cannot be the name of a bucket.
    BucketName,
    /// The bucket exists already, ours or not.
    BucketExists,
    /// The bucket cannot be deleted while something is in it.
    BucketNotEmpty,
    /// Plain http was sent to a port that speaks TLS.
    WantsHttps,
    /// Something else than an S3 service answered.
    NotS3,
    /// Anything else: the service's own words say it best.
    Other,
}

impl ServiceFailure {
    /// What the service meant.
    pub fn meaning(&self) -> Meaning {
        match &self.code {
            Some(code) => self.meaning_of(code),
            None => self.meaning_of_status(),
        }
    }

    fn meaning_of(&self, code: &str) -> Meaning {
        match code {
            "NoSuchBucket" => Meaning::NoSuchBucket,
            "NoSuchKey" | "NoSuchVersion" => Meaning::NoSuchKey,
            "NoSuchUpload" => Meaning::NoSuchUpload,
            "AccessDenied" if self.message_has("Invalid signature") => Meaning::WrongSecret,
            "AccessDenied" if self.message_has("No such key:") => Meaning::UnknownKey,
            "AccessDenied" | "AllAccessDisabled" | "AccountProblem" | "InvalidPayer" => {
                Meaning::Denied
            }
            "SignatureDoesNotMatch" => Meaning::WrongSecret,
            "InvalidAccessKeyId" | "NotSignedUp" => Meaning::UnknownKey,
            "ExpiredToken" | "ExpiredTokenException" | "TokenRefreshRequired" | "InvalidToken" => {
                Meaning::ExpiredToken
            }
            "RequestTimeTooSkewed" => Meaning::Clock,
            "AuthorizationHeaderMalformed" | "IllegalLocationConstraintException"
                if self.region.is_some() =>
            {
                Meaning::WrongRegion
            }
            "PermanentRedirect" | "TemporaryRedirect" | "Redirect" => Meaning::Redirect,
            "InvalidObjectState" => Meaning::Archived,
            "GlacierExpeditedRetrievalNotAvailable" => Meaning::NotExpedited,
            "PreconditionFailed" => Meaning::Changed,
            "InvalidRange" => Meaning::Range,
            "QuotaExceeded"
            | "StorageQuotaExceeded"
            | "InsufficientStorage"
            | "XMinioStorageFull" => Meaning::Full,
            "SlowDown"
            | "SlowDownRead"
            | "SlowDownWrite"
            | "ServiceUnavailable"
            | "Throttling"
            | "ThrottlingException"
            | "RequestThrottled"
            | "RequestLimitExceeded"
            | "BandwidthLimitExceeded"
            | "TooManyRequests" => Meaning::Busy,
            "InternalError" | "InternalFailure" => Meaning::Internal,
            // Garage calls a wrong payload hash InvalidDigest; ours are always well formed.
            "XAmzContentSHA256Mismatch"
            | "BadDigest"
            | "InvalidDigest"
            | "IncompleteBody"
            | "XAmzContentChecksumMismatch" => Meaning::DamagedInTransit,
            "RequestTimeout" => Meaning::Timeout,
            "OperationAborted" | "ConditionalRequestConflict" => Meaning::Conflict,
            "NotImplemented" | "MethodNotAllowed" => Meaning::Unsupported,
            "AccessControlListNotSupported" => Meaning::NoAcls,
            "InvalidBucketName" => Meaning::BucketName,
            "BucketAlreadyExists" | "BucketAlreadyOwnedByYou" => Meaning::BucketExists,
            "BucketNotEmpty" => Meaning::BucketNotEmpty,
            _ if matches!(self.status, 301..=303 | 307 | 308 | 403 | 408 | 429 | 500..) => {
                self.meaning_of_status()
            }
            _ => Meaning::Other,
        }
    }

    /// Some differences are in the message only: Garage has one code for all refusals.
    pub fn message_has(&self, words: &str) -> bool {
        self.message
            .as_deref()
            .is_some_and(|message| message.contains(words))
    }

    fn meaning_of_status(&self) -> Meaning {
        match (self.status, self.message.as_deref()) {
            (_, Some(WANTS_HTTPS)) => Meaning::WantsHttps,
            // Whatever page comes along: nginx and Apache send one with every redirect.
            (301..=303 | 307 | 308, _) if self.endpoint.is_some() => Meaning::Redirect,
            (..500, Some(NOT_S3)) => Meaning::NotS3,
            // HEAD has no body: a `Date` far from our clock is the likelier reason of a 403.
            (403, _) if self.clock_skew_seconds.is_some() => Meaning::Clock,
            (301..=303 | 307 | 308, _) => Meaning::Redirect,
            (400, None) if self.region.is_some() => Meaning::WrongRegion,
            (401 | 403, _) => Meaning::Denied,
            (404, _) => Meaning::NoSuchKey,
            (405 | 501, _) => Meaning::Unsupported,
            (408, _) => Meaning::Timeout,
            (412, _) => Meaning::Changed,
            (416, _) => Meaning::Range,
            (429 | 503, _) => Meaning::Busy,
            (507, _) => Meaning::Full,
            (500.., _) => Meaning::Internal,
            _ => Meaning::Other,
        }
    }

    /// Whether the same request may succeed if it is simply sent again.
    pub fn retryable(&self) -> bool {
        match self.meaning() {
            Meaning::Busy
            | Meaning::Internal
            | Meaning::DamagedInTransit
            | Meaning::Timeout
            | Meaning::Conflict => true,
            Meaning::NotS3 => self.is_page_for_success(),
            // `200` with an `<Error>`: AWS documents it for Complete and Copy as "retry"; only
            // what names a lasting cause is believed at once.
            Meaning::Other => self.status == 200 && !self.names_a_lasting_cause(),
            _ => false,
        }
    }

    /// A web page under a success status comes from something in between, such as a portal that
    /// wants a login: it may let the next request through, and the service have done this one.
    fn is_page_for_success(&self) -> bool {
        self.status < 300 && self.meaning() == Meaning::NotS3
    }

    fn names_a_lasting_cause(&self) -> bool {
        matches!(
            self.code.as_deref(),
            Some("InvalidPart" | "InvalidPartOrder" | "EntityTooSmall" | "EntityTooLarge")
        )
    }
}

impl Failure {
    /// Whether the same request may succeed if it is simply sent again. What has to be learned
    /// first (the region, the clock, new credentials, a redirect) is not decided here.
    pub fn retryable(&self) -> bool {
        match self {
            Self::Transport { stage, .. } => {
                !matches!(stage, Stage::Tls(_) | Stage::ProxyCredentials)
            }
            Self::Service(failure) => failure.retryable(),
            Self::Response(_) => true,
            Self::Final(_) => false,
        }
    }

    /// Whether the service may have carried out the request all the same: it was under way, and
    /// no response, or one of something in between, says what became of it.
    pub fn may_be_done(&self) -> bool {
        match self {
            Self::Transport { stage, .. } => {
                matches!(
                    stage,
                    Stage::Exchange | Stage::Unanswered | Stage::NoProgress(_)
                )
            }
            Self::Service(failure) => {
                failure.meaning() == Meaning::Internal || failure.is_page_for_success()
            }
            Self::Response(_) => true,
            Self::Final(_) => false,
        }
    }

    /// What the service meant, if it was the service that failed.
    pub fn meaning(&self) -> Option<Meaning> {
        match self {
            Self::Service(failure) => Some(failure.meaning()),
            Self::Transport { .. } | Self::Response(_) | Self::Final(_) => None,
        }
    }

    /// Whether the service says that what was asked for does not exist: the object, its bucket
    /// or the upload.
    pub fn is_not_there(&self) -> bool {
        matches!(
            self.meaning(),
            Some(Meaning::NoSuchKey | Meaning::NoSuchBucket | Meaning::NoSuchUpload)
        )
    }

    /// Whether a condition (`If-Match`, `If-None-Match`) was not met: the object changed.
    pub fn is_changed(&self) -> bool {
        self.meaning() == Some(Meaning::Changed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::TlsRefusal;

    fn service(status: u16, code: Option<&str>) -> ServiceFailure {
        ServiceFailure {
            status,
            code: code.map(str::to_owned),
            ..ServiceFailure::default()
        }
    }

    #[test]
    fn what_passes_is_tried_again() {
        for (status, code) in [
            (503, Some("SlowDown")),
            (503, None),
            (500, Some("InternalError")),
            (500, Some("SomethingNew")),
            (502, None),
            (429, None),
            (408, None),
            (400, Some("RequestTimeout")),
            (400, Some("BadDigest")),
            (400, Some("XAmzContentSHA256Mismatch")),
            (409, Some("OperationAborted")),
            (200, Some("InternalError")),
            (200, Some("SomethingNew")),
        ] {
            assert!(service(status, code).retryable(), "{status} {code:?}");
        }
    }

    #[test]
    fn what_lasts_is_not_tried_again() {
        for (status, code) in [
            (403, Some("AccessDenied")),
            (403, Some("SignatureDoesNotMatch")),
            (403, Some("InvalidObjectState")),
            (403, None),
            (404, None),
            (404, Some("NoSuchUpload")),
            (400, Some("InvalidArgument")),
            (200, Some("InvalidPart")),
            (200, Some("NoSuchUpload")),
            (200, Some("AccessDenied")),
            (412, None),
            (416, None),
            (501, Some("NotImplemented")),
            (503, Some("GlacierExpeditedRetrievalNotAvailable")),
            (507, None),
            (301, None),
        ] {
            assert!(!service(status, code).retryable(), "{status} {code:?}");
        }
    }

    #[test]
    fn a_certificate_is_not_tried_again_but_a_broken_connection_is() {
        let at = |stage| Failure::Transport {
            stage,
            cause: String::new(),
        };
        assert!(!at(Stage::Tls(TlsRefusal::Untrusted)).retryable());
        assert!(at(Stage::Exchange).retryable());
        assert!(at(Stage::Resolve).retryable());
        assert!(Failure::Response("the response is cut off".into()).retryable());
    }

    #[test]
    fn only_what_was_under_way_and_not_refused_may_have_been_done() {
        let at = |stage| Failure::Transport {
            stage,
            cause: String::new(),
        };
        let said = |status, code| Failure::Service(Box::new(service(status, code)));
        assert!(at(Stage::Exchange).may_be_done());
        assert!(at(Stage::NoProgress(std::time::Duration::from_secs(30))).may_be_done());
        assert!(said(504, None).may_be_done());
        assert!(said(200, Some("InternalError")).may_be_done());
        assert!(Failure::Response("the response is cut off".into()).may_be_done());
        assert!(!at(Stage::Connect).may_be_done());
        assert!(!said(503, Some("SlowDown")).may_be_done());
        assert!(!said(403, Some("AccessDenied")).may_be_done());
    }

    #[test]
    fn a_missing_page_of_something_that_is_not_s3_is_no_missing_object() {
        let mut page = service(404, None);
        page.message = Some(NOT_S3.into());
        assert_eq!(page.meaning(), Meaning::NotS3);
        page.status = 502;
        assert_eq!(page.meaning(), Meaning::Internal);
    }

    #[test]
    fn garage_tells_a_wrong_secret_from_an_unknown_key_in_words() {
        let mut refused = service(403, Some("AccessDenied"));
        assert_eq!(refused.meaning(), Meaning::Denied);
        refused.message = Some("Forbidden: Invalid signature".into());
        assert_eq!(refused.meaning(), Meaning::WrongSecret);
        refused.message = Some("Forbidden: No such key: GK0123456789abcdef01230000".into());
        assert_eq!(refused.meaning(), Meaning::UnknownKey);
    }

    #[test]
    fn a_head_refused_far_from_our_clock_is_about_the_clock() {
        let mut refused = service(403, None);
        assert_eq!(refused.meaning(), Meaning::Denied);
        refused.clock_skew_seconds = Some(1200);
        assert_eq!(refused.meaning(), Meaning::Clock);
    }
}
