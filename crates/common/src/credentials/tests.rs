//! The chain against an in-process fake of everything that keys can come from.

use std::fs;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use rusoto_credential::AwsCredentials;
use structopt::StructOpt as _;
use tempfile::TempDir;

use super::fetch::{Fetched, HttpFetch};
use super::source::{Secret, shown_id};
use super::*;
use crate::config::{Config, ConnectArgs};
use crate::env::Env;
use crate::error::{Error, Result};
use crate::exit::Exit;

mod environment;
mod machine;
mod profiles;
mod renewal;
mod roles;

/// Where a machine says what it is.
const DMI: &str = "sys/devices/virtual/dmi/id";

type Answering = dyn Fn(&Request<Bytes>) -> Result<Response<Bytes>, String> + Send + Sync;

/// Responses as it is told, and remembers what it was asked.
struct Fake {
    seen: Mutex<Vec<Request<Bytes>>>,
    response: Box<Answering>,
}

impl Fake {
    fn answering(
        response: impl Fn(&Request<Bytes>) -> Result<Response<Bytes>, String> + Send + Sync + 'static,
    ) -> Arc<Self> {
        Arc::new(Self {
            seen: Mutex::default(),
            response: Box::new(response),
        })
    }

    /// Nobody there.
    fn silent() -> Arc<Self> {
        Self::answering(|_| Err("connection refused by fake:443".to_owned()))
    }

    /// `PUT http://169.254.169.254/latest/api/token`, without queries.
    fn seen(&self) -> Vec<String> {
        let seen = self.seen.lock().unwrap();
        let line = |request: &Request<Bytes>| {
            let url = request.uri().to_string();
            let url = url.split('?').next().unwrap_or_default().to_owned();
            format!("{} {url}", request.method())
        };
        seen.iter().map(line).collect()
    }

    fn request(&self, index: usize) -> Request<Bytes> {
        self.seen.lock().unwrap()[index].clone()
    }
}

impl HttpFetch for Fake {
    fn fetch(&self, request: Request<Bytes>) -> Fetched<'_> {
        let response = (self.response)(&request);
        self.seen.lock().unwrap().push(request);
        Box::pin(async move {
            // Lets other tasks in between, as a network does.
            tokio::task::yield_now().await;
            response
        })
    }
}

fn response(status: u16, body: impl Into<Bytes>) -> Result<Response<Bytes>, String> {
    let mut response = Response::new(body.into());
    *response.status_mut() = StatusCode::from_u16(status).unwrap();
    Ok(response)
}

/// A time that many seconds from now, as AWS writes it.
fn in_seconds(seconds: i64) -> String {
    let now = jiff::Timestamp::now().as_second();
    jiff::Timestamp::from_second(now + seconds)
        .unwrap()
        .to_string()
}

/// A machine with a home, and perhaps in EC2.
struct Place {
    home: TempDir,
    variables: Vec<(String, String)>,
    flags: Vec<String>,
}

impl Place {
    fn new() -> Self {
        let home = TempDir::new().unwrap();
        fs::create_dir_all(home.path().join(".aws/sso/cache")).unwrap();
        fs::create_dir_all(home.path().join(DMI)).unwrap();
        fs::create_dir_all(home.path().join("sys/hypervisor")).unwrap();
        let place = Self {
            home,
            variables: Vec::new(),
            flags: Vec::new(),
        };
        let path = place.path("");
        place.with("HOME", path.trim_end_matches('/'))
    }

    fn with(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    fn flag(mut self, flag: &str) -> Self {
        self.flags.push(flag.to_owned());
        self
    }

    fn file(self, name: &str, content: &str) -> Self {
        fs::write(self.home.path().join(name), content).unwrap();
        self
    }

    fn path(&self, name: &str) -> String {
        self.home.path().join(name).to_str().unwrap().to_owned()
    }

    fn in_ec2(self) -> Self {
        self.file(&format!("{DMI}/sys_vendor"), "Amazon EC2\n")
    }

    fn config(&self) -> Result<Config> {
        let env = Env::from_pairs(self.variables.clone())?;
        let flags = self.flags.iter().map(String::as_str);
        let args = ConnectArgs::from_iter(["program"].into_iter().chain(flags));
        Config::resolve(&env, &args)
    }

    fn provider(&self, fake: &Arc<Fake>) -> Result<CredentialProvider> {
        let fetch: Arc<dyn HttpFetch> = Arc::clone(fake) as _;
        let root = self.home.path().to_owned();
        Ok(CredentialProvider::new(
            self.config()?.credentials,
            fetch,
            root,
        ))
    }

    async fn keys(&self, fake: &Arc<Fake>) -> Result<AwsCredentials> {
        self.provider(fake)?.current().await
    }

    /// The id, secret and token that requests would be signed with.
    async fn shown(&self, fake: &Arc<Fake>) -> (String, String, Option<String>) {
        let keys = self.keys(fake).await.unwrap();
        (
            keys.aws_access_key_id().to_owned(),
            keys.aws_secret_access_key().to_owned(),
            keys.token().clone(),
        )
    }

    async fn refusal(&self, fake: &Arc<Fake>) -> (String, Option<String>) {
        words(&self.keys(fake).await.unwrap_err())
    }
}

fn words(error: &Error) -> (String, Option<String>) {
    assert_eq!(error.exit(), Exit::Settings);
    let text = error.to_string();
    let cause = text.strip_prefix("cannot start: ").unwrap();
    (cause.to_owned(), error.hint().map(str::to_owned))
}

fn triple(id: &str, secret: &str, token: Option<&str>) -> (String, String, Option<String>) {
    (id.to_owned(), secret.to_owned(), token.map(str::to_owned))
}

#[test]
fn secrets_show_stars_and_key_ids_their_last_four() {
    let keys = |id: &str| AwsCredentials::new(id, "s3cret", Some("t0ken".to_owned()), None);
    assert_eq!(shown_id(&keys("AKIAABCDEFGH9F2Q")), "…9F2Q");
    assert_eq!(shown_id(&keys("minio")), "…");
    let debug = format!("{:?} {:?}", keys("id"), Secret("passw0rd".to_owned()));
    for secret in ["s3cret", "t0ken", "passw0rd"] {
        assert!(!debug.contains(secret), "{debug}");
    }
}
