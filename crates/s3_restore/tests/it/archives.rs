//! Archived objects.

use std::time::{Duration, Instant};

use testkit::faults::{Action, Canned, Plan};
use testkit::{Endpoint, Program, Signal};

use crate::{BUCKET, content, pass, restore, versioned};

/// An object in this class, in a store whose thaws take an hour of its own time.
fn archived(class: &'static str) -> Endpoint {
    let endpoint = versioned();
    let store = endpoint.server().store();
    store.put_in_class(BUCKET, "old", "content", class);
    store.set_thaw(Duration::from_secs(3_600));
    endpoint
}

/// Waits until the server has seen a thaw being asked for, and this many looks at the object since
/// the log of requests was cleared.
#[track_caller]
fn wait_for(endpoint: &Endpoint, thaws: usize, looks: usize) {
    let began = Instant::now();
    let count = |method: &str| {
        let requests = endpoint.server().requests();
        requests.iter().filter(|seen| seen.method == method).count()
    };
    while count("POST") < thaws || count("HEAD") < looks {
        assert!(began.elapsed() < Duration::from_secs(60), "waited in vain");
        std::thread::sleep(Duration::from_millis(10));
    }
}

fn ask(endpoint: &Endpoint, flags: &[&str]) -> Program {
    restore(endpoint).args(["-c", "x", "old"]).args(flags)
}

#[test]
fn an_archived_object_is_recognised_and_the_message_says_how_to_thaw_it() {
    let endpoint = archived("GLACIER");
    ask(&endpoint, &[]).run().code(1).stdout("").stderr(
        "s3_restore: cannot restore s3://kept/old: it is archived in GLACIER and has to be thawed first\n\
         hint: --thaw asks for that, which takes 3 to 5 hours; --thaw=expedited some minutes, --thaw=bulk 5 to 12 hours; with --wait it is restored then\n",
    );
}

#[test]
fn a_thaw_is_begun_once_goes_on_and_then_the_object_comes_back_at_once() {
    let endpoint = archived("GLACIER");
    ask(&endpoint, &["--thaw=bulk", "--days", "3"]).run().code(1).stderr(
        "s3_restore: s3://kept/old: started thawing from GLACIER (bulk, a copy for 3 days)\n\
         s3_restore: cannot restore s3://kept/old: it is being thawed from GLACIER, which takes its time\n\
         hint: run the same command again later, or with --wait, which restores it when it is thawed\n",
    );
    ask(&endpoint, &["--thaw"]).run().code(1).stderr(
        "s3_restore: cannot restore s3://kept/old: it is being thawed from GLACIER, which takes its time\n\
         hint: run the same command again later, or with --wait, which restores it when it is thawed\n",
    );
    pass(&endpoint, 3_600);
    let program = ask(&endpoint, &[]);
    let path = program.home().join("x");
    program.clone().run().success();
    assert_eq!(content(path), "content");
}

#[test]
fn a_wait_that_is_stopped_is_taken_up_by_the_next_run() {
    let endpoint = archived("DEEP_ARCHIVE");
    let waiting = ask(&endpoint, &["--thaw", "--wait"]).start();
    // One look before the thaw, one while it goes on.
    wait_for(&endpoint, 1, 2);
    waiting.signal(Signal::TERM);
    assert_eq!(waiting.wait().signal(), Some(15));
    let program = ask(&endpoint, &["--thaw", "--wait"]);
    let path = program.home().join("x");
    let again = program.clone().start();
    wait_for(&endpoint, 1, 4);
    pass(&endpoint, 3_600);
    again
        .wait()
        .success()
        .stderr_has("s3_restore: s3://kept/old: waiting until it is thawed\n");
    assert_eq!(content(path), "content");
    let thaws = endpoint.server().requests();
    assert_eq!(
        thaws
            .iter()
            .filter(|request| request.method == "POST")
            .count(),
        1
    );
}

#[test]
fn a_wait_has_its_limit() {
    let endpoint = archived("GLACIER");
    ask(&endpoint, &["--thaw=expedited", "--wait=1s"]).run().code(1).stderr(
        "s3_restore: s3://kept/old: started thawing from GLACIER (expedited, a copy for 1 day)\n\
         s3_restore: s3://kept/old: waiting until it is thawed\n\
         s3_restore: cannot restore s3://kept/old: it is still being thawed after 1 s\n\
         hint: run the same command again to go on waiting; the thaw goes on meanwhile\n",
    );
}

#[test]
fn what_cannot_be_expedited_is_said_before_anything_is_asked_for() {
    let endpoint = archived("DEEP_ARCHIVE");
    ask(&endpoint, &["--thaw=expedited"]).run().code(1).stderr(
        "s3_restore: cannot thaw s3://kept/old: nothing in DEEP_ARCHIVE can be thawed in the tier expedited\n\
         hint: --thaw=standard takes about 12 hours, --thaw=bulk about 48\n",
    );
}

#[test]
fn a_service_without_room_for_expedited_thaws_is_not_asked_again() {
    let endpoint = archived("GLACIER");
    let proxy = endpoint.behind(Plan::new(1).script(|request, _| {
        let no_room = Canned::error(503, "GlacierExpeditedRetrievalNotAvailable", "Later.");
        (request.method == "POST").then_some(Action::Respond(no_room))
    }));
    ask(&endpoint, &["--thaw=expedited"])
        .envs(endpoint.settings_through(&proxy))
        .run()
        .code(1)
        .stderr(
            "s3_restore: cannot thaw s3://kept/old: expedited thaws are not available now \
             (GlacierExpeditedRetrievalNotAvailable, HTTP 503, request fault-proxy)\n\
             hint: --thaw=standard is always accepted and takes some hours\n",
        );
    let asked = proxy.requests();
    let thaws = asked.iter().filter(|seen| seen.request.method == "POST");
    assert_eq!(thaws.count(), 1);
}

#[test]
fn an_object_that_fell_into_an_archive_tier_is_recognised() {
    let endpoint = versioned();
    let store = endpoint.server().store();
    store.put(BUCKET, "old", "content");
    assert!(store.archive(BUCKET, "old", "ARCHIVE_ACCESS"));
    ask(&endpoint, &[]).run().code(1).stderr_has(
        "cannot restore s3://kept/old: it is archived in ARCHIVE_ACCESS and has to be thawed first\n",
    );
}

#[test]
fn in_a_directory_the_archived_object_is_named_and_the_others_come_back() {
    let endpoint = archived("GLACIER");
    endpoint.server().store().put(BUCKET, "new", "content");
    let ended = restore(&endpoint).args(["-r", "/", "-c", "out"]).run();
    ended.code(1).stdout("out/new\n").stderr_has(
        "s3_restore: cannot restore s3://kept/old: it is archived in GLACIER and has to be thawed first\n",
    );
}
