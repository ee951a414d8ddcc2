//! Plans a download: pages of a listing in, steps out, in the order of the keys.

use std::path::Path;
use std::sync::Arc;

use common::Result;
use futures_util::stream::{Stream, StreamExt as _};
use s3_client::operations::{ListPage, ListedObject};
use tokio::task::spawn_blocking;

use super::{Decision, Policy, Reason, There, decide};
use crate::download::{Refused, STAYS, Step, Wanted};
use crate::filter::Filters;
use crate::keypath::{
    AncestorGuard, FoldGuard, Folding, Refusal, RelativePath, Target, local_path,
};
use crate::monitor::Monitor;
use crate::tree::{FileKind, FileState, Tree};

/// What is planned together: a page of a listing, or what was chosen from one.
#[derive(Debug, Default)]
pub struct Batch {
    /// Objects in byte order of their keys, each with the version that is meant if not the
    /// current one.
    pub objects: Vec<(ListedObject, Option<String>)>,
    /// Keys that are not UTF-8, percent-encoded: to be refused by name.
    pub unreadable: Vec<String>,
}

impl From<ListPage> for Batch {
    fn from(page: ListPage) -> Self {
        let objects = page.objects.into_iter().map(|object| (object, None));
        Self {
            objects: objects.collect(),
            unreadable: page.unreadable,
        }
    }
}

/// What a planner of downloads needs to know.
pub struct Planner {
    /// Where the files go; `None` for a dry run into a directory that is not there.
    pub tree: Option<Arc<Tree>>,
    /// The bytes of each key that are not part of its path below the target.
    pub stripped_bytes: usize,
    /// Which paths are wanted.
    pub filters: Filters,
    /// How careful to be.
    pub policy: Policy,
    ancestors: AncestorGuard,
    folds: FoldGuard,
    /// The directory of the last path, and how its disk folds names.
    last_folding: Option<(String, Folding)>,
    /// Keys that a filter left out.
    left_out: u64,
}

impl Planner {
    /// A planner that has seen no key yet.
    pub fn new(
        tree: Option<Arc<Tree>>,
        stripped_bytes: usize,
        filters: Filters,
        policy: Policy,
    ) -> Self {
        Self {
            tree,
            stripped_bytes,
            filters,
            policy,
            ancestors: AncestorGuard::new(),
            folds: FoldGuard::default(),
            last_folding: None,
            left_out: 0,
        }
    }

    /// The steps of one page. Asks the disk: call it where blocking is allowed.
    pub fn page(&mut self, page: impl Into<Batch>) -> Vec<Step> {
        let page = page.into();
        let unreadable = page.unreadable.into_iter().map(|key| {
            Step::Refuse(Refused {
                key,
                size_bytes: 0,
                cause: "its name is not UTF-8".to_owned(),
            })
        });
        let mut steps: Vec<Step> = page
            .objects
            .into_iter()
            .filter_map(|(object, version_id)| self.step_to(object, version_id, None))
            .collect();
        steps.extend(unreadable);
        steps
    }

    /// One object's step; `None` if a filter leaves it out, or if it stands for the directory
    /// asked for itself.
    pub fn step(&mut self, object: ListedObject) -> Option<Step> {
        self.step_to(object, None, None)
    }

    /// The same for a version of an object, or one that goes to another name than its own.
    pub fn step_to(
        &mut self,
        object: ListedObject,
        version_id: Option<String>,
        name: Option<&str>,
    ) -> Option<Step> {
        let key = object.key.clone();
        let rest = key.get(self.stripped_bytes..).unwrap_or_default();
        if rest.is_empty() {
            return None;
        }
        if !self.filters.allows(rest) {
            self.left_out += 1;
            return None;
        }
        let rest = name.unwrap_or(rest);
        let target = match local_path(rest) {
            Ok(target) => target,
            // Below a prefix a leading `/` is the second of two.
            Err(Refusal::LeadingSlash) if self.stripped_bytes > 0 => {
                return Some(refuse(object, Refusal::EmptyComponent.to_string()));
            }
            Err(refusal) => return Some(refuse(object, refusal.to_string())),
        };
        if matches!(target, Target::Directory(_)) && object.size > 0 {
            return Some(refuse(object, Refusal::DirectoryWithContent.to_string()));
        }
        if !self.ancestors.admits(rest) {
            return Some(refuse(object, Refusal::BelowFile.to_string()));
        }
        match target {
            Target::Directory(path) => Some(self.directory(object, path)),
            Target::File(path) => Some(self.file(object, version_id, path)),
        }
    }

    /// Keys that a filter left out so far.
    pub fn left_out(&self) -> u64 {
        self.left_out
    }

    /// If the disk cannot be asked, nothing can be written to it either, which shows later.
    fn folding_at(&mut self, path: &RelativePath) -> Folding {
        let Some(tree) = &self.tree else {
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

    fn directory(&mut self, object: ListedObject, path: RelativePath) -> Step {
        let folding = self.folding_at(&path);
        if !self.folds.admits_directory(&path, folding) {
            return refuse(object, Refusal::Folded.to_string());
        }
        let stat = self.tree.as_ref().map_or(Ok(None), |tree| tree.stat(&path));
        match stat.map(|state| state.map(|state| state.kind)) {
            Ok(None) => Step::MakeDirectory(object.key, path),
            Ok(Some(FileKind::Directory)) => Step::KeepDirectory(object.key, path),
            Ok(Some(FileKind::File)) => refuse(object, "a file already has this name".to_owned()),
            Ok(Some(FileKind::Symlink)) => {
                refuse(object, "a symbolic link already has this name".to_owned())
            }
            Ok(Some(FileKind::Special)) => {
                refuse(object, "a special file already has this name".to_owned())
            }
            Err(error) => refuse(object, error.to_string()),
        }
    }

    fn file(
        &mut self,
        object: ListedObject,
        version_id: Option<String>,
        path: RelativePath,
    ) -> Step {
        let folding = self.folding_at(&path);
        if !self.folds.admits_file(&path, folding) {
            return refuse(object, Refusal::Folded.to_string());
        }
        let stat = self.tree.as_ref().map_or(Ok(None), |tree| tree.stat(&path));
        let state = match stat {
            Ok(state) => state,
            Err(error) => return refuse(object, error.to_string()),
        };
        let decision = decide(object.size, there(state), self.policy);
        if decision == Decision::Keep {
            let root = self.tree.as_ref().map(|tree| tree.root());
            let shown = match root.as_ref().map(|root| root.path()) {
                None => path.to_string(),
                Some(root) if root == Path::new(".") => path.to_string(),
                Some(root) => root.join(&path).display().to_string(),
            };
            return refuse(object, format!("{shown} {STAYS}"));
        }
        let wanted = |object| Wanted {
            object,
            version_id,
            target: path,
            replaces: state,
        };
        match decision {
            Decision::Transfer(reason) => Step::Fetch(wanted(object), reason),
            Decision::Compare => Step::Compare(wanted(object)),
            Decision::Ask | Decision::Keep => Step::Fetch(wanted(object), Reason::NoProof),
            Decision::Refuse(cause) => refuse(object, cause.to_owned()),
        }
    }
}

fn there(state: Option<FileState>) -> There {
    match state {
        None => There::Nothing,
        Some(state) => match state.kind {
            FileKind::File => There::Bytes(state.size),
            FileKind::Directory => There::Directory,
            FileKind::Symlink => There::Link,
            FileKind::Special => There::Special,
        },
    }
}

fn refuse(object: ListedObject, cause: String) -> Step {
    Step::Refuse(Refused {
        key: object.key,
        size_bytes: object.size,
        cause,
    })
}

/// The plan as a stream of batches, one per page. `left_out` is told at the end how many keys
/// the filters left out.
pub fn steps<P: Into<Batch> + Send + 'static>(
    pages: impl Stream<Item = Result<P>> + Send + Unpin,
    planner: Planner,
    monitor: Arc<dyn Monitor>,
    left_out: Arc<std::sync::atomic::AtomicU64>,
) -> impl Stream<Item = Result<Vec<Step>>> + Send + Unpin {
    let state = (pages, Some(planner), monitor, left_out);
    Box::pin(futures_util::stream::unfold(
        state,
        |(mut pages, planner, monitor, left_out)| async move {
            let mut planner = planner?;
            let Some(page) = pages.next().await else {
                monitor.counts().listing_done();
                return None;
            };
            let page = match page {
                Ok(page) => page,
                Err(error) => return Some((Err(error), (pages, None, monitor, left_out))),
            };
            let planned = spawn_blocking(move || {
                let steps = planner.page(page);
                (steps, planner)
            });
            match planned.await {
                Ok((steps, planner)) => {
                    left_out.store(planner.left_out(), std::sync::atomic::Ordering::Relaxed);
                    announce(&steps, &*monitor);
                    Some((Ok(steps), (pages, Some(planner), monitor, left_out)))
                }
                Err(error) => {
                    let bug = common::Error::new(
                        common::Kind::Bug,
                        "plan",
                        "the download",
                        error.to_string(),
                    );
                    Some((Err(bug), (pages, None, monitor, left_out)))
                }
            }
        },
    ))
}

fn announce(steps: &[Step], monitor: &dyn Monitor) {
    let bytes = steps.iter().map(Step::bytes).sum();
    monitor.counts().planned(steps.len() as u64, bytes);
}
