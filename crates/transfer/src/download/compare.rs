//! Compares the file that is there with the object.

use std::io::Read as _;

use common::{Error, Result};

use super::{Download, Wanted};
use crate::blocking::blocking;
use crate::compare::{Content, expectation};
use crate::proof::{Expected, Verifier};
use crate::tree::Create;

/// How much is read at a time.
const CHUNK_BYTES: usize = 256 * 1024;

impl Download {
    /// Reads the file that stands in the object's place, and sums it up.
    pub(super) async fn compare(&self, wanted: &Wanted) -> Result<Content> {
        let expected = expectation(&wanted.object, &self.inquiry(wanted))
            .await
            .map_err(|failure| {
                failure.into_error("look at", self.subject(wanted), &self.context)
            })?;
        if expected == Expected::Nothing {
            return Ok(Content::Unknown);
        }
        let (tree, target, path) = (
            self.tree()?,
            wanted.target.clone(),
            self.shown(&wanted.target),
        );
        let shown = path.clone();
        // One of the run's requests: so many files are read at a time as objects are fetched.
        let _permit = self.room.request().await;
        blocking(&shown, move || {
            let failed = |error: std::io::Error| Error::io("read", &path, &error);
            let opened = tree
                .parent_of(&target, Create::No)
                .and_then(|dir| dir.open_file(target.name()));
            let (mut file, _) = opened.map_err(|error| error.into_error("read", &path))?;
            let mut verifier = Verifier::new(expected);
            let mut buffer = vec![0; CHUNK_BYTES];
            loop {
                match file.read(&mut buffer).map_err(failed)? {
                    0 => return Ok(verifier.finish().into()),
                    length => verifier.update(buffer.get(..length).unwrap_or_default()),
                }
            }
        })
        .await?
    }
}
