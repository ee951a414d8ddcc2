use super::*;

impl Source for u64 {
    fn size_bytes(&self) -> u64 {
        *self
    }
}

impl Target for TargetKind {
    fn kind(&self) -> TargetKind {
        *self
    }
}

const PLAIN: Policy = Policy {
    force: false,
    attributes: false,
    keep: false,
};
const FORCE: Policy = Policy {
    force: true,
    ..PLAIN
};
const ATTRIBUTES: Policy = Policy {
    attributes: true,
    ..PLAIN
};
const KEEP: Policy = Policy {
    keep: true,
    ..PLAIN
};
const SAME: Pair<u64, TargetKind> = Pair::Both(5, TargetKind::Bytes(5));
const LARGER: Pair<u64, TargetKind> = Pair::Both(5, TargetKind::Bytes(6));
const NEW: Pair<u64, TargetKind> = Pair::OnlySource(5);

/// The result in one word.
fn decided(pair: Pair<u64, TargetKind>, policy: Policy) -> String {
    match decide(pair, policy) {
        Step::Transfer(_, reason) => reason.to_string(),
        Step::Compare(..) => "compare".to_owned(),
        Step::Ask(_) => "ask".to_owned(),
        Step::Refuse(..) => "refuse".to_owned(),
        Step::Known(_) => "known".to_owned(),
    }
}

#[test]
fn nothing_is_skipped_by_size_alone() {
    assert_eq!(decided(SAME, PLAIN), "compare");
    assert_eq!(decided(LARGER, PLAIN), "other size");
    assert_eq!(decided(NEW, PLAIN), "new");
}

#[test]
fn force_transfers_all_but_never_replaces_what_is_no_file() {
    for pair in [SAME, LARGER, NEW, Pair::Unlisted(5), Pair::Forbidden(5)] {
        assert_eq!(decided(pair, FORCE), "forced");
    }
    for there in [TargetKind::Directory, TargetKind::Link, TargetKind::Special] {
        for policy in [PLAIN, FORCE, ATTRIBUTES, KEEP] {
            assert_eq!(decided(Pair::Both(5, there), policy), "refuse");
        }
    }
}

#[test]
fn attributes_that_no_listing_shows_are_sent_again() {
    for pair in [SAME, LARGER] {
        assert_eq!(decided(pair, ATTRIBUTES), "attributes cannot be compared");
    }
    // Nobody knows whether they were sent before.
    assert_eq!(decided(Pair::Unlisted(5), ATTRIBUTES), "ask");
    assert_eq!(
        decided(Pair::Forbidden(5), ATTRIBUTES),
        decided(Pair::Forbidden(5), PLAIN)
    );
    assert_eq!(decided(NEW, ATTRIBUTES), "new");
}

#[test]
fn a_file_that_is_to_stay_is_only_compared() {
    assert_eq!(decided(LARGER, KEEP), "refuse");
    assert_eq!(decided(SAME, KEEP), "compare");
    assert_eq!(decided(NEW, KEEP), "new");
}

#[test]
fn what_is_not_listed_is_asked_for_and_what_may_not_be_seen_is_sent() {
    assert_eq!(decided(Pair::Unlisted(5), PLAIN), "ask");
    assert_eq!(
        decided(Pair::Forbidden(5), PLAIN),
        "the target cannot be read"
    );
}

#[test]
fn a_batch_counts_what_is_moved_or_compared_and_leaves_alone_what_only_the_target_has() {
    let found = [
        Entry::Source(SAME),
        Entry::Source(NEW),
        Entry::LeftOut,
        Entry::OnlyTarget(TargetKind::Bytes(7)),
        Entry::Source(Pair::Both(100, TargetKind::Link)),
    ];
    let batch = batch(found, PLAIN);
    assert_eq!((batch.steps.len(), batch.bytes, batch.left_out), (3, 10, 1));
}
