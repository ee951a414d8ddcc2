//! The state of a file on the disk.

use jiff::Timestamp;
use rustix::fs::{FileType, Mode, RawMode, Stat, Timespec, Timestamps, UTIME_OMIT};

/// The kind of a file; links are not followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    /// A regular file.
    File,
    /// A directory.
    Directory,
    /// A symbolic link.
    Symlink,
    /// A FIFO, socket or device. Never opened.
    Special,
}

/// The attributes that change when a file changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileState {
    /// Its kind.
    pub kind: FileKind,
    /// Length in bytes.
    pub size: u64,
    /// Last change of the content, nanoseconds since 1970.
    pub mtime_ns: i64,
    /// Last change of content or attributes, nanoseconds since 1970.
    pub ctime_ns: i64,
    /// The device it is on.
    pub dev: u64,
    /// Its inode number.
    pub ino: u64,
    /// Permission bits, without the file type.
    pub mode: u32,
}

impl FileState {
    // The types of these fields differ between systems: a cast that does nothing here is needed
    // elsewhere.
    #[allow(
        clippy::unnecessary_cast,
        reason = "the field types are those of the platform"
    )]
    pub(crate) fn from_stat(stat: &Stat) -> Self {
        let kind = match FileType::from_raw_mode(stat.st_mode) {
            FileType::RegularFile => FileKind::File,
            FileType::Directory => FileKind::Directory,
            FileType::Symlink => FileKind::Symlink,
            _ => FileKind::Special,
        };
        Self {
            kind,
            size: u64::try_from(stat.st_size).unwrap_or(0),
            mtime_ns: nanoseconds(stat.st_mtime as i64, stat.st_mtime_nsec as i64),
            ctime_ns: nanoseconds(stat.st_ctime as i64, stat.st_ctime_nsec as i64),
            dev: stat.st_dev as u64,
            ino: stat.st_ino as u64,
            mode: stat.st_mode as u32 & 0o7777,
        }
    }

    /// When the content was last changed.
    pub(crate) fn modified(&self) -> Option<Timestamp> {
        Timestamp::from_nanosecond(self.mtime_ns.into()).ok()
    }
}

/// A file system can hold times before 1677 and after 2262; they are cut to these limits.
fn nanoseconds(seconds: i64, rest: i64) -> i64 {
    seconds.saturating_mul(1_000_000_000).saturating_add(rest)
}

/// Whether both are the same file; its content may have changed.
pub(super) fn is_same(one: &Stat, other: &Stat) -> bool {
    (one.st_dev, one.st_ino) == (other.st_dev, other.st_ino)
}

pub(super) fn mode_bits(mode: u32) -> Mode {
    // The type is smaller on macOS, where 12 bits fit too.
    Mode::from_raw_mode(mode as RawMode)
}

/// Sets only the modification time. Before 1970 the seconds are rounded down, so that nanoseconds
/// still count upwards.
pub(super) fn modified_at(mtime: Timestamp) -> Timestamps {
    let seconds = mtime.as_nanosecond().div_euclid(1_000_000_000);
    let rest = mtime.as_nanosecond().rem_euclid(1_000_000_000);
    let unchanged = Timespec {
        tv_sec: 0,
        tv_nsec: UTIME_OMIT,
    };
    Timestamps {
        last_access: unchanged,
        last_modification: Timespec {
            tv_sec: seconds.try_into().unwrap_or_default(),
            tv_nsec: rest.try_into().unwrap_or_default(),
        },
    }
}
