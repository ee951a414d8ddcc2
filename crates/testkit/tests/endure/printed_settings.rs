//! `--print-config`: every setting and where it comes from, also if one is wrong.

use testkit::{Finished, Program};

/// Each program, with a variable that only some programs read.
const PROGRAMS: [(&str, &str); 5] = [
    ("do_bucket_list", "REGION_NAME"),
    ("do_bucket_download", "SOURCE_DIR"),
    ("do_bucket_upload", "TARGET_BUCKET"),
    ("s3_restore", "RESTORE_BUCKET"),
    ("bucket_demo", "BUCKET_NAME"),
];

fn printed(program: Program) -> Finished {
    program.arg("--print-config").run()
}

/// The row of this setting, without the space that aligns it.
fn row(ended: &Finished, name: &str) -> String {
    let lines = ended.stdout_lines();
    let mut rows = lines.iter().filter_map(|line| line.split_once('='));
    let row = rows.find(|(found, _)| found.trim() == name);
    row.map_or_else(String::new, |(_, rest)| rest.trim().to_owned())
}

#[test]
fn the_variables_of_each_program_are_shown_with_their_origin() {
    for (name, variable) in PROGRAMS {
        let ended = printed(Program::new(name).env(variable, "my-name"));
        let shown = if variable == "REGION_NAME" {
            "region"
        } else {
            variable
        };
        assert_eq!(
            row(ended.success(), shown),
            format!("my-name  ({variable})"),
            "{ended:?}"
        );
    }
    let ended = printed(Program::new("do_bucket_download"));
    assert_eq!(row(&ended, "SOURCE_BUCKET"), "not set");
    assert_eq!(row(&ended, "TARGET_BUCKET"), "");
}

#[test]
fn limits_and_other_values_of_the_command_line_are_shown() {
    let program = Program::new("do_bucket_upload");
    let ended = printed(program.args(["--jobs=7", "--storage-class", "COLD", "here", "s3://b/d"]));
    assert_eq!(row(&ended, "jobs"), "7  (--jobs)");
    assert_eq!(row(&ended, "storage-class"), "COLD  (--storage-class)");
    assert_eq!(row(&ended, "LOCAL"), "here s3://b/d  (command line)");
    let ended = printed(Program::new("do_bucket_upload"));
    assert_eq!(row(&ended, "jobs"), "512  (default)");
    assert_eq!(row(&ended, "LOCAL"), "");
}

#[test]
fn a_wrong_setting_is_exit_3_after_all_the_others() {
    for (name, _) in PROGRAMS {
        let program = Program::new(name)
            .env("ENDPOINT_URL", "example.com")
            .env("AWS_REGION", "nyc3");
        let ended = printed(program);
        ended.code(3).stderr(&format!(
            "{name}: cannot start: ENDPOINT_URL is `example.com`, which has no scheme\n\
             hint: write https://example.com\n"
        ));
        let wrong = "wrong  (ENDPOINT_URL is `example.com`, which has no scheme)";
        assert_eq!(row(&ended, "endpoint-url"), wrong);
        assert_eq!(row(&ended, "region"), "nyc3  (AWS_REGION)");
    }
    let twice = Program::new("do_bucket_list")
        .env("REGION_NAME", "a")
        .env("REGION_NAME_FILE", "b");
    let ended = printed(twice.env("ENDPOINT_URL", "https://example.com"));
    ended
        .code(3)
        .stderr_has("REGION_NAME and REGION_NAME_FILE are both set");
    assert_eq!(
        row(&ended, "endpoint-url"),
        "https://example.com  (ENDPOINT_URL)"
    );
}

#[test]
fn json_has_a_line_for_each_setting_and_a_summary() {
    for (name, variable) in PROGRAMS {
        let program = Program::new(name)
            .env(variable, "my-name")
            .env("AWS_MAX_ATTEMPTS", "x");
        let ended = printed(program.env("AWS_SECRET_ACCESS_KEY", "s3cret").arg("--json"));
        let mut lines = ended.code(3).nowhere("s3cret").json_lines();
        let summary = lines.pop().unwrap()["summary"].take();
        assert_eq!(summary["exit_code"], 3);
        assert_eq!(summary["error"]["code"], "Settings");
        let of = |name: &str| lines.iter().find(|line| line["setting"] == name).unwrap();
        assert!(of("max-attempts")["value"].is_null());
        assert!(of("max-attempts")["error"].is_string());
        let shown = if variable == "REGION_NAME" {
            "region"
        } else {
            variable
        };
        assert_eq!(of(shown)["value"], "my-name");
        assert_eq!(of(shown)["origin"], variable);
    }
}
