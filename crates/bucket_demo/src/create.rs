//! The first step: creates the bucket. An existing bucket never counts as created.

use common::{Error, Kind};
use s3_client::client::Client;
use s3_client::failure::{Failure, Meaning};
use s3_client::operations::{self, ListObjects};

use crate::outcome::{Done, StepFailure};
use crate::rules::locations;
use crate::tour::Tour;

pub(crate) const MODULE: &str = module_path!();

/// What is known about a bucket of this name.
#[derive(Debug)]
pub(crate) enum Found {
    Nothing,
    /// A bucket that we may list.
    Bucket {
        is_empty: bool,
    },
    /// A bucket that we may not list; with the status of the refusal.
    Closed(u16),
    /// The endpoint's path names a bucket, so our bucket would be an object in it. Holds the endpoint without the
    /// path.
    ObjectIn {
        endpoint: String,
    },
}

/// Creates the bucket.
///
/// # Errors
/// The bucket exists already; its name is not allowed; the service refuses.
pub(crate) async fn run(tour: &mut Tour) -> Result<Done, StepFailure> {
    let (client, bucket) = (tour.client.clone(), tour.settings.bucket.clone());
    // We check before creating: Ceph, moto, and AWS in us-east-1 answer 200 if the owner creates a bucket again. This
    // run would then believe that it created the bucket, and delete it.
    match look(&client, bucket.as_str(), &tour.settings.own_name()).await {
        Ok(Found::Nothing) => {}
        Ok(Found::Bucket { .. }) => return Err(exists(tour)),
        Ok(Found::Closed(status)) => return Err(somebody_elses(tour, status)),
        Ok(Found::ObjectIn { endpoint }) => {
            return Err(bucket_in_endpoint(&client, &tour.subject(), &endpoint).into());
        }
        Err(failure) => return Err(tour.step_failure(failure, "look for")),
    }
    let location = match create(&client, bucket.as_str(), &mut tour.made.perhaps_bucket).await {
        Ok(location) => location,
        Err(failure) => return Err(not_created(tour, failure)),
    };
    // Two runs may create the same bucket at the same moment, so we check for foreign objects. Some services show a new
    // bucket late: if we cannot see it, this decides nothing.
    let after = look(&client, bucket.as_str(), "").await;
    if let Ok(Found::Bucket { is_empty: false }) = after {
        tour.made.perhaps_bucket = false;
        return Err(exists(tour));
    }
    tour.made.bucket = true;
    let shown = location.as_deref().unwrap_or("none");
    Ok(Done {
        status: 200,
        fields: vec![("location_constraint", shown.into())],
        summary: location.map_or_else(String::new, |location| format!("in {location}")),
    })
}

/// Creates a bucket with the LocationConstraint that the service accepts, and returns it.
/// `perhaps` becomes true when the bucket may exist.
///
/// # Errors
/// The failure of the LocationConstraint that was tried last.
pub(crate) async fn create(
    client: &Client,
    bucket: &str,
    perhaps: &mut bool,
) -> Result<Option<String>, Failure> {
    let region = client.region();
    let mut tries = locations(&region, client.quirks().names_region_of_new_buckets).into_iter();
    let mut location = tries.next().flatten();
    loop {
        match create_at(client, bucket, location, perhaps).await {
            Ok(()) => return Ok(location.map(str::to_owned)),
            Err(failure) => match tries.next() {
                Some(next) if is_about_location(&failure) => location = next,
                _ => return Err(failure),
            },
        }
    }
}

async fn create_at(
    client: &Client,
    bucket: &str,
    location: Option<&str>,
    perhaps: &mut bool,
) -> Result<(), Failure> {
    let mut attempts = client.attempts();
    let mut response_lost = false;
    *perhaps = true;
    loop {
        match operations::create_bucket(client, bucket, location).await {
            Ok(()) => return Ok(()),
            // The bucket did not exist before the first attempt.
            Err(failure) if response_lost && failure.meaning() == Some(Meaning::BucketExists) => {
                return Ok(());
            }
            Err(failure) => {
                response_lost |= may_have_worked(&failure);
                if !attempts.again(&failure).await {
                    *perhaps = response_lost;
                    return Err(failure);
                }
            }
        }
    }
}

/// Whether the bucket may exist although the request failed.
fn may_have_worked(failure: &Failure) -> bool {
    match failure {
        Failure::Transport { .. } | Failure::Response(_) => true,
        // This includes web pages of any status, and an error with status 200.
        Failure::Service(failure) => {
            !(300..500).contains(&failure.status) || failure.meaning() == Meaning::NotS3
        }
        Failure::Final(_) => false,
    }
}

/// AWS, moto: IllegalLocationConstraintException. Ceph, Garage, MinIO: InvalidLocationConstraint
/// or InvalidRequest.
fn is_about_location(failure: &Failure) -> bool {
    let Failure::Service(failure) = failure else {
        return false;
    };
    let named = |text: &Option<String>| {
        let text = text.as_deref().unwrap_or_default().to_lowercase();
        text.contains("location") && text.contains("constraint")
    };
    failure.status == 400 && (named(&failure.code) || named(&failure.message))
}

/// Garage uses the code InvalidRequest and explains the cause in its message.
fn is_about_name(failure: &Failure) -> bool {
    let Failure::Service(service) = failure else {
        return false;
    };
    let said = service.message.as_deref().unwrap_or_default();
    service.meaning() == Meaning::BucketName
        || (service.status == 400 && said.to_lowercase().contains("invalid bucket name"))
}

/// The code of a service error.
fn code(failure: &Failure) -> Option<&str> {
    match failure {
        Failure::Service(failure) => failure.code.as_deref(),
        _ => None,
    }
}

/// Finds out whether a bucket of this name exists. Lists only keys that begin with `prefix`.
pub(crate) async fn look(client: &Client, bucket: &str, prefix: &str) -> Result<Found, Failure> {
    let list = ListObjects {
        bucket,
        prefix,
        delimiter: None,
        start_after: None,
        token: None,
        max_keys: 1,
    };
    let list = || operations::list_objects(client, &list);
    match client.retry(list).await {
        Ok(page) => Ok(Found::Bucket {
            is_empty: page.objects.is_empty() && page.unreadable.is_empty(),
        }),
        Err(failure) if failure.is_not_there() => Ok(match bare_endpoint(client) {
            Some(endpoint) if code(&failure) == Some("NoSuchKey") => Found::ObjectIn { endpoint },
            _ => Found::Nothing,
        }),
        Err(Failure::Service(failure)) if failure.meaning() == Meaning::Denied => {
            Ok(Found::Closed(failure.status))
        }
        // An invalid name: creating the bucket gives a better message.
        Err(failure) if is_about_name(&failure) => Ok(Found::Nothing),
        Err(failure) => Err(failure),
    }
}

/// The endpoint without its path, if it has one.
fn bare_endpoint(client: &Client) -> Option<String> {
    let endpoint = client.endpoint_text();
    let (scheme, rest) = endpoint.split_once("://")?;
    let (host, _path) = rest.split_once('/')?;
    Some(format!("{scheme}://{host}"))
}

/// The error of [`Found::ObjectIn`].
pub(crate) fn bucket_in_endpoint(client: &Client, subject: &str, bare_endpoint: &str) -> Error {
    let endpoint = client.endpoint_text();
    let cause = format!("the path of the endpoint {endpoint} is a bucket");
    let error = Error::new(Kind::Settings, "create", subject, cause);
    error.with_hint(format!("export ENDPOINT_URL={bare_endpoint}"))
}

fn exists(tour: &Tour) -> StepFailure {
    StepFailure::refused(
        "create",
        &tour.subject(),
        "a bucket of this name already exists, and this key may look into it",
        "choose another name, or use this bucket as it is, below a name of the run's own: \
         `--bucket-create 0 --bucket-delete 0`",
    )
    .with_http_status(409)
}

fn somebody_elses(tour: &Tour, status: u16) -> StepFailure {
    let error = Error::new(
        Kind::Denied,
        "create",
        tour.subject(),
        format!(
            "a bucket of this name already exists, and this key may not look into it (HTTP {status})"
        ),
    );
    let hint = "it may belong to somebody else, since all users of a service share the names: \
                choose another";
    StepFailure::from(error.with_hint(hint).with_http_status(409))
}

fn not_created(tour: &Tour, failure: Failure) -> StepFailure {
    let status = match &failure {
        Failure::Service(failure) => failure.status,
        _ => 400,
    };
    let wrong_setting = |cause: &str, hint: &str| {
        let error = Error::new(Kind::Settings, "create", tour.subject(), cause);
        StepFailure::from(error.with_hint(hint)).with_http_status(status)
    };
    if is_about_name(&failure) {
        return wrong_setting(
            "the service does not allow this name for a bucket",
            "a name has 3 to 63 lower-case letters, digits, dots and hyphens",
        );
    }
    if is_about_location(&failure) {
        let region = tour.client.region();
        return wrong_setting(
            &format!("the service does not make buckets in region {region}"),
            "set REGION_NAME to the region of this endpoint",
        );
    }
    let exists = failure.meaning() == Some(Meaning::BucketExists);
    let is_ours = code(&failure) == Some("BucketAlreadyOwnedByYou");
    let mut step_failure = tour.step_failure(failure, "create");
    if exists {
        let hint = if is_ours {
            "it is one of your own, made a moment ago: choose another name"
        } else {
            "it belongs to somebody else, since all users of a service share the names: choose \
             another"
        };
        step_failure.hint = Some(hint.into());
    }
    step_failure
}

#[cfg(test)]
mod tests {
    use s3_client::failure::ServiceFailure;

    use super::*;

    fn answered(status: u16, code: &str, message: &str) -> Failure {
        Failure::Service(Box::new(ServiceFailure {
            status,
            code: Some(code.into()),
            message: Some(message.into()),
            ..ServiceFailure::default()
        }))
    }

    #[test]
    fn a_refused_location_is_known_by_whatever_name_it_goes() {
        for (code, message) in [
            ("IllegalLocationConstraintException", ""),
            ("InvalidLocationConstraint", ""),
            ("InvalidRequest", "Invalid location constraint: eu"),
        ] {
            assert!(is_about_location(&answered(400, code, message)), "{code}");
        }
        assert!(!is_about_location(&answered(400, "InvalidBucketName", "")));
        assert!(!is_about_location(&answered(
            409,
            "BucketAlreadyExists",
            ""
        )));
    }

    #[test]
    fn a_bad_name_is_known_by_its_code_or_its_words() {
        assert!(is_about_name(&answered(400, "InvalidBucketName", "")));
        let garage = "Bad request: A_b: Invalid bucket name. See AWS documentation";
        assert!(is_about_name(&answered(400, "InvalidRequest", garage)));
        assert!(!is_about_name(&answered(400, "InvalidRequest", "")));
    }

    #[test]
    fn only_a_lost_response_leaves_it_open_whether_the_bucket_is_there() {
        assert!(may_have_worked(&answered(503, "SlowDown", "")));
        assert!(may_have_worked(&Failure::Response("cut off".into())));
        assert!(may_have_worked(&answered(200, "InternalError", "")));
        assert!(!may_have_worked(&answered(409, "BucketAlreadyExists", "")));
    }
}
