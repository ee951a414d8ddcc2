//! What messages show of credentials.

use rusoto_credential::{Anonymous as _, AwsCredentials};

use crate::sign::key_id_tail;

/// What messages show of credentials; nothing if there are none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Key {
    pub(super) tail: Option<String>,
    pub(super) is_anonymous: bool,
}

impl Key {
    pub(super) fn of(credentials: &AwsCredentials) -> Self {
        Self {
            tail: key_id_tail(credentials.aws_access_key_id()).map(str::to_owned),
            is_anonymous: credentials.is_anonymous(),
        }
    }
}
