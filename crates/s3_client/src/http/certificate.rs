//! What is wrong with the certificate of a server, in plain words.

use rustls_pki_types::UnixTime;
use tokio_rustls::rustls;

use super::error::TlsRefusal;

/// What is wrong with a certificate, as the end of a sentence about it.
pub(super) fn about_certificate(bad: &rustls::CertificateError) -> (TlsRefusal, String) {
    use rustls::CertificateError as Bad;
    let (refusal, what) = match bad {
        Bad::UnknownIssuer => (
            TlsRefusal::Untrusted,
            "is from an authority that is not trusted here",
        ),
        Bad::BadSignature => (
            TlsRefusal::Untrusted,
            "is not signed by the authority of that name that is trusted here",
        ),
        Bad::ExpiredContext { not_after, .. } => {
            let what = format!("has expired: it was valid until {}", shown_time(not_after));
            return (TlsRefusal::Dates, what);
        }
        Bad::NotValidYetContext { not_before, .. } => {
            let what = format!("is not valid before {}", shown_time(not_before));
            return (TlsRefusal::Dates, what);
        }
        Bad::Expired => (TlsRefusal::Dates, "has expired"),
        Bad::NotValidYet => (TlsRefusal::Dates, "is not valid yet"),
        Bad::NotValidForNameContext { presented, .. } if presented.is_empty() => {
            (TlsRefusal::Form, "has no host name in its subjectAltName")
        }
        Bad::NotValidForName | Bad::NotValidForNameContext { .. } => {
            (TlsRefusal::Name, "is for another name")
        }
        Bad::InvalidPurpose | Bad::InvalidPurposeContext { .. } => {
            (TlsRefusal::Form, "is not one for servers")
        }
        Bad::UnsupportedSignatureAlgorithmContext { .. }
        | Bad::UnsupportedSignatureAlgorithmForPublicKeyContext { .. } => (
            TlsRefusal::Form,
            "is signed in a way that is not secure or not known",
        ),
        Bad::BadEncoding => (TlsRefusal::Form, "is damaged"),
        Bad::Revoked => (TlsRefusal::Other, "has been revoked"),
        Bad::Other(other) => match other.0.downcast_ref() {
            Some(webpki::Error::CaUsedAsEndEntity) => (
                TlsRefusal::Untrusted,
                "is a CA certificate, as self-signed ones are, and is not trusted here",
            ),
            Some(webpki::Error::UnsupportedCertVersion) => (
                TlsRefusal::Form,
                "is not of X.509 version 3: its host name cannot be checked",
            ),
            _ => (TlsRefusal::Other, "cannot be checked"),
        },
        _ => (TlsRefusal::Other, "cannot be checked"),
    };
    (refusal, what.to_owned())
}

fn shown_time(time: &UnixTime) -> String {
    i64::try_from(time.as_secs())
        .ok()
        .and_then(|seconds| jiff::Timestamp::from_second(seconds).ok())
        .map_or_else(|| "a time far away".to_owned(), |time| time.to_string())
}
