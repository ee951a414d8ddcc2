//! The log of the tour: two records for each step, one per line. env_logger appends them to a file.

mod record;

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;
use std::sync::{Arc, OnceLock};
use std::time::Instant;

use common::ui::Ui;
use common::{Bucket, Error, Kind, Result};
use env_logger::{Builder, Logger, Target};
use jiff::Timestamp;
use log::{Level, LevelFilter, Log as _};

pub(crate) use record::Format;
use record::Record;

use crate::outcome::{Done, Fields, Status, StepFailure};
use crate::settings::Settings;

/// The log file, and the fields that every record of this run shares.
pub(crate) struct Journal {
    file: Logger,
    format: Format,
    run_id: String,
    bucket: Bucket,
    /// The output for programs (`--json`), which gets the same records.
    json: Option<Ui>,
}

/// A step that has begun.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Begun {
    module: &'static str,
    action: &'static str,
    at: Instant,
}

impl Begun {
    /// The time since the step began.
    pub(crate) fn elapsed_seconds(&self) -> f64 {
        self.at.elapsed().as_secs_f64()
    }

    /// An operation on one object, by its name in S3.
    fn object_action(&self) -> &'static str {
        match self.action {
            "upload" => "put_object",
            "download" => "get_object",
            _ => "delete_object",
        }
    }
}

impl Journal {
    /// Opens the file. Creates it and its directory if needed.
    ///
    /// # Errors
    /// Exit 8: the file cannot be written.
    pub(crate) fn open(settings: &Settings, ui: &Ui, json: bool) -> Result<Self> {
        let path = &settings.log;
        let file = appending(path).map_err(|error| {
            Error::io("write to", path.display().to_string(), &error)
                .with_kind(Kind::Disk)
                .with_hint("LOGFILE_PATH and --log-dir name another directory for the log")
                .stopping_the_run()
        })?;
        let lines = Lines {
            file,
            shown: path.display().to_string(),
            ui: ui.clone(),
            warned: false,
        };
        let file = Builder::new()
            .filter_level(LevelFilter::Info)
            .format(|line, record| writeln!(line, "{}", record.args()))
            .target(Target::Pipe(Box::new(lines)))
            .build();
        Ok(Self {
            file,
            format: settings.log_format,
            run_id: settings.run_id.clone(),
            bucket: settings.bucket.clone(),
            json: json.then(|| ui.clone()),
        })
    }

    /// Records that a step begins. `module` is the `module_path!()` of the step.
    pub(crate) fn begin(&self, module: &'static str, action: &'static str) -> Begun {
        self.write(self.record(module, action, Status::Run));
        let at = Instant::now();
        Begun { module, action, at }
    }

    /// Records that a step ended. `None`: a signal interrupted it.
    pub(crate) fn ended(&self, begun: &Begun, result: Option<&Result<Done, StepFailure>>) {
        let mut record = self.record(begun.module, begun.action, Status::Interrupted);
        record.duration_seconds = Some(begun.elapsed_seconds());
        match result {
            Some(Ok(done)) => {
                record.status = Status::Http(done.status);
                record.fields.clone_from(&done.fields);
            }
            Some(Err(failure)) => {
                record.level = Level::Error;
                record.status = failure.status;
                record.error = Some(failure.text.clone());
            }
            None => record.level = Level::Warn,
        }
        self.write(record);
    }

    /// Records the result of one object in a step.
    pub(crate) fn object(&self, begun: &Begun, status: u16, fields: Fields) {
        let mut record = self.record(begun.module, begun.object_action(), Status::Http(status));
        record.fields = fields;
        self.write(record);
    }

    /// Records that one object of a step failed.
    pub(crate) fn object_failed(&self, begun: &Begun, key: &str, status: Status, error: String) {
        let mut record = self.record(begun.module, begun.object_action(), status);
        record.level = Level::Error;
        record.fields = vec![("key", key.into())];
        record.error = Some(error);
        self.write(record);
    }

    /// Records a note that belongs to no step.
    pub(crate) fn warning(&self, module: &'static str, action: &'static str, text: &str) {
        let mut record = self.record(module, action, Status::Warning);
        record.level = Level::Warn;
        record.error = Some(text.to_owned());
        self.write(record);
    }

    fn record(&self, module: &'static str, action: &'static str, status: Status) -> Record<'_> {
        Record {
            time: Timestamp::now(),
            level: Level::Info,
            module,
            run_id: &self.run_id,
            action,
            status,
            bucket: self.bucket.as_str(),
            duration_seconds: None,
            fields: Fields::new(),
            error: None,
        }
    }

    fn write(&self, record: Record<'_>) {
        self.file.log(
            &log::Record::builder()
                .level(record.level)
                .target(record.module)
                .module_path_static(Some(record.module))
                .args(format_args!("{}", record.line(self.format)))
                .build(),
        );
        if let Some(ui) = &self.json {
            ui.json(&record.json());
        }
    }
}

fn appending(path: &Path) -> io::Result<File> {
    if let Some(above) = path.parent().filter(|above| !above.as_os_str().is_empty()) {
        fs::create_dir_all(above)?;
    }
    OpenOptions::new().append(true).create(true).open(path)
}

/// The file, as env_logger writes to it: one write for each line, so that two runs can share it. A failure is shown
/// once and does not stop the run, because the tour matters more than its log.
struct Lines {
    file: File,
    shown: String,
    ui: Ui,
    warned: bool,
}

impl Write for Lines {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let written = self.file.write_all(line);
        if let (Err(error), false) = (written, self.warned) {
            self.warned = true;
            let cause = Error::io("write", self.shown.as_str(), &error).cause();
            let warning = format!("the log {} ends here: {cause}", self.shown);
            self.ui.warn(&warning);
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Shows the warnings of a client, and logs them as soon as there is a journal.
pub(crate) fn warn(
    journal: &Arc<OnceLock<Arc<Journal>>>,
    ui: &Ui,
) -> Arc<dyn Fn(String) + Send + Sync> {
    let (journal, ui) = (Arc::clone(journal), ui.clone());
    Arc::new(move |warning| {
        ui.warn(&warning);
        if let Some(journal) = journal.get() {
            journal.warning(module_path!(), "connect", &warning);
        }
    })
}
