//! The table of `SERVERS.md`: a column a server, a row a capability.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

/// What was found, by the name of the capability: `yes: 403 AccessDenied`.
pub(crate) type Column = BTreeMap<String, String>;

fn path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("SERVERS.md")
}

/// The lines of `bucket_demo --check --json` that are about a capability.
pub(crate) fn column_of(lines: &[Value]) -> Column {
    let capabilities = lines.iter().filter(|line| line["capability"].is_string());
    let finding = |line: &Value| match text(line, "detail").as_str() {
        "" => text(line, "found"),
        detail => format!("{}: {detail}", text(line, "found")),
    };
    capabilities
        .map(|line| (text(line, "capability"), finding(line)))
        .collect()
}

fn text(line: &Value, name: &str) -> String {
    line[name].as_str().unwrap().to_owned()
}

/// The table, and what stands around it.
pub(crate) struct Document {
    before: String,
    pub(crate) servers: Vec<String>,
    /// By the name of the capability, then by server.
    cells: BTreeMap<String, BTreeMap<String, String>>,
    after: String,
}

const FIRST: &str = "| capability |";

impl Document {
    pub(crate) fn read() -> Self {
        let text = fs::read_to_string(path()).unwrap();
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

    pub(crate) fn column(&self, server: &str) -> Column {
        let cell = |row: &BTreeMap<String, String>| row.get(server).cloned().unwrap_or_default();
        self.cells
            .iter()
            .map(|(name, row)| (name.clone(), cell(row)))
            .collect()
    }

    /// Writes the column of a server, in the order and words of the check.
    pub(crate) fn write(mut self, server: &str, lines: &[Value]) {
        if !self.servers.iter().any(|known| known == server) {
            self.servers.push(server.to_owned());
        }
        let servers = &self.servers;
        let mut table = format!("{FIRST} what is asked | AWS | {} |\n", servers.join(" | "));
        table += &format!("|{}\n", "---|".repeat(3 + servers.len()));
        let column = column_of(lines);
        for line in lines.iter().filter(|line| line["capability"].is_string()) {
            let name = text(line, "capability");
            let mut row = self.cells.remove(&name).unwrap_or_default();
            row.insert(server.to_owned(), column[&name].clone());
            let cells = servers
                .iter()
                .map(|server| row.get(server).map_or("not tried", String::as_str));
            let cells: Vec<&str> = cells.collect();
            let (title, aws) = (text(line, "title"), text(line, "aws"));
            let row = format!("| `{name}` | {title} | {aws} | {} |\n", cells.join(" | "));
            // Markdown would take it for HTML.
            table += &row.replace('<', "&lt;");
        }
        fs::write(path(), format!("{}{table}{}", self.before, self.after)).unwrap();
    }
}

fn cells_of(row: &str) -> Vec<String> {
    let row = row.trim().trim_start_matches('|').trim_end_matches('|');
    row.split('|')
        .map(|cell| cell.trim().replace("&lt;", "<"))
        .collect()
}
