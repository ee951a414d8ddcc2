//! What to do with each object or file, in the order of the keys, for both directions.
//!
//! A plan is a stream of batches. `download` and `upload` look up each name of the source at the
//! target. Then `decide` chooses the step, without any I/O.

pub mod download;
mod merge;
pub(crate) mod reason;
pub(crate) mod upload;

use common::Result;
use futures_util::stream::{Stream, StreamExt as _};

use crate::item::Item;
use reason::Reason;

/// The end of the message for a file that is not replaced. Its path comes first.
pub(crate) const STAYS: &str = "already exists with different content";

/// How to treat files that the target already has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    /// `--force`: transfer everything.
    pub force: bool,
    /// The user gave attributes that no listing shows, so equal content is not enough.
    pub attributes: bool,
    /// Never replace a file. If the content is the same, this is not a failure.
    pub keep: bool,
}

/// A key of the source, and its counterpart at the target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Pair<S, T> {
    /// Both sides have it.
    Both(S, T),
    /// Only the source has it.
    OnlySource(S),
    /// The source has it. The listing of the target is not in order, so it cannot be used.
    Unlisted(S),
    /// The source has it. We have no permission to look at the target.
    Forbidden(S),
}

/// The kind of the entry at the target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TargetKind {
    /// A file or object of this many bytes.
    Bytes(u64),
    /// A directory.
    Directory,
    /// A symbolic link.
    Link,
    /// A socket, FIFO or device.
    Special,
}

/// A file or object that can be transferred.
pub trait Source {
    /// Its size.
    fn size_bytes(&self) -> u64;
}

/// An entry at the target.
pub(crate) trait Target {
    /// Its kind.
    fn kind(&self) -> TargetKind;
}

/// What to do about one key.
#[derive(Debug)]
pub enum Step<S, T> {
    /// Transfer it, for this reason.
    Transfer(S, Reason),
    /// The sizes agree: transfer it if the content differs.
    Compare(S, T),
    /// Ask the service what it has, then decide.
    Ask(S),
    /// Do not transfer it, for this reason.
    Refuse(S, &'static str),
    /// Do nothing: the result was known when it was planned.
    Known(Item),
}

/// Steps that were planned together.
#[derive(Debug)]
pub struct Batch<S> {
    /// The steps.
    pub steps: Vec<S>,
    /// The number of bytes to transfer or compare in all steps.
    pub bytes: u64,
    /// The number of names that the filters left out.
    pub(crate) left_out: u64,
}

impl<S> From<Vec<S>> for Batch<S> {
    fn from(steps: Vec<S>) -> Self {
        Self {
            steps,
            bytes: 0,
            left_out: 0,
        }
    }
}

/// The result of planning one name.
#[derive(Debug)]
pub(crate) enum Entry<S, T> {
    /// The source has it.
    Source(Pair<S, T>),
    /// Only the target has it.
    OnlyTarget(T),
    /// It is refused, or there is nothing to do.
    Known(Item),
    /// The filters left it out.
    LeftOut,
}

/// Chooses the step for this pair.
pub(crate) fn decide<S: Source, T: Target>(pair: Pair<S, T>, policy: Policy) -> Step<S, T> {
    match pair {
        Pair::Both(source, target) => match target.kind() {
            TargetKind::Directory => Step::Refuse(source, "a directory already has this name"),
            TargetKind::Link => Step::Refuse(source, "a symbolic link already has this name"),
            TargetKind::Special => Step::Refuse(source, "a special file already has this name"),
            TargetKind::Bytes(_) if policy.force => Step::Transfer(source, Reason::Forced),
            TargetKind::Bytes(_) if policy.attributes => Step::Transfer(source, Reason::Attributes),
            TargetKind::Bytes(size) if size == source.size_bytes() => Step::Compare(source, target),
            TargetKind::Bytes(_) if policy.keep => Step::Refuse(source, STAYS),
            TargetKind::Bytes(_) => Step::Transfer(source, Reason::OtherSize),
        },
        Pair::OnlySource(source) | Pair::Unlisted(source) | Pair::Forbidden(source)
            if policy.force =>
        {
            Step::Transfer(source, Reason::Forced)
        }
        Pair::OnlySource(source) => Step::Transfer(source, Reason::New),
        Pair::Unlisted(source) => Step::Ask(source),
        // A key that may not list may not ask about one object either.
        Pair::Forbidden(source) => Step::Transfer(source, Reason::Unseen),
    }
}

/// The steps for these entries.
pub(crate) fn batch<S: Source, T: Target>(
    entries: impl IntoIterator<Item = Entry<S, T>>,
    policy: Policy,
) -> Batch<Step<S, T>> {
    let mut batch = Batch::from(Vec::new());
    for entry in entries {
        let step = match entry {
            Entry::Source(pair) => Some(decide(pair, policy)),
            // A mirror would delete it.
            Entry::OnlyTarget(_) => None,
            Entry::Known(item) => Some(Step::Known(item)),
            Entry::LeftOut => {
                batch.left_out += 1;
                None
            }
        };
        if let Some(Step::Transfer(source, _) | Step::Compare(source, _) | Step::Ask(source)) =
            &step
        {
            batch.bytes += source.size_bytes();
        }
        batch.steps.extend(step);
    }
    batch
}

/// The plan that follows from what was found on both sides.
pub(crate) fn plan<S: Source, T: Target>(
    entries: impl Stream<Item = Result<Vec<Entry<S, T>>>> + Unpin,
    policy: Policy,
) -> impl Stream<Item = Result<Batch<Step<S, T>>>> + Unpin {
    entries.map(move |entries| entries.map(|entries| batch(entries, policy)))
}

#[cfg(test)]
mod tests;
