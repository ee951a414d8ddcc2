//! The credentials of a run: fetched when first needed, kept, and renewed before they expire.

use std::future::Future;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use rusoto_credential::{Anonymous as _, AwsCredentials, CredentialsError, ProvideAwsCredentials};
use s3_client::client::RenewCredentials;
use tokio::sync::Mutex;

use super::ask::World;
use super::fetch::HttpFetch;
use super::source::{Source, SourceKind, shown_id};
use crate::error::{Error, Result};

/// Temporary credentials are renewed this long before they expire.
const RENEW_BEFORE: Duration = Duration::from_secs(5 * 60);
/// The pause after a failed renewal, as long as the old credentials are still valid.
const RENEW_AGAIN_AFTER: Duration = Duration::from_secs(10);
/// When credentials expire, many requests fail at once. Only the first of them within this time
/// fetches new ones.
const JUST_RENEWED: Duration = Duration::from_secs(60);

/// The credentials of a run. Clones share them.
#[derive(Clone)]
pub(crate) struct CredentialProvider(Arc<Inner>);

struct Inner {
    source: Source,
    world: World,
    kept: RwLock<Option<Kept>>,
    /// Locked while credentials are fetched. Holds the time when expired ones were last replaced.
    fetching: Arc<Mutex<Option<Instant>>>,
}

#[derive(Clone)]
struct Kept {
    credentials: AwsCredentials,
    expires: Option<Timestamp>,
    renew_at: Option<Timestamp>,
}

impl CredentialProvider {
    /// The credentials of this source. Fetches nothing yet. `root` is the root of the file system.
    pub(crate) fn new(source: Source, fetch: Arc<dyn HttpFetch>, root: PathBuf) -> Self {
        Self(Arc::new(Inner {
            source,
            world: World { fetch, root },
            kept: RwLock::new(None),
            fetching: Arc::default(),
        }))
    }

    /// The credentials to sign with now; empty ones mean that requests are not signed. While new
    /// credentials are fetched, the old ones are used as long as they are valid.
    ///
    /// # Errors
    /// Exit 3: the source gave no credentials. The next call tries again.
    pub(super) async fn current(&self) -> Result<AwsCredentials> {
        let now = Timestamp::now();
        if let Some(kept) = self.kept() {
            if kept.renew_at.is_none_or(|at| now < at) {
                return Ok(kept.credentials);
            }
            if kept.expires.is_some_and(|end| end > now) {
                self.renew_in_background();
                return Ok(kept.credentials);
            }
        }
        let _fetching = self.0.fetching.lock().await;
        match self.kept() {
            // Another request was faster.
            Some(kept) if kept.renew_at.is_none_or(|at| now < at) => Ok(kept.credentials),
            _ => self.fetch().await,
        }
    }

    /// Renews the credentials in the background, unless a renewal is under way already.
    fn renew_in_background(&self) {
        let Ok(fetching) = Arc::clone(&self.0.fetching).try_lock_owned() else {
            return;
        };
        let provider = self.clone();
        tokio::spawn(async move {
            if let Err(error) = provider.fetch().await {
                let cause = error.cause();
                log::warn!("the credentials could not be renewed yet: {cause}");
                // Tries again a little later.
                if let Some(old) = provider.kept() {
                    provider.keep(old.credentials);
                }
            }
            drop(fetching);
        });
    }

    /// Fetches new credentials because the service says that the present ones have expired. Returns
    /// whether there are new ones. Static credentials cannot be renewed.
    pub(super) async fn renew_after_expired(&self) -> bool {
        if matches!(
            self.0.source.kind,
            SourceKind::Keys(_) | SourceKind::Unsigned
        ) {
            return false;
        }
        let mut fetching = self.0.fetching.lock().await;
        if fetching.is_some_and(|when| when.elapsed() < JUST_RENEWED) {
            return true;
        }
        match self.fetch().await {
            Ok(_) => {
                *fetching = Some(Instant::now());
                true
            }
            Err(error) => {
                log::warn!("the credentials could not be renewed: {}", error.cause());
                false
            }
        }
    }

    /// Asks the source, and keeps what it gives.
    async fn fetch(&self) -> Result<AwsCredentials> {
        let credentials = self.0.world.ask(&self.0.source).await?;
        self.keep(credentials.clone());
        Ok(credentials)
    }

    fn kept(&self) -> Option<Kept> {
        let kept = self.0.kept.read().unwrap_or_else(PoisonError::into_inner);
        kept.clone()
    }

    fn keep(&self, credentials: AwsCredentials) {
        let now = Timestamp::now();
        let id = shown_id(&credentials);
        let end = credentials.expires_at().map(|end| end.timestamp());
        let expires = end.and_then(|end| Timestamp::from_second(end).ok());
        match expires {
            // Not an error: the clock of this machine may be wrong. The service decides.
            Some(end) if end <= now => log::warn!(
                "by the clock of this machine the credentials from {} ended at {end}",
                self.0.source.origin
            ),
            Some(end) => log::debug!("signing with key {id} until {end}"),
            None if credentials.is_anonymous() => log::debug!("requests are not signed"),
            None => log::debug!("signing with key {id}"),
        }
        let mut kept = self.0.kept.write().unwrap_or_else(PoisonError::into_inner);
        *kept = Some(Kept {
            credentials,
            expires,
            renew_at: expires.map(|end| renewal(now, end)),
        });
    }

    /// Makes the kept credentials due for renewal.
    #[cfg(test)]
    pub(super) fn let_renewal_be_due(&self) {
        let mut kept = self.0.kept.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(kept) = kept.as_mut() {
            kept.renew_at = Some(Timestamp::now());
        }
    }
}

/// Five minutes before they expire; if that time has passed, a little later than now. This also
/// holds if they seem expired when they arrive: the clock may be wrong, and they must not be
/// fetched for every request.
pub(super) fn renewal(now: Timestamp, end: Timestamp) -> Timestamp {
    let early = end.checked_sub(RENEW_BEFORE).unwrap_or(end);
    let soon = now.checked_add(RENEW_AGAIN_AFTER).unwrap_or(end);
    early.max(soon)
}

/// Errors of rusoto hold only a text, so the hint is put on a second line of it.
const HINT: &str = "\nhint: ";

fn for_rusoto(error: &Error) -> CredentialsError {
    CredentialsError::new(match error.hint() {
        Some(hint) => format!("{}{HINT}{hint}", error.cause()),
        None => error.cause(),
    })
}

/// Turns such a text back into an error for a person.
pub(crate) fn no_credentials(text: &str) -> Error {
    match text.split_once(HINT) {
        Some((cause, hint)) => Error::settings(cause).with_hint(hint),
        None => Error::settings(text),
    }
}

impl ProvideAwsCredentials for CredentialProvider {
    fn credentials<'life, 'future>(
        &'life self,
    ) -> Pin<Box<dyn Future<Output = Result<AwsCredentials, CredentialsError>> + Send + 'future>>
    where
        'life: 'future,
        Self: 'future,
    {
        Box::pin(async move { self.current().await.map_err(|error| for_rusoto(&error)) })
    }
}

impl RenewCredentials for CredentialProvider {
    fn renew(&self) -> Pin<Box<dyn Future<Output = bool> + Send + '_>> {
        Box::pin(self.renew_after_expired())
    }
}
