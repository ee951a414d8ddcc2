//! The progress line as text, as long as the terminal is wide; pure.

use std::time::Duration;

use common::ui::Numbers;

/// A bar is shown in terminals of this width and more.
const BAR_COLUMNS: usize = 80;

/// The length of the bar, with its brackets.
const BAR_LENGTH: usize = 16;

/// What the line tells.
#[derive(Clone, Debug, Default)]
pub(super) struct Line {
    pub(super) finished_files: u64,
    pub(super) planned_files: u64,
    pub(super) done_bytes: u64,
    pub(super) planned_bytes: u64,
    /// The listing is complete, so the plan is.
    pub(super) is_planned: bool,
    /// Files are read to compare them; nothing else moves.
    pub(super) is_comparing: bool,
    pub(super) bytes_per_second: u64,
    /// How long nothing has moved, if that is long.
    pub(super) silent_for: Option<Duration>,
    /// The number of the attempt that requests are at, and how many there are.
    pub(super) attempt: (u32, u32),
}

impl Line {
    /// `24%  [===>          ]  1,234/5,000 files  48/200 MiB  20 MiB/s  0:08`, without what does not
    /// fit. While the listing goes on, what is known is marked with `+`, and there is neither a
    /// percentage nor a time.
    pub(super) fn text(&self, columns: usize) -> String {
        let plus = if self.is_planned { "" } else { "+" };
        let files = format!(
            "{}/{}{plus} files",
            Numbers::Grouped.count(self.finished_files),
            Numbers::Grouped.count(self.planned_files)
        );
        let comparing = if self.is_comparing { "comparing " } else { "" };
        let bytes = comparing.to_owned() + &bytes_of(self.done_bytes, self.planned_bytes, plus);
        let bar = (columns >= BAR_COLUMNS).then(|| self.bar()).flatten();
        // In the order of the line, each with its rank: the highest is left out first.
        let mut fields = vec![
            (0, self.percentage()),
            (5, bar),
            (4, Some(files)),
            (1, Some(bytes)),
        ];
        match self.silent_for {
            Some(silence) => {
                let silence = format!("no response for {} s", silence.as_secs());
                let (attempt, attempts) = self.attempt;
                let attempt = format!("; attempt {attempt} of {attempts}");
                fields.extend([(2, Some(silence)), (3, Some(attempt))]);
            }
            None => fields.extend([(3, Some(self.rate())), (2, self.time_left())]),
        }
        for rank in (0..6).rev() {
            let text = joined(&fields);
            if text.len() < columns {
                return text;
            }
            fields.retain(|(of_field, _)| *of_field != rank);
        }
        String::new()
    }

    fn percentage(&self) -> Option<String> {
        self.share()
            .map(|share| format!("{:.0}%", (share * 100.0).floor()))
    }

    fn bar(&self) -> Option<String> {
        let share = self.share()?;
        let length = BAR_LENGTH - 2;
        let filled = (share * length as f64) as usize;
        let bar = match filled {
            0 => String::new(),
            _ => "=".repeat(filled - 1) + ">",
        };
        Some(format!("[{bar:<length$}]"))
    }

    /// How much is done, from 0 to 1; by files if there are no bytes.
    fn share(&self) -> Option<f64> {
        let (done, all) = if self.planned_bytes > 0 {
            (self.done_bytes, self.planned_bytes)
        } else {
            (self.finished_files, self.planned_files)
        };
        (self.is_planned && all > 0).then(|| (done as f64 / all as f64).min(1.0))
    }

    fn rate(&self) -> String {
        let unit = unit_of(self.bytes_per_second);
        format!("{} {}/s", unit.number(self.bytes_per_second), unit.name)
    }

    fn time_left(&self) -> Option<String> {
        let left = self.planned_bytes.saturating_sub(self.done_bytes);
        let seconds = left.checked_div(self.bytes_per_second)?;
        if !self.is_planned || left == 0 {
            return None;
        }
        Some(match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
            (0, minutes, seconds) => format!("{minutes}:{seconds:02}"),
            (hours, minutes, seconds) => format!("{hours}:{minutes:02}:{seconds:02}"),
        })
    }
}

/// With two spaces between fields, except before one that continues the field before it.
fn joined(fields: &[(u8, Option<String>)]) -> String {
    let mut line = String::new();
    for text in fields.iter().filter_map(|(_, text)| text.as_deref()) {
        if !line.is_empty() && !text.starts_with(';') {
            line.push_str("  ");
        }
        line.push_str(text);
    }
    line
}

/// `48/200 MiB`: both in the unit of the larger one.
fn bytes_of(done: u64, all: u64, plus: &str) -> String {
    let unit = unit_of(all.max(done));
    format!(
        "{}/{}{plus} {}",
        unit.number(done),
        unit.number(all),
        unit.name
    )
}

struct Unit {
    name: &'static str,
    bytes: u64,
    decimals: usize,
}

impl Unit {
    fn number(&self, bytes: u64) -> String {
        let decimals = self.decimals;
        // Rounded down: what is not complete does not look complete.
        let scale = 10_f64.powi(decimals as i32);
        let number = (bytes as f64 / self.bytes as f64 * scale).floor() / scale;
        format!("{number:.decimals$}")
    }
}

/// The unit in which a size is at least 1, with a decimal below 10.
fn unit_of(bytes: u64) -> Unit {
    const NAMES: [&str; 7] = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
    let power = bytes.checked_ilog(1024).unwrap_or(0);
    let unit = 1024_u64.pow(power);
    Unit {
        name: NAMES.get(power as usize).copied().unwrap_or("EiB"),
        bytes: unit,
        decimals: usize::from(power > 0 && bytes / unit < 10),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn line() -> Line {
        Line {
            finished_files: 1234,
            planned_files: 5000,
            done_bytes: 48 << 20,
            planned_bytes: 200 << 20,
            is_planned: true,
            bytes_per_second: 20 << 20,
            ..Line::default()
        }
    }

    #[test]
    fn the_line_is_as_full_as_the_terminal_is_wide() {
        let shown = [120, 80, 79, 54, 40, 32, 20, 4, 3].map(|columns| line().text(columns));
        assert_eq!(
            shown,
            [
                "24%  [==>           ]  1,234/5,000 files  48/200 MiB  20 MiB/s  0:07",
                "24%  [==>           ]  1,234/5,000 files  48/200 MiB  20 MiB/s  0:07",
                "24%  1,234/5,000 files  48/200 MiB  20 MiB/s  0:07",
                "24%  1,234/5,000 files  48/200 MiB  20 MiB/s  0:07",
                "24%  48/200 MiB  20 MiB/s  0:07",
                "24%  48/200 MiB  20 MiB/s  0:07",
                "24%  48/200 MiB",
                "24%",
                "",
            ]
        );
    }

    #[test]
    fn while_the_listing_goes_on_nobody_guesses() {
        let line = Line {
            is_planned: false,
            ..line()
        };
        assert_eq!(line.text(80), "1,234/5,000+ files  48/200+ MiB  20 MiB/s");
    }

    #[test]
    fn comparing_and_silence_are_named() {
        let comparing = Line {
            is_comparing: true,
            ..line()
        };
        assert_eq!(
            comparing.text(45),
            "24%  comparing 48/200 MiB  20 MiB/s  0:07"
        );
        let silent = Line {
            silent_for: Some(Duration::from_secs(12)),
            attempt: (3, 10),
            ..line()
        };
        let shown = [80, 60, 40].map(|columns| silent.text(columns));
        assert_eq!(
            shown,
            [
                "24%  1,234/5,000 files  48/200 MiB  no response for 12 s; attempt 3 of 10",
                "24%  48/200 MiB  no response for 12 s; attempt 3 of 10",
                "24%  48/200 MiB  no response for 12 s",
            ]
        );
    }

    #[test]
    fn sizes_are_in_one_unit_and_never_rounded_up() {
        assert_eq!(bytes_of(0, 0, ""), "0/0 B");
        assert_eq!(bytes_of(1023, 1024, ""), "0.9/1.0 KiB");
        assert_eq!(bytes_of((200 << 20) - 1, 200 << 20, ""), "199/200 MiB");
        assert_eq!(bytes_of(9 << 60, 15 << 60, ""), "9/15 EiB");
    }

    proptest! {
        #[test]
        fn no_line_is_wider_than_the_terminal(
            finished_files: u64, planned_files: u64, done_bytes: u64, planned_bytes: u64, is_planned: bool,
            is_comparing: bool, bytes_per_second: u64, silent in proptest::option::of(0_u64..100_000), attempt: (u32, u32), columns in 0_usize..200,
        ) {
            let line = Line {
                finished_files, planned_files, done_bytes, planned_bytes, is_planned, is_comparing, bytes_per_second,
                silent_for: silent.map(Duration::from_secs), attempt,
            };
            let text = line.text(columns);
            prop_assert!(text.is_empty() || text.len() < columns);
            prop_assert!(text.is_ascii());
        }
    }
}
