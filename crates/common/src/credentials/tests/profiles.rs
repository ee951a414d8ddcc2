use super::*;

const FILES: [(&str, &str); 2] = [
    (
        ".aws/credentials",
        "[default]\naws_access_key_id = d\naws_secret_access_key = ds\n\
         [work]\naws_access_key_id = w\naws_secret_access_key = w=s=\n",
    ),
    (
        ".aws/config",
        "[default]\nregion = eu-west-1\n\
         [profile work]\naws_session_token = of-another-source\n\
         [profile here]\naws_access_key_id = h\naws_secret_access_key = hs\naws_session_token = ht\n\
         [profile half]\naws_access_key_id = only\n\
         [profile empty]\nregion = nyc3\n",
    ),
];

fn place() -> Place {
    let [credentials, config] = FILES;
    Place::new()
        .file(credentials.0, credentials.1)
        .file(config.0, config.1)
}

#[tokio::test]
async fn a_profile_may_have_its_keys_in_either_file_and_all_come_from_one() {
    let fake = Fake::silent();
    assert_eq!(place().shown(&fake).await, triple("d", "ds", None));
    let work = place().with("AWS_PROFILE", "work");
    assert_eq!(work.shown(&fake).await, triple("w", "w=s=", None));
    let here = place().with("AWS_PROFILE", "here");
    assert_eq!(here.shown(&fake).await, triple("h", "hs", Some("ht")));
    assert!(fake.seen().is_empty());
}

#[tokio::test]
async fn the_profile_flag_beats_the_key_variables_and_the_profile_variable_does_not() {
    let place = place()
        .with("AWS_ACCESS_KEY_ID", "id")
        .with("AWS_SECRET_ACCESS_KEY", "secret")
        .with("AWS_PROFILE", "work");
    assert_eq!(
        place.shown(&Fake::silent()).await,
        triple("id", "secret", None)
    );
    let place = place.flag("--profile=here");
    assert_eq!(
        place.shown(&Fake::silent()).await,
        triple("h", "hs", Some("ht"))
    );
}

#[tokio::test]
async fn half_a_pair_in_a_profile_is_refused() {
    let place = place().with("AWS_PROFILE", "half");
    assert_eq!(
        place.refusal(&Fake::silent()).await.0,
        format!(
            "profile half in {} has aws_access_key_id, but no aws_secret_access_key",
            place.path(".aws/config")
        )
    );
}

#[tokio::test]
async fn a_profile_without_keys_leaves_the_question_to_the_machine() {
    let place = place()
        .flag("--profile=empty")
        .with("AWS_ACCESS_KEY_ID", "id");
    let (cause, _) = place.refusal(&Fake::silent()).await;
    assert!(
        cause.starts_with(&format!(
            "there are no credentials: the key variables are ignored with --profile; \
             profile empty in {} has no credentials; ",
            place.path(".aws/config")
        )),
        "{cause}"
    );
}

fn with_command(command: &str) -> Place {
    let config = format!("[default]\ncredential_process = {command}\n");
    Place::new().file(".aws/config", &config)
}

#[tokio::test]
async fn a_command_gives_the_keys_and_is_run_without_a_shell() {
    let place = with_command(
        r#"/bin/echo '{"Version": 1, "AccessKeyId": "$HOME", "SecretAccessKey": "a b", "SessionToken": "t"}'"#,
    );
    assert_eq!(
        place.shown(&Fake::silent()).await,
        triple("$HOME", "a b", Some("t"))
    );
}

#[tokio::test]
async fn a_command_that_fails_is_refused_with_its_last_words_and_without_its_output() {
    let place =
        with_command(r#"/bin/sh -c "echo s3cret; echo first >&2; echo 'no card' >&2; exit 3""#);
    let origin = format!("profile default in {}", place.path(".aws/config"));
    assert_eq!(
        place.refusal(&Fake::silent()).await.0,
        format!(
            "there are no credentials from {origin}: `/bin/sh` failed (exit status: 3): no card"
        )
    );
    let place = with_command("/bin/echo s3cret");
    let (cause, _) = place.refusal(&Fake::silent()).await;
    assert!(cause.ends_with("`/bin/echo` answered something that is not JSON with Version, AccessKeyId and SecretAccessKey"), "{cause}");
    let place = with_command("/nowhere/command");
    let (cause, _) = place.refusal(&Fake::silent()).await;
    assert!(
        cause.ends_with("`/nowhere/command` cannot be run: no such file or directory"),
        "{cause}"
    );
}

#[tokio::test]
async fn keys_of_a_command_that_ended_by_this_clock_are_left_to_the_service() {
    let place = with_command(
        r#"/bin/echo '{"Version":1,"AccessKeyId":"a","SecretAccessKey":"b","Expiration":"2020-01-01T00:00:00Z"}'"#,
    );
    assert_eq!(place.shown(&Fake::silent()).await, triple("a", "b", None));
}

const SSO: &str = "[default]\nsso_session = corp\nsso_account_id = 123456789012\nsso_role_name = My Role\n\
                   [sso-session corp]\nsso_region = eu-west-1\nsso_start_url = https://corp.test/start\n";

/// Where the login tool leaves the token of the session.
fn cache() -> String {
    let name = reqsign_core::hash::hex_sha1(b"corp");
    format!(".aws/sso/cache/{name}.json")
}

fn token(seconds: i64) -> String {
    format!(
        r#"{{"accessToken":"bearer","expiresAt":"{}","region":"eu-west-1"}}"#,
        in_seconds(seconds)
    )
}

#[tokio::test]
async fn a_login_is_exchanged_for_the_keys_of_the_role() {
    let fake = Fake::answering(|_| {
        response(
            200,
            format!(
                r#"{{"roleCredentials":{{"accessKeyId":"a","secretAccessKey":"b","sessionToken":"c","expiration":{}}}}}"#,
                jiff::Timestamp::now().as_millisecond() + 3_600_000
            ),
        )
    });
    let place = Place::new()
        .file(".aws/config", SSO)
        .file(&cache(), &token(600));
    assert_eq!(place.shown(&fake).await, triple("a", "b", Some("c")));
    let request = fake.request(0);
    assert_eq!(
        request.uri(),
        "https://portal.sso.eu-west-1.amazonaws.com/federation/credentials\
         ?role_name=My%20Role&account_id=123456789012"
    );
    assert_eq!(request.headers()["x-amz-sso_bearer_token"], "bearer");
}

#[tokio::test]
async fn without_a_login_the_hint_says_how_to_log_in() {
    let fake = Fake::silent();
    let place = Place::new().file(".aws/config", SSO);
    let (cause, hint) = place.refusal(&fake).await;
    assert!(cause.ends_with(": there is no login"), "{cause}");
    assert_eq!(hint.unwrap(), "run `aws sso login --sso-session corp`");
    let (cause, _) = place.file(&cache(), &token(-1)).refusal(&fake).await;
    assert!(cause.ends_with(": the login has ended"), "{cause}");
    assert!(fake.seen().is_empty());
}

#[tokio::test]
async fn an_incomplete_login_configuration_is_refused_by_the_missing_key() {
    let config = SSO.replace("sso_region = eu-west-1\n", "");
    let place = Place::new().file(".aws/config", &config);
    let (cause, _) = place.refusal(&Fake::silent()).await;
    assert!(
        cause.ends_with(" uses single sign-on, but has no sso_region"),
        "{cause}"
    );
    let place = Place::new().file(
        ".aws/config",
        &SSO.replace("[sso-session corp]", "[sso-session x]"),
    );
    let (cause, _) = place.refusal(&Fake::silent()).await;
    assert!(
        cause.ends_with("has sso_session `corp`, but there is no [sso-session corp]"),
        "{cause}"
    );
}
