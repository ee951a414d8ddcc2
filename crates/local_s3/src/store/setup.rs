//! Versions, archives and the clock: what tests set without requests.

use std::sync::PoisonError;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::HeaderValue;

use super::Store;
use super::object::Attributes;
use super::version::Versioning;

impl Store {
    /// The time of the store, in whole seconds.
    #[must_use]
    pub fn now(&self) -> SystemTime {
        self.shared.clock.now()
    }

    /// Stops the clock at this time. It is the Last-Modified of new objects until the clock is set or moved again.
    /// Signatures are still checked with the real time.
    pub fn set_time(&self, time: SystemTime) {
        self.shared.clock.stop_at(time);
    }

    /// Moves the clock forward, whether it is stopped or not.
    pub fn advance(&self, by: Duration) {
        self.shared.clock.advance(by);
    }

    /// Sets the duration of new restores.
    pub fn set_thaw(&self, thaw: Duration) {
        *self
            .shared
            .thaw
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = thaw;
    }

    pub(crate) fn thaw(&self) -> Duration {
        *self
            .shared
            .thaw
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Sets whether a bucket keeps versions. Creates it if needed. S3 cannot return to [`Versioning::Never`]. Here it
    /// makes sense only for an empty bucket.
    pub fn set_versioning(&self, bucket: &str, versioning: Versioning) {
        self.create_bucket(bucket);
        self.all(|buckets| {
            if let Some(bucket) = buckets.get_mut(bucket) {
                bucket.versioning = versioning;
            }
        });
    }

    /// Removes a bucket with its objects. Returns false if it did not exist.
    pub fn remove_bucket(&self, bucket: &str) -> bool {
        self.all(|buckets| buckets.remove(bucket).is_some())
    }

    /// Stores an object in a storage class, for example GLACIER. See [`Store::put`].
    pub fn put_in_class(
        &self,
        bucket: &str,
        key: &str,
        bytes: impl Into<Bytes>,
        class: &'static str,
    ) -> String {
        let mut attributes = Attributes::default();
        let value = HeaderValue::from_static(class);
        attributes.headers.insert("x-amz-storage-class", value);
        self.put_with(bucket, key, bytes.into(), attributes)
    }

    /// Moves an object to an archive tier of INTELLIGENT_TIERING, `ARCHIVE_ACCESS` or `DEEP_ARCHIVE_ACCESS`, as S3 does
    /// if it is not read for months. Returns false if it does not exist.
    pub fn archive(&self, bucket: &str, key: &str, tier: &'static str) -> bool {
        let changed = self.change(bucket, |bucket| {
            bucket.change_object(key, None, |object| {
                let headers = &mut object.attributes.headers;
                let class = HeaderValue::from_static("INTELLIGENT_TIERING");
                headers.insert("x-amz-storage-class", class);
                headers.insert("x-amz-archive-status", HeaderValue::from_static(tier));
                object.restore = None;
                Ok(())
            })
        });
        changed.is_ok()
    }
}
