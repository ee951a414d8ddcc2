//! The result of a probe. It is never a guess.

use std::fmt;

/// How the endpoint compares with AWS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// As on AWS.
    Yes,
    /// It does not work, although the service does not refuse it.
    No,
    /// It works differently.
    Differs,
    /// The service refuses it as not supported.
    Refused,
    /// The probe could not find out.
    Unknown,
}

impl Verdict {
    /// One word: the contract of `--json`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Yes => "yes",
            Self::No => "no",
            Self::Differs => "differs",
            Self::Refused => "refused",
            Self::Unknown => "unknown",
        }
    }
}

/// What was found out about one capability.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// How it compares with AWS.
    pub verdict: Verdict,
    /// What the service did; may be empty. The same in every run.
    pub detail: String,
}

impl Finding {
    pub(crate) fn new(verdict: Verdict, detail: impl Into<String>) -> Self {
        let detail = detail.into();
        Self { verdict, detail }
    }

    pub(crate) fn yes() -> Self {
        Self::new(Verdict::Yes, "")
    }

    pub(crate) fn no(detail: impl Into<String>) -> Self {
        Self::new(Verdict::No, detail)
    }

    pub(crate) fn differs(detail: impl Into<String>) -> Self {
        Self::new(Verdict::Differs, detail)
    }

    pub(crate) fn unknown(why: impl Into<String>) -> Self {
        Self::new(Verdict::Unknown, why)
    }

    /// `yes`, or what the service did instead.
    pub(crate) fn yes_if(as_on_aws: bool, instead: impl Into<String>) -> Self {
        if as_on_aws {
            Self::yes()
        } else {
            Self::differs(instead)
        }
    }

    /// Whether the programs can rely on it.
    pub fn is_yes(&self) -> bool {
        self.verdict == Verdict::Yes
    }
}

/// For example `yes: 403 SignatureDoesNotMatch`.
impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.verdict.word())?;
        if self.detail.is_empty() {
            return Ok(());
        }
        write!(f, ": {}", self.detail)
    }
}

/// The result of a probe or of a part of one. `Err` is a finding with which the probe ends early.
pub(crate) type ProbeResult<T = Finding> = Result<T, Finding>;
