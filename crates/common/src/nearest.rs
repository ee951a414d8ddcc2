//! Finds the name that a person probably meant.

/// The lowest similarity of a name that is suggested, from 0 to 1.
const ALIKE: f64 = 0.6;

/// The name that is most like `wanted`, in upper or lower case; `None` if none is much like it. If
/// several are, the first wins.
pub fn nearest<'a>(wanted: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wanted = wanted.to_lowercase();
    let mut best = None;
    for name in names {
        let alike = strsim::normalized_damerau_levenshtein(&wanted, &name.to_lowercase());
        if alike >= ALIKE && best.is_none_or(|(most, _)| alike > most) {
            best = Some((alike, name));
        }
    }
    best.map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_name_that_is_much_like_the_wanted_one_is_found() {
        let names = ["photos", "my-bucket", "my-backup", "dry-run"];
        let found = ["my-bukket", "PHOTO", "dryrun", "zebra", ""].map(|name| nearest(name, names));
        assert_eq!(
            found,
            [
                Some("my-bucket"),
                Some("photos"),
                Some("dry-run"),
                None,
                None
            ]
        );
    }
}
