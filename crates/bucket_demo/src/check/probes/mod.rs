//! The probes, by what they are about. Each is a small function that asks and judges; the
//! judgements that need thought are pure and tested.

mod archive;
mod attributes;
mod buckets;
mod checksums;
mod conditions;
mod keys;
mod listing;
mod multipart;
mod objects;
mod payload;
mod removal;
mod signatures;
mod versions;

use super::capability::Group;

/// All groups, in the order of the table.
pub(crate) const GROUPS: [Group; 12] = [
    signatures::GROUP,
    payload::GROUP,
    buckets::GROUP,
    objects::GROUP,
    keys::GROUP,
    listing::GROUP,
    multipart::GROUP,
    checksums::GROUP,
    conditions::GROUP,
    versions::GROUP,
    archive::GROUP,
    removal::GROUP,
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_capability_has_a_name_of_its_own_and_says_what_it_means() {
        let mut names = BTreeSet::new();
        for capability in GROUPS.iter().flat_map(|group| group.capabilities) {
            assert!(names.insert(capability.name), "{} twice", capability.name);
            let texts = [
                capability.title,
                capability.aws,
                capability.if_yes,
                capability.if_not,
            ];
            for text in texts {
                assert!(
                    !text.is_empty() && !text.contains('|'),
                    "{}",
                    capability.name
                );
            }
        }
    }
}
