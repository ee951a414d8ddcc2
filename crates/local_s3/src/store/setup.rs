//! Versions, archives and the clock, as tests set them up without requests.

use std::sync::PoisonError;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::HeaderValue;

use super::Store;
use super::history::Versioning;
use super::object::Attributes;

impl Store {
    /// The time that the store goes by, in whole seconds.
    #[must_use]
    pub fn now(&self) -> SystemTime {
        self.shared.clock.now()
    }

    /// Stops the clock at this time: whatever is written until it is set or moved on has this
    /// Last-Modified. Signatures are still checked against the real time.
    pub fn set_time(&self, time: SystemTime) {
        self.shared.clock.stop_at(time);
    }

    /// Moves the clock on, whether it stands or runs.
    pub fn advance(&self, by: Duration) {
        self.shared.clock.advance(by);
    }

    /// How long restores take that are begun from now on.
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

    /// Makes a bucket, made if missing, keep versions or not. S3 has no way back to
    /// [`Versioning::Never`]; here it makes sense only while the bucket is empty.
    pub fn set_versioning(&self, bucket: &str, versioning: Versioning) {
        self.create_bucket(bucket);
        self.all(|buckets| {
            if let Some(bucket) = buckets.get_mut(bucket) {
                bucket.versioning = versioning;
            }
        });
    }

    /// Removes a bucket with all that is in it; `false` if it was not there.
    pub fn remove_bucket(&self, bucket: &str) -> bool {
        self.all(|buckets| buckets.remove(bucket).is_some())
    }

    /// Puts an object of a storage class, for example GLACIER, as [`Store::put`] does.
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

    /// Lets an object fall into an archive tier of INTELLIGENT_TIERING, as happens to what is
    /// not read for months: `ARCHIVE_ACCESS` or `DEEP_ARCHIVE_ACCESS`. `false` if it is not
    /// there.
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
