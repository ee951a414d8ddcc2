//! What to download: the argument, else SOURCE_BUCKET and SOURCE_DIR.

use std::path::Path;

use common::cli::{UsageError, check_local};
use common::env::Env;
use common::{Error, Result, S3Uri};

/// Whether the object goes to standard output.
pub(crate) fn is_stream(into: Option<&Path>) -> bool {
    into.is_some_and(|into| into.as_os_str() == "-")
}

/// Refuses an argument that is no address, and a destination that is not on the local disk.
pub(crate) fn check(argument: Option<&str>, into: Option<&Path>) -> Result<(), UsageError> {
    let source = match argument.map(str::parse::<S3Uri>) {
        Some(Err(cause)) => return Err(UsageError::new(cause, "write s3://BUCKET/DIR")),
        Some(Ok(source)) => Some(source),
        None => None,
    };
    match into {
        Some(_) if is_stream(into) => match source {
            Some(source) if !source.key.is_empty() && !source.key.ends_with('/') => Ok(()),
            _ => Err(UsageError::new(
                "only one object can be written to standard output",
                "name the object: do_bucket_download s3://BUCKET/KEY -",
            )),
        },
        Some(into) => check_local("DEST", into),
        None => Ok(()),
    }
}

/// The source that is asked for. What a variable could have given and does not is exit 3.
pub(crate) fn of(argument: Option<&str>, env: &Env) -> Result<S3Uri> {
    if let Some(text) = argument {
        return text.parse().map_err(Error::settings);
    }
    let bucket = env
        .get("SOURCE_BUCKET")
        .ok_or_else(|| unset("SOURCE_BUCKET", "the bucket to download from"))?;
    let directory = env
        .get("SOURCE_DIR")
        .ok_or_else(|| unset("SOURCE_DIR", "the directory to download, / for all"))?;
    let bucket = bucket
        .parse()
        .map_err(|cause| Error::settings(format!("SOURCE_BUCKET: {cause}")))?;
    Ok(S3Uri::new(bucket, directory.trim_start_matches('/')))
}

fn unset(name: &str, what: &str) -> Error {
    Error::settings(format!("{name} is not set: {what}")).with_hint(format!(
        "export {name}, or name the source: do_bucket_download s3://BUCKET/DIR [DEST]"
    ))
}
