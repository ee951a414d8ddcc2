use super::*;

const ARN: &str = "arn:aws:iam::123456789012:role/backup";

fn sts_response(action: &str, id: &str) -> String {
    format!(
        "<{action}Response><{action}Result><Credentials><AccessKeyId>{id}</AccessKeyId>\
         <SecretAccessKey>rs</SecretAccessKey><SessionToken>rt</SessionToken>\
         <Expiration>{}</Expiration></Credentials></{action}Result></{action}Response>",
        in_seconds(3600)
    )
}

/// Hands out ASIAROLE00000001 and so on.
fn sts(action: &'static str) -> Arc<Fake> {
    let count = Mutex::new(0);
    Fake::answering(move |_| {
        let mut count = count.lock().unwrap();
        *count += 1;
        response(200, sts_response(action, &format!("ASIAROLE{count:08}")))
    })
}

fn place(config: &str) -> Place {
    Place::new()
        .file(
            ".aws/credentials",
            "[base]\naws_access_key_id = AKIABASE00000000\naws_secret_access_key = bs\n",
        )
        .file(".aws/config", &config.replace("ARN", ARN))
        .with("AWS_PROFILE", "role")
}

fn authorization(request: &Request<Bytes>) -> &str {
    request.headers()["authorization"].to_str().unwrap()
}

#[tokio::test]
async fn a_role_is_assumed_with_the_keys_of_its_source_profile() {
    let fake = sts("AssumeRole");
    let place = place(
        "[profile role]\nrole_arn = ARN\nsource_profile = base\nexternal_id = ext\n\
         role_session_name = nightly\nduration_seconds = 900\nregion = eu-west-1\n",
    );
    assert_eq!(
        place.shown(&fake).await,
        triple("ASIAROLE00000001", "rs", Some("rt"))
    );
    assert_eq!(fake.seen(), ["GET https://sts.eu-west-1.amazonaws.com/"]);
    let request = fake.request(0);
    let query = request.uri().query().unwrap();
    for part in [
        "Action=AssumeRole",
        "RoleArn=arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2Fbackup",
        "ExternalId=ext",
        "RoleSessionName=nightly",
        "DurationSeconds=900",
    ] {
        assert!(query.split('&').any(|seen| seen == part), "{query}");
    }
    let signature = authorization(&request);
    assert!(
        signature.contains("Credential=AKIABASE00000000/"),
        "{signature}"
    );
    assert!(
        signature.contains("/eu-west-1/sts/aws4_request"),
        "{signature}"
    );
}

#[tokio::test]
async fn roles_are_assumed_one_after_another_along_the_profiles() {
    let fake = sts("AssumeRole");
    let place = place(
        "[profile role]\nrole_arn = ARN\nsource_profile = middle\n\
         [profile middle]\nrole_arn = ARN\nsource_profile = base\n",
    );
    assert_eq!(place.shown(&fake).await.0, "ASIAROLE00000002");
    assert!(authorization(&fake.request(0)).contains("Credential=AKIABASE00000000/"));
    assert!(authorization(&fake.request(1)).contains("Credential=ASIAROLE00000001/"));
}

#[tokio::test]
async fn a_profile_may_assume_its_role_with_its_own_keys() {
    let fake = sts("AssumeRole");
    let place = place(
        "[profile role]\nrole_arn = ARN\nsource_profile = role\n\
         aws_access_key_id = AKIAOWN000000000\naws_secret_access_key = os\n",
    );
    assert_eq!(place.shown(&fake).await.0, "ASIAROLE00000001");
    assert!(authorization(&fake.request(0)).contains("Credential=AKIAOWN000000000/"));
}

#[tokio::test]
async fn a_role_may_start_from_the_environment_or_the_container() {
    let fake = sts("AssumeRole");
    let place = place("[profile role]\nrole_arn = ARN\ncredential_source = Environment\n")
        .flag("--profile=role")
        .with("AWS_ACCESS_KEY_ID", "AKIAENV000000000")
        .with("AWS_SECRET_ACCESS_KEY", "es");
    assert_eq!(place.shown(&fake).await.0, "ASIAROLE00000001");
    assert!(authorization(&fake.request(0)).contains("Credential=AKIAENV000000000/"));
}

#[tokio::test]
async fn a_role_that_leads_nowhere_is_refused_before_anything_is_sent() {
    let fake = Fake::silent();
    for (config, problem) in [
        (
            "source_profile = ghost",
            "has source_profile `ghost`, which does not exist",
        ),
        (
            "source_profile = empty\n[profile empty]\nx = y",
            "has source_profile empty, which has no credentials",
        ),
        (
            "source_profile = role",
            "leads back to itself: role -> role",
        ),
        (
            "source_profile = b\n[profile b]\nrole_arn = ARN\nsource_profile = role",
            "leads back to itself: role -> b -> role",
        ),
        (
            "x = y",
            "has role_arn, but neither source_profile nor credential_source",
        ),
        (
            "source_profile = base\ncredential_source = Environment",
            "has both source_profile and credential_source",
        ),
        (
            "credential_source = Environment",
            "has credential_source Environment, but AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set",
        ),
        (
            "credential_source = EcsContainer",
            "has credential_source EcsContainer, but AWS_CONTAINER_CREDENTIALS_RELATIVE_URI is not set",
        ),
        (
            "credential_source = Moon",
            "has credential_source `Moon`, which is not one of Environment, EcsContainer and Ec2InstanceMetadata",
        ),
        (
            "source_profile = base\nmfa_serial = arn:aws:iam::1:mfa/me",
            "has mfa_serial: these programs cannot ask for a code",
        ),
        (
            "source_profile = base\nduration_seconds = 1h",
            "has duration_seconds `1h`, which is not a number",
        ),
    ] {
        let place = place(&format!("[profile role]\nrole_arn = ARN\n{config}\n"));
        let (cause, _) = place.refusal(&fake).await;
        assert!(cause.ends_with(problem), "{cause}");
    }
    assert!(fake.seen().is_empty());
}

#[tokio::test]
async fn a_refused_role_is_not_replaced_by_another_source() {
    let fake = Fake::answering(|_| {
        response(
            403,
            "<ErrorResponse><Error><Code>AccessDenied</Code><Message>not you</Message></Error></ErrorResponse>",
        )
    });
    let place = place("[profile role]\nrole_arn = ARN\nsource_profile = base\n")
        .in_ec2()
        .with("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/x");
    let config = place.path(".aws/config");
    assert_eq!(
        place.refusal(&fake).await.0,
        format!(
            "there are no credentials from profile role in {config}: \
             cannot assume {ARN}: AccessDenied: not you"
        )
    );
    assert_eq!(fake.seen(), ["GET https://sts.us-east-1.amazonaws.com/"]);
}

#[tokio::test]
async fn a_service_that_cannot_be_reached_is_tried_three_times_and_named() {
    let fake = Fake::silent();
    let place = place("[profile role]\nrole_arn = ARN\nsource_profile = base\n");
    let (cause, _) = place.refusal(&fake).await;
    assert!(
        cause.ends_with(": connection refused by fake:443"),
        "{cause}"
    );
    assert_eq!(fake.seen().len(), 3);
}

#[tokio::test]
async fn a_web_identity_assumes_its_role_with_the_token_of_the_moment() {
    let fake = sts("AssumeRoleWithWebIdentity");
    let place = Place::new().file("token", "first\n");
    let token = place.path("token");
    let place = place
        .with("AWS_WEB_IDENTITY_TOKEN_FILE", &token)
        .with("AWS_ROLE_ARN", ARN)
        .with("AWS_REGION", "eu-west-1");
    let source = place.provider(&fake).unwrap();
    source.current().await.unwrap();
    fs::write(&token, "second").unwrap();
    assert!(source.renew_after_expired().await);
    assert_eq!(
        fake.seen(),
        ["POST https://sts.eu-west-1.amazonaws.com/"; 2]
    );
    for (index, token) in [(0, "first"), (1, "second")] {
        let request = fake.request(index);
        let body = str::from_utf8(request.body()).unwrap();
        assert!(
            body.contains(&format!("WebIdentityToken={token}&")),
            "{body}"
        );
        assert!(body.contains("RoleSessionName=do-bucket"), "{body}");
    }
}

#[tokio::test]
async fn a_web_identity_without_role_or_token_is_refused() {
    let place = Place::new().with("AWS_WEB_IDENTITY_TOKEN_FILE", "/nowhere/token");
    let (cause, hint) = place.refusal(&Fake::silent()).await;
    assert_eq!(
        cause,
        "AWS_WEB_IDENTITY_TOKEN_FILE is set, but AWS_ROLE_ARN is not"
    );
    assert!(hint.is_some());
    let place = place.with("AWS_ROLE_ARN", ARN);
    assert_eq!(
        place.refusal(&Fake::silent()).await.0,
        format!(
            "there are no credentials from AWS_WEB_IDENTITY_TOKEN_FILE: cannot assume {ARN}: \
             /nowhere/token cannot be read: no such file or directory"
        )
    );
}

#[tokio::test]
async fn a_token_that_the_service_repeats_is_not_shown() {
    let fake = Fake::answering(|request| response(400, request.body().clone()));
    let place = Place::new().file("token", "s3cret-t0ken");
    let token = place.path("token");
    let place = place
        .with("AWS_WEB_IDENTITY_TOKEN_FILE", &token)
        .with("AWS_ROLE_ARN", ARN);
    let (cause, _) = place.refusal(&fake).await;
    assert!(!cause.contains("s3cret"), "{cause}");
}

#[test]
fn roles_are_assumed_in_the_region_of_the_settings_if_aws_has_it() {
    for (region, sts) in [
        ("eu-west-1", "eu-west-1"),
        ("us-gov-west-1", "us-gov-west-1"),
        ("eusc-de-east-1", "eusc-de-east-1"),
        ("nyc3", "us-east-1"),
        ("fr-par", "us-east-1"),
        ("garage", "us-east-1"),
        ("default", "us-east-1"),
    ] {
        assert_eq!(super::super::profile::sts_region(region), sts);
    }
}
