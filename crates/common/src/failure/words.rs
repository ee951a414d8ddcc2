//! A failure as a sentence for a person: cause, codes, exit code, and a hint where one is true.

use super::{Failure, Meaning, NOT_S3, ServiceFailure, Stage, TransportFailure};
use crate::client::Client;
use crate::error::{Error, Kind};

/// What the request was going to do, to name the permission that is missing and to tell whether
/// a refusal concerns everything still to come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Access {
    /// List the buckets of the account.
    #[default]
    ListBuckets,
    /// List a bucket.
    List,
    /// Read an object.
    Read,
    /// Write an object.
    Write,
    /// Delete an object.
    Delete,
    /// Create or delete a bucket.
    Manage,
}

/// What the sentence needs to know beside the failure.
#[derive(Clone, Debug, Default)]
pub struct Context {
    /// The endpoint as a person wrote it, for example `https://nyc3.digitaloceanspaces.com`.
    pub endpoint: String,
    /// The region that requests are signed for.
    pub region: String,
    /// The last four characters of the access key id, if they give nothing away.
    pub access_key_tail: Option<String>,
    /// Requests are not signed.
    pub anonymous: bool,
    /// The bucket, if there is one.
    pub bucket: Option<String>,
    /// What was going to be done.
    pub access: Access,
}

impl Context {
    /// What this client knows; about buckets as a whole until [`Context::bucket`] and
    /// [`Context::to`] say otherwise. Sends nothing that [`Client::check_credentials`] would not.
    pub async fn of(client: &Client) -> Self {
        Self {
            endpoint: client.endpoint_text(),
            region: client.region(),
            access_key_tail: client.access_key_tail().await,
            anonymous: client.is_anonymous().await,
            bucket: None,
            access: Access::default(),
        }
    }

    /// The same for this bucket.
    #[must_use]
    pub fn bucket(mut self, bucket: &str) -> Self {
        self.bucket = Some(bucket.to_owned());
        self
    }

    /// The same for something else that is done.
    #[must_use]
    pub fn to(mut self, access: Access) -> Self {
        self.access = access;
        self
    }

    /// The key as it is shown, for example `key …9F2Q`.
    fn key(&self) -> String {
        match &self.access_key_tail {
            Some(tail) => format!("key …{}", clean(tail)),
            None => "this key".into(),
        }
    }

    fn permission(&self) -> String {
        let bucket = self.bucket.as_deref().unwrap_or("this bucket");
        match self.access {
            Access::ListBuckets => "list buckets".into(),
            Access::List => format!("list `{bucket}`"),
            Access::Read => format!("read from `{bucket}`"),
            Access::Write => format!("write to `{bucket}`"),
            Access::Delete => format!("delete from `{bucket}`"),
            Access::Manage => format!("manage `{bucket}`"),
        }
    }

    /// Whether a refusal of this would refuse everything: a policy may close single objects.
    fn concerns_all(&self) -> bool {
        match self.access {
            Access::ListBuckets | Access::List | Access::Manage => true,
            Access::Read | Access::Write | Access::Delete => false,
        }
    }
}

impl Failure {
    /// The error that a person reads: `cannot DOING SUBJECT: CAUSE (S3Code, HTTP nnn, request
    /// id)`. Causes that hold for everything (credentials, bucket, endpoint, clock, certificate)
    /// stop the run; whether a single object that is refused or missing ends the program is for
    /// the caller to decide.
    pub fn into_error(
        self,
        doing: impl Into<String>,
        subject: impl Into<String>,
        context: &Context,
    ) -> Error {
        let (doing, subject) = (doing.into(), subject.into());
        let words = match self {
            Self::Final(error) => return error,
            Self::Transport(failure) => transport(&failure, context),
            Self::Service(failure) => service(&failure, context),
            Self::Answer(text) => {
                let words = Words::new(Kind::Unavailable, clean(&text));
                if text == NOT_S3 {
                    words.hint(check_endpoint(context))
                } else {
                    words
                }
            }
        };
        words.into_error(doing, subject)
    }
}

/// An error before it knows what was being done.
struct Words {
    kind: Kind,
    cause: String,
    detail: Option<String>,
    hint: Option<String>,
    stop: bool,
}

impl Words {
    fn new(kind: Kind, cause: impl Into<String>) -> Self {
        Self {
            kind,
            cause: cause.into(),
            detail: None,
            hint: None,
            stop: false,
        }
    }

    fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    fn stop(mut self) -> Self {
        self.stop = true;
        self
    }

    fn stop_if(mut self, stop: bool) -> Self {
        self.stop = stop;
        self
    }

    fn into_error(self, doing: String, subject: String) -> Error {
        let mut error = Error::new(self.kind, doing, subject, self.cause);
        if let Some(detail) = self.detail {
            error = error.with_detail(detail);
        }
        if let Some(hint) = self.hint {
            error = error.with_hint(hint);
        }
        if self.stop {
            error = error.stopping_the_run();
        }
        error
    }
}

fn check_endpoint(context: &Context) -> String {
    format!(
        "check that ENDPOINT_URL is the address of an S3 service; it is {}",
        context.endpoint
    )
}

fn transport(failure: &TransportFailure, context: &Context) -> Words {
    let cause = clean(&failure.cause);
    match failure.stage {
        Stage::Resolve => Words::new(Kind::Unavailable, cause)
            .hint(if context.endpoint.contains(".amazonaws.com") {
                format!(
                    "check the network, and that `{}` is a region of AWS",
                    context.region
                )
            } else {
                format!(
                    "check the network, and the spelling of ENDPOINT_URL, which is {}",
                    context.endpoint
                )
            })
            .stop(),
        Stage::Connect => Words::new(Kind::Unavailable, cause)
            .hint(format!(
                "check the network, and that a service answers at {}",
                context.endpoint
            ))
            .stop(),
        Stage::Proxy => Words::new(Kind::Unavailable, cause)
            .hint("check HTTPS_PROXY and HTTP_PROXY; NO_PROXY names hosts that need no proxy")
            .stop(),
        Stage::Tls => Words::new(Kind::Settings, cause)
            .hint(
                "if the service uses a certificate authority of its own, name its file in \
                 AWS_CA_BUNDLE or --ca-bundle",
            )
            .stop(),
        Stage::Exchange => Words::new(Kind::Unavailable, cause),
    }
}

fn service(failure: &ServiceFailure, context: &Context) -> Words {
    let mut words = said(failure, context);
    words.detail = Some(failure.detail());
    words
}

fn said(failure: &ServiceFailure, context: &Context) -> Words {
    let meaning = failure.meaning();
    match meaning {
        Meaning::Denied
        | Meaning::WrongSecret
        | Meaning::UnknownKey
        | Meaning::ExpiredToken
        | Meaning::Clock => refused(meaning, failure, context),
        Meaning::NoSuchBucket
        | Meaning::WrongRegion
        | Meaning::Redirect
        | Meaning::BucketName
        | Meaning::BucketExists
        | Meaning::BucketNotEmpty
        | Meaning::WantsHttps
        | Meaning::NotS3 => misplaced(meaning, failure, context),
        Meaning::NoSuchKey => Words::new(
            Kind::NotThere,
            match context.access {
                Access::List | Access::Manage => "there is no such bucket",
                Access::ListBuckets => "this address is not there",
                Access::Read | Access::Write | Access::Delete => "there is no such object",
            },
        )
        .stop_if(context.concerns_all()),
        Meaning::NoSuchUpload => Words::new(Kind::Failed, "the multipart upload no longer exists"),
        Meaning::Archived => Words::new(
            Kind::Failed,
            "the object is archived and cannot be read now",
        )
        .hint("have it restored first, then run again"),
        Meaning::Changed => Words::new(Kind::Failed, "the object was changed in the meantime"),
        Meaning::Range => Words::new(Kind::Failed, "the object is shorter than it was listed"),
        Meaning::Full => Words::new(Kind::Unavailable, "the quota or the store is used up").stop(),
        Meaning::Busy => Words::new(Kind::Unavailable, "the service is too busy"),
        Meaning::Internal => Words::new(Kind::Unavailable, "the service failed"),
        Meaning::DamagedInTransit => Words::new(
            Kind::Damaged,
            "the service received other bytes than were sent",
        ),
        Meaning::Timeout => Words::new(Kind::Unavailable, "the service waited too long for us"),
        Meaning::Conflict => Words::new(
            Kind::Failed,
            "another operation on the same name is under way",
        ),
        Meaning::Unsupported => Words::new(Kind::Failed, "this service does not offer this"),
        Meaning::Other => Words::new(
            if failure.status >= 500 {
                Kind::Unavailable
            } else {
                Kind::Failed
            },
            own_words(failure),
        ),
    }
}

/// Refusals that are about the key or the clock.
fn refused(meaning: Meaning, failure: &ServiceFailure, context: &Context) -> Words {
    let key = context.key();
    match meaning {
        Meaning::WrongSecret => {
            Words::new(Kind::Denied, format!("the secret does not belong to {key}"))
                .hint("check AWS_SECRET_ACCESS_KEY, or the secret in the profile")
                .stop()
        }
        Meaning::UnknownKey => Words::new(Kind::Denied, format!("the service does not know {key}"))
            .hint(format!(
                "check AWS_ACCESS_KEY_ID, and that the key is one for {}",
                context.endpoint
            ))
            .stop(),
        Meaning::ExpiredToken => Words::new(
            Kind::Denied,
            format!("the session of {key} is not valid, or no longer"),
        )
        .hint("get new temporary credentials")
        .stop(),
        Meaning::Clock => Words::new(Kind::Settings, clock_words(failure.clock_skew_seconds))
            .hint("set the clock of this machine")
            .stop(),
        _ if context.anonymous => Words::new(Kind::Denied, "access denied without a key")
            .hint("this needs a key: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY")
            .stop_if(context.concerns_all()),
        _ => Words::new(Kind::Denied, format!("access denied for {key}"))
            .hint(format!(
                "give this key permission to {}, or use another key",
                context.permission()
            ))
            .stop_if(context.concerns_all()),
    }
}

/// Answers that are about the bucket, the region or the endpoint.
fn misplaced(meaning: Meaning, failure: &ServiceFailure, context: &Context) -> Words {
    let region = clean(&context.region);
    match meaning {
        Meaning::NoSuchBucket => Words::new(
            Kind::NotThere,
            format!("there is no such bucket in region {region}"),
        )
        .hint(
            "run do_bucket_list to see your buckets; a bucket in another region needs REGION_NAME",
        )
        .stop(),
        Meaning::WrongRegion => {
            let right = clean(failure.region.as_deref().unwrap_or_default());
            Words::new(
                Kind::Settings,
                format!("the service wants region {right}, not {region}"),
            )
            .hint(format!("export REGION_NAME={right}"))
            .stop()
        }
        Meaning::Redirect => {
            let words = match (&failure.region, &failure.endpoint) {
                (Some(right), _) if *right != context.region => {
                    let right = clean(right);
                    Words::new(
                        Kind::Settings,
                        format!("the bucket is in region {right}, not in {region}"),
                    )
                    .hint(format!("export REGION_NAME={right}"))
                }
                (_, Some(host)) => Words::new(
                    Kind::Settings,
                    format!("the service sends us on to {}", clean(host)),
                )
                .hint("if you trust that address, make it ENDPOINT_URL"),
                _ => Words::new(Kind::Settings, "the service sends us on without an address")
                    .hint(check_endpoint(context)),
            };
            words.stop()
        }
        Meaning::BucketName => Words::new(
            Kind::NotThere,
            "the service does not allow this name for a bucket",
        )
        .stop(),
        Meaning::BucketExists => Words::new(Kind::Failed, "there is a bucket of this name already"),
        Meaning::BucketNotEmpty => Words::new(Kind::Failed, "the bucket is not empty"),
        Meaning::WantsHttps => Words::new(Kind::Settings, "this port wants https")
            .hint(format!(
                "write https:// in ENDPOINT_URL, which is {}",
                context.endpoint
            ))
            .stop(),
        _ => Words::new(Kind::Settings, NOT_S3)
            .hint(check_endpoint(context))
            .stop(),
    }
}

fn clock_words(skew_seconds: Option<i64>) -> String {
    let Some(skew) = skew_seconds else {
        return "the clock of this machine is wrong".into();
    };
    let minutes = skew.unsigned_abs().div_ceil(60);
    let direction = if skew > 0 { "behind" } else { "ahead of" };
    let unit = if minutes == 1 { "minute" } else { "minutes" };
    format!("the clock of this machine is {minutes} {unit} {direction} the service's")
}

/// The service's own message, made to stand after a colon.
fn own_words(failure: &ServiceFailure) -> String {
    let Some(message) = &failure.message else {
        return "the service refused the request".into();
    };
    let message = clean(message.trim().trim_end_matches('.'));
    let mut letters = message.chars();
    match (letters.next(), letters.next()) {
        // "The key" becomes "the key"; "AWS" and "KMS" stay.
        (Some(first), Some(second)) if !second.is_uppercase() => {
            let rest = message.get(first.len_utf8()..).unwrap_or_default();
            first.to_lowercase().collect::<String>() + rest
        }
        _ => message,
    }
}

impl ServiceFailure {
    /// What support staff need: `NoSuchKey, HTTP 404, request 7f3a`.
    pub fn detail(&self) -> String {
        let mut detail = String::new();
        if let Some(code) = &self.code {
            detail = format!("{}, ", clean(code));
        }
        detail.push_str(&format!("HTTP {}", self.status));
        if let Some(id) = &self.request_id {
            detail.push_str(&format!(", request {}", clean(id)));
        }
        detail
    }
}

/// Text of the service, fit to be printed: one line, without control and direction characters,
/// of bounded length.
fn clean(text: &str) -> String {
    const LIMIT_CHARS: usize = 300;
    let mut cleaned = String::with_capacity(text.len().min(LIMIT_CHARS));
    for (count, letter) in text.chars().enumerate() {
        if count == LIMIT_CHARS {
            cleaned.push('…');
            break;
        }
        match letter {
            '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' => {
                cleaned.extend(letter.escape_unicode());
            }
            '\n' | '\r' | '\t' => cleaned.push(' '),
            _ if letter.is_control() => cleaned.extend(letter.escape_unicode()),
            _ => cleaned.push(letter),
        }
    }
    cleaned
}
