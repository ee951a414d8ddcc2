use super::*;

fn keys_json(id: &str) -> String {
    format!(
        r#"{{"Code":"Success","AccessKeyId":"{id}","SecretAccessKey":"s","Token":"t","Expiration":"{}"}}"#,
        in_seconds(3600)
    )
}

/// The instance metadata, version 2.
fn metadata() -> Arc<Fake> {
    Fake::answering(|request| match request.uri().path() {
        "/latest/api/token" if request.method() == "PUT" => response(200, "session"),
        _ if request.headers()["x-aws-ec2-metadata-token"] != "session" => response(401, ""),
        "/latest/meta-data/iam/security-credentials/" => response(200, "my-role"),
        "/latest/meta-data/iam/security-credentials/my-role" => response(200, keys_json("ec2")),
        _ => response(404, ""),
    })
}

#[tokio::test]
async fn an_instance_in_ec2_has_the_keys_of_its_role() {
    let fake = metadata();
    assert_eq!(
        Place::new().in_ec2().shown(&fake).await,
        triple("ec2", "s", Some("t"))
    );
    assert_eq!(
        fake.seen(),
        [
            "PUT http://169.254.169.254/latest/api/token",
            "GET http://169.254.169.254/latest/meta-data/iam/security-credentials/",
            "GET http://169.254.169.254/latest/meta-data/iam/security-credentials/my-role",
        ]
    );
}

#[tokio::test]
async fn an_older_instance_is_known_by_its_hypervisor() {
    let place = Place::new().file("sys/hypervisor/uuid", "EC2f58af-1234\n");
    assert_eq!(place.shown(&metadata()).await.0, "ec2");
    let place = Place::new().file(&format!("{DMI}/bios_version"), "4.11.amazon\n");
    assert_eq!(place.shown(&metadata()).await.0, "ec2");
}

#[tokio::test]
async fn the_metadata_is_never_asked_for_other_endpoints_elsewhere_or_when_forbidden() {
    for (place, reason) in [
        (Place::new(), "this machine is not in EC2"),
        (
            Place::new().file(&format!("{DMI}/sys_vendor"), "DigitalOcean\n"),
            "this machine is not in EC2",
        ),
        (
            Place::new()
                .in_ec2()
                .with("ENDPOINT_URL", "https://nyc3.digitaloceanspaces.com"),
            "the endpoint is not AWS",
        ),
        (
            Place::new()
                .in_ec2()
                .with("AWS_EC2_METADATA_DISABLED", "TRUE"),
            "AWS_EC2_METADATA_DISABLED is true",
        ),
    ] {
        let fake = metadata();
        let (cause, _) = place.refusal(&fake).await;
        assert!(
            cause.ends_with(&format!("the instance metadata is not asked, {reason}")),
            "{cause}"
        );
        assert!(fake.seen().is_empty());
    }
}

#[tokio::test]
async fn a_vpc_endpoint_is_aws_too() {
    let place = Place::new().in_ec2().with(
        "ENDPOINT_URL",
        "https://bucket.vpce-1a.s3.eu-west-1.vpce.amazonaws.com",
    );
    assert_eq!(place.shown(&metadata()).await.0, "ec2");
}

#[tokio::test]
async fn a_metadata_service_that_somebody_named_is_asked_off_ec2_too() {
    let fake = metadata();
    let place = Place::new().with(
        "AWS_EC2_METADATA_SERVICE_ENDPOINT",
        "http://127.0.0.1:1338/",
    );
    assert_eq!(place.shown(&fake).await.0, "ec2");
    let seen = fake.seen();
    assert!(
        seen.iter()
            .all(|line| line.contains(" http://127.0.0.1:1338/latest/")),
        "{seen:?}"
    );
}

#[tokio::test]
async fn metadata_that_gives_nothing_is_the_last_of_the_reasons() {
    let fake = Fake::silent();
    let (cause, _) = Place::new().in_ec2().refusal(&fake).await;
    assert!(
        cause.ends_with("; the instance metadata gave nothing: connection refused by fake:443"),
        "{cause}"
    );
    assert_eq!(fake.seen().len(), 2);
    let no_role = Fake::answering(|request| match request.uri().path() {
        "/latest/api/token" => response(200, "session"),
        _ => response(404, ""),
    });
    let (cause, _) = Place::new().in_ec2().refusal(&no_role).await;
    assert!(
        cause.ends_with("; the instance metadata gave nothing: instance metadata not found"),
        "{cause}"
    );
}

#[tokio::test]
async fn a_container_asks_its_host_and_shows_the_token_of_the_file() {
    let fake = Fake::answering(|request| {
        let token = &request.headers()["authorization"];
        response(200, keys_json(token.to_str().unwrap()))
    });
    let place = Place::new().file("token", "from-file\n");
    let token = place.path("token");
    let place = place
        .with(
            "AWS_CONTAINER_CREDENTIALS_FULL_URI",
            "http://169.254.170.23/v1/credentials",
        )
        .with("AWS_CONTAINER_AUTHORIZATION_TOKEN", "from-variable");
    assert_eq!(place.shown(&fake).await.0, "from-variable");
    let place = place.with("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", &token);
    assert_eq!(place.shown(&fake).await.0, "from-file");
    assert_eq!(fake.seen(), ["GET http://169.254.170.23/v1/credentials"; 2]);
}

#[tokio::test]
async fn a_task_asks_at_the_relative_address() {
    let fake = Fake::answering(|_| response(200, keys_json("task")));
    let place = Place::new()
        .with(
            "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
            "/v2/credentials/x",
        )
        .with("ENDPOINT_URL", "https://nyc3.digitaloceanspaces.com");
    assert_eq!(place.shown(&fake).await.0, "task");
    assert_eq!(fake.seen(), ["GET http://169.254.170.2/v2/credentials/x"]);
}

#[tokio::test]
async fn a_container_address_that_a_token_must_not_go_to_is_refused() {
    for url in [
        "http://evil.test/",
        "http://10.0.0.1/",
        "ftp://localhost/",
        "x",
        "http://localhost.evil.test/",
    ] {
        let place = Place::new().with("AWS_CONTAINER_CREDENTIALS_FULL_URI", url);
        assert_eq!(
            place.refusal(&Fake::silent()).await.0,
            "AWS_CONTAINER_CREDENTIALS_FULL_URI is neither https nor an address of this machine \
             or its container service"
        );
    }
    for url in [
        "http://localhost:8080/x",
        "http://127.0.0.2/",
        "http://[::1]/",
        "http://[fd00:ec2::23]/",
        "https://any.test/",
    ] {
        let place = Place::new().with("AWS_CONTAINER_CREDENTIALS_FULL_URI", url);
        place.config().unwrap();
    }
}

#[tokio::test]
async fn a_container_that_gives_nothing_is_refused_without_asking_elsewhere() {
    let fake = Fake::answering(|_| response(403, "no\nrole"));
    let place = Place::new()
        .in_ec2()
        .with("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/x");
    let (cause, _) = place.refusal(&fake).await;
    assert_eq!(
        cause,
        "there are no credentials from AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: \
         ECS task not authorized to fetch credentials: no role"
    );
    assert_eq!(fake.seen(), ["GET http://169.254.170.2/x"]);
}
