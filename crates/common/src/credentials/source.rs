//! The credentials of a run: fetched when first needed, kept, and renewed before they expire.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use rusoto_credential::{AwsCredentials, CredentialsError, ProvideAwsCredentials};
use s3_client::client::RenewCredentials;
use tokio::sync::Mutex;

use super::Credentials;
use super::configured::SourceKind;
use super::fetch::HttpFetch;
use super::metadata::Machine;
use super::plan::CredentialPlan;
use super::resolve::World;
use crate::config::Config;
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
pub struct CredentialSource(Arc<Inner>);

struct Inner {
    plan: CredentialPlan,
    /// Static credentials need no fetching and no lock.
    fixed: Option<Arc<Credentials>>,
    world: World,
    kept: RwLock<Option<Kept>>,
    /// Locked while credentials are fetched. Holds the time when expired ones were last replaced.
    fetching: Arc<Mutex<Option<Instant>>>,
}

#[derive(Clone)]
struct Kept {
    keys: Arc<Credentials>,
    renew_at: Option<Timestamp>,
}

impl CredentialSource {
    /// The credentials for these settings. Fetches nothing yet.
    pub fn new(config: &Config, fetch: Arc<dyn HttpFetch>) -> Self {
        Self::on_machine(config, fetch, Machine::this())
    }

    /// Like `new`, on a machine that other files describe.
    pub fn on_machine(config: &Config, fetch: Arc<dyn HttpFetch>, machine: Machine) -> Self {
        let plan = config.credentials.clone();
        let fixed = match &plan {
            CredentialPlan::From(source) => match &source.kind {
                SourceKind::Keys(fixed) => Some(Arc::new(fixed.keys.clone())),
                _ => None,
            },
            _ => None,
        };
        Self(Arc::new(Inner {
            plan,
            fixed,
            world: World { fetch, machine },
            kept: RwLock::new(None),
            fetching: Arc::default(),
        }))
    }

    /// The credentials to sign with now; `None` if requests are not to be signed. While new
    /// credentials are fetched, the old ones are used as long as they are valid.
    ///
    /// # Errors
    /// Exit 3: no source gave credentials. The next call tries again.
    pub async fn current(&self) -> Result<Option<Arc<Credentials>>> {
        if self.is_anonymous() {
            return Ok(None);
        }
        if let Some(keys) = self.0.fixed.clone().or_else(|| self.fresh()) {
            return Ok(Some(keys));
        }
        if let Some(keys) = self.still_valid() {
            self.renew_in_background();
            return Ok(Some(keys));
        }
        let _fetching = self.0.fetching.lock().await;
        if let Some(keys) = self.fresh() {
            return Ok(Some(keys));
        }
        let keys = self.fetch().await?;
        Ok(Some(self.keep(keys)))
    }

    /// Whether requests are sent unsigned, as the user asked.
    fn is_anonymous(&self) -> bool {
        matches!(self.0.plan, CredentialPlan::Unsigned(_))
    }

    /// Renews the credentials in the background, unless a renewal is under way already.
    fn renew_in_background(&self) {
        let Ok(fetching) = Arc::clone(&self.0.fetching).try_lock_owned() else {
            return;
        };
        let source = self.clone();
        tokio::spawn(async move {
            match source.fetch().await {
                Ok(keys) => {
                    source.keep(keys);
                }
                Err(error) => {
                    let cause = error.cause();
                    log::warn!("the credentials could not be renewed yet: {cause}");
                    // Tries again a little later.
                    if let Some(old) = source.kept() {
                        source.keep(old);
                    }
                }
            }
            drop(fetching);
        });
    }

    /// Fetches new credentials because the service says that the present ones have expired. Returns
    /// whether there are new ones. Static credentials cannot be renewed.
    pub async fn renew_after_expired(&self) -> bool {
        if self.0.fixed.is_some() || self.is_anonymous() {
            return false;
        }
        let mut fetching = self.0.fetching.lock().await;
        if fetching.is_some_and(|when| when.elapsed() < JUST_RENEWED) {
            return true;
        }
        match self.fetch().await {
            Ok(keys) => {
                *fetching = Some(Instant::now());
                self.keep(keys);
                true
            }
            Err(error) => {
                log::warn!("the credentials could not be renewed: {}", error.cause());
                false
            }
        }
    }

    async fn fetch(&self) -> Result<Credentials> {
        match &self.0.plan {
            CredentialPlan::From(source) => self.0.world.ask(source).await,
            CredentialPlan::Nothing(nothing) => self.0.world.ask_machine(nothing).await,
            CredentialPlan::Unsigned(_) => Err(crate::Error::new(
                crate::Kind::Bug,
                "sign",
                "",
                "credentials were fetched although requests are not signed",
            )),
        }
    }

    /// The kept credentials, unless it is time to renew them.
    fn fresh(&self) -> Option<Arc<Credentials>> {
        let kept = self.0.kept.read().unwrap_or_else(PoisonError::into_inner);
        let kept = kept.as_ref()?;
        let is_fresh = kept.renew_at.is_none_or(|at| Timestamp::now() < at);
        is_fresh.then(|| Arc::clone(&kept.keys))
    }

    /// The kept credentials, if they have not expired.
    fn still_valid(&self) -> Option<Arc<Credentials>> {
        let keys = self.kept()?;
        let holds = keys.expires.is_some_and(|end| end > Timestamp::now());
        holds.then_some(keys)
    }

    fn kept(&self) -> Option<Arc<Credentials>> {
        let kept = self.0.kept.read().unwrap_or_else(PoisonError::into_inner);
        kept.as_ref().map(|kept| Arc::clone(&kept.keys))
    }

    /// Makes the kept credentials due for renewal.
    #[cfg(test)]
    pub(super) fn let_renewal_be_due(&self) {
        let mut kept = self.0.kept.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(kept) = kept.as_mut() {
            kept.renew_at = Some(Timestamp::now());
        }
    }

    fn keep(&self, keys: impl Into<Arc<Credentials>>) -> Arc<Credentials> {
        let keys = keys.into();
        let renew_at = keys.expires.map(|end| renewal(Timestamp::now(), end));
        match keys.expires {
            Some(end) => log::debug!("signing with key {} until {end}", keys.shown_id()),
            None => log::debug!("signing with key {}", keys.shown_id()),
        }
        let mut kept = self.0.kept.write().unwrap_or_else(PoisonError::into_inner);
        *kept = Some(Kept {
            keys: Arc::clone(&keys),
            renew_at,
        });
        keys
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

/// For rusoto: empty credentials mean that requests are not signed.
impl ProvideAwsCredentials for CredentialSource {
    fn credentials<'life, 'future>(
        &'life self,
    ) -> Pin<Box<dyn Future<Output = Result<AwsCredentials, CredentialsError>> + Send + 'future>>
    where
        'life: 'future,
        Self: 'future,
    {
        Box::pin(async move {
            let keys = self.current().await.map_err(|error| for_rusoto(&error))?;
            let Some(keys) = keys else {
                return Ok(AwsCredentials::default());
            };
            let token = keys.session_token.as_ref();
            Ok(AwsCredentials::new(
                keys.access_key_id.clone(),
                keys.secret_access_key.expose(),
                token.map(|token| token.expose().to_owned()),
                None,
            ))
        })
    }
}

impl RenewCredentials for CredentialSource {
    fn renew(&self) -> Pin<Box<dyn Future<Output = bool> + Send + '_>> {
        Box::pin(self.renew_after_expired())
    }
}
