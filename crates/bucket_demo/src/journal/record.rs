//! Formats one record as a line of text or as JSON.

use std::fmt::Write as _;

use common::ui::{escape_json_for_terminal, local_time};
use jiff::Timestamp;
use log::Level;
use serde_json::{Map, Value, json};

use crate::outcome::{Fields, Status};

/// The format of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// For people, local time, `name=value`.
    Text,
    /// For programs, one object a line, UTC.
    Json,
}

impl Format {
    /// `text` or `json`; the parser has refused anything else.
    pub(crate) fn named(name: &str) -> Self {
        match name {
            "json" => Self::Json,
            _ => Self::Text,
        }
    }
}

/// The data of one record.
#[derive(Debug)]
pub(super) struct Record<'a> {
    pub(super) time: Timestamp,
    pub(super) level: Level,
    pub(super) module: &'static str,
    pub(super) run_id: &'a str,
    pub(super) action: &'static str,
    pub(super) status: Status,
    pub(super) bucket: &'a str,
    pub(super) duration_seconds: Option<f64>,
    pub(super) fields: Fields,
    pub(super) error: Option<String>,
}

impl Record<'_> {
    pub(super) fn line(&self, format: Format) -> String {
        match format {
            Format::Text => self.text(),
            Format::Json => self.json().to_string(),
        }
    }

    /// Time in seconds with its zone, level, place, then `name=value`.
    fn text(&self) -> String {
        let mut line = format!(
            "{} {:<5} {:<21} run={} action={} status={} bucket={}",
            local_time(self.time),
            self.level,
            self.module,
            self.run_id,
            self.action,
            self.status,
            quoted(self.bucket),
        );
        // Writing to a String cannot fail.
        if let Some(seconds) = self.duration_seconds {
            let _ = write!(line, " seconds={seconds:.3}");
        }
        for (name, value) in &self.fields {
            let shown = match value {
                Value::String(text) => quoted(text),
                other => other.to_string(),
            };
            let _ = write!(line, " {name}={shown}");
        }
        if let Some(error) = &self.error {
            let _ = write!(line, " error={}", quoted(error));
        }
        line
    }

    pub(super) fn json(&self) -> Value {
        let mut object = json!({
            "time": jiff::fmt::temporal::DateTimePrinter::new()
                .precision(Some(0))
                .timestamp_to_string(&self.time),
            "level": self.level.as_str().to_lowercase(),
            "module": self.module,
            "run_id": self.run_id,
            "action": self.action,
            "status": self.status.to_string(),
            "Bucket": self.bucket,
        });
        if let Value::Object(names) = &mut object {
            if let Some(seconds) = self.duration_seconds {
                names.insert("duration_seconds".into(), json!(seconds));
            }
            if !self.fields.is_empty() {
                let data = self.fields.iter().cloned();
                let data: Map<_, _> = data.map(|(name, value)| (name.to_owned(), value)).collect();
                names.insert("data".into(), Value::Object(data));
            }
            if let Some(error) = &self.error {
                names.insert("error".into(), json!(error));
            }
        }
        object
    }
}

/// Plain words stay unchanged. Other text becomes a JSON string, so that a record stays one line
/// and contains no control characters for a terminal.
fn quoted(text: &str) -> String {
    let plain = |letter: char| letter.is_alphanumeric() || "-_./:+@%".contains(letter);
    if !text.is_empty() && text.chars().all(plain) {
        text.to_owned()
    } else {
        escape_json_for_terminal(&Value::from(text).to_string()).into_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record() -> Record<'static> {
        Record {
            time: "2026-11-21T09:00:01.9Z".parse().unwrap(),
            level: Level::Info,
            module: "bucket_demo::upload",
            run_id: "1a2b3c4d",
            action: "upload",
            status: Status::Http(200),
            bucket: "photos",
            duration_seconds: Some(0.0125),
            fields: vec![("key", "a b\n".into()), ("bytes", 3.into())],
            error: None,
        }
    }

    #[test]
    fn a_record_is_one_line_of_names_and_values_whatever_a_key_holds() {
        let line = record().line(Format::Text);
        let (_, rest) = line.split_once(" INFO  ").unwrap();
        assert_eq!(
            rest,
            "bucket_demo::upload   run=1a2b3c4d action=upload status=200 bucket=photos \
             seconds=0.013 key=\"a b\\n\" bytes=3"
        );
    }

    #[test]
    fn no_name_moves_the_cursor_of_whoever_reads_the_log() {
        assert_eq!(
            quoted("a\u{9b}2J\u{202e}\u{7f}"),
            "\"a\\u009b2J\\u202e\\u007f\""
        );
    }

    #[test]
    fn for_programs_it_is_one_object_in_utc_to_the_second() {
        let line = record().line(Format::Json);
        let value: Value = serde_json::from_str(&line).unwrap();
        assert_eq!(value["time"], "2026-11-21T09:00:01Z");
        assert_eq!(value["status"], "200");
        assert_eq!(value["data"]["key"], "a b\n");
        assert!(value.get("error").is_none());
    }
}
