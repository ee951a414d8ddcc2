//! `SERVERS.md` says what the check finds: a column a server, a row a capability.
//!
//! With UPDATE=1 the column of the server is written instead. Servers other than `local_s3` are
//! named by TEST_SERVER, as `scripts/check --servers` sets it.

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use testkit::{Endpoint, Finished};

use super::{checked, found, text};
use crate::demo;

fn document() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("SERVERS.md")
}

/// The table, and what stands around it.
struct Document {
    before: String,
    servers: Vec<String>,
    /// By the name of the capability, then by server.
    cells: BTreeMap<String, BTreeMap<String, String>>,
    after: String,
}

const FIRST: &str = "| capability |";

impl Document {
    fn read() -> Self {
        let text = fs::read_to_string(document()).unwrap();
        let at = text.find(FIRST).unwrap();
        let (before, table) = text.split_at(at);
        let end = table.find("\n\n").map_or(table.len(), |end| end + 1);
        let (table, after) = table.split_at(end);
        let mut rows = table.lines().map(cells_of);
        let servers = rows.next().unwrap()[3..].to_vec();
        let mut cells = BTreeMap::new();
        for row in rows.skip(1) {
            let name = row[0].trim_matches('`').to_owned();
            let row = servers.iter().cloned().zip(row[3..].to_vec()).collect();
            cells.insert(name, row);
        }
        Self {
            before: before.to_owned(),
            servers,
            cells,
            after: after.to_owned(),
        }
    }

    fn column(&self, server: &str) -> BTreeMap<String, String> {
        let cell = |row: &BTreeMap<String, String>| row.get(server).cloned().unwrap_or_default();
        self.cells
            .iter()
            .map(|(name, row)| (name.clone(), cell(row)))
            .collect()
    }

    /// Writes the column of a server, in the order and words of the check.
    fn write(mut self, server: &str, ended: &Finished) {
        if !self.servers.iter().any(|known| known == server) {
            self.servers.push(server.to_owned());
        }
        let mut table = format!(
            "{FIRST} what is asked | AWS | {} |\n",
            self.servers.join(" | ")
        );
        table += &format!("|{}\n", "---|".repeat(3 + self.servers.len()));
        let findings = found(ended);
        for line in ended.json_lines() {
            if line["capability"].is_null() {
                continue;
            }
            let name = text(&line, "capability");
            let mut row = self.cells.remove(&name).unwrap_or_default();
            row.insert(server.to_owned(), findings[&name].clone());
            let cells: Vec<String> = self
                .servers
                .iter()
                .map(|server| {
                    row.get(server)
                        .cloned()
                        .unwrap_or_else(|| "not tried".into())
                })
                .collect();
            let (title, aws) = (text(&line, "title"), text(&line, "aws"));
            let row = format!("| `{name}` | {title} | {aws} | {} |\n", cells.join(" | "));
            // Markdown would take it for HTML.
            table += &row.replace('<', "&lt;");
        }
        fs::write(document(), format!("{}{table}{}", self.before, self.after)).unwrap();
    }
}

fn cells_of(row: &str) -> Vec<String> {
    let row = row.trim().trim_start_matches('|').trim_end_matches('|');
    row.split('|')
        .map(|cell| cell.trim().replace("&lt;", "<"))
        .collect()
}

mod on_any_server {
    use super::*;

    #[test]
    #[expect(clippy::disallowed_methods, reason = "whoever runs the test sets it")]
    fn the_document_says_what_the_check_finds() {
        let endpoint = Endpoint::any();
        let server = match env::var("TEST_SERVER") {
            _ if endpoint.is_local() => "local_s3".to_owned(),
            Ok(server) => server,
            Err(_) => return a_column_fits(&checked(demo(&endpoint))),
        };
        let ended = checked(demo(&endpoint));
        if testkit::is_updating() {
            return Document::read().write(&server, &ended);
        }
        let document = Document::read();
        if document.servers.contains(&server) {
            let otherwise = differences(document.column(&server), &found(&ended));
            assert!(
                otherwise.is_empty(),
                "UPDATE=1 writes it anew:\n{}",
                otherwise.join("\n")
            );
        }
    }

    /// What a busy server left unknown this time contradicts nothing.
    fn differences(
        documented: BTreeMap<String, String>,
        found: &BTreeMap<String, String>,
    ) -> Vec<String> {
        let names = documented.keys().chain(found.keys());
        names
            .collect::<BTreeSet<_>>()
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

    /// A server without a name is one of those in the table, in what matters most.
    fn a_column_fits(ended: &Finished) {
        let found = found(ended);
        let document = Document::read();
        let fits = document
            .servers
            .iter()
            .any(|server| document.column(server) == found);
        assert!(fits, "no column of SERVERS.md is {found:#?}");
    }
}
