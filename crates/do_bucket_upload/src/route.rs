//! From where to where: the arguments, else SOURCE_LOCAL_DIR, TARGET_BUCKET and TARGET_DIR.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use common::cli::UsageError;
use common::env::Env;
use common::{Error, Result, S3Uri};
use transfer::keypath::RelativePath;

/// Where the variable SOURCE_LOCAL_DIR is looked up, as the Python script did.
const DOWNLOADS: &str = "downloads";

/// From where to where.
pub(crate) struct Route {
    /// The directories and files; only `-` for standard input.
    pub(crate) locals: Vec<PathBuf>,
    /// The bucket and its directory, or the key of standard input.
    pub(crate) target: S3Uri,
    /// Whether a variable of the Python script named either of them.
    pub(crate) from_variables: bool,
}

/// The words of the command line: the sources, and the target if there are at least two words.
fn split(words: &[PathBuf]) -> (&[PathBuf], Option<&PathBuf>) {
    match words {
        [locals @ .., target] if !locals.is_empty() => (locals, Some(target)),
        locals => (locals, None),
    }
}

/// Whether standard input is sent.
pub(crate) fn is_stream(words: &[PathBuf]) -> bool {
    matches!(words, [local, _] if is(local, "-"))
}

fn is(path: &Path, text: &str) -> bool {
    path.as_os_str() == text
}

/// The name that `--name` gives; `None` if no file can have it.
pub(crate) fn name(text: &str) -> Option<RelativePath> {
    RelativePath::parse(text)
        .ok()
        .filter(|_| !text.contains('/'))
}

/// Refuses what can be known to be wrong without asking the service.
pub(crate) fn check(words: &[PathBuf], new_name: Option<&str>) -> Result<(), UsageError> {
    let (locals, target) = split(words);
    if locals
        .iter()
        .any(|local| local.as_os_str().as_encoded_bytes().starts_with(b"s3://"))
    {
        return Err(UsageError::new(
            "LOCAL comes first, then s3://BUCKET/DIR",
            "to bring objects to the disk use do_bucket_download",
        ));
    }
    if locals.iter().any(|local| is(local, "")) {
        return Err(UsageError::new(
            "LOCAL is empty",
            "name a directory or a file; `.` is the current directory",
        ));
    }
    if let Some(text) = new_name {
        check_name(locals, text)?;
    }
    let text = target.map(|target| target.to_string_lossy());
    let target = match text.as_deref().map(str::parse::<S3Uri>) {
        Some(Err(cause)) => return Err(UsageError::new(cause, "write s3://BUCKET/DIR")),
        Some(Ok(target)) => Some(target),
        None => None,
    };
    if locals.iter().any(|local| is(local, "-")) {
        return check_stream(locals, target.as_ref());
    }
    if locals.len() > 1 && !text.is_some_and(|text| text.starts_with("s3://")) {
        return Err(UsageError::new(
            "the last of several names is no s3:// address",
            "say at the end where to send them: s3://BUCKET/DIR",
        ));
    }
    check_names(locals)
}

fn check_name(locals: &[PathBuf], text: &str) -> Result<(), UsageError> {
    match locals {
        [local] if !local.is_dir() && !is(local, "-") => {}
        _ => {
            return Err(UsageError::new(
                "--name is the name of one file",
                "name one file as LOCAL; a directory goes to s3://BUCKET/DIR under the name DIR",
            ));
        }
    }
    if name(text).is_none() {
        return Err(UsageError::new(
            format!(
                "--name: `{}` cannot be the name of a file",
                text.escape_debug()
            ),
            "directories belong into the target: --name b.txt a.txt s3://BUCKET/DIR",
        ));
    }
    Ok(())
}

fn check_stream(locals: &[PathBuf], target: Option<&S3Uri>) -> Result<(), UsageError> {
    if locals.len() > 1 {
        return Err(UsageError::new(
            "`-` is standard input and cannot be sent beside files",
            "send it by itself; a file that is called `-` is `./-`",
        ));
    }
    if target.is_none_or(|target| target.key.is_empty() || target.key.ends_with('/')) {
        return Err(UsageError::new(
            "standard input has no name of its own",
            "name the object, not its directory: do_bucket_upload - s3://BUCKET/DIR/NAME",
        ));
    }
    Ok(())
}

/// Each of several sources keeps its name, so two must not have the same.
fn check_names(locals: &[PathBuf]) -> Result<(), UsageError> {
    if locals.len() < 2 {
        return Ok(());
    }
    let mut seen = HashMap::new();
    for local in locals {
        let Some(name) = local.file_name() else {
            return Err(UsageError::new(
                format!(
                    "{} has no name that it could keep in the bucket",
                    local.display()
                ),
                "write its name, or send its contents by itself",
            ));
        };
        if let Some(other) = seen.insert(name, local) {
            return Err(UsageError::new(
                format!(
                    "{} and {} would both become {}",
                    other.display(),
                    local.display(),
                    name.to_string_lossy(),
                ),
                "send them one after the other, to different directories",
            ));
        }
    }
    Ok(())
}

/// The route that is asked for. What a variable could have given and does not is exit 3.
pub(crate) fn of(words: &[PathBuf], env: &Env) -> Result<Route> {
    let (locals, target) = split(words);
    let from_variables = target.is_none();
    let locals = match locals {
        [] => vec![local_of(env)?],
        locals => locals.to_vec(),
    };
    let target = match target {
        Some(text) => text.to_string_lossy().parse().map_err(Error::settings)?,
        None => target_of(env)?,
    };
    Ok(Route {
        locals,
        target,
        from_variables,
    })
}

impl Route {
    /// Other programs would take this target as the name of the object.
    pub(crate) fn looks_like_a_name(&self) -> Option<String> {
        let [local] = &self.locals[..] else {
            return None;
        };
        let key = self.target.key.as_str();
        let last = Path::new(key.rsplit('/').next()?);
        let file = Path::new(local.file_name()?);
        let extension = last.extension()?;
        let is_alike = Some(extension) == file.extension() || last == file;
        if is(last, "") || !is_alike || !local.is_file() {
            return None;
        }
        let (local, name) = (local.display(), last.display());
        let above = key.rsplit_once('/').map_or("", |(above, _)| above);
        let bucket = &self.target.bucket;
        let flag = if last == file {
            String::new()
        } else {
            format!("--name {name} ")
        };
        Some(format!(
            "{name} is taken as a directory; for an object of this name: do_bucket_upload \
             {flag}{local} s3://{bucket}/{above}"
        ))
    }
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
