//! With UPDATE=1 the column of the server is written instead of compared. Servers other than `local_s3` are named by
//! TEST_SERVER, as `scripts/check --servers` sets it.

use std::collections::BTreeSet;
use std::env;

use testkit::{Endpoint, Program};

use crate::document::{Column, Document, column_of};

#[test]
fn the_document_says_what_the_check_finds() {
    let endpoint = Endpoint::any();
    let program = Program::new("bucket_demo").on(&endpoint);
    let lines = program.args(["--check", "--json"]).run().json_lines();
    let found = column_of(&lines);
    let document = Document::read();
    let server = match env::var("TEST_SERVER") {
        _ if endpoint.is_local() => "local_s3".to_owned(),
        Ok(server) => server,
        // A server without a name is one of those in the table.
        Err(_) => {
            let mut servers = document.servers.iter();
            let fits = servers.any(|server| document.column(server) == found);
            return assert!(fits, "no column of SERVERS.md is {found:#?}");
        }
    };
    if env::var_os("UPDATE").is_some() {
        return document.write(&server, &lines);
    }
    if document.servers.contains(&server) {
        let differences = differences(&document.column(&server), &found);
        assert!(
            differences.is_empty(),
            "UPDATE=1 writes it anew:\n{}",
            differences.join("\n")
        );
    }
}

/// What a busy server left unknown this time contradicts nothing.
fn differences(documented: &Column, found: &Column) -> Vec<String> {
    let names: BTreeSet<&String> = documented.keys().chain(found.keys()).collect();
    names
        .into_iter()
        .filter(|name| {
            let now = found.get(*name);
            now != documented.get(*name) && !now.is_some_and(|now| now.starts_with("unknown"))
        })
        .map(|name| {
            let (said, now) = (documented.get(name), found.get(name));
            format!("{name}: the document says {said:?}, the check {now:?}")
        })
        .collect()
}
