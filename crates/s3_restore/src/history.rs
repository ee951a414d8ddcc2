//! The history of restores: an append-only file, one JSON object a line, synced line by line.

mod line;
mod record;
mod table;

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, BufRead as _, BufReader, Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use common::env::Env;
use common::ui::Ui;
use common::{Error, Result};
use rustix::fs::{FlockOperation, flock};

pub(crate) use line::Line;
pub(crate) use record::Record;
pub(crate) use table::show;

/// The path of the history below the state directory.
const BELOW_STATE: &str = "s3_restore/history.jsonl";

/// The file, and whether the user was already warned that it cannot be written.
pub(crate) struct History {
    path: Option<PathBuf>,
    ui: Ui,
    warned: AtomicBool,
}

impl History {
    /// RESTORE_HISTORY, else a file below XDG_STATE_HOME, else below `~/.local/state`.
    pub(crate) fn of(env: &Env, ui: &Ui) -> Self {
        // By the rules of XDG a relative path is ignored.
        let state = env.path("XDG_STATE_HOME");
        let state = state.filter(|path| path.is_absolute());
        let home = || Some(env.path("HOME")?.join(".local/state"));
        let default = || Some(state.map(Path::to_owned).or_else(home)?.join(BELOW_STATE));
        Self {
            path: env
                .get("RESTORE_HISTORY")
                .map(PathBuf::from)
                .or_else(default),
            ui: ui.clone(),
            warned: AtomicBool::new(false),
        }
    }

    /// Warns at the start, not after hours of work, if the history cannot be written.
    pub(crate) fn check(&self) {
        if let Err((path, error)) = self.path().and_then(|path| {
            open(path)
                .map(drop)
                .map_err(|error| (path.display().to_string(), error))
        }) {
            self.warn(&path, &error);
        }
    }

    /// Adds one line. A failure is only a warning, because the restore matters more than its
    /// history.
    pub(crate) fn append(&self, line: &Line) {
        let written = self.path().and_then(|path| {
            append(path, line).map_err(|error| (path.display().to_string(), error))
        });
        if let Err((path, error)) = written {
            self.warn(&path, &error);
        }
    }

    /// Every line, oldest first. A line that cannot be read causes a warning. A missing file counts
    /// as empty.
    ///
    /// # Errors
    /// The file cannot be read: exit 3.
    pub(crate) fn lines(&self) -> Result<Vec<Line>> {
        let unreadable = |path: &str, error: &io::Error| {
            let cause = Error::io("read", path, error).cause();
            Error::settings(format!("the history {path} cannot be read: {cause}"))
                .with_hint("RESTORE_HISTORY names another file")
        };
        let path = self
            .path()
            .map_err(|(path, error)| unreadable(&path, &error))?;
        let shown = path.display().to_string();
        let file = match File::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(unreadable(&shown, &error)),
        };
        let mut lines = Vec::new();
        for (number, text) in (1..).zip(BufReader::new(file).split(b'\n')) {
            let text = text.map_err(|error| unreadable(&shown, &error))?;
            match serde_json::from_slice(&text) {
                Ok(line) => lines.push(line),
                Err(_) if text.trim_ascii().is_empty() => {}
                Err(_) => {
                    let warning = format!("{shown}: line {number} is no entry of a history");
                    self.ui.warn(&warning);
                }
            }
        }
        Ok(lines)
    }

    fn path(&self) -> Result<&Path, (String, io::Error)> {
        self.path.as_deref().ok_or_else(|| {
            let cause = io::Error::other("neither RESTORE_HISTORY nor HOME is set");
            (String::new(), cause)
        })
    }

    fn warn(&self, path: &str, error: &io::Error) {
        if !self.warned.swap(true, Ordering::Relaxed) {
            let cause = Error::io("write", path, error).cause();
            let space = if path.is_empty() { "" } else { " " };
            self.ui
                .warn(&format!("no history is written to{space}{path}: {cause}"));
        }
    }
}

/// Only the owner may read from where files were restored.
fn open(path: &Path) -> io::Result<File> {
    if let Some(above) = path.parent().filter(|above| !above.as_os_str().is_empty()) {
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(above)?;
    }
    OpenOptions::new()
        .read(true)
        .append(true)
        .create(true)
        .mode(0o600)
        .open(path)
}

fn append(path: &Path, line: &Line) -> io::Result<()> {
    let mut file = open(path)?;
    flock(&file, FlockOperation::LockExclusive)?;
    let mut text = serde_json::to_vec(line).map_err(io::Error::other)?;
    text.push(b'\n');
    // After a power cut the last line may be incomplete. The new line must not be joined to it.
    if file.seek(SeekFrom::End(-1)).is_ok() {
        let mut last = [b'\n'];
        file.read_exact(&mut last)?;
        if last != [b'\n'] {
            text.insert(0, b'\n');
        }
    }
    file.write_all(&text)?;
    file.sync_all()
}
