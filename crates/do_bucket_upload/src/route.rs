//! From where to where: the arguments, else SOURCE_LOCAL_DIR, TARGET_BUCKET and TARGET_DIR.

use std::path::{Path, PathBuf};

use common::cli::UsageError;
use common::env::Env;
use common::{Error, Result, S3Uri};

/// Where the variable SOURCE_LOCAL_DIR is looked up, as the Python script did.
const DOWNLOADS: &str = "downloads";

/// From where to where.
pub(crate) struct Route {
    /// The directory or file.
    pub(crate) local: PathBuf,
    /// The bucket and its directory.
    pub(crate) target: S3Uri,
    /// Whether a variable of the Python script named either of them.
    pub(crate) from_variables: bool,
}

/// Refuses what can be known to be wrong without looking at anything.
pub(crate) fn check(local: Option<&Path>, target: Option<&str>) -> Result<(), UsageError> {
    if local.is_some_and(|local| local.as_os_str().as_encoded_bytes().starts_with(b"s3://")) {
        return Err(UsageError::new(
            "LOCAL comes first, then s3://BUCKET/DIR",
            "to bring objects to the disk use do_bucket_download",
        ));
    }
    if local.is_some_and(|local| local.as_os_str().is_empty()) {
        return Err(UsageError::new(
            "LOCAL is empty",
            "name a directory or a file; `.` is the current directory",
        ));
    }
    if local.is_some_and(|local| local.as_os_str() == "-") {
        return Err(UsageError::new(
            "LOCAL is `-`, but standard input cannot be sent",
            "name a directory or a file; one that is called `-` is `./-`",
        ));
    }
    match target.map(str::parse::<S3Uri>) {
        Some(Err(cause)) => Err(UsageError::new(cause, "write s3://BUCKET/DIR")),
        _ => Ok(()),
    }
}

/// The route that is asked for. What a variable could have given and does not is exit 3.
pub(crate) fn of(local: Option<&Path>, target: Option<&str>, env: &Env) -> Result<Route> {
    let from_variables = local.is_none() || target.is_none();
    let local = match local {
        Some(local) => local.to_owned(),
        None => local_of(env)?,
    };
    let target = match target {
        Some(text) => text.parse().map_err(Error::settings)?,
        None => target_of(env)?,
    };
    Ok(Route {
        local,
        target,
        from_variables,
    })
}

fn target_of(env: &Env) -> Result<S3Uri> {
    let bucket = env
        .get("TARGET_BUCKET")
        .ok_or_else(|| unset("TARGET_BUCKET", "the bucket to upload to"))?;
    let directory = env
        .get("TARGET_DIR")
        .ok_or_else(|| unset("TARGET_DIR", "the directory to upload to, / for the root"))?;
    let bucket = bucket
        .parse()
        .map_err(|cause| Error::settings(format!("TARGET_BUCKET: {cause}")))?;
    let directory = directory.trim_start_matches('/');
    if directory.split('/').any(|name| matches!(name, "." | "..")) {
        // No path can keep such keys: nobody could bring the files back by their names.
        return Err(Error::settings(format!(
            "TARGET_DIR is `{directory}`: in a bucket `.` and `..` are no directories but part of each key"
        ))
        .with_hint("write the directory from the root of the bucket, such as TARGET_DIR=photos/2024"));
    }
    Ok(S3Uri::new(bucket, directory))
}

/// A relative value that does not begin with `.` lies below `downloads/`.
fn local_of(env: &Env) -> Result<PathBuf> {
    let value = env
        .get("SOURCE_LOCAL_DIR")
        .ok_or_else(|| unset("SOURCE_LOCAL_DIR", "the directory to upload"))?;
    if value.starts_with('.') || value.starts_with('/') {
        return Ok(value.into());
    }
    let below = Path::new(DOWNLOADS).join(value);
    if !below.exists() && Path::new(value).exists() {
        return Err(Error::settings(format!(
            "SOURCE_LOCAL_DIR is `{value}`, which is looked up as {}: that does not exist, but ./{value} does",
            below.display()
        ))
        .with_hint(format!("to upload ./{value} set SOURCE_LOCAL_DIR=./{value}")));
    }
    Ok(below)
}

fn unset(name: &str, what: &str) -> Error {
    Error::settings(format!("{name} is not set: {what}")).with_hint(format!(
        "export {name}, or name both: do_bucket_upload LOCAL s3://BUCKET/DIR"
    ))
}
