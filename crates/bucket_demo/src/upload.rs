//! The second step: uploads the samples or a directory with the engine.

use s3_client::operations::ObjectHeaders;
use tokio_util::sync::CancellationToken;
use transfer::upload::run::{Job, run as engine};
use transfer::walk::Links;

use crate::journal::Begun;
use crate::outcome::{Done, StepFailure};
use crate::tour::Tour;
use crate::transfer_log::TransferLog;

pub(crate) const MODULE: &str = module_path!();

/// Uploads all files.
///
/// # Errors
/// A file was not uploaded. Each failure was reported.
pub(crate) async fn run(
    tour: &mut Tour,
    begun: Begun,
    cancel: &CancellationToken,
) -> Result<Done, StepFailure> {
    let bounds = tour.bounds();
    let job = Job {
        locals: vec![tour.samples.directory().to_owned()],
        name: None,
        bucket: tour.settings.bucket.clone(),
        directory: bounds.prefix().to_owned(),
        headers: ObjectHeaders::default(),
        headers_given: false,
        public: false,
        verify: true,
        links: Links::Follow,
        flags: tour.settings.flags(),
    };
    let log = TransferLog::new(tour, begun, Some(tour.sent.clone()));
    tour.made.objects = true;
    let report = engine(&tour.client, &job, cancel, log.clone()).await?;
    // After a signal, objects may have arrived that are missing in the report.
    tour.made.objects = !report.ended_before_it_began();
    tour.undeleted = report.moved_files;
    log.judge(&report, "upload")?;
    tour.sent_files = Some(report.moved_files);
    let numbers = tour.screen.numbers();
    let mut summary = format!(
        "{}, {}",
        numbers.counted(report.moved_files, "file"),
        numbers.size(report.moved_bytes)
    );
    let mut fields = vec![
        ("files", report.moved_files.into()),
        ("bytes", report.moved_bytes.into()),
    ];
    if !bounds.prefix().is_empty() {
        summary = format!("{summary}, below {}", bounds.prefix());
        fields.push(("prefix", bounds.prefix().into()));
    }
    Ok(Done {
        status: 200,
        fields,
        summary,
    })
}
