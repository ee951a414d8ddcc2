//! Parses points in time and durations as people write them: `--at`, `--newer`, `--wait`. The caller passes
//! the clock and the time zone.

use std::time::Duration;

use common::cli::UsageError;
use jiff::civil::{Date, DateTime};
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{SignedDuration, Span, SpanRelativeTo, Timestamp, ToSpan as _};

/// The accepted forms, for hints.
const FORMS: &str = "write 2024-05-01T14:03:00Z, `2024-05-01 14:03` (local), 2024-05-01, \
                     or an age such as 7d or 36h";

/// The moment of a day that a date alone means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Day {
    /// The first.
    Begins,
    /// The last; today, now.
    Ends,
}

/// The time that `text`, the value of `flag`, means: RFC 3339; a local date and time; a local date,
/// which means this moment of it; or an age.
///
/// # Errors
/// `text` has none of these forms, or is a local time that does not exist or exists twice.
pub fn moment(
    flag: &str,
    text: &str,
    now: Timestamp,
    zone: &TimeZone,
    day: Day,
) -> Result<Timestamp, UsageError> {
    let text = text.trim();
    let wrong = |text: &str, what: &str| wrong(flag, text, what);
    if let Some(age) = span(text) {
        SignedDuration::try_from(age)
            .ok()
            .and_then(|age| now.checked_sub(age).ok())
            .ok_or_else(|| wrong(text, "is too long ago"))
    } else if let Ok(instant) = text.parse::<Timestamp>() {
        Ok(instant)
    } else if text.len() <= "2024-05-01".len() {
        let date: Date = text.parse().map_err(|_| wrong(text, "is no time"))?;
        let found = match day {
            Day::Begins => date
                .to_zoned(zone.clone())
                .ok()
                .map(|start| start.timestamp()),
            Day::Ends => end_of(date, now, zone),
        };
        found.ok_or_else(|| wrong(text, "is no time"))
    } else {
        let time: DateTime = text.parse().map_err(|_| wrong(text, "is no time"))?;
        local(flag, text, time, zone)
    }
}

/// The time in the past that `text` means: a date means its end.
///
/// # Errors
/// As [`moment`], or it is in the future.
pub fn past_moment(
    flag: &str,
    text: &str,
    now: Timestamp,
    zone: &TimeZone,
) -> Result<Timestamp, UsageError> {
    let moment = moment(flag, text, now, zone, Day::Ends)?;
    if moment > now {
        let shown = |time: Timestamp| time.to_zoned(zone.clone()).strftime("%F %T%:z");
        let (moment, now) = (shown(moment), shown(now));
        return Err(UsageError::new(
            format!("{flag}: `{text}` is in the future ({moment}, and it is {now})"),
            format!("only the past is kept; without {flag} you get what stands now"),
        ));
    }
    Ok(moment)
}

/// The last nanosecond of a day. Today is not over, so its end is now.
fn end_of(date: Date, now: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
    let start = date.to_zoned(zone.clone()).ok()?.timestamp();
    let tomorrow = date.checked_add(1.day()).ok()?;
    let end = tomorrow.to_zoned(zone.clone()).ok()?.timestamp();
    let end = end.checked_sub(1.nanosecond()).ok()?;
    Some(if start <= now && now < end { now } else { end })
}

fn local(flag: &str, text: &str, time: DateTime, zone: &TimeZone) -> Result<Timestamp, UsageError> {
    let ambiguous = zone.to_ambiguous_timestamp(time);
    match ambiguous.offset() {
        AmbiguousOffset::Unambiguous { .. } => ambiguous
            .compatible()
            .map_err(|_| wrong(flag, text, "is no time")),
        AmbiguousOffset::Gap { .. } => Err(UsageError::new(
            format!("{flag}: `{text}` did not exist: the clocks were put forward over it"),
            FORMS,
        )),
        AmbiguousOffset::Fold { before, after } => Err(UsageError::new(
            format!("{flag}: `{text}` existed twice: the clocks were put back over it"),
            format!(
                "write {time}{before} or {time}{after}",
                time = time.strftime("%FT%T")
            ),
        )),
    }
}

fn wrong(flag: &str, text: &str, what: &str) -> UsageError {
    UsageError::new(format!("{flag}: `{text}` {what}"), FORMS)
}

/// A duration such as `7d`, `36h`, `90m`, `1d12h`: a day has 24 hours. `None` if it has another
/// form.
pub fn span(text: &str) -> Option<Duration> {
    let span: Span = text.parse().ok()?;
    let duration = span.to_duration(SpanRelativeTo::days_are_24_hours());
    Duration::try_from(duration.ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn berlin() -> TimeZone {
        TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").unwrap()
    }

    fn read(text: &str) -> Result<String, String> {
        let now = "2026-11-21T06:00:00Z".parse().unwrap();
        past_moment("--at", text, now, &berlin())
            .map(|moment| moment.to_string())
            .map_err(|usage_error| usage_error.cause)
    }

    #[track_caller]
    fn means(text: &str, instant: &str) {
        assert_eq!(read(text).as_deref(), Ok(instant), "{text}");
    }

    #[test]
    fn a_moment_is_written_as_people_write_it() {
        means("2024-05-01T12:00:00Z", "2024-05-01T12:00:00Z");
        means("2024-05-01T12:00:00+02:00", "2024-05-01T10:00:00Z");
        means("2024-05-01 14:03", "2024-05-01T12:03:00Z");
        means("2024-01-01T14:03:09", "2024-01-01T13:03:09Z");
        means("7d", "2026-11-14T06:00:00Z");
        means("36h", "2026-11-19T18:00:00Z");
        means("1d12h", "2026-11-19T18:00:00Z");
    }

    #[test]
    fn a_date_alone_means_its_end_and_today_means_now() {
        means("2024-05-01", "2024-05-01T21:59:59.999999999Z");
        means("2024-01-01", "2024-01-01T22:59:59.999999999Z");
        means("2026-11-21", "2026-11-21T06:00:00Z");
    }

    #[test]
    fn a_date_may_mean_its_beginning() {
        let now = "2026-11-21T06:00:00Z".parse().unwrap();
        let found = moment("--newer", "2024-05-01", now, &berlin(), Day::Begins).unwrap();
        assert_eq!(found.to_string(), "2024-04-30T22:00:00Z");
    }

    #[test]
    fn a_local_time_that_exists_twice_or_not_at_all_is_refused() {
        let now = "2026-11-21T06:00:00Z".parse().unwrap();
        let twice = past_moment("--at", "2026-10-25 02:30", now, &berlin()).unwrap_err();
        assert_eq!(
            twice.cause,
            "--at: `2026-10-25 02:30` existed twice: the clocks were put back over it"
        );
        assert_eq!(
            twice.hint,
            "write 2026-10-25T02:30:00+02 or 2026-10-25T02:30:00+01"
        );
        means("2026-10-25T02:30:00+02", "2026-10-25T00:30:00Z");
        assert_eq!(
            read("2026-03-29 02:30").unwrap_err(),
            "--at: `2026-03-29 02:30` did not exist: the clocks were put forward over it"
        );
    }

    #[test]
    fn the_future_and_what_is_no_time_are_refused() {
        assert_eq!(
            read("2026-11-22").unwrap_err(),
            "--at: `2026-11-22` is in the future (2026-11-22 23:59:59+01:00, and it is 2026-11-21 07:00:00+01:00)"
        );
        for text in [
            "",
            "yesterday",
            "7",
            "7x",
            "2024-13-01",
            "2024-05-01 25:00",
            "99999999999999999999d",
        ] {
            assert_eq!(
                read(text).unwrap_err(),
                format!("--at: `{text}` is no time")
            );
        }
        assert_eq!(
            read("1000000w").unwrap_err(),
            "--at: `1000000w` is too long ago"
        );
    }
}
