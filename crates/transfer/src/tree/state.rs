//! What the disk says about a name.

use rustix::fs::{FileType, Stat};

/// What a name stands for; links are not followed.
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

/// Everything by which a file is recognised as unchanged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileState {
    /// What it is.
    pub kind: FileKind,
    /// Length in bytes.
    pub size: u64,
    /// Last change of the content, nanoseconds since 1970.
    pub mtime_ns: i64,
    /// Last change of content or attributes, nanoseconds since 1970.
    pub ctime_ns: i64,
    /// The device it is on.
    pub dev: u64,
    /// Its number there.
    pub ino: u64,
    /// Permission bits, without the file type.
    pub mode: u32,
}

impl FileState {
    // The types of these fields differ between systems; where a cast is none, it is needed elsewhere.
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
}

/// A file system can hold times beyond the years 1677 and 2262; they stop at the border.
fn nanoseconds(seconds: i64, rest: i64) -> i64 {
    seconds.saturating_mul(1_000_000_000).saturating_add(rest)
}
