//! The rows of `--print-config`.

use std::fmt::Write as _;
use std::time::Duration;

use serde::Serialize;

use super::{Config, ConnectArgs, Origin, Setting};
use crate::env::Env;
use crate::error::Error;

/// One setting as it is shown.
#[derive(Debug, Serialize)]
pub(crate) struct Row {
    /// The flag without dashes, or the variable.
    #[serde(rename = "setting")]
    pub(crate) name: String,
    /// The value, masked if it is secret; `None` if it is not set or is wrong.
    pub(crate) value: Option<String>,
    /// Where it comes from.
    pub(crate) origin: String,
    /// What is wrong with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) error: Option<String>,
}

impl Row {
    pub(crate) fn new(name: &str, value: Option<String>, origin: impl ToString) -> Self {
        Self {
            name: name.to_owned(),
            value,
            origin: origin.to_string(),
            error: None,
        }
    }
}

/// All settings of the connection, and the errors of those that are wrong. Secrets are masked. Only
/// the last four characters of an access key id are shown.
pub(crate) fn rows(env: &Env, args: &ConnectArgs) -> (Vec<Row>, Vec<Error>) {
    let (config, wrong) = Config::gather(env, args);
    let mut rows = config.rows();
    let mut errors = Vec::new();
    for (name, error) in wrong.0 {
        for row in rows.iter_mut().filter(|row| row.name == name) {
            row.value = None;
            row.error.get_or_insert(error.cause());
        }
        errors.push(error);
    }
    (rows, errors)
}

/// The rows for people: `name = value  (origin)`.
pub(crate) fn text(rows: &[Row]) -> String {
    let width = rows.iter().map(|row| row.name.len()).max().unwrap_or(0);
    let mut text = String::new();
    for row in rows {
        let (value, origin) = match (&row.value, &row.error) {
            (_, Some(error)) => ("wrong", error),
            (Some(value), None) => (value.as_str(), &row.origin),
            (None, None) => ("not set", &row.origin),
        };
        let _ = write!(text, "{:width$} = {value}", row.name);
        text.push_str(&match origin.as_str() {
            "" => "\n".to_owned(),
            origin => format!("  ({origin})\n"),
        });
    }
    text
}

impl Config {
    fn rows(&self) -> Vec<Row> {
        let mut rows = vec![
            row("region", &self.region, String::clone),
            row("endpoint-url", &self.endpoint, ToString::to_string),
            row("addressing-style", &self.addressing, |style| {
                style.name().to_owned()
            }),
            row_or("profile", self.profile.as_ref(), "none", String::clone),
        ];
        let credentials = self.credentials.shown().into_iter();
        rows.extend(credentials.map(|(name, value, origin)| Row::new(name, Some(value), origin)));
        rows.push(row_or(
            "ca-bundle",
            self.ca_bundle.as_ref(),
            "system",
            |path| path.display().to_string(),
        ));
        for (name, proxy) in self.proxy.shown() {
            rows.push(row_or(name, proxy.as_ref(), "none", String::clone));
        }
        rows.push(row("max-attempts", &self.max_attempts, u32::to_string));
        rows.push(row("connect-timeout", &self.connect_timeout, seconds));
        rows.push(row("read-timeout", &self.read_timeout, seconds));
        rows
    }
}

fn row<T>(name: &str, setting: &Setting<T>, show: impl FnOnce(&T) -> String) -> Row {
    Row::new(name, Some(show(&setting.value)), &setting.origin)
}

fn row_or<T>(
    name: &str,
    setting: Option<&Setting<T>>,
    default: &str,
    show: impl FnOnce(&T) -> String,
) -> Row {
    match setting {
        Some(setting) => row(name, setting, show),
        None => Row::new(name, Some(default.to_owned()), Origin::Default),
    }
}

fn seconds(time: &Duration) -> String {
    format!("{} s", time.as_secs_f64())
}
