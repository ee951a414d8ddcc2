//! Numbers, sizes and times as text. LANG and LC_* change nothing.

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// How numbers are written: grouped and rounded for people on a terminal, exact for programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Numbers {
    /// `12,408` and `48.2 GiB`.
    Grouped,
    /// `12408` and `51754303258 bytes`.
    Bare,
}

impl Numbers {
    pub(super) fn for_terminal(terminal: bool) -> Self {
        if terminal { Self::Grouped } else { Self::Bare }
    }

    /// A count.
    pub fn count(self, count: u64) -> String {
        match self {
            Self::Grouped => grouped(count),
            Self::Bare => count.to_string(),
        }
    }

    /// A count with its noun, given in the singular: `1 file`, `12,408 files`, `2 directories`.
    pub fn counted(self, count: u64, noun: &str) -> String {
        let shown = self.count(count);
        match noun.strip_suffix("ry") {
            _ if count == 1 => format!("{shown} {noun}"),
            Some(stem) => format!("{shown} {stem}ries"),
            None => format!("{shown} {noun}s"),
        }
    }

    /// A size in bytes.
    pub fn size(self, bytes: u64) -> String {
        match self {
            Self::Grouped => human_size(bytes),
            Self::Bare => self.counted(bytes, "byte"),
        }
    }
}

/// `1,234,567`.
fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `999 B`, `1.5 KiB`, `48.2 GiB`: one decimal, never more than four digits.
pub fn human_size(bytes: u64) -> String {
    const UNITS: [&str; 6] = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
    if bytes < 1024 {
        return format!("{bytes} B");
    }
    let mut size = bytes as f64;
    let mut shown = "B";
    for unit in UNITS {
        size /= 1024.0;
        shown = unit;
        // 1023.95 would be written as 1024.0.
        if size < 1023.95 {
            break;
        }
    }
    format!("{size:.1} {shown}")
}

/// A local time with its UTC offset: `2024-05-01 14:03:09+02:00`.
pub fn local_time(time: Timestamp) -> String {
    time_in(time, TimeZone::system())
}

fn time_in(time: Timestamp, zone: TimeZone) -> String {
    time.to_zoned(zone)
        .strftime("%Y-%m-%d %H:%M:%S%:z")
        .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_for_eyes_and_bare_for_programs() {
        let eyes: Vec<_> = [0, 999, 1000, 12_408, 1_234_567]
            .map(|n| Numbers::Grouped.count(n))
            .into();
        assert_eq!(eyes, ["0", "999", "1,000", "12,408", "1,234,567"]);
        assert_eq!(Numbers::Bare.count(1_234_567), "1234567");
        assert_eq!(Numbers::Grouped.counted(1, "file"), "1 file");
        assert_eq!(Numbers::Grouped.counted(12_408, "file"), "12,408 files");
        assert_eq!(Numbers::Bare.counted(0, "directory"), "0 directories");
    }

    #[test]
    fn sizes_have_one_decimal_and_the_unit_that_fits() {
        let sizes: Vec<_> = [
            0,
            1023,
            1024,
            1536,
            1_048_524,
            1_048_575,
            51_754_303_258,
            u64::MAX,
        ]
        .map(human_size)
        .into();
        assert_eq!(
            sizes,
            [
                "0 B",
                "1023 B",
                "1.0 KiB",
                "1.5 KiB",
                "1023.9 KiB",
                "1.0 MiB",
                "48.2 GiB",
                "16.0 EiB"
            ]
        );
        assert_eq!(Numbers::Bare.size(1536), "1536 bytes");
    }

    #[test]
    fn a_time_is_local_and_names_its_offset() {
        let time: Timestamp = "2024-05-01T12:03:09.5Z".parse().unwrap();
        let berlin = TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").unwrap();
        assert_eq!(time_in(time, berlin), "2024-05-01 14:03:09+02:00");
        assert_eq!(time_in(time, TimeZone::UTC), "2024-05-01 12:03:09+00:00");
    }
}
