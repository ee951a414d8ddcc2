//! How long ago something was, for people.

/// `3d 4h`, `4h 12m`, `12m 5s`, `5s`: the two largest units. What lies ahead, by a clock that is
/// wrong here or there, is `0s`.
pub(super) fn age(seconds: i64) -> String {
    const UNITS: [(&str, u64); 4] = [("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1)];
    let seconds = u64::try_from(seconds).unwrap_or_default();
    for pair in UNITS.windows(2) {
        if let [(large, many), (small, few)] = pair
            && seconds >= *many
        {
            return format!("{}{large} {}{small}", seconds / many, seconds % many / few);
        }
    }
    format!("{seconds}s")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_age_is_told_in_its_two_largest_units() {
        let told = [0, 59, 60, 3_599, 3_600, 86_399, 86_400, 274_380, 63_072_000].map(age);
        assert_eq!(
            told,
            [
                "0s", "59s", "1m 0s", "59m 59s", "1h 0m", "23h 59m", "1d 0h", "3d 4h", "730d 0h"
            ]
        );
    }

    #[test]
    fn what_lies_ahead_is_no_time_ago() {
        assert_eq!(age(-5), "0s");
        assert_eq!(age(i64::MIN), "0s");
    }
}
