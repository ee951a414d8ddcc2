//! Credentials of the role of an EC2 instance, from its metadata service (version 2 only).
//!
//! The service is only asked on EC2. Elsewhere the same address may belong to another service, or a
//! request may wait for ever.

use std::path::PathBuf;
use std::sync::Arc;

use reqsign_aws_v4::IMDSv2CredentialProvider;
use reqsign_core::ProvideCredential as _;
use s3_client::Endpoint;

use super::Credentials;
use super::fetch::{HttpFetch, Patience, Sender};
use super::outcome::adopt;
use crate::env::Env;

const DEFAULT_ADDRESS: &str = "http://169.254.169.254";

/// The address of the metadata service.
#[derive(Clone, Debug)]
pub(super) struct Address {
    url: String,
    /// The user configured it, so the service exists, even if this machine is not in EC2.
    is_given: bool,
}

/// The address to ask, or the reason not to ask, as far as the settings tell.
pub(super) fn address(env: &Env, endpoint: &Endpoint) -> Result<Address, String> {
    if env
        .get("AWS_EC2_METADATA_DISABLED")
        .is_some_and(|value| value.trim().eq_ignore_ascii_case("true"))
    {
        return Err("the instance metadata is not asked, AWS_EC2_METADATA_DISABLED is true".into());
    }
    if !endpoint.is_aws {
        return Err("the instance metadata is not asked, the endpoint is not AWS".into());
    }
    let given = env.get("AWS_EC2_METADATA_SERVICE_ENDPOINT");
    let url = given.unwrap_or(DEFAULT_ADDRESS).trim_end_matches('/');
    Ok(Address {
        url: url.to_owned(),
        is_given: given.is_some(),
    })
}

/// The files that show whether this machine is an EC2 instance.
#[derive(Clone, Debug)]
pub struct Machine {
    /// The directory with the DMI texts.
    dmi: PathBuf,
    /// The file in which Xen, the older hypervisor, gives its UUID.
    hypervisor_uuid: PathBuf,
}

impl Machine {
    /// The machine that this program runs on.
    pub fn this() -> Self {
        Self::described_by("/sys/devices/virtual/dmi/id", "/sys/hypervisor/uuid")
    }

    /// A machine that these files describe, for tests.
    pub fn described_by(dmi: impl Into<PathBuf>, hypervisor_uuid: impl Into<PathBuf>) -> Self {
        Self {
            dmi: dmi.into(),
            hypervisor_uuid: hypervisor_uuid.into(),
        }
    }

    /// Whether this is an EC2 instance, by the rules that AWS documents: Nitro has its name in the
    /// DMI, and Xen has a UUID or a BIOS version with a known beginning or end.
    pub(super) fn is_ec2(&self) -> bool {
        let text = |path: PathBuf| {
            let text = std::fs::read_to_string(path).unwrap_or_default();
            text.trim().to_ascii_lowercase()
        };
        let dmi = |name: &str| text(self.dmi.join(name));
        dmi("sys_vendor") == "amazon ec2"
            || dmi("board_vendor") == "amazon ec2"
            || dmi("bios_version").ends_with("amazon")
            || text(self.hypervisor_uuid.clone()).starts_with("ec2")
    }
}

/// Asks the service for credentials.
pub(super) async fn ask(
    address: &Result<Address, String>,
    machine: &Machine,
    fetch: &Arc<dyn HttpFetch>,
) -> Result<Credentials, String> {
    let address = address.clone()?;
    if !address.is_given && !machine.is_ec2() {
        return Err("the instance metadata is not asked, this machine is not in EC2".to_owned());
    }
    let sender = Sender::new(fetch, Patience::NEARBY);
    let provider = IMDSv2CredentialProvider::new().with_endpoint(address.url);
    adopt(
        &sender,
        provider.provide_credential(&sender.context()).await,
    )
    .map_err(|cause| format!("the instance metadata gave nothing: {cause}"))
}
