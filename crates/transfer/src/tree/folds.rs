//! Does this disk tell `A` from `a`? It is asked, not guessed from its name: the same system
//! mounts both kinds, and ext4 folds directory by directory.

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
    /// Which names the target's disk takes for the same. Found out by creating one file with a
    /// temp name of ours and looking it up under other spellings; it is removed at once. From
    /// then on [`Tree::folding_at`] knows of other disks, too.
    ///
    /// # Errors
    /// The file cannot be created, as nothing could be here: the disk is full or read-only.
    pub(crate) fn folds_names(&self) -> Result<Folding, TreeError> {
        self.ask_disk(&self.root)
    }

    /// Which names the disk of this path takes for the same: another one may be mounted below the
    /// target. Nothing is asked, and so no folding assumed, before [`Tree::folds_names`].
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
                // What is made later is on the disk of what is there.
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
        // Random, so that two runs at the same time ask about their own file.
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

/// The file under test, removed whatever happens.
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
            // A disk that cannot hold a spelling does not fold it either.
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
        // Left over it is harmless: a temp name is never uploaded or counted.
        let _ = unlinkat(self.dir.handle(), self.name, AtFlags::empty());
    }
}
