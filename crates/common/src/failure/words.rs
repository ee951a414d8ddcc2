//! A failure as a sentence for a person: cause, codes, exit code, and a hint where one is true.

use s3_client::failure::{Failure, ServiceFailure};
use s3_client::http::{Stage, TlsRefusal};

use super::context::Context;
use super::response_words::{of_run, said};
use crate::credentials::no_credentials;
use crate::error::{Error, Kind};
use crate::ui::one_line;

/// A failure as a sentence for a person.
pub trait ToError {
    /// The error that a person reads: `cannot DOING SUBJECT: CAUSE (S3Code, HTTP nnn, request id)`.
    /// Causes that concern all objects (credentials, bucket, endpoint, clock, certificate) stop the
    /// run. The caller decides whether one refused or missing object ends the program.
    fn into_error(
        self,
        doing: impl Into<String>,
        subject: impl Into<String>,
        context: &Context,
    ) -> Error;
}

impl ToError for Failure {
    fn into_error(
        self,
        doing: impl Into<String>,
        subject: impl Into<String>,
        context: &Context,
    ) -> Error {
        let (doing, subject) = (doing.into(), subject.into());
        let words = match self {
            // The caller knows which file was to be sent.
            Self::Final(s3_client::Error::Body(error)) => {
                return Error::io(doing, subject, &error);
            }
            Self::Final(error) => return error.into(),
            Self::Transport { stage, cause } => transport(stage, &cause, context),
            Self::Service(failure) => service(&failure, context),
            Self::Response(text) => Error::because(Kind::Unavailable, one_line(&text)),
        };
        words.while_doing(doing, subject)
    }
}

fn transport(stage: Stage, cause: &str, context: &Context) -> Error {
    let cause = one_line(cause);
    let endpoint = &context.endpoint;
    let (kind, hint) = match stage {
        Stage::Exchange | Stage::NoProgress(_) => return Error::because(Kind::Unavailable, cause),
        Stage::Unanswered => {
            let words = Error::because(Kind::Unavailable, cause);
            return match endpoint.strip_prefix("http://") {
                Some(address) => words.with_hint(format!(
                    "if the service there uses TLS, write https://{address}"
                )),
                None => words,
            };
        }
        Stage::Resolve if endpoint.contains(".amazonaws.com") => {
            let region = &context.region;
            let hint = format!("check the network, and that `{region}` is a region of AWS");
            (Kind::Unavailable, hint)
        }
        Stage::Resolve => (
            Kind::Unavailable,
            "check the network, and the spelling of ENDPOINT_URL or --endpoint-url".to_owned(),
        ),
        Stage::Connect => (
            Kind::Unavailable,
            format!("check the network, and that a service answers at {endpoint}"),
        ),
        Stage::Proxy => (
            Kind::Unavailable,
            "check HTTPS_PROXY and HTTP_PROXY; NO_PROXY names hosts that need no proxy".to_owned(),
        ),
        Stage::ProxyCredentials => {
            let is_tls = endpoint.starts_with("https:");
            let name = if is_tls { "HTTPS_PROXY" } else { "HTTP_PROXY" };
            let hint = format!(
                "write them into the address of the proxy: {name}=http://user:password@host:port"
            );
            (Kind::Settings, hint)
        }
        Stage::Tls(refusal) => match tls_hint(refusal, endpoint) {
            Some(hint) => (Kind::Settings, hint),
            None => return Error::because(Kind::Settings, cause).stopping_the_run(),
        },
    };
    of_run(kind, cause, hint)
}

fn tls_hint(refusal: TlsRefusal, endpoint: &str) -> Option<String> {
    let hint = match refusal {
        TlsRefusal::Untrusted => {
            "if the service uses a certificate authority of its own, name its file in AWS_CA_BUNDLE \
             or --ca-bundle"
        }
        TlsRefusal::Dates => {
            "compare the date with the clock of this machine; if the clock is right, the service \
             needs a new certificate"
        }
        TlsRefusal::Name => {
            "write the endpoint with a host name that its certificate is for, or give the service a \
             certificate for this one"
        }
        TlsRefusal::Form => {
            "give the service a certificate of X.509 version 3 for servers, signed with SHA-256 or \
             better, with its host name in subjectAltName"
        }
        TlsRefusal::NoTls => {
            let address = endpoint.strip_prefix("https://")?;
            return Some(format!(
                "if the service there uses no TLS, write http://{address}"
            ));
        }
        TlsRefusal::Other => return None,
    };
    Some(hint.to_owned())
}

fn service(failure: &ServiceFailure, context: &Context) -> Error {
    let words = said(failure, context);
    words
        .with_detail(detail(failure))
        .with_http_status(failure.status)
        .with_code(failure.code.as_deref())
}

/// The codes that support staff need: `NoSuchKey, HTTP 404, request 7f3a`.
fn detail(failure: &ServiceFailure) -> String {
    let mut detail = String::new();
    if let Some(code) = &failure.code {
        detail = format!("{}, ", one_line(code));
    }
    detail.push_str(&format!("HTTP {}", failure.status));
    if let Some(id) = &failure.request_id {
        detail.push_str(&format!(", request {}", one_line(id)));
    }
    detail
}

/// Errors that happened before a request was sent.
impl From<s3_client::Error> for Error {
    fn from(error: s3_client::Error) -> Self {
        use s3_client::Error as Unsent;
        match error {
            Unsent::Credentials(error) => no_credentials(&error.message),
            Unsent::Body(error) => Self::io("read", "", &error),
            Unsent::Request(cause) => Self::new(Kind::Failed, "send", "", cause),
            Unsent::Settings { cause, hint: None } => Self::settings(cause),
            Unsent::Settings {
                cause,
                hint: Some(hint),
            } => Self::settings(cause).with_hint(hint),
            Unsent::Bug(cause) => Self::new(Kind::Bug, "send", "", cause),
        }
    }
}

#[cfg(test)]
mod tests;
