//! Sends a file in one request.

use common::http::Body;
use common::s3::put_object;
use common::sign::PayloadHash;

use super::source::Source;
use super::{IN_MEMORY_BYTES, Outgoing, Sent, Trouble, Upload};
use crate::meter::Meter;

impl Upload {
    /// One PUT: read once into memory if it fits its share, else read twice, to hash and to send.
    /// The service compares the signed SHA-256 with what arrives.
    pub(super) async fn put(&self, file: &Outgoing, source: Source) -> Result<Sent, Trouble> {
        let size_bytes = source.size_bytes();
        let _held = self.room.bytes(size_bytes.min(IN_MEMORY_BYTES)).await;
        let (body, hash) = match size_bytes {
            0 => (Body::Empty, PayloadHash::Empty),
            1..=IN_MEMORY_BYTES => {
                let (bytes, hash) = source.load(&self.buffers, 0, size_bytes).await?;
                (Body::Bytes(bytes), hash)
            }
            _ => {
                let hash = source.hash(0, size_bytes).await?;
                (
                    Body::File {
                        file: source.file(),
                        offset: 0,
                        len: size_bytes,
                    },
                    hash,
                )
            }
        };
        source.still_the_same().await?;
        let headers = self.headers(file);
        let meter = Meter::new(&self.monitor);
        let permit = self.room.request().await;
        let answer = self
            .client
            .retry(|| {
                put_object(
                    &self.client,
                    self.bucket.as_str(),
                    &file.key,
                    &headers,
                    body.clone(),
                    hash,
                    Some(meter.begin()),
                )
            })
            .await;
        drop(permit);
        match answer {
            Ok(answer) => Ok(Sent {
                size_bytes,
                etag: answer.etag,
                version_id: answer.version_id,
            }),
            Err(failure) => {
                meter.take_back();
                // A body that no longer has the hash it was signed with is a changed file, not a fault.
                source.still_the_same().await?;
                Err(Trouble::Failed(failure))
            }
        }
    }
}
