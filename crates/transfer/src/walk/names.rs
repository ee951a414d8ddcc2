//! The names in one directory, in little memory: a directory may hold millions of names, and a
//! separate path for each would need most of the memory.

use std::ffi::{CStr, OsStr};
use std::fs::FileType;
use std::os::unix::ffi::OsStrExt;

use super::order::compare;

/// The kind of a name when its directory was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    File,
    Directory,
    /// A link that sorts by its bare name.
    Link,
    /// A link that is followed, and so sorts like the directory that it points to.
    LinkToDirectory,
    /// It has no content to send.
    Other,
}

impl Kind {
    pub(super) fn of(found: FileType) -> Self {
        if found.is_dir() {
            Self::Directory
        } else if found.is_file() {
            Self::File
        } else if found.is_symlink() {
            Self::Link
        } else {
            Self::Other
        }
    }

    fn byte(self) -> u8 {
        match self {
            Self::File => b'f',
            Self::Directory => b'd',
            Self::Link => b'l',
            Self::LinkToDirectory => b'L',
            Self::Other => b'o',
        }
    }

    fn from_byte(byte: u8) -> Self {
        match byte {
            b'f' => Self::File,
            b'd' => Self::Directory,
            b'l' => Self::Link,
            b'L' => Self::LinkToDirectory,
            _ => Self::Other,
        }
    }

    fn sorts_as_directory(self) -> bool {
        matches!(self, Self::Directory | Self::LinkToDirectory)
    }
}

/// Collects names, sorts them once, and then returns them one by one.
#[derive(Debug, Default)]
pub(super) struct Names {
    /// For each name: a byte for its kind, the name, and a NUL, which no name can contain.
    arena: Vec<u8>,
    /// Where in the arena each name starts.
    starts: Vec<usize>,
}

impl Names {
    pub(super) fn push(&mut self, kind: Kind, name: &OsStr) {
        self.starts.push(self.arena.len());
        self.arena.push(kind.byte());
        self.arena.extend_from_slice(name.as_bytes());
        self.arena.push(0);
    }

    /// Sorts the names in the order of their keys, and frees unused memory.
    pub(super) fn sort(&mut self) {
        self.arena.shrink_to_fit();
        self.starts.shrink_to_fit();
        let arena = &self.arena;
        let key = |start| {
            let found = entry(arena, start);
            found.map_or((OsStr::new(""), false), |(kind, name)| {
                (name, kind.sorts_as_directory())
            })
        };
        // In reverse, because names are taken from the end. An unstable sort is enough, since names
        // in a directory are unique; a stable one would need more memory.
        self.starts.sort_unstable_by(|&one, &other| {
            let ((one, one_is_dir), (other, other_is_dir)) = (key(one), key(other));
            compare(other, other_is_dir, one, one_is_dir)
        });
    }

    /// Takes the next name.
    pub(super) fn next(&mut self) -> Option<(Kind, &OsStr)> {
        let start = self.starts.pop()?;
        entry(&self.arena, start)
    }
}

fn entry(arena: &[u8], start: usize) -> Option<(Kind, &OsStr)> {
    let (&kind, rest) = arena.get(start..)?.split_first()?;
    let name = CStr::from_bytes_until_nul(rest).ok()?;
    Some((Kind::from_byte(kind), OsStr::from_bytes(name.to_bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_takes_little_more_than_its_bytes() {
        let mut names = Names::default();
        for number in 0..100_000 {
            names.push(Kind::File, OsStr::new(&format!("file-{number:011}")));
        }
        names.sort();
        let held = names.arena.capacity() + names.starts.capacity() * size_of::<usize>();
        assert!(held < 100_000 * 40, "{held}");
        assert!(held <= 100_000 * (16 + 2 + size_of::<usize>()), "{held}");
    }

    #[test]
    fn names_come_in_order_with_their_kinds() {
        let pushed = [
            (Kind::File, "a0"),
            (Kind::LinkToDirectory, "a"),
            (Kind::Other, "a."),
            (Kind::Directory, "b"),
            (Kind::Link, "a-"),
        ];
        let mut names = Names::default();
        for (kind, name) in pushed {
            names.push(kind, OsStr::new(name));
        }
        names.sort();
        for (kind, name) in [pushed[4], pushed[2], pushed[1], pushed[0], pushed[3]] {
            assert_eq!(names.next(), Some((kind, OsStr::new(name))));
        }
        assert_eq!(names.next(), None);
    }
}
