//! Compares a file with the object of its key.

use common::{Error, Kind, Result};
use s3_client::operations::{ListedObject, ObjectInfo};

use super::source::Source;
use super::{Outgoing, SendError, Upload};
use crate::compare::{Content, expectation, with_part_size};
use crate::limits::READING_BYTES;
use crate::meter::Meter;
use crate::proof::{Expected, Verifier, best_proof};

impl Upload {
    /// Reads the file and compares its sum with the one in the listing. A listing does not tell
    /// whether an ETag is a sum at all (with KMS it is not), so HEAD has to confirm a difference.
    pub(super) async fn compare(&self, file: &Outgoing, object: &ListedObject) -> Result<Content> {
        let stored = self.object(&file.key);
        let expected = expectation(object, &stored)
            .await
            .map_err(|failure| self.engine.at.error("look at", &file.key, failure))?;
        let content = self
            .hold_against(file, object.size, expected.clone())
            .await?;
        if content != Content::Differs {
            return Ok(content);
        }
        match stored.head().await {
            Ok(info) if best_proof(&info).name() != expected.name() => {
                self.compare_with(file, &info).await
            }
            _ => Ok(content),
        }
    }

    /// The same, with all that HEAD says.
    pub(super) async fn compare_with(
        &self,
        file: &Outgoing,
        object: &ObjectInfo,
    ) -> Result<Content> {
        let expected = with_part_size(best_proof(object), &self.object(&file.key)).await;
        self.hold_against(file, object.size, expected).await
    }

    async fn hold_against(
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
                &self.engine.buffers,
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
            // It is being written to: sending it will find out whether that ends.
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
