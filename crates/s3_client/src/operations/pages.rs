//! Checks for the pages of all listings.

use crate::failure::Failure;

/// Refuses a page with names outside the prefix. If a service ignores the prefix, other objects
/// could be deleted, or written under wrong names.
pub(super) fn check_prefix<'a>(
    prefix: &str,
    names: impl IntoIterator<Item = &'a String>,
) -> Result<(), Failure> {
    match names.into_iter().find(|name| !name.starts_with(prefix)) {
        None => Ok(()),
        Some(name) => Err(Failure::Response(format!(
            "the service lists `{name}`, which does not begin with `{prefix}`"
        ))),
    }
}

/// Where the next page of versions or uploads begins: after a key, or within it after an id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Marker {
    key: String,
    id: Option<String>,
    /// The ids of this key where earlier pages began.
    used: Vec<String>,
}

impl Marker {
    /// The marker of a page that began after `before`. One that leads back is refused, because it
    /// would be followed for ever.
    pub(super) fn next(
        before: Option<&Self>,
        key: String,
        id: Option<String>,
    ) -> Result<Self, Failure> {
        let mut used = Vec::new();
        let mut moves_on = true;
        if let Some(before) = before {
            moves_on = before.key <= key;
            if before.key == key {
                // Without an id, the page began after all entries of this key.
                moves_on = before.id.is_some();
                used.clone_from(&before.used);
                used.extend(before.id.clone());
            }
        }
        if !moves_on || id.as_ref().is_some_and(|id| used.contains(id)) {
            return Err(Failure::Response("the list does not move on".to_owned()));
        }
        Ok(Self { key, id, used })
    }

    /// The two parameters of a request; none for the first page.
    pub(super) fn parameters(this: Option<&Self>) -> (Option<String>, Option<String>) {
        match this {
            None => (None, None),
            Some(this) => (Some(this.key.clone()), this.id.clone()),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn step(before: Option<&Marker>, key: &str, id: Option<&str>) -> Option<Marker> {
        Marker::next(before, key.to_owned(), id.map(str::to_owned)).ok()
    }

    #[test]
    fn a_marker_goes_on_to_another_id_or_a_later_key_only() {
        let from = |id| step(None, "b", id).unwrap();
        assert!(step(Some(&from(Some("2"))), "b", Some("1")).is_some());
        assert!(step(Some(&from(Some("2"))), "b", None).is_some());
        assert!(step(Some(&from(None)), "c", Some("2")).is_some());
        assert!(step(Some(&from(Some("2"))), "b", Some("2")).is_none());
        assert!(step(Some(&from(None)), "b", Some("2")).is_none());
        assert!(step(Some(&from(Some("2"))), "a", Some("1")).is_none());
    }

    proptest! {
        /// With so many names no walk is longer: sooner or later it would be at one again.
        #[test]
        fn no_markers_are_followed_for_ever(
            steps in proptest::collection::vec(("[ab]", proptest::option::of("[12]")), 20),
        ) {
            let mut at = None;
            let mut taken = 0;
            for (key, id) in steps {
                match Marker::next(at.as_ref(), key, id) {
                    Ok(next) => at = Some(next),
                    Err(_) => break,
                }
                taken += 1;
            }
            prop_assert!(taken <= 6, "{taken}");
        }
    }
}
