//! Versions and archives as a service answers them.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests: whatever is unexpected here fails the test"
)]

mod archives;
mod on_any_server;

use std::sync::Arc;

use common::client::Client;
use common::config::{Config, ConnectArgs};
use common::env::Env;
use testkit::Endpoint;

fn client(endpoint: &Endpoint) -> Client {
    let env = Env::from_pairs(endpoint.settings()).unwrap();
    let config = Config::resolve(&env, &ConnectArgs::default()).unwrap();
    Client::connect(&config, Arc::new(|warning| panic!("{warning}"))).unwrap()
}
