use std::io::Write as _;

use proptest::prelude::*;

use super::*;

fn parsed(text: &str) -> BTreeMap<String, Section> {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    let path = file.path().to_owned();
    Parsed::read(path, "AWS_CONFIG_FILE", true)
        .unwrap()
        .sections
}

fn value(text: &str, title: &str, key: &str) -> String {
    parsed(text)[title][key].clone()
}

#[test]
fn a_value_keeps_its_equals_signs_quotes_and_backslashes() {
    let text = "[default]\naws_session_token = a=b==\ncredential_process = \"/opt/my tool\" 'x' C:\\y\\\nregion=z\n";
    assert_eq!(value(text, "profile default", "aws_session_token"), "a=b==");
    assert_eq!(
        value(text, "profile default", "credential_process"),
        r#""/opt/my tool" 'x' C:\y\"#
    );
    assert_eq!(value(text, "profile default", "region"), "z");
}

#[test]
fn comments_are_left_out_also_when_indented_or_after_a_value() {
    let text = "# a\n  ; b\n[profile x] # c\n  # d\nregion = nyc3 # e\nkey=a#b;c ;d\n";
    assert_eq!(value(text, "profile x", "region"), "nyc3");
    assert_eq!(value(text, "profile x", "key"), "a#b;c");
}

#[test]
fn a_nested_block_is_told_from_indented_keys() {
    let text = "[default]\n  region = a\n  output = json\ns3 =\n    addressing_style = path\n\n    x = y\nmax_attempts = 3\n";
    assert_eq!(
        parsed(text)["profile default"],
        [
            ("max_attempts", "3"),
            ("output", "json"),
            ("region", "a"),
            ("s3", ""),
            ("s3.addressing_style", "path"),
            ("s3.x", "y"),
        ]
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .into()
    );
}

#[test]
fn names_of_profiles_may_have_quotes_and_spaces_and_keys_any_case() {
    let text = "\u{feff}[profile \"my  work\"]\r\nRegion = a\r\n[ profile\tb ]\nregion = c\n";
    assert_eq!(value(text, "profile my  work", "region"), "a");
    assert_eq!(value(text, "profile b", "region"), "c");
}

#[test]
fn a_section_or_key_said_twice_holds_as_said_last() {
    let text =
        "[default]\nregion = a\noutput = x\n[profile b]\n[default]\nregion = b\nregion = c\n";
    assert_eq!(value(text, "profile default", "region"), "c");
    assert_eq!(value(text, "profile default", "output"), "x");
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused_without_a_panic(text in "(?s).{0,200}") {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(text.as_bytes()).unwrap();
        let _ = Parsed::read(file.path().to_owned(), "AWS_CONFIG_FILE", true);
    }

    #[test]
    fn any_key_survives_the_file(secret in "[A-Za-z0-9/+=]{1,60}") {
        let text = format!("[default]\naws_secret_access_key = {secret}\nregion = a\n");
        prop_assert_eq!(value(&text, "profile default", "aws_secret_access_key"), secret);
        prop_assert_eq!(value(&text, "profile default", "region"), "a");
    }
}
