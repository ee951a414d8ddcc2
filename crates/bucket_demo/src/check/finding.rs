//! What a probe found: a value, never a guess.

use std::collections::BTreeMap;
use std::fmt;

/// What was found, by the name of the capability.
pub(crate) type Measured = BTreeMap<&'static str, Found>;

/// What was found out about one capability.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// It is there, as on AWS; what was seen, if that is worth saying.
    Yes(String),
    /// It is not there, and the service does not say so.
    No(String),
    /// It is there, but works otherwise than on AWS.
    Differs(String),
    /// The service says that it does not offer this.
    Refused(Refusal),
    /// It could not be found out, and why.
    Unknown(String),
}

/// An error response, as far as it is the same on every run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Refusal {
    /// The HTTP status.
    pub(crate) status: u16,
    /// `<Code>`, if there was one.
    pub(crate) code: Option<String>,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.status)?;
        match &self.code {
            Some(code) => write!(f, " {code}"),
            None => Ok(()),
        }
    }
}

impl Found {
    /// As on AWS, and nothing more to say.
    pub(crate) fn yes() -> Self {
        Self::Yes(String::new())
    }

    /// Not there.
    pub(crate) fn no() -> Self {
        Self::No(String::new())
    }

    /// Works otherwise.
    pub(crate) fn differs(how: impl Into<String>) -> Self {
        Self::Differs(how.into())
    }

    /// Yes, or else what was seen instead.
    pub(crate) fn when(as_on_aws: bool, otherwise: impl Into<String>) -> Self {
        if as_on_aws {
            Self::yes()
        } else {
            Self::Differs(otherwise.into())
        }
    }

    /// Whether programs can rely on it.
    pub(crate) fn is_yes(&self) -> bool {
        matches!(self, Self::Yes(_))
    }

    /// One word: the contract of `--json`.
    pub(crate) fn word(&self) -> &'static str {
        match self {
            Self::Yes(_) => "yes",
            Self::No(_) => "no",
            Self::Differs(_) => "differs",
            Self::Refused(_) => "refused",
            Self::Unknown(_) => "unknown",
        }
    }

    /// What there is to say beside the word; may be empty.
    pub(crate) fn detail(&self) -> String {
        match self {
            Self::Yes(text) | Self::No(text) | Self::Differs(text) | Self::Unknown(text) => {
                text.clone()
            }
            Self::Refused(refusal) => refusal.to_string(),
        }
    }
}

/// As the table shows it: `yes: 403 SignatureDoesNotMatch`.
impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let detail = self.detail();
        f.write_str(self.word())?;
        if detail.is_empty() {
            return Ok(());
        }
        write!(f, ": {detail}")
    }
}

/// Why something could not be found out. Ends one probe, never the check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Unknown(pub(crate) String);

/// What a probe comes to.
pub(crate) type Probe<T = Found> = Result<T, Unknown>;

impl From<Probe> for Found {
    fn from(probe: Probe) -> Self {
        probe.unwrap_or_else(|Unknown(why)| Self::Unknown(why))
    }
}

/// The findings of one group, by the name of the capability.
#[derive(Debug, Default)]
pub(crate) struct Findings(pub(crate) Vec<(&'static str, Found)>);

impl Findings {
    /// Keeps what a probe came to.
    pub(crate) fn add(&mut self, capability: &'static str, probe: Probe) {
        self.0.push((capability, probe.into()));
    }
}
