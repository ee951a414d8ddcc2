//! The meaning of an error response of the service, in words.

use s3_client::failure::{Meaning, NOT_S3, ServiceFailure};

use super::context::{Access, Context};
use crate::error::{Error, Kind};
use crate::ui::one_line;

/// The sentence for an error response, without its codes.
pub(super) fn said(failure: &ServiceFailure, context: &Context) -> Error {
    let key = context.key_text();
    match failure.meaning() {
        Meaning::NoSuchBucket => of_run(
            Kind::NotThere,
            format!(
                "there is no such bucket in region {}",
                one_line(&context.region)
            ),
            "run do_bucket_list to see your buckets; a bucket in another region needs REGION_NAME",
        ),
        Meaning::NoSuchKey => {
            let cause = match context.access {
                Access::List | Access::Manage => "there is no such bucket",
                Access::ListBuckets => "this address is not there",
                Access::Read | Access::Write | Access::Delete => "there is no such object",
            };
            Error::because(Kind::NotThere, cause).stopping_the_run_if(context.concerns_all())
        }
        Meaning::NoSuchUpload => {
            Error::because(Kind::Failed, "the multipart upload no longer exists")
        }
        Meaning::Denied => denied(failure, context),
        Meaning::WrongSecret => of_run(
            Kind::Unauthenticated,
            format!("the secret does not belong to {key}"),
            "check AWS_SECRET_ACCESS_KEY, or the secret in the profile",
        ),
        Meaning::UnknownKey => of_run(
            Kind::Unauthenticated,
            format!("the service does not know {key}"),
            format!(
                "check AWS_ACCESS_KEY_ID, and that the key is one for {}",
                context.endpoint
            ),
        ),
        Meaning::ExpiredToken => of_run(
            Kind::Unauthenticated,
            format!("the session of {key} is not valid or has expired"),
            "get new temporary credentials",
        ),
        Meaning::Clock => of_run(
            Kind::Settings,
            clock_words(failure.clock_skew_seconds),
            "set the clock of this machine",
        ),
        Meaning::WrongRegion => {
            let right = one_line(failure.region.as_deref().unwrap_or_default());
            let region = one_line(&context.region);
            of_run(
                Kind::Settings,
                format!("the service wants region {right}, not {region}"),
                format!("export REGION_NAME={right}"),
            )
        }
        Meaning::Redirect => redirected(failure, context),
        Meaning::Archived => Error::because(
            Kind::Failed,
            "the object is archived and cannot be read now",
        )
        .with_hint("thaw it first (`s3_restore --thaw`), then run again"),
        Meaning::NotExpedited => {
            Error::because(Kind::Failed, "expedited thaws are not available now")
                .with_hint("--thaw=standard is always accepted and takes some hours")
        }
        Meaning::Changed => Error::because(Kind::Failed, "the object changed in the meantime"),
        Meaning::Range => Error::because(Kind::Failed, "the object is shorter than it was listed"),
        Meaning::Full => Error::because(
            Kind::Unavailable,
            "the quota or the storage of the service is used up",
        )
        .stopping_the_run(),
        Meaning::Busy => Error::because(Kind::Unavailable, "the service is too busy"),
        Meaning::Internal => Error::because(Kind::Unavailable, "the service failed"),
        Meaning::DamagedInTransit => Error::because(
            Kind::Damaged,
            "the service received different bytes than were sent",
        ),
        Meaning::Timeout => Error::because(
            Kind::Unavailable,
            "the service timed out waiting for the request",
        ),
        Meaning::Conflict => Error::because(
            Kind::Failed,
            "another operation on the same name is in progress",
        ),
        Meaning::Unsupported => Error::because(Kind::Failed, "this service does not support this"),
        Meaning::NoAcls => of_run(
            Kind::Settings,
            "the bucket does not allow ACLs",
            "leave out --acl and TARGET_ACL: on AWS a bucket policy makes objects public",
        ),
        Meaning::BucketName => Error::because(
            Kind::NotThere,
            "the service does not allow this name for a bucket",
        )
        .stopping_the_run(),
        Meaning::BucketExists => {
            Error::because(Kind::Failed, "a bucket of this name already exists")
        }
        Meaning::BucketNotEmpty => Error::because(Kind::Failed, "the bucket is not empty"),
        Meaning::WantsHttps => of_run(
            Kind::Settings,
            "this port wants https",
            format!(
                "write https:// in ENDPOINT_URL, which is {}",
                context.endpoint
            ),
        ),
        Meaning::NotS3 if failure.after_s3 && failure.retryable() => {
            Error::because(Kind::Unavailable, NOT_S3)
        }
        // Some services send this for a key that they cannot store (moto, for a line end).
        Meaning::NotS3 if failure.after_s3 && !context.concerns_all() => {
            Error::because(Kind::Failed, NOT_S3)
        }
        Meaning::NotS3 => of_run(Kind::Settings, NOT_S3, check_endpoint(context)),
        // AWS and Ceph send this if an object was stored with a customer key.
        Meaning::Other
            if context.access == Access::Read && failure.message_has("Server Side Encryption") =>
        {
            Error::because(Kind::Failed, own_words(failure))
                .with_hint("if it was stored with a customer key, give that by --sse-c-key-file")
        }
        Meaning::Other if failure.status >= 500 => {
            Error::because(Kind::Unavailable, own_words(failure))
        }
        Meaning::Other => Error::because(Kind::Failed, own_words(failure)),
    }
}

/// A cause that would fail every other object too.
pub(super) fn of_run(kind: Kind, cause: impl Into<String>, hint: impl Into<String>) -> Error {
    Error::because(kind, cause)
        .with_hint(hint)
        .stopping_the_run()
}

fn denied(failure: &ServiceFailure, context: &Context) -> Error {
    let key = context.key_text();
    if context.key.is_anonymous {
        Error::because(Kind::Denied, "access denied without credentials")
            .with_hint("set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY")
            .stopping_the_run_if(context.concerns_all())
    } else if failure.message_has("kms:") {
        // AWS names the missing action in its message. A permission on the bucket would not help then.
        Error::because(Kind::Denied, format!("access denied for {key}")).with_hint(
            "give this key permission to use the KMS key that the bucket or object names",
        )
    } else {
        Error::because(Kind::Denied, format!("access denied for {key}"))
            .with_hint(format!(
                "give this key permission to {}, or use another key",
                context.permission()
            ))
            .stopping_the_run_if(context.concerns_all())
    }
}

/// A redirect that was not followed.
fn redirected(failure: &ServiceFailure, context: &Context) -> Error {
    let other_region = failure.region.as_ref();
    if let Some(right) = other_region.filter(|right| **right != context.region) {
        let (right, region) = (one_line(right), one_line(&context.region));
        return of_run(
            Kind::Settings,
            format!("the bucket is in region {right}, not in {region}"),
            format!("export REGION_NAME={right}"),
        );
    }
    let Some(host) = failure.endpoint.as_deref().map(host_of) else {
        let cause = "the service redirects without an address";
        return of_run(Kind::Settings, cause, check_endpoint(context));
    };
    let shown = one_line(host);
    if host.eq_ignore_ascii_case(host_of(&context.endpoint)) {
        let cause = format!("the service redirects to itself, at {shown}");
        return of_run(Kind::Settings, cause, check_endpoint(context));
    }
    of_run(
        Kind::Settings,
        format!("the service redirects to {shown}"),
        "if you trust that address, make it ENDPOINT_URL",
    )
}

/// The part of an address that can be an endpoint. The rest may be long and does not help.
fn host_of(address: &str) -> &str {
    let start = address.find("://").map_or(0, |scheme| scheme + "://".len());
    let rest = address.get(start..).unwrap_or_default();
    let host = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    address.get(..start + host).unwrap_or(address)
}

fn check_endpoint(context: &Context) -> String {
    format!(
        "check that ENDPOINT_URL is the address of an S3 service; it is {}",
        context.endpoint
    )
}

fn clock_words(skew_seconds: Option<i64>) -> String {
    let Some(skew) = skew_seconds.filter(|skew| skew.unsigned_abs() >= 60) else {
        return "the clock of this machine is wrong".into();
    };
    let minutes = skew.unsigned_abs().div_ceil(60);
    let direction = if skew > 0 { "behind" } else { "ahead of" };
    let unit = if minutes == 1 { "minute" } else { "minutes" };
    format!("the clock of this machine is {minutes} {unit} {direction} the service's")
}

/// The service's own message, in a form that can follow a colon.
fn own_words(failure: &ServiceFailure) -> String {
    let Some(message) = &failure.message else {
        return "the service refused the request".into();
    };
    let message = one_line(message.trim().trim_end_matches('.'));
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
