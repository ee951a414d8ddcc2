//! What every object is given: flags, TARGET_ACL, and their checks.

use std::path::PathBuf;

use common::cli::UsageError;
use common::env::Env;
use common::{Error, Result};
use s3_client::operations::{ObjectHeaders, ServerSideEncryption};
use structopt::StructOpt;

/// The canned ACLs (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html>).
const ACLS: [&str; 7] = [
    "private",
    "public-read",
    "public-read-write",
    "authenticated-read",
    "aws-exec-read",
    "bucket-owner-read",
    "bucket-owner-full-control",
];

#[derive(Clone, Debug, StructOpt)]
pub(crate) struct Flags {
    /// Canned ACL, such as public-read [default: TARGET_ACL, else none is sent]
    #[structopt(long, value_name = "ACL", possible_values = &ACLS)]
    acl: Option<String>,

    /// Storage class, such as STANDARD_IA
    #[structopt(long, value_name = "CLASS")]
    storage_class: Option<String>,

    /// Cache-Control of every object
    #[structopt(long, value_name = "VALUE")]
    cache_control: Option<String>,

    /// Content-Type of every object [default: by extension]
    #[structopt(long, value_name = "TYPE")]
    content_type: Option<String>,

    /// Content-Disposition of every object
    #[structopt(long, value_name = "VALUE")]
    content_disposition: Option<String>,

    /// Content-Encoding of every object; files are sent as they are
    #[structopt(long, value_name = "VALUE")]
    content_encoding: Option<String>,

    /// User metadata; may be repeated
    #[structopt(long, value_name = "NAME=VALUE", number_of_values = 1, parse(try_from_str = pair))]
    metadata: Vec<(String, String)>,

    /// Tags; may be repeated
    #[structopt(long, value_name = "NAME=VALUE", number_of_values = 1, parse(try_from_str = pair))]
    tags: Vec<(String, String)>,

    /// Encryption by the service
    #[structopt(long, value_name = "KIND", possible_values = &["AES256", "aws:kms"])]
    sse: Option<String>,

    /// Key of --sse=aws:kms [default: the bucket's]
    #[structopt(long, value_name = "KEY")]
    sse_kms_key_id: Option<String>,

    /// File with a 32-byte customer key to encrypt with (https only); the service forgets it
    #[structopt(long, value_name = "FILE", parse(from_os_str))]
    sse_c_key_file: Option<PathBuf>,
}

fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err(format!("`{text}` is not NAME=VALUE")),
    }
}

/// What is sent with every object.
pub(crate) struct Headers {
    pub(crate) sent: ObjectHeaders,
    /// Whether any of it was asked for, so that equal content alone is not enough.
    pub(crate) given: bool,
    acl_is_decided: bool,
}

impl Flags {
    /// Refuses what cannot go together.
    pub(crate) fn check(&self) -> Result<(), UsageError> {
        if self.sse_kms_key_id.is_some() && self.sse.as_deref() != Some("aws:kms") {
            return Err(UsageError::new(
                "--sse-kms-key-id needs --sse=aws:kms",
                "add --sse=aws:kms",
            ));
        }
        if self.sse.is_some() && self.sse_c_key_file.is_some() {
            return Err(UsageError::new(
                "--sse and --sse-c-key-file are two ways to encrypt",
                "use one of them",
            ));
        }
        Ok(())
    }

    /// The headers, with TARGET_ACL where no flag says otherwise. TARGET_ACL=private is the
    /// default spelled out: nothing is sent for it.
    pub(crate) fn resolve(&self, env: &Env) -> Result<Headers> {
        let variable = env.get("TARGET_ACL");
        if let Some(acl) = variable.filter(|acl| !ACLS.contains(acl)) {
            return Err(
                Error::settings(format!("TARGET_ACL is `{acl}`, which is no canned ACL"))
                    .with_hint(format!("use one of {}", ACLS.join(", "))),
            );
        }
        let acl = self
            .acl
            .clone()
            .or_else(|| variable.filter(|acl| *acl != "private").map(str::to_owned));
        let sse = match (&self.sse, &self.sse_c_key_file) {
            (_, Some(path)) => Some(ServerSideEncryption::Customer(
                common::customer_key::read_customer_key(path)?,
            )),
            (Some(kind), None) if kind == "aws:kms" => Some(ServerSideEncryption::Kms {
                key_id: self.sse_kms_key_id.clone(),
            }),
            (Some(_), None) => Some(ServerSideEncryption::Aes256),
            (None, None) => None,
        };
        let acl_is_decided = self.acl.is_some() || variable.is_some();
        let sent = ObjectHeaders {
            content_type: self.content_type.clone(),
            cache_control: self.cache_control.clone(),
            content_disposition: self.content_disposition.clone(),
            content_encoding: self.content_encoding.clone(),
            acl,
            storage_class: self.storage_class.clone(),
            metadata: self.metadata.clone(),
            tags: self.tags.clone(),
            sse,
            ..ObjectHeaders::default()
        };
        sent.check()?;
        let given = !sent.is_empty();
        Ok(Headers {
            sent,
            given,
            acl_is_decided,
        })
    }
}

impl Headers {
    /// Whether everybody may read the objects.
    pub(crate) fn public(&self) -> bool {
        self.sent
            .acl
            .as_deref()
            .is_some_and(|acl| acl.starts_with("public-read"))
    }

    /// What people who come from the Python script have to know: it made everything public.
    pub(crate) fn private_by_default(&self, from_variables: bool) -> Option<&'static str> {
        (from_variables && !self.acl_is_decided)
            .then_some("private (the Python script made them public: TARGET_ACL=public-read)")
    }
}
