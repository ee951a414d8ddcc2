//! Bad days: asked again, or not known; never a wrong yes or no.

use testkit::Endpoint;
use testkit::faults::{Action, Fault, Plan};

use super::{buckets, checked, found};
use crate::{demo, through};

#[test]
fn a_busy_service_changes_no_finding() {
    let endpoint = Endpoint::local();
    let calm = found(&checked(demo(&endpoint)));
    let plan = Plan::new(7)
        .rate(Fault::SlowDown, 6.0)
        .rate(Fault::Reset, 2.0)
        .rate(Fault::LostAnswer, 1.0);
    let proxy = endpoint.behind(plan);
    let ended = checked(through(&endpoint, &proxy));
    ended.success();
    assert!(proxy.hits(Fault::SlowDown) > 10);
    for (capability, finding) in found(&ended) {
        let expected = &calm[&capability];
        assert!(
            &finding == expected || finding.starts_with("unknown"),
            "{capability}: {finding}, but it is {expected}"
        );
    }
    assert_eq!(buckets(&endpoint), Vec::<String>::new());
}

#[test]
fn what_always_fails_is_not_known_and_stops_nothing_else() {
    let endpoint = Endpoint::local();
    let plan = Plan::new(1).script(|request, _| {
        let hit = request.path.contains("/condition/");
        hit.then_some(Action::Fault(Fault::InternalError))
    });
    let proxy = endpoint.behind(plan);
    let ended = checked(through(&endpoint, &proxy));
    ended.success();
    let found = found(&ended);
    for capability in [
        "get_if_match",
        "get_if_none_match",
        "put_if_none_match",
        "put_if_match",
    ] {
        assert_eq!(found[capability], "unknown: HTTP 500 InternalError");
    }
    assert_eq!(found["round_trip"], "yes");
    assert_eq!(buckets(&endpoint), Vec::<String>::new());
}

#[test]
fn an_endpoint_without_complete_listings_is_unfit() {
    let endpoint = Endpoint::local();
    let plan = Plan::new(1).script(|request, _| {
        let list = request.query.contains("prefix=list");
        list.then_some(Action::Fault(Fault::SlowDown))
    });
    let proxy = endpoint.behind(plan);
    let ended = checked(through(&endpoint, &proxy));
    ended.code(1).stderr_has(
        "bucket_demo: cannot use this endpoint: this was not found: small pages together give \
         every key once\n",
    );
    assert_eq!(buckets(&endpoint), Vec::<String>::new());
}
