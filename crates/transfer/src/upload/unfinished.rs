//! Multipart uploads that were created and are not complete. If an upload ends early, it is
//! aborted. If that fails, a warning names it.

use std::sync::Arc;

use common::ToError as _;
use s3_client::Failure;
use s3_client::client::Client;
use s3_client::operations::{abort_multipart_upload, create_multipart_upload, list_parts};
use tokio::sync::oneshot;

use super::begun::Begun;
use super::{Outgoing, SendError, Upload};
use crate::engine::Engine;

/// How often an upload is aborted: a part that was in flight may be stored after the first abort.
const ABORTS: u32 = 3;

/// An upload that is not complete yet. If it is dropped before [`Unfinished::finished`], it is
/// aborted in the background, and the run waits for that at its end.
pub(super) struct Unfinished {
    pub(super) upload_id: String,
    at: Pending,
    is_open: bool,
}

/// The place of an upload, and the data needed to abort it.
#[derive(Clone)]
struct Pending {
    engine: Arc<Engine>,
    key: String,
    begun: Begun,
}

impl Upload {
    /// Creates an upload. The request is completed even if the run is interrupted meanwhile,
    /// because only the response contains the id that is needed to abort the upload.
    pub(super) async fn begin(&self, file: &Outgoing) -> Result<Unfinished, SendError> {
        let at = Pending {
            engine: Arc::clone(&self.engine),
            key: file.key.clone(),
            begun: self.begun.clone(),
        };
        let (headers, begun) = (self.headers(file), at.clone());
        let (mut sender, receiver) = oneshot::channel();
        begun.begun.keys().insert(file.key.clone());
        self.engine.tasks.spawn(async move {
            let (client, bucket, key) = at.names();
            let mut attempts = at.engine.at.attempts(&at.key);
            let created = loop {
                match create_multipart_upload(client, bucket, key, &headers).await {
                    Ok(upload_id) => break Ok(upload_id),
                    Err(failure) => {
                        let goes_on = tokio::select! {
                            goes_on = attempts.again(&failure) => goes_on,
                            () = sender.closed() => false,
                        };
                        if !goes_on {
                            break Err(failure);
                        }
                    }
                }
            };
            let may_be_done = attempts.may_be_done();
            let created = match created {
                Ok(upload_id) => Ok(Unfinished {
                    upload_id,
                    at,
                    is_open: true,
                }),
                Err(failure) => {
                    if !may_be_done && !failure.may_be_done() {
                        at.forget();
                    }
                    Err(failure)
                }
            };
            // If nobody receives it, it is dropped, and so aborted.
            let _ = sender.send((created, may_be_done));
        });
        let Ok((created, may_be_done)) = receiver.await else {
            let error = crate::blocking::interrupted(&file.shown);
            return Err(SendError::Local(error));
        };
        // A failed attempt may still have created an upload.
        if may_be_done {
            let ours = created.as_ref().ok().map(|ours| ours.upload_id.as_str());
            self.warn_of_lost_upload(file, ours).await;
        }
        if created.is_err() {
            begun.forget();
        }
        created.map_err(SendError::Failed)
    }

    /// Warns of the uploads that may be left in the bucket.
    pub(super) fn name_what_stays(&self) {
        let bucket = &self.engine.at.bucket;
        for key in std::mem::take(&mut *self.begun.keys()) {
            self.engine.monitor.warning(&format!(
                "s3://{bucket}/{key}: its unfinished upload may stay behind: \
                 `do_bucket_list --uploads s3://{bucket}` shows it"
            ));
        }
    }
}

impl Unfinished {
    /// Marks the upload as complete.
    pub(super) fn finished(mut self) {
        self.is_open = false;
        self.at.forget();
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        if self.is_open {
            let (at, upload_id) = (self.at.clone(), std::mem::take(&mut self.upload_id));
            let tasks = at.engine.tasks.clone();
            tasks.spawn(async move { at.abort_or_warn(&upload_id).await });
        }
    }
}

impl Pending {
    fn names(&self) -> (&Client, &str, &str) {
        let at = &self.engine.at;
        (&at.client, at.bucket.as_str(), &self.key)
    }

    fn forget(&self) {
        self.begun.keys().remove(&self.key);
    }

    async fn abort_or_warn(&self, upload_id: &str) {
        let result = self.abort(upload_id).await;
        self.forget();
        if let Err(failure) = result {
            let (_, bucket, key) = self.names();
            let cause = failure
                .into_error("take back", "", &self.engine.at.context)
                .cause();
            self.engine.monitor.warning(&format!(
                "s3://{bucket}/{key}: the parts sent so far stay behind ({cause}): \
                 `do_bucket_list --uploads s3://{bucket}` shows them"
            ));
        }
    }

    async fn abort(&self, upload_id: &str) -> Result<(), Failure> {
        let (client, bucket, key) = self.names();
        let mut result = Ok(());
        for _ in 0..ABORTS {
            result = client
                .retry(|| abort_multipart_upload(client, bucket, key, upload_id))
                .await;
            if let Err(failure) = &result {
                return if failure.is_not_there() {
                    Ok(())
                } else {
                    result
                };
            }
            let left = client
                .retry(|| list_parts(client, bucket, key, upload_id))
                .await;
            if left.is_err() {
                // The upload is gone; or we have no permission to see it, or the service cannot
                // show it.
                break;
            }
        }
        result
    }
}
