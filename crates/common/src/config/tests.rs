use std::fs;
use std::path::Path;

use structopt::StructOpt as _;
use tempfile::TempDir;

use super::*;
use crate::exit::Exit;

mod bucket_host;
mod endpoint;

/// A home with profile files.
struct Home(TempDir);

impl Home {
    fn with(credentials: &str, config: &str) -> Self {
        let home = TempDir::new().unwrap();
        fs::create_dir(home.path().join(".aws")).unwrap();
        fs::write(home.path().join(".aws/credentials"), credentials).unwrap();
        fs::write(home.path().join(".aws/config"), config).unwrap();
        Self(home)
    }

    fn path(&self) -> &str {
        self.0.path().to_str().unwrap()
    }

    fn aws(&self, name: &str) -> String {
        format!("{}/.aws/{name}", self.path())
    }

    fn resolve(&self, variables: &[(&str, &str)], flags: &[&str]) -> Result<Config> {
        let mut variables = variables.to_vec();
        variables.push(("HOME", self.path()));
        resolve(&variables, flags)
    }
}

fn resolve(variables: &[(&str, &str)], flags: &[&str]) -> Result<Config> {
    let env = Env::from_pairs(variables.iter().copied())?;
    let args = ConnectArgs::from_iter([&["program"], flags].concat());
    Config::resolve(&env, &args)
}

fn refusal(result: Result<impl std::fmt::Debug>) -> (String, Option<String>) {
    let error = result.unwrap_err();
    assert_eq!(error.exit(), Exit::Settings);
    (error.to_string(), error.hint().map(str::to_owned))
}

#[test]
fn nothing_set_means_aws_in_us_east_1() {
    let config = resolve(&[], &[]).unwrap();
    assert_eq!(config.region, Setting::default("us-east-1".to_owned()));
    assert_eq!(
        config.endpoint.value.to_string(),
        "https://s3.us-east-1.amazonaws.com"
    );
    assert!(config.endpoint.value.is_aws);
    assert_eq!(config.addressing.value, Addressing::Auto);
    assert_eq!(config.max_attempts.value, 10);
    assert_eq!(config.connect_timeout.value, Duration::from_secs(5));
    assert_eq!(config.read_timeout.value, Duration::from_secs(30));
}

#[test]
fn a_flag_comes_before_a_variable_before_a_profile_before_the_default() {
    let home = Home::with("", "[default]\nregion = from-profile\n");
    let region = |variables: &[(&str, &str)], flags: &[&str]| {
        let region = home.resolve(variables, flags).unwrap().region;
        (region.value, region.origin)
    };
    let both = [
        ("REGION_NAME", "a"),
        ("AWS_REGION", "b"),
        ("AWS_DEFAULT_REGION", "c"),
    ];
    assert_eq!(
        region(&both, &["--region", "f"]),
        ("f".into(), Origin::Flag("--region"))
    );
    assert_eq!(
        region(&both, &[]),
        ("a".into(), Origin::Variable("REGION_NAME"))
    );
    assert_eq!(
        region(&both[1..], &[]),
        ("b".into(), Origin::Variable("AWS_REGION"))
    );
    assert_eq!(
        region(&both[2..], &[]),
        ("c".into(), Origin::Variable("AWS_DEFAULT_REGION"))
    );
    let (value, origin) = region(&[("REGION_NAME", "")], &["--region", ""]);
    assert_eq!(value, "from-profile");
    assert_eq!(
        origin.to_string(),
        format!("profile default in {}", home.aws("config"))
    );
}

#[test]
fn a_region_that_is_no_name_is_refused() {
    assert_eq!(
        refusal(resolve(&[("REGION_NAME", "eu/west")], &[])).0,
        "cannot start: REGION_NAME is `eu/west`, which is not the name of a region"
    );
    let config = resolve(&[("REGION_NAME", " nyc3\r")], &[]).unwrap();
    assert_eq!(config.region.value, "nyc3");
}

#[test]
fn a_profile_gives_region_endpoint_style_bundle_and_attempts() {
    let home = Home::with(
        "",
        "[profile spaces]\nregion = nyc3\nservices = do\ns3 =\n  addressing_style = virtual\n\
         ca_bundle = /ca.pem\nmax_attempts = 3\n[services do]\ns3 =\n  endpoint_url = https://a.test\n\
         [profile plain]\nendpoint_url = https://b.test/\n",
    );
    let config = home.resolve(&[("AWS_PROFILE", "spaces")], &[]).unwrap();
    assert_eq!(config.region.value, "nyc3");
    assert_eq!(config.endpoint.value.to_string(), "https://a.test");
    assert_eq!(config.addressing.value, Addressing::Virtual);
    assert_eq!(config.ca_bundle.unwrap().value, Path::new("/ca.pem"));
    assert_eq!(config.max_attempts.value, 3);
    let config = home.resolve(&[("AWS_PROFILE", "spaces")], &["--profile", "plain"]);
    assert_eq!(config.unwrap().endpoint.value.to_string(), "https://b.test");
}

#[test]
fn a_value_of_the_wrong_kind_is_refused_with_its_origin() {
    assert_eq!(
        refusal(resolve(&[("S3_ADDRESSING_STYLE", "Path")], &[])).0,
        "cannot start: S3_ADDRESSING_STYLE is `Path`, neither auto, path nor virtual"
    );
    assert_eq!(
        refusal(resolve(&[("AWS_MAX_ATTEMPTS", "0")], &[])).0,
        "cannot start: AWS_MAX_ATTEMPTS is `0`, not a whole number from 1 to 1000"
    );
}

#[test]
fn a_profile_that_does_not_exist_is_refused_and_those_that_do_are_named() {
    let home = Home::with("[work]\n", "[default]\n[profile home]\n[sso-session x]\n");
    let (credentials, config) = (home.aws("credentials"), home.aws("config"));
    let (error, hint) = refusal(home.resolve(&[], &["--profile", "wrok"]));
    assert_eq!(
        error,
        format!(
            "cannot start: --profile names the profile `wrok`, which does not exist \
             (looked in {credentials} and {config})"
        )
    );
    assert_eq!(hint.unwrap(), "use one of: default, home, work");
    let empty = Home::with("", "");
    let (_, hint) = refusal(empty.resolve(&[], &["--profile", "x"]));
    assert_eq!(
        hint.unwrap(),
        "write one with `aws configure --profile NAME`"
    );
    let keys = [
        ("AWS_PROFILE", "wrok"),
        ("AWS_ACCESS_KEY_ID", "id"),
        ("AWS_SECRET_ACCESS_KEY", "secret"),
    ];
    assert!(
        refusal(home.resolve(&keys, &[]))
            .0
            .contains("AWS_PROFILE names the profile `wrok`")
    );
    assert_eq!(
        refusal(resolve(&[("AWS_PROFILE", "x")], &[])).0,
        "cannot start: AWS_PROFILE names the profile `x`, which does not exist \
         (HOME is not set, so there are no profile files)"
    );
}

#[test]
fn a_profile_file_that_makes_no_sense_is_refused_with_file_and_line() {
    for (content, what) in [
        (&b"[default]\nregion = \xff\n"[..], "is not UTF-8 text"),
        (b"[default]\n\nregion nyc3\n", "has no `=` in line 3"),
        (b"[default\n", "has no `]` in line 1"),
    ] {
        let home = Home::with("", "");
        fs::write(home.aws("config"), content).unwrap();
        let (error, hint) = refusal(home.resolve(&[], &[]));
        let file = home.aws("config");
        assert_eq!(
            error,
            format!("cannot start: the profile file {file} {what}")
        );
        assert_eq!(
            hint.unwrap(),
            "correct it, or name another file with AWS_CONFIG_FILE"
        );
    }
    let home = Home::with("", "");
    let (error, _) = refusal(resolve(&[("AWS_CONFIG_FILE", home.path())], &[]));
    assert_eq!(
        error,
        format!(
            "cannot start: the profile file {} cannot be read: is a directory",
            home.path()
        )
    );
}

#[test]
fn the_text_of_print_config_shows_every_setting_with_its_origin_and_no_secret() {
    let env = Env::from_pairs([
        ("REGION_NAME", "nyc3"),
        ("ENDPOINT_URL", "https://nyc3.digitaloceanspaces.com/"),
        ("AWS_ACCESS_KEY_ID", "DO00ABCDEFGH9F2Q"),
        ("AWS_SECRET_ACCESS_KEY", "s3cret"),
        ("AWS_SESSION_TOKEN", "t0ken"),
        ("HTTPS_PROXY", "http://user:passw0rd@proxy:3128"),
    ])
    .unwrap();
    let flags = ["program", "--read-timeout", "90s", "--max-attempts=3"];
    let args = ConnectArgs::from_iter(flags);
    let (rows, wrong) = print::rows(&env, &args);
    assert!(wrong.is_empty());
    assert_eq!(
        print::text(&rows),
        "region            = nyc3  (REGION_NAME)\n\
         endpoint-url      = https://nyc3.digitaloceanspaces.com  (ENDPOINT_URL)\n\
         addressing-style  = auto  (default)\n\
         profile           = none  (default)\n\
         access-key-id     = …9F2Q  (AWS_ACCESS_KEY_ID)\n\
         secret-access-key = ***  (AWS_SECRET_ACCESS_KEY)\n\
         session-token     = ***  (AWS_SESSION_TOKEN)\n\
         ca-bundle         = system  (default)\n\
         https-proxy       = http://***@proxy:3128  (HTTPS_PROXY)\n\
         http-proxy        = none  (default)\n\
         all-proxy         = none  (default)\n\
         no-proxy          = none  (default)\n\
         max-attempts      = 3  (--max-attempts)\n\
         connect-timeout   = 5 s  (default)\n\
         read-timeout      = 90 s  (--read-timeout)\n"
    );
    let debug = format!("{:?}", Config::resolve(&env, &args).unwrap());
    for secret in ["s3cret", "t0ken", "passw0rd", "DO00ABCDEFGH"] {
        assert!(!debug.contains(secret), "{debug}");
    }
}

#[test]
fn settings_that_are_wrong_are_shown_as_such_beside_the_others() {
    let env = Env::from_pairs([
        ("REGION_NAME", "not a region"),
        ("ENDPOINT_URL", "no-scheme"),
        ("AWS_PROFILE", "nobody"),
        ("AWS_ACCESS_KEY_ID", "half"),
        ("AWS_MAX_ATTEMPTS", "none"),
        ("S3_ADDRESSING_STYLE", "virtual"),
    ])
    .unwrap();
    let (rows, errors) = print::rows(&env, &ConnectArgs::default());
    let wrong = rows.iter().filter(|row| row.error.is_some());
    let wrong: Vec<&str> = wrong.map(|row| row.name.as_str()).collect();
    let names = [
        "region",
        "endpoint-url",
        "profile",
        "credentials",
        "max-attempts",
    ];
    assert_eq!(wrong, names);
    assert_eq!(errors.len(), names.len());
    assert!(print::text(&rows).contains("addressing-style = virtual  (S3_ADDRESSING_STYLE)\n"));
}
