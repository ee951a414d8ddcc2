//! Restores named objects: find, thaw, plan, fetch, and write a history entry for each.

use std::sync::Arc;
use std::time::Duration;

use common::ui::{Ui, human_size};
use common::{Error, Kind, Result};
use tokio::sync::OnceCell;
use tokio_util::sync::CancellationToken;
use transfer::download::{Destination, Download, Step};
use transfer::engine::Engine;
use transfer::execute::Worker;
use transfer::filter::Filters;
use transfer::item::{Item, Status, Verb};
use transfer::plan::download::Planner;

use crate::history::{History, Line, Record};
use crate::store::{Found, Missing, Store, Which};
use crate::suggest;
use crate::target::file_name;
use crate::thaw::Thawing;

/// A run that restores named objects.
pub(crate) struct Named {
    /// The source bucket.
    pub(crate) store: Store,
    /// Which version of each name.
    pub(crate) which: Which,
    /// What to do about archived objects.
    pub(crate) thawing: Thawing,
    /// The target.
    pub(crate) destination: Destination,
    /// The engine's settings for the run.
    pub(crate) engine: Arc<Engine>,
    /// Opened when the first object is found, so that no directory is created for missing objects.
    /// Whether a wrong name is worth a look at the names in the bucket: it is the only one, and of
    /// an object as it is now.
    pub(crate) suggests: bool,
    pub(crate) download: OnceCell<Arc<Download>>,
    /// The history.
    pub(crate) history: Arc<History>,
    /// The fields that all its entries share.
    pub(crate) entry: Line,
    /// Shows what was restored.
    pub(crate) ui: Ui,
}

impl Worker for Named {
    type Step = String;

    fn clean_up(&self, in_time: bool) {
        if let Some(download) = self.download.get() {
            download.clean_up(in_time);
        }
    }

    async fn perform(&self, name: String, stop: &CancellationToken) -> Option<Item> {
        let record = Record::begin(
            &self.history,
            Line {
                key: name.clone(),
                path: self.shown_path(&name),
                ..self.entry.clone()
            },
        );
        let item = match self.restore(&name, stop).await.transpose()? {
            Ok(item) => item,
            Err(error) => Item::new(
                Status::Failed,
                &self.store.at.bucket,
                &name,
                &self.shown_path(&name),
            )
            .with_error(Status::Failed, error),
        };
        if item.status == Status::Would(Verb::Restore) || self.engine.dry_run {
            record.forget();
        } else {
            let elapsed = record.end(&item);
            self.say(&item, elapsed);
        }
        Some(item)
    }
}

impl Named {
    /// `None` if the run is stopped first.
    async fn restore(&self, name: &str, stop: &CancellationToken) -> Result<Option<Item>> {
        let Some(found) = stop.run_until_cancelled(self.find(name)).await else {
            return Ok(None);
        };
        let found = found?;
        let download = self.download.get_or_try_init(async || {
            Download::open(Arc::clone(&self.engine), &self.destination)
                .await
                .map(Arc::new)
        });
        let download = download.await?;
        let known = found.info.version_id.clone();
        let step = self.plan(download, found).await?;
        let item = download.perform(step, stop).await;
        Ok(item.map(|mut item| {
            item.version_id = item.version_id.or(known);
            item
        }))
    }

    /// Finds the object and makes sure that it can be read.
    async fn find(&self, name: &str) -> Result<Found> {
        let looked = self.store.look(name, &self.which).await;
        let found = match looked {
            Ok(found) => found,
            Err(missing) => return Err(self.not_found(missing, name).await),
        };
        self.thawing.ready(&self.store, found).await
    }

    /// The error about a name, with the names that were probably meant.
    async fn not_found(&self, missing: Missing, name: &str) -> Error {
        let is_nowhere = matches!(missing, Missing::Nowhere(_));
        let error = self.store.error_of(missing, name);
        if !(is_nowhere && self.suggests) {
            return error;
        }
        match suggest::alternatives(&suggest::near(&self.store, name).await) {
            Some(names) => error.with_hint(format!("did you mean {names}?")),
            None => error,
        }
    }

    fn shown_path(&self, name: &str) -> String {
        self.destination
            .shown_path(file_name(&self.destination, name))
    }

    /// Plans what to do with one object. Asks the disk.
    async fn plan(&self, download: &Arc<Download>, found: Found) -> Result<Step> {
        let key = found.object.key.clone();
        let name = file_name(&self.destination, &key).to_owned();
        let subject = self.store.at.subject(&key);
        let mut planner = Planner::new(download, 0, Filters::default());
        let planned = tokio::task::spawn_blocking(move || {
            planner.plan_one(found.object, found.version_id, Some(&name))
        });
        let mut batch = planned
            .await
            .map_err(|error| Error::new(Kind::Bug, "plan", &subject, error.to_string()))?;
        self.engine.monitor.counts().planned(0, batch.bytes);
        batch.steps.pop().ok_or_else(|| {
            Error::new(
                Kind::Failed,
                "restore",
                subject,
                "it has the name of a directory, and no file can have it",
            )
            .with_hint("give a file for it: -c FILE, without `/` at its end")
        })
    }

    fn say(&self, item: &Item, elapsed: Duration) {
        match item.status {
            Status::Done(Verb::Restore) => {
                let numbers = self.ui.stderr_numbers();
                let seconds = elapsed.as_secs_f64();
                let rate = human_size((item.size_bytes as f64 / seconds.max(0.001)) as u64);
                let version = item.version_id.as_ref();
                let version = version.map_or_else(String::new, |id| format!(", version {id}"));
                let proof = item.proof.map_or_else(
                    || "unverified: the service has no sum of it".to_owned(),
                    |proof| format!("checked by {proof}"),
                );
                self.ui.note(&format!(
                    "restored {} as {}: {} in {seconds:.1} s ({rate}/s){version}, {proof}",
                    self.store.at.subject(&item.key),
                    item.path,
                    numbers.size(item.size_bytes),
                ));
            }
            Status::Skipped => self.ui.note(&format!(
                "{} already exists with the same content",
                item.path
            )),
            _ => {}
        }
    }
}
