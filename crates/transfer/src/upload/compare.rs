//! Compares a file with the object that has its key.

use common::{Error, Kind, Result};
use s3_client::operations::{ListedObject, ObjectInfo};

use super::source::Source;
use super::{Outgoing, SendError, Upload};
use crate::compare::{Content, compare, with_part_size};
use crate::limits::READING_BYTES;
use crate::meter::Meter;
use crate::proof::{Expected, Verifier, best_proof};

impl Upload {
    /// Whether the object has the content of the file.
    pub(super) async fn compare(&self, file: &Outgoing, object: &ListedObject) -> Result<Content> {
        let read = |expected| self.compare_sum(file, object.size, expected);
        let (content, _) = compare(&self.object(&file.key), object, false, read).await?;
        Ok(content)
    }

    /// The same, with the metadata from HEAD.
    pub(super) async fn compare_with(
        &self,
        file: &Outgoing,
        object: &ObjectInfo,
    ) -> Result<Content> {
        let expected = with_part_size(best_proof(object), &self.object(&file.key)).await;
        self.compare_sum(file, object.size, expected).await
    }

    async fn compare_sum(
        &self,
        file: &Outgoing,
        size_bytes: u64,
        expected: Expected,
    ) -> Result<Content> {
        if expected == Expected::Nothing {
            return Ok(Content::Unknown);
        }
        let source = Source::open(file).await?;
        if source.size_bytes() != size_bytes {
            return Ok(Content::Differs);
        }
        let _held = self.engine.memory.bytes(READING_BYTES).await;
        let meter = Meter::comparing(&self.engine.monitor);
        let reading = meter.clone();
        let read = source
            .read_all(
                self.engine.at.client.buffers(),
                Verifier::new(expected, &self.engine.lanes),
                move |verifier, chunk| {
                    reading.add(chunk.len() as u64);
                    verifier.update(&[chunk]);
                },
            )
            .await;
        meter.take_back();
        match read {
            Ok(verifier) => Ok(verifier.finish().into()),
            // Somebody is writing to the file. Sending it will show whether that ends.
            Err(SendError::Changed { .. }) => Ok(Content::Differs),
            Err(SendError::Local(error)) => Err(error),
            Err(SendError::Failed(_)) => Err(Error::new(
                Kind::Bug,
                "compare",
                &file.shown,
                "a file failed like a request",
            )),
        }
    }
}
