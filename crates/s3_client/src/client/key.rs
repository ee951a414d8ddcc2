//! Where credentials come from, and what messages show of them.

use std::pin::Pin;

use rusoto_credential::{Anonymous as _, AwsCredentials, ProvideAwsCredentials};

use crate::sign::key_id_tail;

/// A provider of credentials that can replace expired ones before their time. Anonymous
/// credentials stand for requests without signature.
pub trait RenewCredentials: ProvideAwsCredentials + Send + Sync {
    /// Fetches new ones because the service says that the present ones have expired; tells
    /// whether there are new ones.
    fn renew(&self) -> Pin<Box<dyn Future<Output = bool> + Send + '_>>;
}

/// What messages show of credentials; nothing if there are none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ShownKey {
    /// The last four characters of the access key id; `None` if requests are not signed or the id is
    /// too short to hide anything.
    pub tail: Option<String>,
    /// Whether requests go out unsigned, because that was asked for.
    pub is_anonymous: bool,
}

impl ShownKey {
    pub(super) fn of(credentials: &AwsCredentials) -> Self {
        Self {
            tail: key_id_tail(credentials.aws_access_key_id()).map(str::to_owned),
            is_anonymous: credentials.is_anonymous(),
        }
    }
}
