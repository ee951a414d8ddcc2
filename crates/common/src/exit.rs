//! Exit codes. Scripts rely on them, so changing one is a breaking change.

use std::process::ExitCode;

/// How a program ends; the more important ends come later.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exit {
    /// Everything succeeded, or there was nothing to do.
    #[default]
    Success,
    /// The run finished, but some objects failed or were refused; each was named.
    SomeFailed,
    /// Wrong command line.
    Usage,
    /// Settings are missing, unreadable, contradictory or wrong for this endpoint. No object was
    /// touched.
    Settings,
    /// The requested bucket, key or directory does not exist.
    NotThere,
    /// Access refused.
    Denied,
    /// The service or network gave up after all attempts.
    Unavailable,
    /// The local disk is full or not writable.
    Disk,
    /// A check found damaged data.
    Damaged,
    /// An internal error.
    Bug,
    /// Ended by this signal (1 SIGHUP, 2 SIGINT, 15 SIGTERM).
    Signal(i32),
}

/// The table in `--help`.
pub const EXIT_CODES: &str = "\
EXIT CODES:
    0    everything asked for is true now, also when there was nothing to do
    1    the run came to its end and named what failed or was refused
    2    wrong command line
    3    settings missing, unreadable, contradictory or wrong for this endpoint
    4    the bucket, key or directory asked for is not there
    5    access refused
    6    a check found damaged data
    7    the service or network gave up after all attempts
    8    local disk full or not writable
    70   internal error; please report it
    129, 130, 143  interrupted";

impl Exit {
    /// The number that the shell gets.
    pub fn code(self) -> u8 {
        match self {
            Self::Success => 0,
            Self::SomeFailed => 1,
            Self::Usage => 2,
            Self::Settings => 3,
            Self::NotThere => 4,
            Self::Denied => 5,
            Self::Damaged => 6,
            Self::Unavailable => 7,
            Self::Disk => 8,
            Self::Bug => 70,
            Self::Signal(signal) => 128_u8.saturating_add(u8::try_from(signal).unwrap_or(127)),
        }
    }

    /// The name of this end in JSON, where S3 has no code.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Success => "Success",
            Self::SomeFailed => "Failed",
            Self::Usage => "Usage",
            Self::Settings => "Settings",
            Self::NotThere => "NotThere",
            Self::Denied => "Denied",
            Self::Damaged => "Damaged",
            Self::Unavailable => "Unavailable",
            Self::Disk => "Disk",
            Self::Bug => "InternalError",
            Self::Signal(_) => "Interrupted",
        }
    }

    /// The more important of two exit codes.
    pub fn worse(self, other: Self) -> Self {
        self.max(other)
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

/// The result of a finished run.
pub trait Outcome {
    /// The exit code.
    fn exit(&self) -> Exit;
}

impl Outcome for Exit {
    fn exit(&self) -> Exit {
        *self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signal_outranks_damage_and_damage_outranks_everything_else() {
        let order = [
            Exit::Signal(2),
            Exit::Damaged,
            Exit::Disk,
            Exit::Unavailable,
            Exit::Denied,
            Exit::NotThere,
            Exit::Settings,
            Exit::SomeFailed,
            Exit::Success,
        ];
        for pair in order.windows(2) {
            assert_eq!(pair[1].worse(pair[0]), pair[0]);
            assert_eq!(pair[0].worse(pair[1]), pair[0]);
        }
    }

    #[test]
    fn signals_end_with_128_plus_their_number() {
        assert_eq!(Exit::Signal(1).code(), 129);
        assert_eq!(Exit::Signal(2).code(), 130);
        assert_eq!(Exit::Signal(15).code(), 143);
    }
}
