use std::io::Write as _;
use std::process::Command;

use self::render::{example_file, markdown};
use super::*;
use crate::exit::Exit;

mod render;

fn env(pairs: &[(&str, &str)]) -> Env {
    Env::from_pairs(pairs.iter().copied()).unwrap()
}

fn refusal(pairs: &[(&str, &str)]) -> String {
    let error = Env::from_pairs(pairs.iter().copied()).unwrap_err();
    assert_eq!(error.exit(), Exit::Settings);
    error.to_string()
}

fn file(content: &[u8]) -> (tempfile::NamedTempFile, String) {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(content).unwrap();
    let path = file.path().to_str().unwrap().to_owned();
    (file, path)
}

#[test]
fn an_empty_variable_counts_as_unset() {
    let env = env(&[("REGION_NAME", ""), ("AWS_REGION", "eu-west-1")]);
    assert_eq!(env.get("REGION_NAME"), None);
    assert_eq!(
        env.first(&["REGION_NAME", "AWS_REGION"]),
        Some(Setting::new(
            "eu-west-1".to_owned(),
            Origin::Variable("AWS_REGION")
        ))
    );
}

#[test]
fn a_variable_that_is_not_in_the_table_is_not_read() {
    assert_eq!(env(&[("EDITOR", "vi")]).get("EDITOR"), None);
}

#[test]
fn a_file_may_hold_the_value_and_one_newline_at_its_end_is_dropped() {
    for (content, value) in [
        (&b"s3cret"[..], "s3cret"),
        (b"s3cret\n", "s3cret"),
        (b"s3cret\r\n", "s3cret"),
        (b"s3cret\n\n", "s3cret\n"),
    ] {
        let (_kept, path) = file(content);
        let env = env(&[("AWS_SECRET_ACCESS_KEY_FILE", &path)]);
        assert_eq!(env.get("AWS_SECRET_ACCESS_KEY"), Some(value));
        assert_eq!(
            env.origin("AWS_SECRET_ACCESS_KEY").unwrap().to_string(),
            format!("AWS_SECRET_ACCESS_KEY_FILE, {path}")
        );
    }
}

#[test]
fn exactly_five_variables_have_a_file_twin() {
    let twins: Vec<_> = VARIABLES.iter().filter_map(|v| v.twin).collect();
    assert_eq!(
        twins,
        [
            "REGION_NAME_FILE",
            "ENDPOINT_URL_FILE",
            "AWS_ACCESS_KEY_ID_FILE",
            "AWS_SECRET_ACCESS_KEY_FILE",
            "AWS_SESSION_TOKEN_FILE"
        ]
    );
}

#[test]
fn a_variable_and_its_file_together_are_refused() {
    assert_eq!(
        refusal(&[("REGION_NAME", "a"), ("REGION_NAME_FILE", "/b")]),
        "cannot start: REGION_NAME and REGION_NAME_FILE are both set"
    );
}

#[test]
fn a_file_that_cannot_be_read_is_refused_by_name() {
    assert_eq!(
        refusal(&[("AWS_SECRET_ACCESS_KEY_FILE", "/nowhere/key")]),
        "cannot start: AWS_SECRET_ACCESS_KEY_FILE names /nowhere/key, which cannot be read: \
         no such file or directory"
    );
    let (_kept, path) = file(b"\xff\xfe");
    assert_eq!(
        refusal(&[("AWS_SESSION_TOKEN_FILE", &path)]),
        format!("cannot start: AWS_SESSION_TOKEN_FILE names {path}, which is not UTF-8 text")
    );
    let (_kept, path) = file(b"\n");
    assert_eq!(
        refusal(&[("AWS_ACCESS_KEY_ID_FILE", &path)]),
        format!("cannot start: AWS_ACCESS_KEY_ID_FILE names {path}, which is empty")
    );
    assert_eq!(
        refusal(&[("REGION_NAME_FILE", "/dev/zero")]),
        "cannot start: REGION_NAME_FILE names /dev/zero, which is too long for a setting"
    );
}

#[cfg(unix)]
#[test]
fn a_value_that_is_not_utf8_is_refused_by_name() {
    use std::os::unix::ffi::OsStringExt as _;
    let value = OsString::from_vec(vec![b's', 0xff]);
    let error = Env::from_pairs([("AWS_SECRET_ACCESS_KEY", value)]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "cannot start: the value of AWS_SECRET_ACCESS_KEY is not UTF-8 text"
    );
}

#[cfg(unix)]
#[test]
fn a_home_of_any_bytes_is_a_place() {
    use std::os::unix::ffi::OsStringExt as _;
    let home = OsString::from_vec(b"/home/\xe9".to_vec());
    let env = Env::from_pairs([("HOME", home.clone())]).unwrap();
    assert_eq!(env.path("HOME"), Some(Path::new(&home)));
}

#[test]
fn variables_that_do_not_concern_the_program_are_not_read() {
    let pairs = [("LOG_FILE", "/var/log/other"), ("REGION_NAME", "nyc3")];
    let look_up = |name: &str| {
        let found = pairs.iter().find(|(found, _)| *found == name);
        found.map(|(_, value)| OsString::from(value))
    };
    let env = Env::look_up(|variable| variable.group != Group::Transfer, look_up).0;
    assert_eq!(env.get("LOG_FILE"), None);
    assert_eq!(env.get("REGION_NAME"), Some("nyc3"));
}

#[test]
fn debug_output_shows_names_and_no_values() {
    let env = env(&[("AWS_SECRET_ACCESS_KEY", "s3cret")]);
    assert_eq!(format!("{env:?}"), r#"{"AWS_SECRET_ACCESS_KEY"}"#);
}

#[test]
fn the_example_file_is_what_the_table_says() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../.env.example");
    if testkit::is_updating() {
        std::fs::write(path, example_file()).unwrap();
    }
    let written = std::fs::read_to_string(path).unwrap();
    assert!(
        written == example_file(),
        ".env.example is not what common/src/env/table.rs says; run the tests with UPDATE=1"
    );
}

#[test]
fn a_shell_loads_the_example_file_with_every_line_switched_on() {
    let mut text = String::new();
    for line in example_file().lines() {
        let switched_on = line.strip_prefix('#').filter(|rest| !rest.starts_with(' '));
        text.push_str(switched_on.unwrap_or(line));
        text.push('\n');
    }
    let (_kept, path) = file(text.as_bytes());
    let output = Command::new("/bin/sh")
        .args(["-c", "set -a; . \"$0\"; set +a; env", &path])
        .env_clear()
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let seen = String::from_utf8(output.stdout).unwrap();
    for variable in VARIABLES {
        let value = if text.contains(&format!("\n{}=\n", variable.name)) {
            ""
        } else {
            variable.example
        };
        let line = format!("{}={value}", variable.name);
        assert!(seen.lines().any(|seen| seen == line), "{line}\n{seen}");
    }
}

#[test]
fn the_table_in_the_readme_is_what_the_table_here_says() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/README.md");
    let readme = std::fs::read_to_string(path).unwrap();
    let (before, rest) = readme.split_once("<!-- variables: ").unwrap();
    let (comment, rest) = rest.split_once("-->\n").unwrap();
    let (_, after) = rest.split_once("<!-- end of variables -->").unwrap();
    let correct = format!(
        "{before}<!-- variables: {comment}-->\n{}<!-- end of variables -->{after}",
        markdown()
    );
    if testkit::is_updating() {
        std::fs::write(path, &correct).unwrap();
        return;
    }
    assert!(
        readme == correct,
        "the variables in crates/common/README.md are not what common/src/env/table.rs says; run the tests with UPDATE=1"
    );
}

#[test]
fn the_markdown_has_a_row_for_every_variable() {
    let text = markdown();
    assert_eq!(text.lines().count(), VARIABLES.len() + 2);
    assert!(text.contains(
        "| `REGION_NAME`, `REGION_NAME_FILE` | Region of the bucket; default us-east-1 | `nyc3` |\n"
    ));
}
