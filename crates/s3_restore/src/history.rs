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

const NO_PATH: &str = "neither RESTORE_HISTORY nor HOME is set";

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
        self.attempt(|path| open(path).map(drop));
    }

    /// Adds one line. A failure is only a warning, because the restore matters more than its
    /// history.
    pub(crate) fn append(&self, line: &Line) {
        self.attempt(|path| append(path, line));
    }

    fn attempt(&self, write: impl FnOnce(&Path) -> io::Result<()>) {
        let warning = match &self.path {
            None => format!("no history is written: {NO_PATH}"),
            Some(path) => match write(path) {
                Ok(()) => return,
                Err(error) => {
                    let shown = path.display().to_string();
                    let cause = Error::io("write", shown.as_str(), &error).cause();
                    format!("no history is written to {shown}: {cause}")
                }
            },
        };
        if !self.warned.swap(true, Ordering::Relaxed) {
            self.ui.warn(&warning);
        }
    }

    /// Every line, oldest first. A line that cannot be read causes a warning. A missing file counts
    /// as empty.
    ///
    /// # Errors
    /// The file cannot be read: exit 3.
    pub(crate) fn lines(&self) -> Result<Vec<Line>> {
        let Some(path) = &self.path else {
            return Err(Error::settings(format!("there is no history: {NO_PATH}")));
        };
        let shown = path.display().to_string();
        let unreadable = |error: io::Error| {
            let cause = Error::io("read", shown.as_str(), &error).cause();
            Error::settings(format!("the history {shown} cannot be read: {cause}"))
                .with_hint("set RESTORE_HISTORY to another file")
        };
        let file = match File::open(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            opened => opened.map_err(unreadable)?,
        };
        let mut lines = Vec::new();
        for (number, text) in (1..).zip(BufReader::new(file).split(b'\n')) {
            let text = text.map_err(unreadable)?;
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
