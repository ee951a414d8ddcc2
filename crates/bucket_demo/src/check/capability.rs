//! What is asked about, as data: each group of probes brings its own table.

use std::pin::Pin;

use super::asker::Asker;
use super::finding::{Findings, Found};

/// One thing that an endpoint can or cannot do.
#[derive(Debug)]
pub(crate) struct Capability {
    /// Its name in `--json` and in `SERVERS.md`; never changes.
    pub(crate) name: &'static str,
    /// Its name in the table.
    pub(crate) title: &'static str,
    /// What AWS does.
    pub(crate) aws: &'static str,
    /// What our programs make of it where it is as on AWS.
    pub(crate) if_yes: &'static str,
    /// What our programs do where it is not.
    pub(crate) if_not: &'static str,
    /// Without it our programs cannot be used at all.
    pub(crate) essential: bool,
}

impl Capability {
    /// One of the many without which our programs still work.
    pub(crate) const fn new(
        name: &'static str,
        title: &'static str,
        aws: &'static str,
        if_yes: &'static str,
        if_not: &'static str,
    ) -> Self {
        Self {
            name,
            title,
            aws,
            if_yes,
            if_not,
            essential: false,
        }
    }

    /// The same, needed by all of our programs.
    pub(crate) const fn essential(mut self) -> Self {
        self.essential = true;
        self
    }

    /// What the finding means for our programs.
    pub(crate) fn meaning(&self, found: &Found) -> &'static str {
        match found {
            Found::Yes(_) => self.if_yes,
            Found::No(_) | Found::Differs(_) | Found::Refused(_) => self.if_not,
            Found::Unknown(_) => "run the check again to find out",
        }
    }
}

/// The probes of a group while they run.
pub(crate) type Probing = Pin<Box<dyn Future<Output = Findings> + Send>>;

/// Capabilities that are probed together.
#[derive(Clone, Copy)]
pub(crate) struct Group {
    /// Its name in the table.
    pub(crate) title: &'static str,
    /// What it finds out, in the order of the table.
    pub(crate) capabilities: &'static [Capability],
    /// Finds it out.
    pub(crate) probe: fn(Asker) -> Probing,
    /// When it runs.
    pub(crate) turn: Turn,
}

/// When a group is probed: what changes the bucket as a whole comes after everything else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Turn {
    /// Together with all others of this turn.
    Together,
    /// Alone, after those.
    Alone,
}
