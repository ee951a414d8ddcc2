//! Prints the findings, for people and as JSON.

use std::time::Duration;

use common::ui::Ui;
use endpoint_check::{Capability, Finding, Findings, GROUPS, Verdict, advice};
use serde_json::json;

/// The longest line.
const WIDTH_CHARS: usize = 80;

/// The column in which the text of the advice begins.
const ADVICE_CHARS: usize = 29;

/// The result of a check.
pub(crate) struct Table<'a> {
    pub(crate) endpoint: String,
    pub(crate) region: String,
    pub(crate) findings: &'a Findings,
    /// The number of requests of the probes. Creating and removing the bucket needs a few more.
    pub(crate) requests: u64,
    pub(crate) elapsed: Duration,
}

impl Table<'_> {
    /// Prints the result to stdout.
    pub(crate) fn print(&self, ui: &Ui, as_json: bool) {
        if as_json {
            self.print_json(ui);
        } else {
            self.print_text(ui);
        }
    }

    fn found(&self) -> impl Iterator<Item = (&'static str, &'static Capability, &Finding)> {
        let capabilities = GROUPS.iter().flat_map(|group| {
            let of_group = group.capabilities.iter();
            of_group.map(|capability| (group.title, capability))
        });
        capabilities.filter_map(|(group, capability)| {
            let finding = self.findings.get(capability.name)?;
            Some((group, capability, finding))
        })
    }

    /// The most important part comes first: the differences, then their consequences, then what is
    /// as on AWS.
    fn print_text(&self, ui: &Ui) {
        ui.line(&format!("{} in region {}", self.endpoint, self.region));
        self.print_section(ui, "NOT AS ON AWS", false);
        ui.line("");
        ui.line("WHAT THE PROGRAMS DO HERE");
        for (about, text) in advice(self.findings) {
            let about = format!("  {about}");
            print_wrapped(ui, &format!("{about:ADVICE_CHARS$}"), ADVICE_CHARS, &text);
        }
        self.print_section(ui, "AS ON AWS", true);
        ui.line("");
        ui.line(&self.last_line(ui));
    }

    fn print_section(&self, ui: &Ui, heading: &str, as_on_aws: bool) {
        let mut last_group = "";
        for (group, capability, finding) in self.found() {
            if finding.is_yes() != as_on_aws {
                continue;
            }
            if last_group.is_empty() {
                ui.line("");
                ui.line(heading);
            }
            if group != last_group {
                last_group = group;
                ui.line(&format!("  {group}"));
            }
            if as_on_aws {
                print_wrapped(ui, "    ", 8, &as_seen(capability, finding));
            } else {
                print_wrapped(ui, "    ", 8, capability.title);
                print_wrapped(ui, "        here: ", 14, &finding.to_string());
                print_wrapped(ui, "        AWS:  ", 14, capability.aws);
                print_wrapped(ui, "        so:   ", 14, capability.meaning(finding));
            }
        }
    }

    fn last_line(&self, ui: &Ui) -> String {
        let numbers = ui.stdout_numbers();
        let unknown = match self.count(Verdict::Unknown) {
            0 => String::new(),
            count => format!(", {} unknown", numbers.count(count)),
        };
        format!(
            "{} of {} are as on AWS{unknown} ({}, {:.1} s)",
            numbers.count(self.count(Verdict::Yes)),
            numbers.count(self.findings.len() as u64),
            numbers.counted(self.requests, "request"),
            self.elapsed.as_secs_f64(),
        )
    }

    fn count(&self, verdict: Verdict) -> u64 {
        let findings = self.findings.values();
        findings.filter(|found| found.verdict == verdict).count() as u64
    }

    fn print_json(&self, ui: &Ui) {
        for (group, capability, finding) in self.found() {
            ui.json(&json!({
                "capability": capability.name,
                "group": group,
                "title": capability.title,
                "found": finding.verdict.word(),
                "detail": finding.detail,
                "aws": capability.aws,
                "means": capability.meaning(finding),
            }));
        }
        for (about, text) in advice(self.findings) {
            ui.json(&json!({ "about": about, "advice": text }));
        }
        ui.summary(json!({
            "endpoint": self.endpoint,
            "region": self.region,
            "capabilities": self.findings.len(),
            "yes": self.count(Verdict::Yes),
            "no": self.count(Verdict::No),
            "differs": self.count(Verdict::Differs),
            "refused": self.count(Verdict::Refused),
            "unknown": self.count(Verdict::Unknown),
            "requests": self.requests,
            "seconds": self.elapsed.as_secs_f64(),
        }));
    }
}

/// The title and the observation: `a wrong secret is refused (403 SignatureDoesNotMatch)`.
fn as_seen(capability: &Capability, finding: &Finding) -> String {
    if finding.detail.is_empty() {
        return capability.title.to_owned();
    }
    format!("{} ({})", capability.title, finding.detail)
}

/// Prints `text` after `start`. If it is too long, it continues on the next line, `indent_chars` to
/// the right.
fn print_wrapped(ui: &Ui, start: &str, indent_chars: usize, text: &str) {
    let mut line = start.to_owned();
    let mut is_first_word = true;
    for word in text.split(' ') {
        let length = line.chars().count() + 1 + word.chars().count();
        if !is_first_word && length > WIDTH_CHARS {
            ui.line(&line);
            line = " ".repeat(indent_chars);
            is_first_word = true;
        }
        if !is_first_word {
            line.push(' ');
        }
        line.push_str(word);
        is_first_word = false;
    }
    ui.line(&line);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding(verdict: Verdict, detail: &str) -> Finding {
        let detail = detail.to_owned();
        Finding { verdict, detail }
    }

    fn printed(findings: &Findings) -> String {
        let (ui, captured) = Ui::captured("bucket_demo", false);
        let table = Table {
            endpoint: "http://127.0.0.1:9000".into(),
            region: "us-east-1".into(),
            findings,
            requests: 12,
            elapsed: Duration::from_millis(1200),
        };
        table.print(&ui, false);
        captured.stdout()
    }

    #[test]
    fn what_differs_comes_first_and_what_does_not_is_one_line() {
        let text = printed(
            &[
                (
                    "wrong_secret",
                    finding(Verdict::Yes, "403 SignatureDoesNotMatch"),
                ),
                (
                    "put_if_none_match",
                    finding(Verdict::No, "ignored: the object is replaced"),
                ),
                ("tags", finding(Verdict::Unknown, "HTTP 503")),
            ]
            .into(),
        );
        let before = "http://127.0.0.1:9000 in region us-east-1\n\
                      \n\
                      NOT AS ON AWS\n  \
                        objects\n    \
                          object tags are kept\n        \
                            here: unknown: HTTP 503\n        \
                            AWS:  yes\n        \
                            so:   run the check again to find out\n  \
                        conditions\n    \
                          PUT with If-None-Match: * over an object is refused\n        \
                            here: no: ignored: the object is replaced\n        \
                            AWS:  412 PreconditionFailed\n        \
                            so:   nothing protects an object against two writers: the last one wins\n\
                      \n\
                      WHAT THE PROGRAMS DO HERE\n  \
                        uploads are proved by      nothing: the service does not look at the SHA-256\n";
        assert!(text.starts_with(before), "{text}");
        let after = "\nAS ON AWS\n  \
                       signatures\n    \
                         a wrong secret is refused (403 SignatureDoesNotMatch)\n\
                     \n\
                     1 of 3 are as on AWS, 1 unknown (12 requests, 1.2 s)\n";
        assert!(text.ends_with(after), "{text}");
    }

    #[test]
    fn no_line_is_longer_than_80_characters_unless_one_word_is() {
        let capabilities = GROUPS.iter().flat_map(|group| group.capabilities);
        let detail = "400 XAmzContentSHA256Mismatch and so on ".repeat(5);
        for verdict in [Verdict::Yes, Verdict::Differs] {
            let capabilities = capabilities.clone();
            let found = capabilities.map(|each| (each.name, finding(verdict, &detail)));
            let text = printed(&found.collect());
            let long: Vec<&str> = text
                .lines()
                .filter(|line| line.chars().count() > 80)
                .collect();
            assert!(long.is_empty(), "{long:#?}");
        }
    }
}
