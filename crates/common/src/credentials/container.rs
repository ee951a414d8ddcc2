//! Credentials that a container gets from its host: ECS tasks, EKS pods.

use std::net::IpAddr;
use std::path::PathBuf;

use http::Uri;

use super::source::{Container, Secret, Source, SourceKind};
use crate::config::Origin;
use crate::env::Env;
use crate::error::{Error, Result};

/// The address of ECS, to which relative paths are added.
const ECS_HOST: &str = "http://169.254.170.2";
/// The hosts, besides loopback, from which credentials may be fetched without encryption: ECS and
/// EKS.
const TRUSTED_HOSTS: [&str; 3] = ["169.254.170.2", "169.254.170.23", "fd00:ec2::23"];

/// The source, if the container's variables are set.
///
/// # Errors
/// Exit 3: a token must not be sent to this address.
pub(super) fn configured(env: &Env) -> Result<Option<Source>> {
    let relative = env.get("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
    let full = env.get("AWS_CONTAINER_CREDENTIALS_FULL_URI");
    let (url, name) = match (relative, full) {
        (Some(path), _) => (
            format!("{ECS_HOST}/{}", path.trim_start_matches('/')),
            "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
        ),
        (None, Some(url)) => (url.to_owned(), "AWS_CONTAINER_CREDENTIALS_FULL_URI"),
        (None, None) => return Ok(None),
    };
    if !is_trusted(&url) {
        return Err(Error::settings(format!(
            "{name} is neither https nor an address of this machine or its container service"
        )));
    }
    Ok(Some(Source {
        kind: SourceKind::Container(Container {
            url,
            token: env
                .get("AWS_CONTAINER_AUTHORIZATION_TOKEN")
                .map(|token| Secret(token.to_owned())),
            token_file: env
                .get("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE")
                .map(PathBuf::from),
        }),
        origin: Origin::Variable(name),
    }))
}

fn is_trusted(url: &str) -> bool {
    let Ok(uri) = url.parse::<Uri>() else {
        return false;
    };
    let host = uri.host().unwrap_or_default().trim_matches(['[', ']']);
    match uri.scheme_str() {
        Some("https") => !host.is_empty(),
        Some("http") => {
            host == "localhost"
                || TRUSTED_HOSTS.contains(&host)
                || host
                    .parse::<IpAddr>()
                    .is_ok_and(|address| address.is_loopback())
        }
        _ => false,
    }
}
