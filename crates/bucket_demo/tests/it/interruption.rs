//! Runs that are ended in each of their steps.

use std::thread::sleep;
use std::time::{Duration, Instant};

use testkit::faults::{Action, Canned, Fault, FaultProxy, Plan};
use testkit::{Endpoint, SOON, Signal, wait_for};

use crate::{SAMPLES, THERE, demo, snapshot, steps, through, with_foreign_keys};

/// What a step sends that no other does.
#[derive(Clone, Copy, Debug)]
enum At {
    Create,
    Upload,
    Download,
    Delete,
    Remove,
}

impl At {
    const ALL: [Self; 5] = [
        Self::Create,
        Self::Upload,
        Self::Download,
        Self::Delete,
        Self::Remove,
    ];

    fn is(self, method: &str, path: &str, query: &str) -> bool {
        let has_key = path.trim_start_matches('/').contains('/');
        match self {
            Self::Create => method == "PUT" && !has_key,
            Self::Upload => method == "PUT" && path.ends_with("user.sql"),
            Self::Download => method == "GET" && path.ends_with("user.sql"),
            Self::Delete => method == "POST" && query == "delete=",
            Self::Remove => method == "DELETE" && !has_key,
        }
    }
}

/// A proxy behind which the first request of this step gets no response, done or not.
fn stops_at(endpoint: &Endpoint, at: At) -> FaultProxy {
    endpoint.behind(Plan::new(1).script(move |request, before| {
        let is_it = before == 0 && at.is(&request.method, &request.path, &request.query);
        is_it.then_some(Action::Fault(Fault::Stall))
    }))
}

fn wait_until(proxy: &FaultProxy, at: At) {
    wait_for(&format!("{at:?}"), || {
        let requests = proxy.requests();
        requests.iter().any(|recorded| {
            let request = &recorded.request;
            at.is(&request.method, &request.path, &request.query)
        })
    });
    sleep(Duration::from_millis(50));
}

#[test]
fn after_ctrl_c_in_any_step_nothing_of_the_run_is_left() {
    for at in At::ALL {
        let endpoint = Endpoint::local();
        let proxy = stops_at(&endpoint, at);
        let running = through(&endpoint, &proxy)
            .args(["--bucket-name", "mine"])
            .start();
        wait_until(&proxy, at);
        let began = Instant::now();
        running.signal(Signal::INT);
        let ended = running.wait();
        assert!(began.elapsed() < SOON, "{at:?}: {:?}", began.elapsed());
        ended.code(130);
        assert!(
            !endpoint.server().store().remove_bucket("mine"),
            "{at:?}: {}",
            ended.stdout_text()
        );
        let steps = steps(ended.home());
        assert!(
            steps.iter().any(|step| step.ends_with(" interrupted")),
            "{at:?}: {steps:?}"
        );
    }
}

#[test]
fn an_object_whose_upload_was_broken_off_is_not_left_in_a_bucket_that_was_there() {
    let (endpoint, before) = with_foreign_keys();
    let store = endpoint.server().store().clone();
    let proxy = endpoint.behind(Plan::new(1).script(move |request, _| {
        let key = request.path.strip_prefix("/there-before/")?;
        // It arrives, but for the response; so no upload has been reported to be done.
        (request.method == "PUT").then(|| {
            store.put(THERE, key, "x");
            Action::Fault(Fault::Stall)
        })
    }));
    let running = through(&endpoint, &proxy)
        .args(["--bucket-name", THERE, "--bucket-create", "0"])
        .start();
    wait_until(&proxy, At::Upload);
    running.signal(Signal::INT);
    running.wait().code(130);
    assert_eq!(snapshot(&endpoint.server().store(), THERE), before);
}

#[test]
fn ctrl_c_while_cleaning_up_after_a_failure_still_tells_what_is_left() {
    let endpoint = Endpoint::local();
    let proxy = endpoint.behind(Plan::new(1).script(|request, _| {
        let gets = request.method == "GET" && request.path.ends_with("user.sql");
        let denied = || Action::Respond(Canned::error(403, "AccessDenied", "no"));
        match request.query.as_str() {
            _ if gets => Some(denied()),
            "delete=" => Some(Action::Fault(Fault::Stall)),
            _ => None,
        }
    }));
    let running = through(&endpoint, &proxy)
        .args(["--bucket-name", "mine"])
        .start();
    wait_until(&proxy, At::Delete);
    let began = Instant::now();
    running.signal(Signal::INT);
    let ended = running.wait();
    assert!(began.elapsed() < SOON, "{:?}", began.elapsed());
    ended.code(130);
    ended.stderr_has("bucket_demo: s3://mine is left, with its objects: ");
    let steps = steps(ended.home());
    assert_eq!(steps.last().unwrap(), "bucket_list interrupted");
}

#[test]
fn with_keep_a_signal_leaves_everything_as_it_is() {
    let endpoint = Endpoint::local();
    let proxy = stops_at(&endpoint, At::Download);
    let running = through(&endpoint, &proxy)
        .args(["--bucket-name", "mine", "--keep"])
        .start();
    wait_until(&proxy, At::Download);
    running.signal(Signal::TERM);
    let ended = running.wait();
    ended.code(143);
    ended.stderr_has("bucket_demo: s3://mine is left, with its objects: ");
    assert_eq!(endpoint.server().store().keys("mine"), SAMPLES);
}

#[test]
fn a_run_that_was_killed_in_any_step_is_in_nobodys_way() {
    for at in At::ALL {
        let endpoint = Endpoint::local();
        let proxy = stops_at(&endpoint, at);
        let program = through(&endpoint, &proxy);
        let running = program.clone().start();
        wait_until(&proxy, at);
        running.signal(Signal::KILL);
        running.wait();
        let log = crate::log(program.home());
        assert!(
            log.last().unwrap().contains(" run=RUN-ID "),
            "{at:?}: whole lines only"
        );
        let left = endpoint
            .s3()
            .send("GET", "/", &[], &[], b"")
            .unwrap()
            .ok()
            .text();
        // The next run has a bucket of its own, and leaves that of the dead alone.
        demo(&endpoint).current_dir(program.home()).run().success();
        let after = endpoint
            .s3()
            .send("GET", "/", &[], &[], b"")
            .unwrap()
            .ok()
            .text();
        let names = |xml: &str| xml.matches("<Name>bucket-demo-").count();
        assert_eq!(names(&left), names(&after), "{at:?}");
    }
}

#[test]
fn after_a_failure_what_was_made_is_taken_back_unless_keep_is_given() {
    let refusing = |endpoint: &Endpoint| {
        endpoint.behind(Plan::new(1).script(|request, _| {
            (request.method == "GET" && request.path.ends_with("user.sql"))
                .then(|| Action::Respond(Canned::error(403, "AccessDenied", "no")))
        }))
    };
    let endpoint = Endpoint::local();
    let proxy = refusing(&endpoint);
    let ended = through(&endpoint, &proxy).run();
    ended.code(1);
    ended.stdout_has("No Buckets\n");
    ended.stderr_has("bucket_demo: cannot download everything: 1 of 4 files failed (3 downloaded, 0 skipped, 296 bytes)\n");
    let steps = steps(ended.home());
    assert_eq!(
        steps[4..],
        [
            "download run",
            "download 403",
            "delete run",
            "delete 200",
            "bucket_delete run",
            "bucket_delete 204",
            "bucket_list run",
            "bucket_list 200"
        ]
    );
    let ended = through(&endpoint, &refusing(&endpoint))
        .args(["--keep", "--bucket-name", "mine"])
        .run();
    ended.code(1);
    assert_eq!(endpoint.server().store().keys("mine"), SAMPLES);
}

#[test]
fn a_bucket_whose_creation_was_not_answered_is_known_to_be_ours() {
    let endpoint = Endpoint::local();
    let proxy = endpoint.behind(Plan::new(1).script(|request, before| {
        let is_it = At::Create.is(&request.method, &request.path, &request.query);
        (is_it && before == 0).then_some(Action::Fault(Fault::LostResponse))
    }));
    let ended = through(&endpoint, &proxy).run();
    ended.success().stdout_has("No Buckets\n");
}

#[test]
fn a_bad_connection_changes_nothing_but_the_time_it_takes() {
    for seed in 1..=3 {
        let endpoint = Endpoint::local();
        let proxy = endpoint.behind(
            Plan::new(seed)
                .rate(Fault::SlowDown, 10.0)
                .rate(Fault::InternalError, 10.0)
                .rate(Fault::Reset, 10.0)
                .rate(Fault::LostResponse, 10.0)
                .rate(Fault::CutListing, 10.0)
                .rate(Fault::FlippedDown, 10.0)
                .most_per_target(2),
        );
        let ended = through(&endpoint, &proxy).run();
        ended.success().stdout_has("No Buckets\n");
    }
}
