//! The files to upload: samples from the binary, or a directory of the user.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use common::{Error, Kind, Result};
use tempfile::TempDir;
use transfer::walk::{Links, walk};

use crate::settings::Settings;

/// Files like those in the article that this program follows, and small enough to read.
const SAMPLES: [(&str, &str); 4] = [
    ("response.json", include_str!("samples/response.json")),
    ("test.sql", include_str!("samples/test.sql")),
    ("user.json", include_str!("samples/user.json")),
    ("user.sql", include_str!("samples/user.sql")),
];

/// A directory to upload. Samples are written to disk for the run and removed when this is dropped.
pub(crate) struct Samples {
    directory: PathBuf,
    _written: Option<TempDir>,
}

impl Samples {
    /// Uses `--data`, or writes the samples below the directory for downloads.
    ///
    /// # Errors
    /// The directory contains no files (exit 4), or the samples cannot be written.
    pub(crate) fn of(settings: &Settings) -> Result<Self> {
        if let Some(data) = &settings.data {
            holds_files(data)?;
            return Ok(Self {
                directory: data.clone(),
                _written: None,
            });
        }
        let written = write_out(&settings.tmp).map_err(|error| {
            let error = Error::io("write", settings.tmp.display().to_string(), &error);
            error.with_kind(Kind::Disk).stopping_the_run()
        })?;
        Ok(Self {
            directory: written.path().to_owned(),
            _written: Some(written),
        })
    }

    /// The path of the directory.
    pub(crate) fn directory(&self) -> &Path {
        &self.directory
    }
}

/// The number of files and bytes in `data`, or of the samples, for `--dry-run`.
pub(crate) fn count(data: Option<&Path>) -> Result<(u64, u64)> {
    let Some(data) = data else {
        let bytes = SAMPLES.iter().map(|(_, text)| text.len() as u64).sum();
        return Ok((SAMPLES.len() as u64, bytes));
    };
    holds_files(data)?;
    let sizes = walk(data, Links::Follow).flatten();
    Ok(sizes.fold((0, 0), |(files, bytes), file| {
        (files + 1, bytes + file.state.size)
    }))
}

fn write_out(tmp: &Path) -> io::Result<TempDir> {
    fs::create_dir_all(tmp)?;
    let directory = tempfile::Builder::new()
        .prefix(".samples-")
        .tempdir_in(tmp)?;
    for (name, text) in SAMPLES {
        fs::write(directory.path().join(name), text)?;
    }
    Ok(directory)
}

fn holds_files(data: &Path) -> Result<()> {
    let shown = || data.display().to_string();
    match fs::metadata(data) {
        Ok(found) if !found.is_dir() => {
            return Err(Error::settings(format!("{} is not a directory", shown()))
                .with_hint("--data and DATA_PATH name a directory; everything in it is sent"));
        }
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let cause = "there is no such directory";
            return Err(Error::new(Kind::NotThere, "upload", shown(), cause));
        }
        Err(error) => return Err(Error::io("read", shown(), &error)),
    }
    // The upload reports files that cannot be sent.
    if walk(data, Links::Follow).next().is_none() {
        let cause = "there are no files in it";
        return Err(Error::new(Kind::NotThere, "upload", shown(), cause));
    }
    Ok(())
}
