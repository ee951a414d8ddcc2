//! Capabilities as data: the question, the behaviour of AWS, and the consequences for the programs.

use futures_util::future::BoxFuture;

use crate::bucket::TestBucket;
use crate::finding::{Finding, ProbeResult, Verdict};

/// Sends requests to the bucket and judges the responses.
type Probe = for<'a> fn(&'a TestBucket) -> BoxFuture<'a, ProbeResult>;

/// One thing that an endpoint can or cannot do.
#[derive(Debug)]
pub struct Capability {
    /// Its name in `--json` and in `SERVERS.md`. It never changes.
    pub name: &'static str,
    /// The question, for people.
    pub title: &'static str,
    /// The behaviour of AWS.
    pub aws: &'static str,
    /// Whether the programs cannot be used without it.
    pub(crate) essential: bool,
    /// What the programs do if it is as on AWS, and if it is not.
    if_yes: &'static str,
    if_not: &'static str,
    probe: Probe,
}

impl Capability {
    pub(crate) const fn new(
        name: &'static str,
        title: &'static str,
        aws: &'static str,
        if_yes: &'static str,
        if_not: &'static str,
        probe: Probe,
    ) -> Self {
        Self {
            name,
            title,
            aws,
            essential: false,
            if_yes,
            if_not,
            probe,
        }
    }

    pub(crate) const fn essential(mut self) -> Self {
        self.essential = true;
        self
    }

    pub(crate) async fn find_out(&self, bucket: &TestBucket) -> Finding {
        (self.probe)(bucket).await.unwrap_or_else(|ended| ended)
    }

    /// What the finding means for the programs.
    pub fn meaning(&self, finding: &Finding) -> &'static str {
        match finding.verdict {
            Verdict::Yes => self.if_yes,
            Verdict::No | Verdict::Differs | Verdict::Refused => self.if_not,
            Verdict::Unknown => "run the check again to find out",
        }
    }
}

/// Capabilities that belong together.
#[derive(Debug)]
pub struct Group {
    /// Its name in the table.
    pub title: &'static str,
    /// The capabilities, in the order of the table.
    pub capabilities: &'static [Capability],
    /// The probes of this group change the behaviour of the whole bucket. They run one by one,
    /// after all others.
    pub(crate) changes_the_bucket: bool,
}

impl Group {
    pub(crate) const fn new(title: &'static str, capabilities: &'static [Capability]) -> Self {
        Self {
            title,
            capabilities,
            changes_the_bucket: false,
        }
    }
}
