//! `--dry-run`: what the tour would do. Sends nothing.

use common::cli::Shell;
use common::{Exit, Result};
use serde_json::json;

use crate::rules::Step;
use crate::samples;
use crate::settings::Settings;

/// Prints the steps.
///
/// # Errors
/// There is nothing to send.
pub(crate) fn show(settings: &Settings, shell: &Shell) -> Result<Exit> {
    let (files, bytes) = samples::count(settings.data.as_deref())?;
    let steps = Step::ALL
        .into_iter()
        .filter(|step| settings.switches.ask_for(*step));
    for step in steps {
        if shell.json() {
            shell.ui.json(&json!({
                "action": step.action(),
                "status": "would_run",
                "Bucket": settings.bucket.as_str(),
            }));
        } else if !shell.ui.quiet() {
            shell.ui.line(&would(step, settings, shell, files, bytes));
        }
    }
    shell.ui.summary(json!({
        "Bucket": settings.bucket.as_str(), "files": files, "bytes": bytes,
    }));
    Ok(Exit::Success)
}

fn would(step: Step, settings: &Settings, shell: &Shell, files: u64, bytes: u64) -> String {
    let numbers = shell.ui.stdout_numbers();
    let below = if settings.switches.create {
        String::new()
    } else {
        format!("{}/", settings.own_name())
    };
    let bucket = format!("s3://{}", settings.bucket);
    match step {
        Step::Create => format!("would create {bucket}"),
        Step::Upload => format!(
            "would upload {}, {}, to {bucket}/{below}",
            numbers.counted(files, "file"),
            numbers.size(bytes)
        ),
        Step::Download if settings.switches.upload => format!(
            "would download them to {} and compare",
            settings.downloads().display()
        ),
        Step::Download => "would fail to download: nothing is uploaded before (UPLOAD=0)".into(),
        Step::Delete => format!("would delete what this run made in {bucket}/{below}"),
        Step::Remove if !settings.switches.create => {
            format!("would refuse to delete {bucket}: this run does not create it")
        }
        Step::Remove if settings.switches.upload && !settings.switches.delete => {
            format!("would fail to delete {bucket}: it is not empty (DELETE=0)")
        }
        Step::Remove => format!("would delete {bucket}"),
    }
}
