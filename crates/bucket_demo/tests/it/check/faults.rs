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
        .rate(Fault::SlowDown, 15.0)
        .rate(Fault::Reset, 2.0)
        .rate(Fault::LostResponse, 1.0);
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
    let finding = &found["put_if_none_match"];
    assert_eq!(finding, "unknown: HTTP 500 InternalError");
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
        "bucket_demo: cannot use this endpoint: it does not do this: small pages together list \
         every key once\n",
    );
    assert_eq!(buckets(&endpoint), Vec::<String>::new());
}

#[test]
fn a_request_that_is_sent_again_because_its_response_was_lost_changes_no_finding() {
    let endpoint = Endpoint::local();
    let expected = found(&checked(demo(&endpoint)));
    // Carried out, and the connection ends: the first of everything that changes something.
    let plan = Plan::new(3).script(|request, before| {
        let reads = ["GET", "HEAD"].contains(&request.method.as_str());
        (before == 0 && !reads).then_some(Action::Fault(Fault::LostResponse))
    });
    let proxy = endpoint.behind(plan);
    let ended = checked(through(&endpoint, &proxy));
    ended.success();
    assert!(proxy.hits(Fault::LostResponse) > 50);
    assert_eq!(found(&ended), expected);
    assert_eq!(buckets(&endpoint), Vec::<String>::new());
}

#[test]
fn a_bucket_that_may_be_there_and_cannot_be_removed_is_named() {
    let endpoint = Endpoint::local();
    let plan = Plan::new(1).script(|request, before| {
        match request.method.as_str() {
            // It is made, and nobody hears of it, then or later.
            "PUT" if before == 0 => Some(Action::Fault(Fault::LostResponse)),
            "PUT" => Some(Action::Fault(Fault::Reset)),
            "DELETE" => Some(Action::Fault(Fault::SlowDown)),
            _ => None,
        }
    });
    let proxy = endpoint.behind(plan);
    let program = through(&endpoint, &proxy).env("AWS_MAX_ATTEMPTS", "2");
    let ended = program.arg("--check").run();
    let left = buckets(&endpoint);
    assert_eq!(left.len(), 1, "{left:?}");
    ended
        .code(7)
        .stderr_has(&format!("bucket_demo: cannot delete s3://{}: ", left[0]))
        .stderr_has("hint: if it is there, remove it by hand: the check made it")
        .stderr_has(&format!("bucket_demo: cannot create s3://{}: ", left[0]));
}
