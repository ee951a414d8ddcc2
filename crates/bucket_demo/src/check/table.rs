//! What was found, for people and as JSON.

use std::time::Duration;

use common::ui::Ui;
use serde_json::json;

use super::advice::advice;
use super::capability::Capability;
use super::finding::{Found, Measured};
use super::probes::GROUPS;

/// Where the second column begins.
const TITLE_CHARS: usize = 58;

/// Where the second column of the advice begins.
const ABOUT_CHARS: usize = 26;

/// The result of a check.
pub(crate) struct Table<'a> {
    pub(crate) endpoint: String,
    pub(crate) region: String,
    pub(crate) found: &'a Measured,
    /// Of the probes; making and removing the bucket takes a few more.
    pub(crate) requests: u64,
    pub(crate) took: Duration,
}

impl Table<'_> {
    /// Writes it to stdout.
    pub(crate) fn print(&self, ui: &Ui, as_json: bool) {
        if as_json {
            self.print_json(ui);
        } else {
            self.print_text(ui);
        }
    }

    fn each(&self, mut with: impl FnMut(&'static str, &'static Capability, &Found)) {
        for group in &GROUPS {
            for capability in group.capabilities {
                if let Some(found) = self.found.get(capability.name) {
                    with(group.title, capability, found);
                }
            }
        }
    }

    fn print_text(&self, ui: &Ui) {
        let ticks = ui.stdout_is_terminal();
        ui.line(&format!("{} in region {}", self.endpoint, self.region));
        let mut last = "";
        self.each(|group, capability, found| {
            if group != last {
                last = group;
                ui.line("");
                ui.line(group);
            }
            let tick = if ticks { tick(found) } else { "" };
            let title = format!("{tick}{}", capability.title);
            ui.line(&format!("  {title:TITLE_CHARS$}  {found}"));
            if !found.is_yes() {
                ui.line(&format!("      AWS: {}", capability.aws));
                ui.line(&format!("      so: {}", capability.meaning(found)));
            }
        });
        ui.line("");
        ui.line("what our programs do here");
        for (about, text) in advice(self.found) {
            ui.line(&format!("  {about:ABOUT_CHARS$}  {text}"));
        }
        ui.line("");
        ui.line(&self.last_line(ui));
    }

    fn last_line(&self, ui: &Ui) -> String {
        let numbers = ui.stdout_numbers();
        let unknown = self.count("unknown");
        let open = match unknown {
            0 => String::new(),
            count => format!(", {} could not be found out", numbers.count(count)),
        };
        format!(
            "{} of {} are as on AWS{open} ({}, {:.1} s)",
            numbers.count(self.count("yes")),
            numbers.count(self.found.len() as u64),
            numbers.counted(self.requests, "request"),
            self.took.as_secs_f64(),
        )
    }

    fn count(&self, word: &str) -> u64 {
        self.found
            .values()
            .filter(|found| found.word() == word)
            .count() as u64
    }

    fn print_json(&self, ui: &Ui) {
        self.each(|group, capability, found| {
            ui.json(&json!({
                "capability": capability.name,
                "group": group,
                "title": capability.title,
                "found": found.word(),
                "detail": found.detail(),
                "aws": capability.aws,
                "means": capability.meaning(found),
            }));
        });
        for (about, text) in advice(self.found) {
            ui.json(&json!({ "about": about, "advice": text }));
        }
        ui.json(&json!({ "summary": {
            "endpoint": self.endpoint,
            "region": self.region,
            "capabilities": self.found.len(),
            "yes": self.count("yes"),
            "no": self.count("no"),
            "differs": self.count("differs"),
            "refused": self.count("refused"),
            "unknown": self.count("unknown"),
            "requests": self.requests,
            "seconds": self.took.as_secs_f64(),
        }}));
    }
}

fn tick(found: &Found) -> &'static str {
    match found {
        Found::Yes(_) => "✓ ",
        Found::Differs(_) => "~ ",
        Found::No(_) | Found::Refused(_) => "✗ ",
        Found::Unknown(_) => "? ",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn printed(terminal: bool) -> String {
        let (ui, captured) = Ui::captured("bucket_demo", terminal);
        let found: Measured = [
            (
                "wrong_secret",
                Found::Yes("403 SignatureDoesNotMatch".into()),
            ),
            ("clock", Found::No("accepted".into())),
            ("tags", Found::Unknown("HTTP 503".into())),
        ]
        .into();
        let table = Table {
            endpoint: "http://127.0.0.1:9000".into(),
            region: "us-east-1".into(),
            found: &found,
            requests: 12,
            took: Duration::from_millis(1250),
        };
        table.print(&ui, false);
        captured.stdout()
    }

    #[test]
    fn what_differs_is_explained_and_what_does_not_is_one_line() {
        let text = printed(false);
        let lines: Vec<&str> = text.lines().take(11).collect();
        assert_eq!(
            lines,
            [
                "http://127.0.0.1:9000 in region us-east-1",
                "",
                "signatures",
                "  a wrong secret is refused                                   yes: 403 SignatureDoesNotMatch",
                "  a clock 20 minutes off is refused                           no: accepted",
                "      AWS: 403 RequestTimeTooSkewed",
                "      so: the clock of this machine is of no importance here",
                "",
                "objects",
                "  object tags are kept                                        unknown: HTTP 503",
                "      AWS: yes",
            ]
        );
        assert!(
            text.ends_with("1 of 3 are as on AWS, 1 could not be found out (12 requests, 1.3 s)\n")
                || text.ends_with(
                    "1 of 3 are as on AWS, 1 could not be found out (12 requests, 1.2 s)\n"
                ),
            "{text}"
        );
    }

    #[test]
    fn a_terminal_gets_ticks() {
        let text = printed(true);
        assert!(text.contains("  ✓ a wrong secret") && text.contains("  ? object tags"));
        assert!(!text.contains('\u{1b}'));
    }
}
