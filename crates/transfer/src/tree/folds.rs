//! Finds out whether this disk distinguishes `A` from `a`. The name of the file system does not
//! tell: the same system mounts both kinds, and in ext4 each directory has its own setting.

use std::collections::HashMap;
use std::sync::{MutexGuard, PoisonError};

use rustix::fs::{AtFlags, Mode, OFlags, openat, unlinkat};
use rustix::io::Errno;

use super::{Create, Dir, Tree, TreeError};
use crate::keypath::{Folding, RelativePath, TempTag, fits_beside};

/// The letter e with an acute accent, as one character and as two.
const COMPOSED: &str = "Fold-\u{e9}";
const DECOMPOSED: &str = "Fold-e\u{301}";
const LOWER: &str = "fold-\u{e9}";

impl Tree {
    /// Finds out which names the target's disk treats as equal: creates a temp file, looks it up
    /// under other spellings, and removes it. After this, [`Tree::folding_at`] checks other disks
    /// too.
    ///
    /// # Errors
    /// The file cannot be created: the disk is full or read-only, so no download would work either.
    pub(crate) fn folds_names(&self) -> Result<Folding, TreeError> {
        self.ask_disk(&self.root)
    }

    /// Which names the disk of this path treats as equal: another disk may be mounted below the
    /// target. Before [`Tree::folds_names`] was called, all names count as different.
    ///
    /// # Errors
    /// As [`Tree::dir`], and as [`Tree::folds_names`].
    pub(crate) fn folding_at(&self, path: &RelativePath) -> Result<Folding, TreeError> {
        if self.foldings().is_empty() {
            return Ok(Folding::default());
        }
        let mut above = path.parent_str();
        loop {
            match self.descend(above, Create::No) {
                Ok(dir) => return self.ask_disk(&dir),
                // A directory that does not exist yet will be on the disk of the directory above
                // it.
                Err(TreeError::Missing(_)) => {
                    above = above.rsplit_once('/').map_or("", |(above, _)| above);
                }
                Err(error) => return Err(error),
            }
        }
    }

    fn ask_disk(&self, dir: &Dir) -> Result<Folding, TreeError> {
        let disk = dir.disk()?;
        let known = self.foldings().get(&disk).copied();
        if let Some(folding) = known {
            return Ok(folding);
        }
        // Random, so that two runs at the same time use different files.
        let tag = TempTag::random();
        let spelled = |name| fits_beside(name, tag, dir.name_max());
        let created = spelled(COMPOSED);
        let probe = Probe::create(dir, &created)?;
        let found = |name| probe.is_found_as(&spelled(name));
        let folding = Folding {
            case: found(LOWER)?,
            form: found(DECOMPOSED)?,
        };
        self.foldings().insert(disk, folding);
        Ok(folding)
    }

    fn foldings(&self) -> MutexGuard<'_, HashMap<u64, Folding>> {
        self.foldings.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The test file. It is removed in any case.
struct Probe<'a> {
    dir: &'a Dir,
    name: &'a str,
}

impl<'a> Probe<'a> {
    fn create(dir: &'a Dir, name: &'a str) -> Result<Self, TreeError> {
        let flags =
            OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        match openat(dir.handle(), name, flags, Mode::RUSR | Mode::WUSR) {
            Ok(_) => Ok(Self { dir, name }),
            Err(errno) => Err(TreeError::io("write into", dir.path(), errno)),
        }
    }

    fn is_found_as(&self, name: &str) -> Result<bool, TreeError> {
        match self.dir.stat(name) {
            Ok(state) => Ok(state.is_some()),
            // A disk that cannot store a spelling does not treat it as equal.
            Err(TreeError::Io { source, .. })
                if source.raw_os_error() == Some(Errno::ILSEQ.raw_os_error()) =>
            {
                Ok(false)
            }
            Err(error) => Err(error),
        }
    }
}

impl Drop for Probe<'_> {
    fn drop(&mut self) {
        // A leftover is harmless: a file with a temp name is never uploaded or counted.
        let _ = unlinkat(self.dir.handle(), self.name, AtFlags::empty());
    }
}
