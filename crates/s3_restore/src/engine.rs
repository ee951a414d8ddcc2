//! The transfer engine, set up for restores.

use std::path::PathBuf;
use std::sync::Arc;

use common::{Error, Kind, Result};
use transfer::download::{Download, Mode};
use transfer::monitor::Monitor;
use transfer::plan::Policy;
use transfer::tree::{Create, Tree, TreeError};

use crate::store::Store;

/// How files come to the disk.
#[derive(Clone, Debug)]
pub(crate) struct Engine {
    /// `--force`.
    pub(crate) force: bool,
    /// Say what would be done, and do nothing.
    pub(crate) dry_run: bool,
    /// Check the content.
    pub(crate) verify: bool,
}

impl Engine {
    /// A file that is there stays, unless `--force` is given.
    pub(crate) fn policy(&self) -> Policy {
        Policy {
            force: self.force,
            attributes: false,
            keep: !self.force,
        }
    }

    /// Opens the directory, making it unless this is a dry run, which may do without.
    pub(crate) async fn open(
        &self,
        store: &Store,
        directory: PathBuf,
        shown: String,
        monitor: Arc<dyn Monitor>,
    ) -> Result<Download> {
        let dry_run = self.dry_run;
        let path = directory.display().to_string();
        let opened = tokio::task::spawn_blocking(move || open(&directory, dry_run)).await;
        let opened =
            opened.map_err(|error| Error::new(Kind::Bug, "open", &path, error.to_string()))?;
        let tree = match opened {
            Ok(tree) => Some(Arc::new(tree)),
            Err(TreeError::Missing(_)) if dry_run => None,
            Err(error) => {
                let error = error.into_error("write to", path);
                return Err(error.with_kind(Kind::Disk).stopping_the_run());
            }
        };
        Ok(Download {
            client: store.client.clone(),
            context: store.context.clone(),
            bucket: store.bucket.clone(),
            tree,
            shown_target: shown,
            customer_key: store.customer_key.clone(),
            verify: self.verify,
            mode: Mode::Restore {
                replace: self.force,
            },
            dry_run,
            room: store.room.clone(),
            monitor,
            lanes: Default::default(),
            buffers: Default::default(),
            at_work: Default::default(),
            ignores_ranges: Default::default(),
        })
    }
}

fn open(directory: &std::path::Path, dry_run: bool) -> Result<Tree, TreeError> {
    if dry_run {
        return Tree::open(directory, Create::No);
    }
    let tree = Tree::open(directory, Create::Yes)?;
    tree.folds_names()?;
    Ok(tree)
}
