//! `SERVERS.md` says what the check finds: a column a server, a row a capability.
//!
//! With UPDATE=1 the column of the server is written instead. Servers other than `local_s3` are
//! named by TEST_SERVER, as `scripts/check --servers` sets it.

use std::collections::BTreeMap;
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
    fn the_document_says_what_the_check_finds() {
        let endpoint = Endpoint::any();
        let server = match env::var("TEST_SERVER") {
            _ if endpoint.is_local() => "local_s3".to_owned(),
            Ok(server) => server,
            Err(_) => return a_column_fits(&checked(demo(&endpoint))),
        };
        let ended = checked(demo(&endpoint));
        if env::var_os("UPDATE").is_some() {
            return Document::read().write(&server, &ended);
        }
        let document = Document::read();
        if document.servers.contains(&server) {
            assert_eq!(
                document.column(&server),
                found(&ended),
                "UPDATE=1 writes it anew"
            );
        }
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
