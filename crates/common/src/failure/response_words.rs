//! What an error response of the service means, in words.

use s3_client::failure::{Meaning, NOT_S3, ServiceFailure};

use super::context::{Access, Context, clean};
use super::sentence::{Words, check_endpoint};
use crate::error::Kind;

/// The words for an error response, without its codes.
pub(super) fn said(failure: &ServiceFailure, context: &Context) -> Words {
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
        Meaning::NotExpedited => Words::new(
            Kind::Failed,
            "expedited thaws are not available at the moment",
        )
        .hint("--thaw=standard is always accepted and takes some hours"),
        Meaning::Changed => Words::new(Kind::Failed, "the object was changed in the meantime"),
        Meaning::Range => Words::new(Kind::Failed, "the object is shorter than it was listed"),
        Meaning::Full => Words::new(Kind::Unavailable, "the quota or the store is used up").stop(),
        Meaning::Busy => Words::new(Kind::Unavailable, "the service is too busy"),
        Meaning::Internal => Words::new(Kind::Unavailable, "the service failed"),
        Meaning::DamagedInTransit => Words::new(
            Kind::Damaged,
            "the service received different bytes than were sent",
        ),
        Meaning::Timeout => Words::new(Kind::Unavailable, "the service waited too long for us"),
        Meaning::Conflict => Words::new(
            Kind::Failed,
            "another operation on the same name is under way",
        ),
        Meaning::NoAcls => Words::new(Kind::Settings, "the bucket does not allow ACLs")
            .hint("leave out --acl and TARGET_ACL: on AWS a bucket policy makes objects public")
            .stop(),
        Meaning::Unsupported => Words::new(Kind::Failed, "this service does not offer this"),
        Meaning::Other => {
            let kind = if failure.status >= 500 {
                Kind::Unavailable
            } else {
                Kind::Failed
            };
            let words = Words::new(kind, own_words(failure));
            // Both AWS and Ceph write it so when an object was stored with a customer key.
            if context.access == Access::Read && failure.message_has("Server Side Encryption") {
                words.hint("if it was stored with a customer key, give that by --sse-c-key-file")
            } else {
                words
            }
        }
    }
}

/// Refusals that are about the key or the clock.
fn refused(meaning: Meaning, failure: &ServiceFailure, context: &Context) -> Words {
    let key = context.key();
    match meaning {
        Meaning::WrongSecret => {
            let cause = format!("the secret does not belong to {key}");
            Words::new(Kind::Unauthenticated, cause)
                .hint("check AWS_SECRET_ACCESS_KEY, or the secret in the profile")
                .stop()
        }
        Meaning::UnknownKey => Words::new(
            Kind::Unauthenticated,
            format!("the service does not know {key}"),
        )
        .hint(format!(
            "check AWS_ACCESS_KEY_ID, and that the key is one for {}",
            context.endpoint
        ))
        .stop(),
        Meaning::ExpiredToken => Words::new(
            Kind::Unauthenticated,
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
        // AWS names the action in its message; a permission on the bucket would not help then.
        _ if failure.message_has("kms:") => {
            Words::new(Kind::Denied, format!("access denied for {key}"))
                .hint("give this key permission to use the KMS key that the bucket or object names")
        }
        _ => Words::new(Kind::Denied, format!("access denied for {key}"))
            .hint(format!(
                "give this key permission to {}, or use another key",
                context.permission()
            ))
            .stop_if(context.concerns_all()),
    }
}

/// Responses that are about the bucket, the region or the endpoint.
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
                (_, Some(to)) if same_host(to, &context.endpoint) => Words::new(
                    Kind::Settings,
                    format!(
                        "the service sends us in a circle, to {}",
                        clean(host_of(to))
                    ),
                )
                .hint(check_endpoint(context)),
                (_, Some(host)) => Words::new(
                    Kind::Settings,
                    format!("the service sends us on to {}", clean(host_of(host))),
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
        _ if failure.after_s3 && failure.retryable() => Words::new(Kind::Unavailable, NOT_S3),
        // Some services answer so to a key that they cannot stand (moto, a line end).
        _ if failure.after_s3 && !context.concerns_all() => Words::new(Kind::Failed, NOT_S3),
        _ => Words::new(Kind::Settings, NOT_S3)
            .hint(check_endpoint(context))
            .stop(),
    }
}

/// What of an address could be an endpoint: the rest may be long, and is of no use.
fn host_of(address: &str) -> &str {
    let start = address.find("://").map_or(0, |scheme| scheme + "://".len());
    let rest = address.get(start..).unwrap_or_default();
    let host = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    address.get(..start + host).unwrap_or(address)
}

/// Whether both addresses begin alike: scheme, host and port.
fn same_host(to: &str, endpoint: &str) -> bool {
    host_of(to).eq_ignore_ascii_case(host_of(endpoint))
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
