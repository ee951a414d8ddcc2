//! The prompt, on a terminal.

use testkit::Endpoint;

use crate::terminal::Terminal;
use crate::{BUCKET, content, pass, plain, versioned};

/// What ends the line of every question, after which it waits for keys.
const QUESTION: &str = "file to restore from s3://kept: ";

fn opened(endpoint: &Endpoint, words: &str) -> Terminal {
    let mut terminal = Terminal::run(endpoint, words);
    terminal.sees("s3_restore: Tab completes a name, `?PREFIX` lists names, Ctrl-D ends");
    terminal.sees(QUESTION);
    terminal
}

#[test]
fn it_asks_until_the_name_exists_and_offers_the_nearest_names() {
    let endpoint = plain();
    endpoint.s3().put(BUCKET, "reports/annual.txt", b"content");
    endpoint.s3().put(BUCKET, "reports/notes.txt", b"notes");
    let mut terminal = opened(&endpoint, "-c mine.txt");
    terminal.types("reports/anual.txt\r");
    terminal.sees(
        "s3_restore: reports/anual.txt: there is no such object; did you mean `reports/annual.txt`",
    );
    terminal.sees(QUESTION);
    terminal.types("\r");
    terminal.sees(QUESTION);
    terminal.types("reports\r");
    terminal.sees("s3_restore: reports is a directory; `?reports/` lists it");
    terminal.sees(QUESTION);
    terminal.types("?reports/\r");
    terminal.sees("  reports/annual.txt");
    terminal.sees("  reports/notes.txt");
    terminal.sees(QUESTION);
    terminal.types("reports/annual.txt\r");
    terminal.sees("s3_restore: restored s3://kept/reports/annual.txt as mine.txt: 7 B in ");
    terminal.sees("mine.txt");
    assert_eq!(content(terminal.home.path().join("mine.txt")), "content");
    assert_eq!(terminal.ends(), 0);
}

#[test]
fn tab_completes_a_name() {
    let endpoint = plain();
    endpoint.s3().put(BUCKET, "reports/annual.txt", b"content");
    let mut terminal = opened(&endpoint, "-c mine.txt");
    terminal.types("rep\t");
    terminal.sees("reports/");
    terminal.types("\t");
    terminal.sees("annual.txt");
    terminal.types("\r");
    terminal.sees("s3_restore: restored s3://kept/reports/annual.txt as mine.txt");
    assert_eq!(terminal.ends(), 0);
}

#[test]
fn the_end_of_input_ends_it_and_nothing_is_restored() {
    let endpoint = plain();
    let mut terminal = opened(&endpoint, "-c mine.txt");
    terminal.types("\u{4}");
    terminal.sees("s3_restore: nothing restored");
    assert_eq!(terminal.ends(), 1);
}

#[test]
fn a_deleted_object_is_found_and_offered() {
    let endpoint = versioned();
    endpoint.s3().put(BUCKET, "a", b"content");
    pass(&endpoint, 60);
    endpoint.s3().delete(BUCKET, "a");
    let mut terminal = opened(&endpoint, "-c mine.txt");
    terminal.types("a\r");
    terminal.sees("a was deleted at 2023-11-14 22:14:20+00:00; restore its last version, of 2023-11-14 22:13:20+00:00 (7 B)? [y/N] ");
    terminal.types("y\r");
    terminal.sees("s3_restore: restored s3://kept/a as mine.txt");
    assert_eq!(content(terminal.home.path().join("mine.txt")), "content");
    assert_eq!(terminal.ends(), 0);
}

#[test]
fn control_c_ends_it_as_the_shell_expects() {
    let endpoint = plain();
    let mut terminal = opened(&endpoint, "-c mine.txt");
    terminal.types("\u{3}");
    assert_eq!(terminal.ends(), 130);
}

#[test]
fn a_bucket_that_is_not_there_ends_it_before_a_question() {
    let endpoint = Endpoint::local();
    let mut terminal = Terminal::run(&endpoint, "-c mine.txt");
    terminal.sees("s3_restore: cannot list s3://kept/: there is no such bucket in region us-east-1 (NoSuchBucket, HTTP 404");
    assert_eq!(terminal.ends(), 4);
}
