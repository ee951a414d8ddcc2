use rusoto_credential::ProvideAwsCredentials as _;

use super::*;

#[tokio::test]
async fn keys_in_the_environment_are_used_without_asking_anybody() {
    let fake = Fake::silent();
    let place = Place::new()
        .in_ec2()
        .with("AWS_ACCESS_KEY_ID", "id")
        .with("AWS_SECRET_ACCESS_KEY", "secret")
        .with("AWS_SESSION_TOKEN", "token");
    assert_eq!(
        place.shown(&fake).await,
        triple("id", "secret", Some("token"))
    );
    let source = place.provider(&fake).unwrap();
    assert!(!source.renew_after_expired().await);
    let rusoto = source.credentials().await.unwrap();
    assert_eq!(rusoto.aws_access_key_id(), "id");
    assert_eq!(rusoto.aws_secret_access_key(), "secret");
    assert_eq!(rusoto.token().as_deref(), Some("token"));
    assert!(fake.seen().is_empty());
}

#[tokio::test]
async fn half_a_pair_of_keys_is_refused_by_the_name_of_the_missing_half() {
    for (there, missing) in [
        ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"),
        ("AWS_SECRET_ACCESS_KEY", "AWS_ACCESS_KEY_ID"),
    ] {
        let place = Place::new()
            .file(
                ".aws/credentials",
                "[default]\naws_access_key_id=a\naws_secret_access_key=b\n",
            )
            .with(there, "value");
        assert_eq!(
            place.refusal(&Fake::silent()).await,
            (
                format!("{missing} is not set"),
                Some(
                    "export it, or fill in a copy of .env.example and load it with \
                     `set -a; . ./.env; set +a`"
                        .to_owned()
                )
            )
        );
    }
}

#[tokio::test]
async fn a_key_with_a_line_end_in_it_is_refused_and_not_shown() {
    let place = Place::new()
        .with("AWS_ACCESS_KEY_ID", "id")
        .with("AWS_SECRET_ACCESS_KEY", "s3cret\r");
    let (cause, _) = place.refusal(&Fake::silent()).await;
    assert_eq!(
        cause,
        "AWS_SECRET_ACCESS_KEY has a space or line end at its beginning or end, \
         or a control character in it"
    );
}

#[tokio::test]
async fn without_anything_the_error_names_every_source_and_nothing_is_sent() {
    let fake = Fake::silent();
    let mut place = Place::new();
    place.variables.clear();
    let (cause, hint) = place.refusal(&fake).await;
    assert_eq!(
        cause,
        "there are no credentials: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set; \
         HOME is not set, so there are no profile files; AWS_WEB_IDENTITY_TOKEN_FILE is not set; \
         AWS_CONTAINER_CREDENTIALS_RELATIVE_URI is not set; the instance metadata is not asked, \
         this machine is not in EC2"
    );
    assert_eq!(
        hint.unwrap(),
        "export them, or fill in a copy of .env.example and load it with `set -a; . ./.env; set +a`"
    );
    assert!(fake.seen().is_empty());
}

#[tokio::test]
async fn the_error_says_which_profile_files_were_looked_at() {
    let place = Place::new();
    let (cause, _) = place.refusal(&Fake::silent()).await;
    let (credentials, config) = (place.path(".aws/credentials"), place.path(".aws/config"));
    assert!(
        cause.contains(&format!("; looked in {credentials} and {config};")),
        "{cause}"
    );

    let place = place.file(".aws/config", "[default]\nregion = a\n");
    let (cause, _) = place.refusal(&Fake::silent()).await;
    assert!(
        cause.contains(&format!(
            "; profile default in {config} has no credentials;"
        )),
        "{cause}"
    );
}

#[tokio::test]
async fn unsigned_requests_need_no_keys() {
    let fake = Fake::silent();
    let place = Place::new().flag("--no-sign-request");
    let source = place.provider(&fake).unwrap();
    assert!(!source.renew_after_expired().await);
    assert_eq!(source.credentials().await.unwrap().aws_access_key_id(), "");
    let shown = place.config().unwrap().credentials.shown();
    let value = "none, requests are not signed".to_owned();
    let origin = "--no-sign-request".to_owned();
    assert_eq!(shown, [("credentials", value, origin)]);
}
