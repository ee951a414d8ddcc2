use std::fs;
use std::path::Path;

use structopt::StructOpt as _;
use tempfile::TempDir;

use super::*;
use crate::exit::Exit;
use crate::uri::Bucket;

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

fn endpoint(text: &str) -> Result<Endpoint> {
    Ok(resolve(&[("ENDPOINT_URL", text)], &[])?.endpoint.value)
}

fn refusal(result: Result<impl std::fmt::Debug>) -> (String, Option<String>) {
    let error = result.unwrap_err();
    assert_eq!(error.exit(), Exit::Settings);
    (error.to_string(), error.hint().map(str::to_owned))
}

fn refused_endpoint(text: &str) -> (String, String) {
    let (error, hint) = refusal(endpoint(text));
    let error = error.strip_prefix("cannot start: ").unwrap().to_owned();
    (error, hint.unwrap_or_default())
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
fn the_region_decides_where_aws_is() {
    for (region, host) in [
        ("ap-southeast-4", "s3.ap-southeast-4.amazonaws.com"),
        ("cn-north-1", "s3.cn-north-1.amazonaws.com.cn"),
        ("eusc-de-east-1", "s3.eusc-de-east-1.amazonaws.eu"),
        ("us-isob-east-1", "s3.us-isob-east-1.sc2s.sgov.gov"),
    ] {
        assert_eq!(Endpoint::aws(region).host, host);
    }
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
fn an_endpoint_is_cleaned_of_what_must_not_be_signed() {
    for (text, clean) in [
        ("http://h:9000/", "http://h:9000"),
        ("http://h/prefix/", "http://h/prefix"),
        ("http://h/a/b///", "http://h/a/b"),
        (" HTTP://H.Example.COM ", "http://h.example.com"),
        ("https://h:443", "https://h"),
        ("http://h:80/", "http://h"),
        ("http://h:443", "http://h:443"),
        ("http://h:", "http://h"),
        ("http://[::1]:9000", "http://[::1]:9000"),
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000"),
        ("http://my_host:9000", "http://my_host:9000"),
    ] {
        assert_eq!(endpoint(text).unwrap().to_string(), clean, "{text}");
    }
}

#[test]
fn an_endpoint_without_a_scheme_is_refused_with_the_one_to_write() {
    for (text, hint) in [
        ("nyc3.example.com", "write https://nyc3.example.com"),
        ("h:9000", "write https://h:9000"),
        ("localhost:9000/x", "write http://localhost:9000/x"),
        ("https:/h", "write https://h"),
        ("//h", "write https://h"),
    ] {
        let (error, said) = refused_endpoint(text);
        assert_eq!(
            error,
            format!("ENDPOINT_URL is `{text}`, which has no scheme")
        );
        assert_eq!(said, hint);
    }
    assert_eq!(
        refused_endpoint("ftp://h"),
        (
            "ENDPOINT_URL is `ftp://h`, which is neither http:// nor https://".into(),
            "write https://h".into()
        )
    );
}

#[test]
fn the_error_names_the_flag_or_variable_that_the_endpoint_came_from() {
    let flag = refusal(resolve(&[], &["--endpoint-url", "h"])).0;
    assert_eq!(
        flag,
        "cannot start: --endpoint-url is `h`, which has no scheme"
    );
    let variable = refusal(resolve(&[("AWS_ENDPOINT_URL_S3", "h")], &[])).0;
    assert_eq!(
        variable,
        "cannot start: AWS_ENDPOINT_URL_S3 is `h`, which has no scheme"
    );
}

#[test]
fn a_password_or_a_signature_in_an_endpoint_is_refused_and_not_repeated() {
    for text in [
        "https://user:s3cret@h",
        "user:s3cret@h",
        "ftp://user:s3cret@h/x",
        "https://h?X-Amz-Signature=s3cret",
        "https://h/#s3cret",
        "h?s3cret",
    ] {
        let (error, hint) = refused_endpoint(text);
        assert!(
            !error.contains("s3cret") && !hint.contains("s3cret"),
            "{error} {hint}"
        );
    }
    assert_eq!(
        refused_endpoint("https://u:p@h").0,
        "ENDPOINT_URL has a user name or password in it"
    );
    assert_eq!(
        refused_endpoint("https://h/x?y").0,
        "ENDPOINT_URL is `https://h/x`, and a query or fragment after it"
    );
}

#[test]
fn an_impossible_host_or_port_is_refused() {
    for text in [
        "https://",
        "https:///x",
        "https://a b",
        "https://h..x",
        "https://[::g]",
        "https://bücher.de",
    ] {
        assert!(
            refused_endpoint(text)
                .0
                .ends_with("which has no usable host name"),
            "{text}"
        );
    }
    for text in [
        "https://h:x",
        "https://h:0",
        "https://h:65536",
        "https://h:-1",
        "https://[::1]x",
    ] {
        assert!(
            refused_endpoint(text).0.ends_with("from 1 to 65535"),
            "{text}"
        );
    }
}

#[test]
fn aws_is_known_by_its_domain_also_behind_a_vpc_endpoint() {
    for host in [
        "s3.eu-west-1.amazonaws.com",
        "bucket.vpce-1a2b.s3.eu-west-1.vpce.amazonaws.com",
        "s3.cn-north-1.amazonaws.com.cn",
    ] {
        assert!(
            endpoint(&format!("https://{host}")).unwrap().is_aws,
            "{host}"
        );
    }
    for host in [
        "nyc3.digitaloceanspaces.com",
        "evilamazonaws.com",
        "amazonaws.com.evil.test",
    ] {
        assert!(
            !endpoint(&format!("https://{host}")).unwrap().is_aws,
            "{host}"
        );
    }
}

fn for_bucket(
    url: &str,
    bucket: &str,
    variables: &[(&str, &str)],
) -> (String, Addressing, Vec<String>) {
    let mut variables = variables.to_vec();
    variables.push(("ENDPOINT_URL", url));
    let mut config = resolve(&variables, &[]).unwrap();
    let mut warnings = Vec::new();
    let bucket: Bucket = bucket.parse().unwrap();
    config.for_bucket(&bucket, &mut |warning| warnings.push(warning));
    (
        config.endpoint.value.to_string(),
        config.addressing.value,
        warnings,
    )
}

#[test]
fn an_endpoint_that_contains_the_bucket_is_the_buckets_own_address() {
    let (url, addressing, warnings) = for_bucket(
        "https://my-bucket.sfo3.digitaloceanspaces.com",
        "my-bucket",
        &[],
    );
    assert_eq!(url, "https://sfo3.digitaloceanspaces.com");
    assert_eq!(addressing, Addressing::Virtual);
    assert_eq!(
        warnings,
        [
            "ENDPOINT_URL is https://my-bucket.sfo3.digitaloceanspaces.com, the address of the \
          bucket my-bucket; the endpoint without it is https://sfo3.digitaloceanspaces.com"
        ]
    );
    let (url, addressing, _) = for_bucket(
        "http://b.localhost:9000",
        "b",
        &[("S3_ADDRESSING_STYLE", "path")],
    );
    assert_eq!(
        (url.as_str(), addressing),
        ("http://localhost:9000", Addressing::Path)
    );
}

#[test]
fn an_endpoint_that_only_begins_like_the_bucket_stays() {
    for (url, bucket) in [
        ("https://sfo3.digitaloceanspaces.com", "my-bucket"),
        ("https://sfo3.digitaloceanspaces.com", "sfo3"),
        ("https://s3.eu-west-1.amazonaws.com", "s3"),
        ("http://minio.local:9000", "minio"),
        ("http://10.0.0.1:9000", "10"),
        (
            "https://my-bucket-2.sfo3.digitaloceanspaces.com",
            "my-bucket",
        ),
    ] {
        let (after, addressing, warnings) = for_bucket(url, bucket, &[]);
        assert_eq!(
            (after.as_str(), addressing),
            (url, Addressing::Auto),
            "{bucket}"
        );
        assert!(warnings.is_empty());
    }
}

#[test]
fn buckets_cannot_be_listed_at_the_address_of_a_bucket() {
    let config = |url: &str| resolve(&[("ENDPOINT_URL", url)], &[]).unwrap();
    let (error, hint) =
        refusal(config("https://my-bucket.sfo3.digitaloceanspaces.com").for_listing_buckets());
    assert_eq!(
        error,
        "cannot start: ENDPOINT_URL is https://my-bucket.sfo3.digitaloceanspaces.com, the address \
         of the bucket my-bucket, where buckets cannot be listed"
    );
    assert_eq!(
        hint.unwrap(),
        "export ENDPOINT_URL=https://sfo3.digitaloceanspaces.com"
    );
    for url in [
        "https://my.photos.nyc3.digitaloceanspaces.com",
        "https://photos.s3.eu-west-1.amazonaws.com",
        "https://photos.s3.amazonaws.com",
        "https://photos.s3-eu-west-1.amazonaws.com",
        "https://photos.s3.dualstack.eu-west-1.amazonaws.com",
        "https://photos.s3.fr-par.scw.cloud",
        "https://photos.storage.googleapis.com",
    ] {
        refusal(config(url).for_listing_buckets());
    }
    for url in [
        "https://nyc3.digitaloceanspaces.com",
        "https://s3.eu-west-1.amazonaws.com",
        "https://s3-eu-west-1.amazonaws.com",
        "https://s3.dualstack.eu-west-1.amazonaws.com",
        "https://bucket.vpce-1a2b.s3.eu-west-1.vpce.amazonaws.com",
        "https://s3.fr-par.scw.cloud",
        "https://storage.googleapis.com",
        "https://0123456789abcdef.r2.cloudflarestorage.com",
        "http://127.0.0.1:9000",
        "http://s3.minio.example.com",
    ] {
        config(url).for_listing_buckets().unwrap();
    }
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
    let config = resolve(
        &[
            ("REGION_NAME", "nyc3"),
            ("ENDPOINT_URL", "https://nyc3.digitaloceanspaces.com/"),
            ("AWS_ACCESS_KEY_ID", "DO00ABCDEFGH9F2Q"),
            ("AWS_SECRET_ACCESS_KEY", "s3cret"),
            ("AWS_SESSION_TOKEN", "t0ken"),
            ("HTTPS_PROXY", "http://user:passw0rd@proxy:3128"),
        ],
        &["--read-timeout", "90s", "--max-attempts=3"],
    )
    .unwrap();
    assert_eq!(
        config.print(),
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
    let debug = format!("{config:?}");
    for secret in ["s3cret", "t0ken", "passw0rd", "DO00ABCDEFGH"] {
        assert!(!debug.contains(secret), "{debug}");
    }
}
