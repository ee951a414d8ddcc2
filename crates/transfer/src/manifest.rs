//! `--manifest FILE`: the SHA-256 of each file that is right at the end of the run, as
//! `sha256sum -c` reads it. The sums are those of the files on the disk: they are read again, because
//! not every file is summed with SHA-256 while it moves.

use std::fs::{File, Permissions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use common::{Error, Result};
use rustix::fs::fstat;
use tempfile::NamedTempFile;

use crate::blocking::blocking;
use crate::item::{Item, Status};
use crate::proof::{Sum, SumKind};
use crate::tree::FileState;

/// The manifest of a run. It gets its name at the end.
#[derive(Clone)]
pub(crate) struct Manifest {
    path: PathBuf,
    lines: Arc<Mutex<Option<NamedTempFile>>>,
}

impl Manifest {
    /// An empty manifest. Fails if it cannot be written.
    pub(crate) fn begin(path: &Path) -> Result<Self> {
        let above = path.parent().filter(|above| !above.as_os_str().is_empty());
        // Named like an unfinished file: an upload of this directory leaves it out.
        let name = format!(".manifest.{:016x}.s3part", fastrand::u64(..));
        let lines = tempfile::Builder::new()
            .prefix(&name)
            .rand_bytes(0)
            .permissions(Permissions::from_mode(0o666))
            .tempfile_in(above.unwrap_or(Path::new(".")))
            .map_err(|error| Error::io("write", path.display().to_string(), &error))?;
        Ok(Self {
            path: path.to_owned(),
            lines: Arc::new(Mutex::new(Some(lines))),
        })
    }

    /// Adds the file of this item, if it is right. A file that is not as `known` any more, or has
    /// another size than the object, is a failure.
    pub(crate) async fn add(&self, item: Item, known: Option<FileState>) -> Item {
        if !matches!(
            item.status,
            Status::Done(_) | Status::Skipped | Status::Same
        ) {
            return item;
        }
        let (this, path, size_bytes) = (self.clone(), item.path.clone(), item.size_bytes);
        let added = blocking(&item.path, move || this.sum(&path, size_bytes, known));
        match added.await {
            Ok(Ok(())) => item,
            Ok(Err(error)) => {
                let error = Error::io("sum up", &item.path, &error);
                item.with_error(Status::Failed, error)
            }
            Err(error) => item.with_error(Status::Failed, error),
        }
    }

    fn sum(&self, path: &str, size_bytes: u64, known: Option<FileState>) -> io::Result<()> {
        let mut file = File::open(path)?;
        let before = FileState::from_stat(&fstat(&file)?);
        let mut sum = Sum::new(SumKind::Sha256);
        let mut buffer = vec![0; 256 * 1024];
        loop {
            match file.read(&mut buffer)? {
                0 => break,
                read => sum.update(buffer.get(..read).unwrap_or_default()),
            }
        }
        let after = FileState::from_stat(&fstat(&file)?);
        if before != after || after.size != size_bytes || known.is_some_and(|known| known != after)
        {
            return Err(io::Error::other("it changed during the run"));
        }
        let line = line(&sum.finish(), path);
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        lines
            .as_mut()
            .map_or(Ok(()), |lines| lines.write_all(line.as_bytes()))
    }

    /// Gives the manifest its name.
    pub(crate) fn finish(&self) -> Result<()> {
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(lines) = lines.take() else {
            return Ok(());
        };
        let failed = |error: &io::Error| Error::io("write", self.path.display().to_string(), error);
        lines
            .persist(&self.path)
            .map_err(|error| failed(&error.error))?;
        Ok(())
    }
}

/// One line, with the escapes of `sha256sum`.
fn line(sum: &[u8], path: &str) -> String {
    let escaped = path
        .replace('\\', r"\\")
        .replace('\n', r"\n")
        .replace('\r', r"\r");
    let mark = if escaped == path { "" } else { "\\" };
    format!("{mark}{}  {escaped}\n", hex::encode(sum))
}
