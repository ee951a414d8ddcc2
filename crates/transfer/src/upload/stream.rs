//! Sends bytes that can be read only once, such as standard input. Nobody knows how many come.
//!
//! Each part is copied before it is sent, so that it can be sent again: into memory, or a large one
//! into a temporary file without a name. A stream that ends within the first part is one PUT.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use common::{Error, Kind, Result};
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use tokio_util::sync::CancellationToken;

use super::source::Source;
use super::sums::SentParts;
use super::{Outgoing, SendError, Sent, Upload};
use crate::blocking::blocking;
use crate::execute::Worker;
use crate::item::{Item, Status, Verb};
use crate::parts::{self, Parts};
use crate::plan::reason::Reason;
use crate::walk::Links;

/// How the stream is named in messages.
const SHOWN: &str = "standard input";

/// The parts under way. Each is held in memory, beside the one that is being read.
const PARTS_AHEAD: usize = 4;

/// The largest part that is copied into memory, in bytes.
const IN_MEMORY_BYTES: u64 = parts::DEFAULT_PART_SIZE;

/// What is read.
pub type Input = Box<dyn Read + Send>;

/// An upload of one stream.
pub(super) struct Stream {
    pub(super) upload: Upload,
    /// The key of the object.
    pub(super) key: String,
    /// Where large parts are copied.
    pub(super) temp_directory: PathBuf,
}

impl Worker for Stream {
    type Step = Input;

    async fn perform(&self, input: Input, stop: &CancellationToken) -> Option<Item> {
        stop.run_until_cancelled(self.send_or_pretend(input)).await
    }

    fn clean_up(&self, in_time: bool) {
        self.upload.clean_up(in_time);
    }
}

impl Stream {
    async fn send_or_pretend(&self, input: Input) -> Item {
        let file = Outgoing {
            local: None,
            links: Links::Follow,
            shown: SHOWN.to_owned(),
            key: self.key.clone(),
            size_bytes: 0,
        };
        let item = self.upload.item(Status::Would(Verb::Upload), &file);
        if self.upload.engine.dry_run {
            return item;
        }
        let error = match self.send(&file, input).await {
            Ok(sent) => return self.upload.sent(item, &file, sent),
            Err(SendError::Local(error)) => error,
            Err(SendError::Failed(failure)) => self.upload.failed(&file, failure),
            Err(SendError::Changed { .. }) => Error::new(
                Kind::Failed,
                "upload",
                SHOWN,
                "the copy of a part was changed",
            ),
        };
        item.with_error(Status::Failed, error)
    }

    async fn send(&self, file: &Outgoing, input: Input) -> Result<Sent, SendError> {
        let (first, rest) = self.next_part(Reading::begin(input)).await?;
        if rest.is_at_end {
            let body = first.body(&(0..first.size_bytes()));
            let payload = self.upload.payload(&first, body).await?;
            return self.upload.put(file, &first, payload, Reason::Forced).await;
        }
        let unfinished = self.upload.begin(file).await?;
        let upload_id = unfinished.upload_id.as_str();
        let part_size = first.size_bytes();
        let sources = stream::try_unfold((Some(first), rest), |(first, rest)| async {
            let (part, rest) = match first {
                Some(first) => (first, rest),
                None if rest.is_at_end => return Ok(None),
                None => self.next_part(rest).await?,
            };
            Ok::<_, SendError>((part.size_bytes() > 0).then_some((part, (None, rest))))
        });
        let mut number = 0;
        let mut parts: Vec<_> = sources
            .boxed()
            .map_ok(|part| {
                number += 1;
                async move {
                    let range = 0..part.size_bytes();
                    let length = range.end;
                    let sent = self.upload.send_part(file, &part, upload_id, number, range);
                    Ok((sent.await?, length))
                }
            })
            .try_buffer_unordered(PARTS_AHEAD)
            .try_collect()
            .await?;
        parts.sort_unstable_by_key(|(part, _)| part.number);
        let size_bytes = parts.iter().map(|(_, length)| length).sum();
        let sent = SentParts {
            shape: Parts::new(size_bytes, part_size),
            parts: parts.into_iter().map(|(part, _)| part).collect(),
        };
        let completed = self
            .upload
            .complete(file, size_bytes, upload_id, &sent, Reason::Forced)
            .await?;
        unfinished.finished();
        // Parts of unequal size have no sum over all, but each was checked.
        let of_parts = sent.parts.iter().map(|part| part.proof).min().flatten();
        Ok(Sent {
            proof: completed.proof.or(of_parts),
            ..completed
        })
    }

    /// A copy of the next part, and what is left to read.
    async fn next_part(&self, reading: Reading) -> Result<(Source, Reading), SendError> {
        let service = self.upload.engine.at.client.quirks();
        let asked = self.upload.engine.part_bytes;
        let most = parts::of_stream(reading.parts, asked, &service);
        let directory = self.temp_directory.clone();
        let (source, reading) = blocking(SHOWN, move || reading.copy(most, &directory)).await??;
        let too_many = reading.parts > u64::from(service.max_parts) && source.size_bytes() > 0;
        if too_many || reading.bytes > service.max_object_bytes {
            let cause = "it is larger than an object can be here";
            return Err(Error::new(Kind::Failed, "upload", SHOWN, cause).into());
        }
        self.upload
            .engine
            .monitor
            .counts()
            .planned(0, source.size_bytes());
        Ok((source, reading))
    }
}

/// A stream as far as it was read.
struct Reading {
    input: Input,
    parts: u64,
    bytes: u64,
    is_at_end: bool,
}

impl Reading {
    fn begin(input: Input) -> Self {
        Self {
            input,
            parts: 0,
            bytes: 0,
            is_at_end: false,
        }
    }

    /// Copies at most this many bytes; fewer are left only at the end.
    fn copy(mut self, most: u64, directory: &Path) -> Result<(Source, Self)> {
        let mut copy = if most <= IN_MEMORY_BYTES {
            memory_file(directory)
        } else {
            tempfile::tempfile_in(directory)
        }
        .map_err(|error| not_kept(directory, &error))?;
        let mut buffer = vec![0; 256 * 1024];
        let mut copied = 0;
        while copied < most && !self.is_at_end {
            let wanted = usize::try_from(most - copied).unwrap_or(usize::MAX);
            let space = buffer.get_mut(..wanted.min(256 * 1024)).unwrap_or_default();
            let read = match self.input.read(space) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                read => read.map_err(|error| Error::io("read", SHOWN, &error))?,
            };
            self.is_at_end = read == 0;
            let bytes = space.get(..read).unwrap_or_default();
            io::Write::write_all(&mut copy, bytes).map_err(|error| not_kept(directory, &error))?;
            copied += read as u64;
        }
        self.parts += 1;
        self.bytes += copied;
        let source = Source::of_copy(copy, SHOWN).map_err(|error| not_kept(directory, &error))?;
        Ok((source, self))
    }
}

fn not_kept(directory: &Path, error: &io::Error) -> Error {
    let error = Error::io("write to", directory.display().to_string(), error);
    Error::new(
        error.kind(),
        "copy",
        SHOWN,
        format!("{}: {}", directory.display(), error.cause()),
    )
    .with_hint("large parts are copied there before they are sent; set TMPDIR to another directory")
}

#[cfg(target_os = "linux")]
fn memory_file(_: &Path) -> io::Result<File> {
    let file = rustix::fs::memfd_create("part", rustix::fs::MemfdFlags::CLOEXEC)?;
    Ok(file.into())
}

#[cfg(not(target_os = "linux"))]
fn memory_file(directory: &Path) -> io::Result<File> {
    tempfile::tempfile_in(directory)
}
