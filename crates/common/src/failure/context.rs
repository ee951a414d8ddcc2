//! The facts that a message about a failure needs: endpoint, region, key, bucket, and what was being done.

use s3_client::Client;
use s3_client::client::ShownKey;

use crate::ui::one_line;

/// What a request does. A message uses it to name the missing permission, and to tell whether a
/// refusal concerns all later requests too.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Access {
    /// List the buckets of the account.
    #[default]
    ListBuckets,
    /// List a bucket.
    List,
    /// Read an object.
    Read,
    /// Write an object.
    Write,
    /// Delete an object.
    Delete,
    /// Create or delete a bucket.
    Manage,
}

/// The facts that a message needs besides the failure.
#[derive(Clone, Debug, Default)]
pub struct Context {
    /// The endpoint in the form that users write, for example
    /// `https://nyc3.digitaloceanspaces.com`.
    pub endpoint: String,
    /// The region that requests are signed for.
    pub region: String,
    /// What is shown of the key that signs requests.
    pub key: ShownKey,
    /// The bucket, if there is one.
    pub bucket: Option<String>,
    /// What was being done.
    pub access: Access,
}

impl Context {
    /// The facts that this client knows, for requests about all buckets; add others with
    /// [`Context::bucket`] and [`Context::to`].
    pub fn of(client: &Client) -> Self {
        Self {
            endpoint: client.endpoint_text(),
            region: client.region(),
            key: client.shown_key(),
            bucket: None,
            access: Access::default(),
        }
    }

    /// With this bucket.
    #[must_use]
    pub fn bucket(mut self, bucket: &str) -> Self {
        self.bucket = Some(bucket.to_owned());
        self
    }

    /// With this kind of request.
    #[must_use]
    pub fn to(mut self, access: Access) -> Self {
        self.access = access;
        self
    }

    /// The key as it is shown, for example `key …9F2Q`.
    pub(super) fn key_text(&self) -> String {
        match &self.key.tail {
            Some(tail) => format!("key …{}", one_line(tail)),
            None => "this key".into(),
        }
    }

    pub(super) fn permission(&self) -> String {
        let bucket = self.bucket.as_deref().unwrap_or("this bucket");
        match self.access {
            Access::ListBuckets => "list buckets".into(),
            Access::List => format!("list `{bucket}`"),
            Access::Read => format!("read from `{bucket}`"),
            Access::Write => format!("write to `{bucket}`"),
            Access::Delete => format!("delete from `{bucket}`"),
            Access::Manage => format!("manage `{bucket}`"),
        }
    }

    /// Whether all later requests would be refused too. Not so for single objects, which a policy
    /// may protect.
    pub(super) fn concerns_all(&self) -> bool {
        match self.access {
            Access::ListBuckets | Access::List | Access::Manage => true,
            Access::Read | Access::Write | Access::Delete => false,
        }
    }
}
