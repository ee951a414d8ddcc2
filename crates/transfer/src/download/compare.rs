//! Compares the file that is there with the object.

use common::{Error, Result};

use super::{Download, Incoming};
use crate::blocking::blocking;
use crate::compare::{Content, compare, has_unequal_parts};
use crate::limits::READING_BYTES;
use crate::meter::Meter;
use crate::proof::{Expected, Verifier};
use crate::tree::Create;

impl Download {
    /// Whether the existing file has the content of the object.
    pub(super) async fn compare(&self, incoming: &Incoming) -> Result<Content> {
        let object = self.object(incoming);
        let keeps = self.engine.policy.keep;
        let read = |expected| self.compare_with(incoming, expected);
        let (content, best) = compare(&object, &incoming.object, keeps, read).await?;
        match best {
            Expected::Parts { guessed, .. } if content == Content::Differs => {
                // A sum over parts that are not where it is believed proves nothing.
                let unknown = guessed || keeps && has_unequal_parts(&object).await;
                Ok(if unknown { Content::Unknown } else { content })
            }
            _ => Ok(content),
        }
    }

    /// Reads the file and compares its sum with this one.
    async fn compare_with(&self, incoming: &Incoming, expected: Expected) -> Result<Content> {
        if expected == Expected::Nothing {
            return Ok(Content::Unknown);
        }
        let (tree, target, path) = (
            self.tree()?,
            incoming.target.clone(),
            self.shown(&incoming.target),
        );
        let shown = path.clone();
        let (mut verifier, buffers) = (
            Verifier::new(expected, &self.engine.lanes),
            self.engine.at.client.buffers().clone(),
        );
        let meter = Meter::comparing(&self.engine.monitor);
        let reading = meter.clone();
        let _held = self.engine.memory.bytes(READING_BYTES).await;
        let content = blocking(&shown, move || {
            let failed = |error: std::io::Error| Error::io("read", &path, &error);
            let opened = tree
                .parent_of(&target, Create::No)
                .and_then(|dir| dir.open_file(target.name()));
            let (file, _) = opened.map_err(|error| error.into_error("read", &path))?;
            let mut at = 0;
            loop {
                let mut buffer = buffers.take(u64::MAX);
                buffer.read_at(&file, at).map_err(failed)?;
                let length = buffer.as_ref().len() as u64;
                if length == 0 {
                    return Ok(verifier.finish().into());
                }
                verifier.update(&[buffer.freeze()]);
                reading.add(length);
                at += length;
            }
        });
        let content = content.await;
        meter.take_back();
        content?
    }
}
