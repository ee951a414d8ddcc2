//! Archived objects are found before any transfer, and are thawed if the user asked for it.

use std::time::{Duration, Instant};

use common::ToError as _;
use common::ui::{Numbers, Ui};
use common::{Error, Kind, Result};
use s3_client::failure::Meaning;
use s3_client::operations::{
    Archive, ReadObject, RestoreTier, Restoring, Thaw, get_object, restore_object,
};

use crate::store::{Found, Store};

/// The pauses between two checks of a thaw. The first are short, because some thaws take a minute.
/// Later ones are a minute, because others take half a day.
const FIRST_LOOK: Duration = Duration::from_secs(1);
const LAST_LOOK: Duration = Duration::from_secs(60);

/// What to do about archived objects.
#[derive(Clone)]
pub(crate) struct Thawing {
    /// `--thaw`: ask for a copy, at this speed.
    pub(crate) tier: Option<RestoreTier>,
    /// How many days the copy stays.
    pub(crate) days: u32,
    /// `--wait`: wait until the copy is ready, but no longer than this.
    pub(crate) wait: Option<Option<Duration>>,
    /// Shows the progress.
    pub(crate) ui: Ui,
    /// Only say what would be done.
    pub(crate) dry_run: bool,
}

impl Thawing {
    /// Makes sure that the object can be read.
    ///
    /// # Errors
    /// The object is archived and not thawed yet. The error says what was done about it.
    pub(crate) async fn ready(&self, store: &Store, found: Found) -> Result<Found> {
        let Some(archive) = found.info.archive() else {
            return Ok(found);
        };
        match archive.thaw {
            Thaw::Thawed { .. } => Ok(found),
            Thaw::Thawing => self.wait(store, found, archive).await,
            Thaw::Frozen => {
                // On Ceph an object with this storage class can be read like any other.
                if can_be_read(store, &found).await? {
                    return Ok(found);
                }
                match self.tier {
                    Some(tier) if !self.dry_run => self.begin(store, found, archive, tier).await,
                    _ => Err(frozen(store, &found, archive)),
                }
            }
        }
    }

    async fn begin(
        &self,
        store: &Store,
        found: Found,
        archive: Archive,
        tier: RestoreTier,
    ) -> Result<Found> {
        let name = found.object.key.clone();
        let subject = store.at.subject(&name);
        if tier == RestoreTier::Expedited && !archive.tier.can_be_expedited() {
            let cause = format!(
                "nothing in {} can be thawed in the tier expedited",
                archive.tier
            );
            return Err(Error::new(Kind::Failed, "thaw", subject, cause)
                .with_hint("--thaw=standard takes about 12 hours, --thaw=bulk about 48"));
        }
        let days = archive.tier.takes_days().then_some(self.days);
        let bucket = store.at.bucket.as_str();
        let version = found.version_id.as_deref();
        let ask = || restore_object(&store.at.client, bucket, &name, version, days, tier);
        let asked = store.at.client.retry(ask).await.map_err(|failure| {
            let context = store.at.context.clone().to(common::failure::Access::Write);
            failure.into_error("thaw", &subject, &context)
        })?;
        let tier = tier.to_string().to_lowercase();
        match asked {
            Restoring::Accepted => {
                let copy = days.map_or_else(String::new, |days| {
                    format!(", a copy for {}", Numbers::Bare.counted(days.into(), "day"))
                });
                self.ui.note(&format!(
                    "{subject}: started thawing from {} ({tier}{copy})",
                    archive.tier
                ));
            }
            Restoring::InProgress => self
                .ui
                .note(&format!("{subject}: a thaw is already in progress")),
            Restoring::AlreadyRestored => {
                self.ui
                    .note(&format!("{subject}: a thawed copy is already available"));
                return Ok(found);
            }
            Restoring::NotArchived => {
                self.ui
                    .note(&format!("{subject}: there is nothing to thaw"));
                return Ok(found);
            }
        }
        self.wait(store, found, archive).await
    }

    /// Checks from time to time until the object can be read. Nothing is stored locally: if the run
    /// is stopped and started again, it finds the thaw under way.
    async fn wait(&self, store: &Store, found: Found, archive: Archive) -> Result<Found> {
        let subject = store.at.subject(&found.object.key);
        let unfinished = |cause: String| Error::new(Kind::Failed, "restore", &subject, cause);
        let Some(limit) = self.wait.filter(|_| !self.dry_run) else {
            let cause = format!(
                "it is being thawed from {}, which takes its time",
                archive.tier
            );
            return Err(unfinished(cause).with_hint(
                "run the same command again later, or with --wait, which restores it when it is thawed",
            ));
        };
        self.ui
            .note(&format!("{subject}: waiting until it is thawed"));
        let began = Instant::now();
        let mut pause = FIRST_LOOK;
        loop {
            if limit.is_some_and(|limit| began.elapsed() >= limit) {
                let cause = format!(
                    "it is still being thawed after {} s",
                    began.elapsed().as_secs()
                );
                return Err(unfinished(cause).with_hint(
                    "run the same command again to go on waiting; the thaw goes on meanwhile",
                ));
            }
            let rest = limit.map_or(pause, |limit| limit.saturating_sub(began.elapsed()));
            tokio::time::sleep(pause.min(rest)).await;
            pause = (pause * 3 / 2).min(LAST_LOOK);
            let version = found.version_id.as_deref();
            let info = match store.at.object(&found.object.key, version).head().await {
                Ok(info) => info,
                // A thaw takes hours, and continues even if the service does not respond for some
                // minutes.
                Err(failure) if failure.retryable() => {
                    self.ui
                        .warn(&format!("{subject}: cannot look now, going on waiting"));
                    continue;
                }
                Err(failure) => return Err(store.failed(&found.object.key, failure)),
            };
            match info.archive().map(|archive| archive.thaw) {
                None | Some(Thaw::Thawed { .. }) => return Ok(Found { info, ..found }),
                Some(Thaw::Thawing) => {}
                Some(Thaw::Frozen) => {
                    return Err(unfinished("the service has stopped thawing it".into())
                        .with_hint("run the same command again with --thaw"));
                }
            }
        }
    }
}

async fn can_be_read(store: &Store, found: &Found) -> Result<bool> {
    let request = ReadObject {
        bucket: store.at.bucket.as_str(),
        key: &found.object.key,
        range: (found.object.size > 0).then_some(0..1),
        customer_key: store.at.customer_key.as_ref(),
        version_id: found.version_id.as_deref(),
        ..ReadObject::default()
    };
    let ask = || get_object(&store.at.client, &request);
    match store.at.client.retry(ask).await {
        Ok(_) => Ok(true),
        Err(failure) if failure.meaning() == Some(Meaning::Archived) => Ok(false),
        Err(failure) => Err(store.failed(&found.object.key, failure)),
    }
}

fn frozen(store: &Store, found: &Found, archive: Archive) -> Error {
    let cause = format!(
        "it is archived in {} and has to be thawed first",
        archive.tier
    );
    let hours = if archive.tier.can_be_expedited() {
        "3 to 5 hours; --thaw=expedited some minutes, --thaw=bulk 5 to 12 hours"
    } else {
        "12 hours; --thaw=bulk 48 hours"
    };
    Error::new(
        Kind::Failed,
        "restore",
        store.at.subject(&found.object.key),
        cause,
    )
    .with_hint(format!(
        "--thaw asks for that, which takes {hours}; with --wait it is restored then"
    ))
}
