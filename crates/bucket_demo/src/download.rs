//! The third step: downloads everything, and compares it with the uploaded files, byte by byte.

use common::{Error, Kind};
use tokio_util::sync::CancellationToken;
use transfer::download::run::{Job, run as engine};

use crate::compare;
use crate::journal::Begun;
use crate::outcome::{Done, StepFailure};
use crate::tour::Tour;
use crate::transfer_log::TransferLog;

pub(crate) const MODULE: &str = module_path!();

/// Downloads the files that this run uploaded.
///
/// # Errors
/// Nothing was uploaded (404), a file is missing, or a file has other content (exit 6).
pub(crate) async fn run(
    tour: &mut Tour,
    begun: Begun,
    cancel: &CancellationToken,
) -> Result<Done, StepFailure> {
    let Some(sent_files) = tour.sent_files else {
        return Err(nothing_sent(tour));
    };
    let into = tour.settings.downloads();
    let bounds = tour.bounds();
    let job = Job {
        bucket: tour.settings.bucket.clone(),
        directory: bounds.prefix().to_owned(),
        into: Some(into.clone()),
        flags: tour.settings.flags(),
        verify: true,
        customer_key: None,
    };
    let log = TransferLog::new(tour, begun, None);
    let report = engine(&tour.client, &job, cancel, log.clone()).await?;
    log.judge(&report, "download")?;
    let directory = tour.samples.directory().to_owned();
    let (received, sent) = (into.clone(), tour.sent.clone());
    let prefix = bounds.prefix().to_owned();
    let was_sent = move |name: &str| sent.has(&format!("{prefix}{name}"));
    let compare = move || compare::trees(&directory, &received, was_sent);
    let compared = tokio::task::spawn_blocking(compare).await;
    let compared = compared.map_err(|error| {
        let cause = format!("internal error: {error}");
        StepFailure::from(Error::new(
            Kind::Bug,
            "compare",
            into.display().to_string(),
            cause,
        ))
    })??;
    if let Some((kind, cause)) = compared.fault(sent_files) {
        let error = Error::new(kind, "compare", into.display().to_string(), cause);
        return Err(StepFailure::from(if tour.settings.data.is_some() {
            error.with_hint("what was sent may have been changed during the run")
        } else {
            error
        }));
    }
    let numbers = tour.screen.numbers();
    let shown = into.display();
    Ok(Done {
        status: 200,
        fields: vec![
            ("files", report.moved_files.into()),
            ("bytes", report.moved_bytes.into()),
            ("into", shown.to_string().into()),
            ("equal", true.into()),
        ],
        summary: format!(
            "{} to {shown}, equal to what was sent",
            numbers.counted(report.moved_files, "file")
        ),
    })
}

/// Objects of earlier runs or of other people in the bucket are not read.
fn nothing_sent(tour: &Tour) -> StepFailure {
    let error = Error::new(
        Kind::NotThere,
        "download",
        tour.subject(),
        "this run has sent nothing, and it downloads nothing else",
    )
    .with_hint("`--upload 1` sends something first; do_bucket_download brings what is in a bucket");
    StepFailure::from(error).with_http_status(404)
}
