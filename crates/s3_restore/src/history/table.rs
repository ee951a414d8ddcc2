//! Prints the history: as a table for people, unchanged for programs.

use common::ui::{Ui, local_time};
use common::{Exit, Result};
use jiff::Timestamp;
use serde_json::json;

use super::{History, Line};

/// Prints the history, oldest first.
///
/// # Errors
/// It cannot be read.
pub(crate) fn show(history: &History, ui: &Ui, json: bool) -> Result<Exit> {
    let lines = history.lines()?;
    if json {
        for line in &lines {
            ui.json(&json!(line));
        }
        ui.summary(json!({ "restores": lines.len() }));
        return Ok(Exit::Success);
    }
    if lines.is_empty() {
        ui.note("the history is empty");
    }
    for line in &lines {
        ui.line(&row(line, ui));
    }
    Ok(Exit::Success)
}

fn row(line: &Line, ui: &Ui) -> String {
    let local = |text: &str| {
        let time = text.parse::<Timestamp>();
        time.map_or_else(|_| text.to_owned(), local_time)
    };
    let time = local(&line.restored_at);
    let Line {
        bucket,
        key,
        path,
        outcome,
        duration_seconds,
        ..
    } = line;
    let size = ui.stdout_numbers().size(line.size);
    let mut row = format!(
        "{time}  {outcome:<11}  {size:>12}  {duration_seconds:>7.1} s  s3://{bucket}/{key} -> {path}"
    );
    if let Some(version) = &line.version_id {
        row += &format!("  version {version}");
    }
    if let Some(at) = &line.at {
        row += &format!("  as of {}", local(at));
    }
    if let Some(proof) = &line.proof {
        row += &format!("  {proof}");
    }
    if let Some(error) = &line.error {
        let cause = error.strip_prefix(&format!("cannot restore s3://{bucket}/{key}: "));
        row += &format!(": {}", cause.unwrap_or(error));
    }
    row
}
