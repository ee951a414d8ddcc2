//! The meaning of an error response of the service, in words.

use s3_client::failure::{Meaning, NOT_S3, ServiceFailure};

use super::context::{Access, Context};
use crate::error::{Error, Kind};
use crate::ui::one_line;

/// The sentence for an error response, without its codes.
pub(super) fn said(failure: &ServiceFailure, context: &Context) -> Error {
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
        Meaning::NoSuchKey => Error::because(
            Kind::NotThere,
            match context.access {
                Access::List | Access::Manage => "there is no such bucket",
                Access::ListBuckets => "this address is not there",
                Access::Read | Access::Write | Access::Delete => "there is no such object",
            },
        )
        .stopping_the_run_if(context.concerns_all()),
        Meaning::NoSuchUpload => {
            Error::because(Kind::Failed, "the multipart upload no longer exists")
        }
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
        Meaning::NoAcls => Error::because(Kind::Settings, "the bucket does not allow ACLs")
            .with_hint(
                "leave out --acl and TARGET_ACL: on AWS a bucket policy makes objects public",
            )
            .stopping_the_run(),
        Meaning::Unsupported => Error::because(Kind::Failed, "this service does not support this"),
        Meaning::Other => {
            let kind = if failure.status >= 500 {
                Kind::Unavailable
            } else {
                Kind::Failed
            };
            let words = Error::because(kind, own_words(failure));
            // AWS and Ceph send this if an object was stored with a customer key.
            if context.access == Access::Read && failure.message_has("Server Side Encryption") {
                words.with_hint(
                    "if it was stored with a customer key, give that by --sse-c-key-file",
                )
            } else {
                words
            }
        }
    }
}

/// Refusals because of the key or the clock.
fn refused(meaning: Meaning, failure: &ServiceFailure, context: &Context) -> Error {
    let key = context.key_text();
    match meaning {
        Meaning::WrongSecret => {
            let cause = format!("the secret does not belong to {key}");
            Error::because(Kind::Unauthenticated, cause)
                .with_hint("check AWS_SECRET_ACCESS_KEY, or the secret in the profile")
                .stopping_the_run()
        }
        Meaning::UnknownKey => Error::because(
            Kind::Unauthenticated,
            format!("the service does not know {key}"),
        )
        .with_hint(format!(
            "check AWS_ACCESS_KEY_ID, and that the key is one for {}",
            context.endpoint
        ))
        .stopping_the_run(),
        Meaning::ExpiredToken => Error::because(
            Kind::Unauthenticated,
            format!("the session of {key} is not valid or has expired"),
        )
        .with_hint("get new temporary credentials")
        .stopping_the_run(),
        Meaning::Clock => Error::because(Kind::Settings, clock_words(failure.clock_skew_seconds))
            .with_hint("set the clock of this machine")
            .stopping_the_run(),
        _ if context.key.is_anonymous => {
            Error::because(Kind::Denied, "access denied without credentials")
                .with_hint("set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY")
                .stopping_the_run_if(context.concerns_all())
        }
        // AWS names the missing action in its message. A permission on the bucket would not help
        // then.
        _ if failure.message_has("kms:") => {
            Error::because(Kind::Denied, format!("access denied for {key}")).with_hint(
                "give this key permission to use the KMS key that the bucket or object names",
            )
        }
        _ => Error::because(Kind::Denied, format!("access denied for {key}"))
            .with_hint(format!(
                "give this key permission to {}, or use another key",
                context.permission()
            ))
            .stopping_the_run_if(context.concerns_all()),
    }
}

/// Responses about the bucket, the region or the endpoint.
fn misplaced(meaning: Meaning, failure: &ServiceFailure, context: &Context) -> Error {
    let region = one_line(&context.region);
    match meaning {
        Meaning::NoSuchBucket => Error::because(
            Kind::NotThere,
            format!("there is no such bucket in region {region}"),
        )
        .with_hint(
            "run do_bucket_list to see your buckets; a bucket in another region needs REGION_NAME",
        )
        .stopping_the_run(),
        Meaning::WrongRegion => {
            let right = one_line(failure.region.as_deref().unwrap_or_default());
            Error::because(
                Kind::Settings,
                format!("the service wants region {right}, not {region}"),
            )
            .with_hint(format!("export REGION_NAME={right}"))
            .stopping_the_run()
        }
        Meaning::Redirect => {
            let words = match (&failure.region, &failure.endpoint) {
                (Some(right), _) if *right != context.region => {
                    let right = one_line(right);
                    Error::because(
                        Kind::Settings,
                        format!("the bucket is in region {right}, not in {region}"),
                    )
                    .with_hint(format!("export REGION_NAME={right}"))
                }
                (_, Some(to)) if same_host(to, &context.endpoint) => Error::because(
                    Kind::Settings,
                    format!(
                        "the service redirects to itself, at {}",
                        one_line(host_of(to))
                    ),
                )
                .with_hint(check_endpoint(context)),
                (_, Some(host)) => Error::because(
                    Kind::Settings,
                    format!("the service redirects to {}", one_line(host_of(host))),
                )
                .with_hint("if you trust that address, make it ENDPOINT_URL"),
                _ => Error::because(Kind::Settings, "the service redirects without an address")
                    .with_hint(check_endpoint(context)),
            };
            words.stopping_the_run()
        }
        Meaning::BucketName => Error::because(
            Kind::NotThere,
            "the service does not allow this name for a bucket",
        )
        .stopping_the_run(),
        Meaning::BucketExists => {
            Error::because(Kind::Failed, "a bucket of this name already exists")
        }
        Meaning::BucketNotEmpty => Error::because(Kind::Failed, "the bucket is not empty"),
        Meaning::WantsHttps => Error::because(Kind::Settings, "this port wants https")
            .with_hint(format!(
                "write https:// in ENDPOINT_URL, which is {}",
                context.endpoint
            ))
            .stopping_the_run(),
        _ if failure.after_s3 && failure.retryable() => Error::because(Kind::Unavailable, NOT_S3),
        // Some services send this for a key that they cannot store (moto, for a line end).
        _ if failure.after_s3 && !context.concerns_all() => Error::because(Kind::Failed, NOT_S3),
        _ => Error::because(Kind::Settings, NOT_S3)
            .with_hint(check_endpoint(context))
            .stopping_the_run(),
    }
}

/// The part of an address that can be an endpoint. The rest may be long and does not help.
fn host_of(address: &str) -> &str {
    let start = address.find("://").map_or(0, |scheme| scheme + "://".len());
    let rest = address.get(start..).unwrap_or_default();
    let host = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    address.get(..start + host).unwrap_or(address)
}

/// Whether both addresses have the same scheme, host and port.
fn same_host(to: &str, endpoint: &str) -> bool {
    host_of(to).eq_ignore_ascii_case(host_of(endpoint))
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
