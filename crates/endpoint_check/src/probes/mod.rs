//! The probes, grouped by topic. Each probe sends requests and judges the responses. Complex judgements are pure
//! functions with tests.

mod archive;
mod attributes;
mod checksums;
mod conditions;
mod keys;
mod listing;
mod multipart;
mod objects;
mod payload;
mod signatures;
mod versions;

use crate::capability::Group;

/// All groups, in the order of the table.
pub const GROUPS: &[Group] = &[
    signatures::GROUP,
    payload::GROUP,
    objects::GROUP,
    keys::GROUP,
    listing::GROUP,
    multipart::GROUP,
    checksums::GROUP,
    conditions::GROUP,
    versions::GROUP,
    archive::GROUP,
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_capability_has_a_name_of_its_own_and_fits_a_row_of_a_table() {
        let mut names = BTreeSet::new();
        for capability in GROUPS.iter().flat_map(|group| group.capabilities) {
            assert!(names.insert(capability.name), "{} twice", capability.name);
            for text in [capability.title, capability.aws] {
                assert!(!text.is_empty() && !text.contains('|'), "{text}");
            }
        }
    }
}
