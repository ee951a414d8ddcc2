//! A whole run: chooses names or a directory, uses the engine, returns the exit code.

use std::path::PathBuf;
use std::sync::Arc;

use common::cli::Shell;
use common::ui::local_time;
use common::{Error, Exit, Outcome as _, Result};
use futures_util::stream;
use jiff::Timestamp;
use tokio::sync::OnceCell;
use transfer::console::Console;
use transfer::download::Destination;
use transfer::engine::Engine;
use transfer::item::Verb;
use transfer::monitor::Monitor;
use transfer::progress::Progress;

use crate::args::Args;
use crate::directory::{self, Directory};
use crate::history::{History, Line};
use crate::named::Named;
use crate::names;
use crate::prompt;
use crate::store::{Store, Which};
use crate::target::check_doubles;
use crate::thaw::Thawing;

/// How many objects are processed at a time while some wait for their thaw. They use no connection,
/// and all thaws must start at once.
const WAITING: usize = 1024;

/// Everything that a run needs.
pub(crate) struct Run {
    args: Args,
    shell: Shell,
    store: Store,
    history: Arc<History>,
    moment: Option<Timestamp>,
    started: Timestamp,
}

impl Run {
    /// Parses the time again; fails if it has become wrong since the command line was checked.
    pub(crate) fn new(
        args: Args,
        shell: Shell,
        store: Store,
        history: Arc<History>,
    ) -> Result<Self> {
        let moment = args
            .moment()
            .map_err(|usage_error| Error::settings(usage_error.cause))?;
        Ok(Self {
            args,
            shell,
            store,
            history,
            moment,
            started: Timestamp::now(),
        })
    }

    /// Restores the requested objects.
    pub(crate) async fn restore(self) -> Result<Exit> {
        if !self.args.dry_run {
            self.history.check();
        }
        if let Some(moment) = self.moment {
            let moment = local_time(moment);
            self.shell.ui.note(&format!("as it stood at {moment}"));
            self.store.check_keeps_versions().await?;
        }
        match self.args.recursive.clone() {
            Some(prefix) => self.directory(prefix).await,
            None => self.named().await,
        }
    }

    async fn directory(self, prefix: String) -> Result<Exit> {
        let console = self.console();
        let filters = self.args.filters.filters();
        let filters = filters.map_err(|usage_error| Error::settings(usage_error.cause))?;
        let job = Directory {
            filters,
            store: self.store.clone(),
            prefix,
            moment: self.moment,
            destination: Destination::of(Some(&self.path()), false)?,
            engine: self.engine(&console),
            thawing: self.thawing(),
        };
        let report = directory::run(job, &self.history, self.entry()).await?;
        console.summary(&report, "restore", None);
        Ok(report.exit())
    }

    async fn named(self) -> Result<Exit> {
        let cancel = self.shell.cancel.clone();
        let mut which = match (&self.args.version_id, self.moment) {
            (Some(id), _) => Which::Version(id.clone()),
            (None, Some(moment)) => Which::At(moment),
            (None, None) => Which::Now,
        };
        let names = match names::of(self.args.names.clone(), &cancel).await? {
            Some(names) => names,
            None => {
                let asked = prompt::ask(&self.store, &which, &self.shell.ui, &cancel).await?;
                let Some(choice) = asked else {
                    self.shell.ui.fail_with("nothing restored", None);
                    return Ok(Exit::SomeFailed);
                };
                which = choice.which;
                vec![choice.name]
            }
        };
        check_doubles(&self.store.at.bucket, &names)?;
        let single = names.len() == 1;
        let console = self.console();
        let engine = self.engine(&console);
        let named = Arc::new(Named {
            suggests: single && matches!(which, Which::Now),
            store: self.store.clone(),
            which,
            thawing: self.thawing(),
            destination: Destination::of(Some(&self.path()), single)?,
            engine: Arc::clone(&engine),
            download: OnceCell::new(),
            history: Arc::clone(&self.history),
            entry: self.entry(),
            ui: self.shell.ui.clone(),
        });
        let mut report = engine.run(&named, stream::iter([Ok(names.into())])).await;
        if single {
            report.of_one_object();
            console.end(&report);
        } else {
            console.summary(&report, "restore", None);
        }
        Ok(report.exit())
    }

    fn console(&self) -> Arc<Console> {
        let progress = Progress::new(
            &self.shell.ui,
            self.shell.no_progress(),
            &self.store.at.client,
        );
        Arc::new(Console::new(&self.shell.ui, self.shell.json(), progress))
    }

    /// Existing files are kept, unless `--force` is given.
    fn engine(&self, console: &Arc<Console>) -> Arc<Engine> {
        let (at, cancel) = (self.store.at.clone(), &self.shell.cancel);
        let monitor: Arc<dyn Monitor> = console.clone();
        let mut engine = Engine::new(at, Verb::Restore, cancel, &monitor);
        engine.width = self.args.wait.map(|_| WAITING);
        engine.policy.force = self.args.force;
        engine.policy.keep = !self.args.force;
        engine.verify = !self.args.no_verify;
        engine.dry_run = self.args.dry_run;
        Arc::new(engine)
    }

    fn thawing(&self) -> Thawing {
        Thawing {
            tier: self.args.thaw.map(|tier| tier.unwrap_or_default().0),
            days: self.args.days.unwrap_or(1),
            wait: self.args.wait.map(|limit| limit.map(|limit| limit.0)),
            ui: self.shell.ui.clone(),
            dry_run: self.args.dry_run,
        }
    }

    /// The fields that all history entries of this run share.
    fn entry(&self) -> Line {
        Line {
            bucket: self.store.at.bucket.to_string(),
            at: self.moment.map(|moment| moment.to_string()),
            endpoint: self.store.at.client.endpoint_text(),
            executed_at: self.started.to_string(),
            ..Line::default()
        }
    }

    /// The check of the command line guarantees that there is one.
    fn path(&self) -> PathBuf {
        self.args.path.clone().unwrap_or_default()
    }
}
