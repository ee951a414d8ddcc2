//! Credentials of the role of an EC2 instance, from its metadata service (version 2 only).
//!
//! The service is only asked on EC2. Elsewhere the same address may belong to another service, or a
//! request may wait for ever.

use std::path::Path;
use std::sync::Arc;

use reqsign_aws_v4::IMDSv2CredentialProvider;
use rusoto_credential::AwsCredentials;
use s3_client::Endpoint;

use super::fetch::{HttpFetch, Sender};
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

/// Whether this is an EC2 instance, by the rules that AWS documents: Nitro has its name in the DMI,
/// and Xen has a UUID or a BIOS version with a known beginning or end.
fn is_ec2(root: &Path) -> bool {
    let text = |path: &str| {
        let text = std::fs::read_to_string(root.join(path)).unwrap_or_default();
        text.trim().to_ascii_lowercase()
    };
    text("sys/devices/virtual/dmi/id/sys_vendor") == "amazon ec2"
        || text("sys/devices/virtual/dmi/id/board_vendor") == "amazon ec2"
        || text("sys/devices/virtual/dmi/id/bios_version").ends_with("amazon")
        || text("sys/hypervisor/uuid").starts_with("ec2")
}

/// Asks the service for credentials. `root` is the root of the file system.
pub(super) async fn ask(
    address: &Result<Address, String>,
    root: &Path,
    fetch: &Arc<dyn HttpFetch>,
) -> Result<AwsCredentials, String> {
    let address = address.clone()?;
    if !address.is_given && !is_ec2(root) {
        return Err("the instance metadata is not asked, this machine is not in EC2".to_owned());
    }
    let provider = IMDSv2CredentialProvider::new().with_endpoint(address.url);
    let response = Sender::nearby(fetch).ask(provider).await;
    response.map_err(|cause| format!("the instance metadata gave nothing: {cause}"))
}
