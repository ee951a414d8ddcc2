//! The plan of a download: objects of a listing, each with the file of its name on the disk.
//!
//! The disk is asked about each object. Walking the target beside the listing would also read files
//! that are not in the listing, which only a mirror needs. One `stat` for each object costs no more
//! than walking a target that has just these files. It is also correct if a disk folds names, or if
//! a listing is out of order.

use std::sync::Arc;

use common::Result;
use futures_util::stream::{self, Stream, StreamExt as _};
use s3_client::operations::{ListPage, ListedObject};

use super::{Batch, Pair, TargetKind};
use crate::blocking::blocking;
use crate::download::{Download, Incoming, Step};
use crate::filter::Filters;
use crate::item::Status;
use crate::keypath::{
    AncestorGuard, FoldGuard, Folding, LocalPath, Refusal, RelativePath, local_path,
};
use crate::tree::{FileKind, FileState};

type Entry = super::Entry<Incoming, FileState>;

/// Objects that are planned together: a page of a listing, or those chosen from a page.
#[derive(Debug, Default)]
pub struct Chosen {
    /// Objects in byte order of their keys, each with its version if it is not the current one.
    pub objects: Vec<(ListedObject, Option<String>)>,
    /// Keys that are not UTF-8, percent-encoded. They are refused.
    pub unreadable: Vec<String>,
}

impl From<ListPage> for Chosen {
    fn from(page: ListPage) -> Self {
        let objects = page.objects.into_iter().map(|object| (object, None));
        Self {
            objects: objects.collect(),
            unreadable: page.unreadable,
        }
    }
}

impl super::Source for Incoming {
    fn size_bytes(&self) -> u64 {
        self.object.size
    }
}

impl super::Target for FileState {
    fn kind(&self) -> TargetKind {
        match self.kind {
            FileKind::File => TargetKind::Bytes(self.size),
            FileKind::Directory => TargetKind::Directory,
            FileKind::Symlink => TargetKind::Link,
            FileKind::Special => TargetKind::Special,
        }
    }
}

/// Converts keys to paths, and asks the disk about them.
pub struct Planner {
    download: Arc<Download>,
    /// The number of bytes of each key before its path below the target.
    stripped_bytes: usize,
    /// The filters for paths.
    filters: Filters,
    ancestors: AncestorGuard,
    folds: FoldGuard,
    /// The directory of the last path, and how its disk folds names.
    last_folding: Option<(String, Folding)>,
}

impl Planner {
    /// A planner at the start of a run.
    pub fn new(download: &Arc<Download>, stripped_bytes: usize, filters: Filters) -> Self {
        Self {
            download: Arc::clone(download),
            stripped_bytes,
            filters,
            ancestors: AncestorGuard::default(),
            folds: FoldGuard::default(),
            last_folding: None,
        }
    }

    /// The plan for a listing, with a batch for each page.
    pub fn plan<P: Into<Chosen> + Send + 'static>(
        self,
        pages: impl Stream<Item = Result<P>> + Send + Unpin,
    ) -> impl Stream<Item = Result<Batch<Step>>> + Send + Unpin {
        let policy = self.download.engine.policy;
        let state = (pages, Some(self));
        let entries = stream::unfold(state, |(mut pages, planner)| async move {
            let mut planner = planner?;
            let page = match pages.next().await? {
                Ok(page) => page,
                Err(error) => return Some((Err(error), (pages, None))),
            };
            let planned = blocking("the plan", move || (planner.page(page.into()), planner));
            match planned.await {
                Ok((entries, planner)) => Some((Ok(entries), (pages, Some(planner)))),
                Err(error) => Some((Err(error), (pages, None))),
            }
        });
        super::plan(Box::pin(entries), policy)
    }

    /// The plan for one object, which may get another name. Empty if the key is that of the
    /// directory itself. Asks the disk.
    pub fn plan_one(
        &mut self,
        object: ListedObject,
        version_id: Option<String>,
        name: Option<&str>,
    ) -> Batch<Step> {
        let entry = self.entry(object, version_id, name);
        super::batch(entry, self.download.engine.policy)
    }

    fn page(&mut self, page: Chosen) -> Vec<Entry> {
        let mut entries: Vec<Entry> = page
            .objects
            .into_iter()
            .filter_map(|(object, version_id)| self.entry(object, version_id, None))
            .collect();
        entries.extend(page.unreadable.iter().map(|key| {
            if !self.filters.allows_encoded(key, self.stripped_bytes) {
                return Entry::LeftOut;
            }
            let item = self.download.refuse(key, 0, "its name is not UTF-8");
            Entry::Known(item)
        }));
        entries
    }

    fn entry(
        &mut self,
        object: ListedObject,
        version_id: Option<String>,
        name: Option<&str>,
    ) -> Option<Entry> {
        let rest = object.key.get(self.stripped_bytes..).unwrap_or_default();
        if rest.is_empty() {
            return None;
        }
        if !self
            .filters
            .allows_file(rest, object.size, object.last_modified)
        {
            return Some(Entry::LeftOut);
        }
        let rest = name.unwrap_or(rest);
        let (path, is_directory) = match self.path(rest, object.size) {
            Ok(LocalPath::File(path)) => (path, false),
            Ok(LocalPath::Directory(path)) => (path, true),
            Err(refusal) => return Some(self.refuse(&object, &refusal.to_string())),
        };
        let tree = self.download.tree.as_ref();
        let stat = tree.map_or(Ok(None), |tree| tree.stat(&path));
        let state = match stat {
            Ok(state) => state,
            Err(error) => return Some(self.refuse(&object, &error.to_string())),
        };
        let incoming = Incoming {
            object,
            version_id,
            target: path,
            is_directory,
            replaces: state,
        };
        Some(match state {
            None => Entry::Source(Pair::OnlySource(incoming)),
            Some(state) if !is_directory => Entry::Source(Pair::Both(incoming, state)),
            Some(state) => self.directory(&incoming, state.kind),
        })
    }

    /// The path of an object, or the reason why it has none.
    fn path(&mut self, rest: &str, size_bytes: u64) -> Result<LocalPath, Refusal> {
        let target = local_path(rest).map_err(|refusal| match refusal {
            // After a prefix, a leading `/` is the second of two slashes.
            Refusal::LeadingSlash if self.stripped_bytes > 0 => Refusal::EmptyComponent,
            refusal => refusal,
        })?;
        if matches!(target, LocalPath::Directory(_)) && size_bytes > 0 {
            return Err(Refusal::DirectoryWithContent);
        }
        if !self.ancestors.admits(rest) {
            return Err(Refusal::BelowFile);
        }
        let folding = self.folding_at(target.path());
        let is_admitted = match &target {
            LocalPath::File(path) => self.folds.admits_file(path, folding),
            LocalPath::Directory(path) => self.folds.admits_directory(path, folding),
        };
        is_admitted.then_some(target).ok_or(Refusal::Folded)
    }

    /// The entry for a key that ends in `/`, if a file or directory of its name exists.
    fn directory(&self, incoming: &Incoming, there: FileKind) -> Entry {
        let cause = match there {
            FileKind::Directory => {
                return Entry::Known(self.download.item(Status::KeptDirectory, incoming));
            }
            FileKind::File => "a file already has this name",
            FileKind::Symlink => "a symbolic link already has this name",
            FileKind::Special => "a special file already has this name",
        };
        self.refuse(&incoming.object, cause)
    }

    fn refuse(&self, object: &ListedObject, cause: &str) -> Entry {
        Entry::Known(self.download.refuse(&object.key, object.size, cause))
    }

    /// If the disk cannot be asked, it cannot be written to either. That fails later with a
    /// message.
    fn folding_at(&mut self, path: &RelativePath) -> Folding {
        let Some(tree) = &self.download.tree else {
            return Folding::default();
        };
        match &self.last_folding {
            Some((parent, folding)) if parent == path.parent_str() => *folding,
            _ => {
                let folding = tree.folding_at(path).unwrap_or_default();
                self.last_folding = Some((path.parent_str().to_owned(), folding));
                folding
            }
        }
    }
}
