//! Decides which source is asked for credentials, from the settings alone: the first one that is
//! configured, whether it will work or not.

use std::path::PathBuf;

use s3_client::Endpoint;

use super::configured::{Source, SourceKind, WebIdentity};
use super::ground::{Ground, keys_of_environment, sts_region};
use super::profile::source_of;
use super::{container, metadata};
use crate::config::profile::{Profile, ProfileFiles};
use crate::config::{ConnectArgs, Origin};
use crate::env::{Env, HOW_TO_EXPORT};
use crate::error::{Error, Result};

/// Where credentials will come from.
#[derive(Clone, Debug)]
pub enum CredentialPlan {
    /// No credentials: requests are not signed.
    Unsigned(Origin),
    /// This source, and no other if it fails.
    From(Source),
    /// Nothing is configured. Perhaps this machine has a role.
    Nothing(Unconfigured),
}

/// The sources that give no credentials, and whether the instance metadata may be asked.
#[derive(Clone, Debug)]
pub struct Unconfigured {
    /// Each source and why it gives none.
    pub(super) tried: Vec<String>,
    /// The address of the instance metadata, or why it is not asked.
    pub(super) metadata: Result<metadata::Address, String>,
}

impl CredentialPlan {
    /// In this order: `--no-sign-request`; the key variables, unless `--profile` is given; the
    /// profile; the web identity; the container; the instance metadata.
    pub(crate) fn find(
        env: &Env,
        args: &ConnectArgs,
        files: &ProfileFiles,
        profile: Option<&Profile<'_>>,
        region: &str,
        endpoint: &Endpoint,
    ) -> Result<Self> {
        if args.no_sign_request {
            return Ok(Self::Unsigned(Origin::Flag("--no-sign-request")));
        }
        let mut tried = Vec::new();
        if args.profile.is_some() {
            tried.push("the key variables are ignored with --profile".to_owned());
        } else if let Some(source) = keys_of_environment(env)? {
            return Ok(Self::From(source));
        } else {
            tried.push("AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set".to_owned());
        }
        let ground = Ground {
            env,
            files,
            region: sts_region(region),
            metadata: metadata::address(env, endpoint),
        };
        match profile
            .map(|profile| source_of(&ground, profile))
            .transpose()?
        {
            Some(Some(source)) => return Ok(Self::From(source)),
            Some(None) => {
                let described = profile.map(Profile::describe).unwrap_or_default();
                tried.push(format!("{described} has no credentials"));
            }
            None => tried.push(files.describe()),
        }
        if let Some(source) = web_identity_of_environment(&ground)? {
            return Ok(Self::From(source));
        }
        tried.push("AWS_WEB_IDENTITY_TOKEN_FILE is not set".to_owned());
        if let Some(source) = container::configured(env)? {
            return Ok(Self::From(source));
        }
        tried.push("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI is not set".to_owned());
        Ok(Self::Nothing(Unconfigured {
            tried,
            metadata: ground.metadata,
        }))
    }

    /// Rows of `--print-config`: name, masked value, origin.
    pub(crate) fn shown(&self) -> Vec<(&'static str, String, String)> {
        match self {
            Self::Unsigned(origin) => vec![(
                "credentials",
                "none, requests are not signed".to_owned(),
                origin.to_string(),
            )],
            Self::Nothing(nothing) => vec![(
                "credentials",
                match &nothing.metadata {
                    Ok(_) => "none found, unless this machine is in EC2".to_owned(),
                    Err(_) => "none found".to_owned(),
                },
                Origin::Default.to_string(),
            )],
            Self::From(source) => source.shown(),
        }
    }
}

fn web_identity_of_environment(ground: &Ground<'_>) -> Result<Option<Source>> {
    let Some(token_file) = ground.env.get("AWS_WEB_IDENTITY_TOKEN_FILE") else {
        return Ok(None);
    };
    let Some(role_arn) = ground.env.get("AWS_ROLE_ARN") else {
        return Err(
            Error::settings("AWS_WEB_IDENTITY_TOKEN_FILE is set, but AWS_ROLE_ARN is not")
                .with_hint(format!("export it, or {HOW_TO_EXPORT}")),
        );
    };
    Ok(Some(Source {
        kind: SourceKind::WebIdentity(WebIdentity {
            role_arn: role_arn.to_owned(),
            session_name: ground.env.get("AWS_ROLE_SESSION_NAME").map(str::to_owned),
            token_file: PathBuf::from(token_file),
            region: ground.region.clone(),
        }),
        origin: Origin::Variable("AWS_WEB_IDENTITY_TOKEN_FILE"),
    }))
}
