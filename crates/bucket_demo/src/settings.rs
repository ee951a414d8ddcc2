//! The settings, from flags, variables or defaults, in this order.

use std::fs;
use std::path::{Path, PathBuf};

use common::cli::Shell;
use common::env::Env;
use common::{Bucket, Error, Result};
use transfer::flags::Flags;
use transfer::limits::Limits;

use crate::args::{Args, is_name, switch};
use crate::journal::Format;
use crate::rules::Switches;

/// The settings of a tour.
pub(crate) struct Settings {
    pub(crate) bucket: Bucket,
    pub(crate) run_id: String,
    pub(crate) switches: Switches,
    pub(crate) data: Option<PathBuf>,
    pub(crate) tmp: PathBuf,
    pub(crate) log: PathBuf,
    pub(crate) log_format: Format,
    pub(crate) keep: bool,
    pub(crate) limits: Limits,
    pub(crate) no_progress: bool,
}

impl Settings {
    /// # Errors
    /// Exit 3: a variable has a wrong value, no bucket is named although none is created, or the log or downloads are
    /// among the files to upload.
    pub(crate) fn resolve(args: &Args, shell: &Shell) -> Result<Self> {
        let env = &*shell.env;
        let run_id = format!("{:08x}", fastrand::u32(..));
        let switches = Switches {
            create: on(args.bucket_create, "BUCKET_CREATE", env)?,
            upload: on(args.upload, "UPLOAD", env)?,
            download: on(args.download, "DOWNLOAD", env)?,
            delete: on(args.delete, "DELETE", env)?,
            remove: on(args.bucket_delete, "BUCKET_DELETE", env)?,
        };
        let bucket = match args.bucket_name.as_deref().or(env.get("BUCKET_NAME")) {
            Some(name) => name
                .parse()
                .map_err(|cause| Error::settings(format!("BUCKET_NAME: {cause}")))?,
            None if switches.create => format!("bucket-demo-{run_id}")
                .parse()
                .map_err(Error::settings)?,
            None => {
                return Err(Error::settings(
                    "BUCKET_NAME is not set, and BUCKET_CREATE is 0: there is no bucket to use",
                )
                .with_hint("name one that is there: --bucket-name NAME"));
            }
        };
        let path = |given: &Option<PathBuf>, variable: &str| {
            given
                .clone()
                .or_else(|| env.get(variable).map(PathBuf::from))
        };
        let directory = path(&args.log_dir, "LOGFILE_PATH").unwrap_or_else(|| "log".into());
        let name = args.log_file.as_deref().or(env.get("LOG_FILE"));
        let name = name.unwrap_or("bucket.log");
        if !is_name(name) {
            return Err(
                Error::settings(format!("LOG_FILE is `{name}`, which is not a file name"))
                    .with_hint("LOGFILE_PATH is the directory of the log, LOG_FILE its name"),
            );
        }
        let settings = Self {
            bucket,
            run_id,
            switches,
            data: path(&args.data, "DATA_PATH"),
            tmp: path(&args.tmp, "TMP_PATH").unwrap_or_else(|| "tmp".into()),
            log: directory.join(name),
            log_format: Format::named(args.log_format.as_deref().unwrap_or("text")),
            keep: args.keep,
            limits: args.limits.clone(),
            no_progress: shell.no_progress(),
        };
        settings.sends_nothing_of_its_own()?;
        Ok(settings)
    }

    /// The name of this run's directory for downloads, and of its directory in an existing bucket.
    pub(crate) fn own_name(&self) -> String {
        format!("bucket_demo-{}", self.run_id)
    }

    /// The directory for this run's downloads.
    pub(crate) fn downloads(&self) -> PathBuf {
        self.tmp.join(self.own_name())
    }

    /// The engine's flags: everything is transferred, even if it exists already.
    pub(crate) fn flags(&self) -> Flags {
        Flags {
            force: true,
            limits: self.limits.clone(),
            ..Flags::default()
        }
    }

    /// A log that grows while it is uploaded would fail, and downloads would be uploaded again.
    fn sends_nothing_of_its_own(&self) -> Result<()> {
        let Some(data) = self.data.as_deref().and_then(resolved) else {
            return Ok(());
        };
        for (what, path, flag) in [
            ("the downloads", self.tmp.as_path(), "--tmp"),
            ("the log", self.log.as_path(), "--log-dir"),
        ] {
            if resolved(path).is_some_and(|path| path.starts_with(&data)) {
                return Err(Error::settings(format!(
                    "{what}, {}, would be among the files to send",
                    path.display()
                ))
                .with_hint(format!("{flag} puts them elsewhere")));
            }
        }
        Ok(())
    }
}

/// The path without links and dots. Its last directories need not exist yet.
fn resolved(path: &Path) -> Option<PathBuf> {
    if let Ok(whole) = fs::canonicalize(path) {
        return Some(whole);
    }
    let above = match path.parent() {
        Some(above) if !above.as_os_str().is_empty() => above,
        _ => Path::new("."),
    };
    if above == path {
        return None;
    }
    Some(resolved(above)?.join(path.file_name()?))
}

fn on(given: Option<bool>, variable: &str, env: &Env) -> Result<bool> {
    match (given, env.get(variable)) {
        (Some(given), _) => Ok(given),
        (None, Some(text)) => {
            switch(text).map_err(|cause| Error::settings(format!("{variable}: {cause}")))
        }
        (None, None) => Ok(true),
    }
}
