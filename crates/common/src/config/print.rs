//! The text of `--print-config`.

use std::fmt::Write as _;
use std::time::Duration;

use super::{Config, Origin, Setting};

impl Config {
    /// One line per setting: `name = value  (origin)`. Secrets are masked. Only the last four
    /// characters of an access key id are shown.
    pub fn print(&self) -> String {
        let mut rows = vec![
            row("region", &self.region, String::clone),
            row("endpoint-url", &self.endpoint, ToString::to_string),
            row("addressing-style", &self.addressing, |style| {
                style.name().to_owned()
            }),
        ];
        rows.push(match &self.profile {
            Some(profile) => row("profile", profile, String::clone),
            None => ("profile", "none".to_owned(), Origin::Default.to_string()),
        });
        rows.extend(self.credentials.shown());
        rows.push(match &self.ca_bundle {
            Some(path) => row("ca-bundle", path, |path| path.display().to_string()),
            None => (
                "ca-bundle",
                "system".to_owned(),
                Origin::Default.to_string(),
            ),
        });
        for (name, proxy) in self.proxy.shown() {
            rows.push(match proxy {
                Some(proxy) => row(name, &proxy, String::clone),
                None => (name, "none".to_owned(), Origin::Default.to_string()),
            });
        }
        rows.push(row("max-attempts", &self.max_attempts, u32::to_string));
        rows.push(row("connect-timeout", &self.connect_timeout, seconds));
        rows.push(row("read-timeout", &self.read_timeout, seconds));
        let width = rows.iter().map(|(name, ..)| name.len()).max().unwrap_or(0);
        let mut text = String::new();
        for (name, value, origin) in rows {
            let _ = writeln!(text, "{name:width$} = {value}  ({origin})");
        }
        text
    }
}

fn row<T>(
    name: &'static str,
    setting: &Setting<T>,
    show: impl FnOnce(&T) -> String,
) -> (&'static str, String, String) {
    (name, show(&setting.value), setting.origin.to_string())
}

fn seconds(time: &Duration) -> String {
    format!("{} s", time.as_secs_f64())
}
