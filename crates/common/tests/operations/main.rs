//! The operations that are not hot, as services answer them.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests: whatever is unexpected here fails the test"
)]

mod archives;
mod hostile_documents;
mod on_any_server;
mod pages_of_services;

use std::sync::Arc;

use common::config::{Config, ConnectArgs};
use common::env::Env;
use s3_client::client::Client;
use testkit::Endpoint;
use testkit::faults::{Action, Canned, FaultProxy, Plan, Request};

fn client(endpoint: &Endpoint) -> Client {
    connect(endpoint.settings())
}

/// A service that answers so.
fn scripted(response: impl Fn(&Request) -> Canned + Send + Sync + 'static) -> FaultProxy {
    let plan = Plan::new(1).script(move |request, _| Some(Action::Respond(response(request))));
    // The server behind it is never asked.
    FaultProxy::start("http://127.0.0.1:9", plan).unwrap()
}

fn client_through(proxy: &FaultProxy) -> Client {
    connect([
        ("ENDPOINT_URL".to_owned(), proxy.endpoint()),
        ("AWS_ACCESS_KEY_ID".to_owned(), "AKIDEXAMPLE".to_owned()),
        ("AWS_SECRET_ACCESS_KEY".to_owned(), "secret".to_owned()),
    ])
}

fn connect(settings: impl IntoIterator<Item = (String, String)>) -> Client {
    let env = Env::from_pairs(settings).unwrap();
    let config = Config::resolve(&env, &ConnectArgs::default()).unwrap();
    common::connect(&config, None, Arc::new(|warning| panic!("{warning}"))).unwrap()
}
