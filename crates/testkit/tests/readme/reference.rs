//! Tables and messages: the pages say what `--help` and the code say.

use std::fs;

use testkit::{Program, path_of};

use crate::examples::shell;
use crate::page::{PROGRAMS, Page, SHARED, manual, pages, root};

fn help(program: &str) -> String {
    let finished = Program::new(program).arg("--help").run();
    finished.success();
    finished.stdout_text()
}

/// The lines of `--help` below this heading.
fn section(help: &str, heading: &str) -> Vec<String> {
    let below = help.lines().skip_while(|line| *line != heading).skip(1);
    below
        .take_while(|line| !line.is_empty())
        .map(str::to_owned)
        .collect()
}

#[test]
fn every_flag_is_in_the_manual_or_on_the_shared_page() {
    let shared = Page::read(SHARED).text;
    for program in PROGRAMS {
        let page = manual(program).text + &shared;
        let help = help(program);
        // Indented further is what help says about a flag.
        let named = |line: &&str| line.starts_with("    -") || line.starts_with("        --");
        for line in help.lines().filter(named) {
            let flag = line
                .split_whitespace()
                .find(|word| word.starts_with("--"))
                .unwrap_or_default();
            let flag = flag.trim_end_matches("...");
            // A value that is taken only after `=`.
            let flag = flag.split(['=', '[']).next().unwrap_or_default();
            if ["", "--help", "--version"].contains(&flag) {
                continue;
            }
            let is_there = ["`", " ", "`,", ",", "="]
                .iter()
                .any(|end| page.contains(&format!("`{flag}{end}")));
            assert!(
                is_there,
                "{program} has {flag}, which neither its manual nor {SHARED} explains"
            );
        }
    }
}

#[test]
fn every_flag_is_on_the_manual_page_that_is_installed() {
    for program in PROGRAMS {
        let finished = shell(&root().join("scripts/man"))
            .arg(path_of(program))
            .run();
        finished.success();
        let page = finished.stdout_text();
        let printed: Vec<&str> = page
            .lines()
            .filter_map(|line| line.strip_prefix(".B \\-"))
            .map(|flag| flag.split([' ', ',']).next().unwrap())
            .collect();
        let options = section(&help(program), "OPTIONS:");
        let flags: Vec<String> = options
            .iter()
            .filter(|line| line.starts_with("    -") || line.starts_with("        -"))
            .map(|line| line.trim_start().replace('-', "\\-"))
            .map(|line| line[2..].split([' ', ',']).next().unwrap().to_owned())
            .collect();
        assert_eq!(printed, flags, "{program}: scripts/man");
        assert!(page.contains("\n.SH EXAMPLES\n"), "{program}: {page}");
    }
}

#[test]
fn every_variable_of_help_is_on_the_page_and_no_other() {
    let mut told: Vec<String> = Vec::new();
    for program in PROGRAMS {
        let lines = section(&help(program), "VARIABLES:");
        let names = lines
            .iter()
            .filter(|line| line.starts_with("    ") && !line.starts_with("     "));
        told.extend(
            names
                .filter_map(|line| line.split_whitespace().next())
                .map(str::to_owned),
        );
    }
    let rows = Page::read(SHARED).table("## Variables");
    let mut shown: Vec<String> = rows
        .iter()
        .filter_map(|row| row[0].split('`').nth(1))
        .map(str::to_owned)
        .collect();
    told.sort();
    told.dedup();
    shown.sort();
    assert_eq!(told, shown, "left: --help; right: {SHARED}");
}

#[test]
fn the_exit_codes_are_those_of_help() {
    let shown: Vec<String> = Page::read(SHARED)
        .table("## Exit codes")
        .iter()
        .map(|row| row.join(" "))
        .collect();
    for program in PROGRAMS {
        let told: Vec<String> = section(&help(program), "EXIT CODES:")
            .iter()
            .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
            .collect();
        assert_eq!(told, shown, "left: {program} --help; right: {SHARED}");
    }
}

#[test]
fn every_message_in_a_manual_is_one_that_the_code_can_say() {
    let mut code = String::new();
    let mut directories = vec![root().join("crates")];
    while let Some(directory) = directories.pop() {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            let is_servant = ["local_s3", "testkit", "tests"]
                .iter()
                .any(|name| path.ends_with(name));
            if path.is_dir() && !is_servant {
                directories.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                code += &fs::read_to_string(path).unwrap();
            }
        }
    }
    // A string that goes on in the next line.
    let mut joined = String::new();
    for part in code.split("\\\n") {
        joined += part.trim_start();
    }
    let rows: Vec<_> = pages()
        .iter()
        .flat_map(|page| page.table("## Messages"))
        .collect();
    assert!(rows.len() > 50, "the tables of messages were not found");
    for row in rows {
        let message = row[0]
            .split('`')
            .nth(1)
            .unwrap_or_else(|| panic!("no message: {row:?}"));
        for piece in message
            .split('…')
            .map(str::trim)
            .filter(|piece| piece.len() > 2)
        {
            assert!(
                joined.contains(piece),
                "no program says `{piece}`, of {message}"
            );
        }
    }
}
