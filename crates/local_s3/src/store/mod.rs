//! The buckets and their objects, in memory, in byte order of the keys.
//!
//! One lock protects everything. It is never held while bytes are hashed or sent: objects are `Arc`s, so a reader is not
//! disturbed if its object is replaced or deleted. All access goes through [`Store::bucket`] and [`Store::change`]. In
//! a bucket that keeps no versions, every key has one.

pub(crate) mod archive;
pub(crate) mod bucket;
pub(crate) mod checksum;
mod clock;
pub(crate) mod content;
pub(crate) mod object;
pub(crate) mod page;
mod setup;
mod stat;
pub(crate) mod version;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use bytes::Bytes;
use md5::{Digest, Md5};
use s3s::S3Result;

use bucket::{Bucket, no_such_bucket};
use clock::Clock;
use content::Content;
use object::{Attributes, Object};
use page::Query;
pub use stat::Stat;
pub use version::Versioning;

/// The length of the random bytes that large objects repeat.
const BLOCK: u64 = 1024 * 1024;

/// The stored buckets. Clones share them.
#[derive(Clone, Debug)]
pub struct Store {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    buckets: RwLock<BTreeMap<String, Bucket>>,
    upload_ids: AtomicU64,
    region: String,
    clock: Clock,
    /// How long the restore of an archived object takes.
    thaw: Mutex<Duration>,
}

impl Store {
    pub(crate) fn new(region: &str, thaw: Duration) -> Self {
        Self {
            shared: Arc::new(Shared {
                buckets: RwLock::default(),
                upload_ids: AtomicU64::new(1),
                region: region.to_owned(),
                clock: Clock::default(),
                thaw: Mutex::new(thaw),
            }),
        }
    }

    /// Creates a bucket. Returns false if it existed already.
    pub fn create_bucket(&self, bucket: &str) -> bool {
        self.all(|buckets| {
            let missing = !buckets.contains_key(bucket);
            buckets
                .entry(bucket.to_owned())
                .or_insert_with(|| Bucket::new(&self.shared.region, self.now()));
            missing
        })
    }

    /// Stores an object without a request. Creates the bucket if needed. Returns the version id, which is `null` unless
    /// the bucket keeps versions.
    pub fn put(&self, bucket: &str, key: &str, bytes: impl Into<Bytes>) -> String {
        self.put_with(bucket, key, bytes.into(), Attributes::default())
    }

    fn put_with(&self, bucket: &str, key: &str, bytes: Bytes, attributes: Attributes) -> String {
        let object = self.object(Content::of([bytes]), attributes);
        self.put_object(bucket, key, object)
    }

    /// Stores an object of this size that takes almost no memory: it repeats a block of random bytes, each time after
    /// its number.
    pub fn put_large(&self, bucket: &str, key: &str, size: u64) {
        let block: Vec<u8> = (0..BLOCK / 8).flat_map(scattered).collect();
        let block = Bytes::from(block);
        let blocks = size.div_ceil(BLOCK + 8);
        let pieces = (0..blocks).flat_map(|number| {
            let number = Bytes::copy_from_slice(&number.to_le_bytes());
            [number, block.clone()]
        });
        let content = Content::of(Content::of(pieces).pieces(0..size));
        self.put_object(bucket, key, self.object(content, Attributes::default()));
    }

    fn object(&self, content: Content, attributes: Attributes) -> Object {
        let mut md5 = Md5::new();
        content.whole().for_each(|piece| md5.update(&piece));
        Object {
            content,
            etag: hex::encode(md5.finalize()),
            modified: self.now(),
            attributes,
            checksums: Vec::new(),
            parts: Vec::new(),
            restore: None,
        }
    }

    fn put_object(&self, bucket: &str, key: &str, object: Object) -> String {
        self.create_bucket(bucket);
        let inserted = self.change(bucket, |bucket| {
            Ok(bucket.insert(key.to_owned(), Arc::new(object)))
        });
        inserted.ok().flatten().unwrap_or_else(|| "null".to_owned())
    }

    /// Deletes an object without a request, by a delete marker if the bucket keeps versions. Returns false if it did not
    /// exist.
    pub fn remove(&self, bucket: &str, key: &str) -> bool {
        let now = self.now();
        self.change(bucket, |bucket| {
            let was_there = bucket.current(key).is_some();
            bucket.delete(key, None, now)?;
            Ok(was_there)
        })
        .unwrap_or(false)
    }

    /// The content of an object; `None` if it does not exist.
    #[must_use]
    pub fn read(&self, bucket: &str, key: &str) -> Option<Bytes> {
        let found = self.bucket(bucket, |bucket| bucket.find(key, None));
        let pieces: Vec<Bytes> = found.ok()?.object.content.whole().collect();
        match pieces.as_slice() {
            [only] => Some(only.clone()),
            pieces => Some(pieces.concat().into()),
        }
    }

    /// The properties of an object; `None` if it does not exist.
    #[must_use]
    pub fn stat(&self, bucket: &str, key: &str) -> Option<Stat> {
        let object = self.bucket(bucket, |bucket| bucket.object(key)).ok()?;
        Some(Stat::of(&object))
    }

    /// The keys of a bucket in byte order. Empty if there is no such bucket.
    #[must_use]
    pub fn keys(&self, bucket: &str) -> Vec<String> {
        self.bucket(bucket, |bucket| {
            let query = Query {
                only_objects: true,
                limit: usize::MAX,
                ..Query::default()
            };
            let listed = page::read(&bucket.versions, query).entries;
            Ok(listed.into_iter().map(|listed| listed.key).collect())
        })
        .unwrap_or_default()
    }

    /// Key and upload id of every multipart upload that is neither completed nor aborted.
    #[must_use]
    pub fn uploads(&self, bucket: &str) -> Vec<(String, String)> {
        self.bucket(bucket, |bucket| {
            Ok(bucket.uploads.keys().cloned().collect())
        })
        .unwrap_or_default()
    }

    /// A new upload id. The order of ids is that of age.
    pub(crate) fn next_upload_id(&self) -> String {
        format!(
            "{:016x}",
            self.shared.upload_ids.fetch_add(1, Ordering::Relaxed)
        )
    }

    /// Reads a bucket. Returns NoSuchBucket if it does not exist.
    pub(crate) fn bucket<R>(
        &self,
        bucket: &str,
        look: impl FnOnce(&Bucket) -> S3Result<R>,
    ) -> S3Result<R> {
        let buckets = self
            .shared
            .buckets
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        look(buckets.get(bucket).ok_or_else(no_such_bucket)?)
    }

    /// Changes a bucket while nobody else has access. Returns NoSuchBucket if it does not exist.
    pub(crate) fn change<R>(
        &self,
        bucket: &str,
        change: impl FnOnce(&mut Bucket) -> S3Result<R>,
    ) -> S3Result<R> {
        self.all(|buckets| change(buckets.get_mut(bucket).ok_or_else(no_such_bucket)?))
    }

    /// Changes the buckets while nobody else has access.
    pub(crate) fn all<R>(&self, change: impl FnOnce(&mut BTreeMap<String, Bucket>) -> R) -> R {
        change(
            &mut self
                .shared
                .buckets
                .write()
                .unwrap_or_else(PoisonError::into_inner),
        )
    }
}

/// A random-looking word for this number (splitmix64), the same on every machine.
fn scattered(number: u64) -> [u8; 8] {
    let mut word = number.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    word = (word ^ (word >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    word = (word ^ (word >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    (word ^ (word >> 31)).to_le_bytes()
}
