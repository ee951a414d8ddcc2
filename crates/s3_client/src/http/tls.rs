//! Whom we trust: a CA bundle, or the certificates of the system.

use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use super::fault::plain_words;
use crate::error::{Error, Result};

/// The certificate authorities of this run, read when the first TLS connection needs them:
/// parsing the system's takes milliseconds that a plain endpoint should not pay.
#[derive(Debug)]
pub struct Trust {
    bundle: Option<PathBuf>,
    loaded: OnceLock<Arc<ClientConfig>>,
}

impl Trust {
    /// Only the authorities in this PEM file, or those of the system.
    pub fn new(bundle: Option<PathBuf>) -> Self {
        Self {
            bundle,
            loaded: OnceLock::new(),
        }
    }

    /// The TLS settings; TLS 1.2 and 1.3, certificates always checked.
    ///
    /// # Errors
    /// The bundle cannot be read or holds no certificate, or the system has none.
    pub fn client_config(&self) -> Result<Arc<ClientConfig>> {
        if let Some(config) = self.loaded.get() {
            return Ok(Arc::clone(config));
        }
        let roots = match &self.bundle {
            Some(path) => read_bundle(path)?,
            None => system_roots()?,
        };
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| Error::settings(format!("TLS cannot be set up: {error}")))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Arc::clone(self.loaded.get_or_init(|| Arc::new(config))))
    }
}

fn read_bundle(path: &PathBuf) -> Result<RootCertStore> {
    let shown = path.display();
    let text = std::fs::read(path).map_err(|error| {
        let cause = plain_words(&error);
        Error::settings(format!("the CA bundle {shown} cannot be read: {cause}"))
    })?;
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(&text) {
        let certificate = certificate.map_err(|error| {
            Error::settings(format!("the CA bundle {shown} is damaged: {error}"))
        })?;
        // Bundles often carry one odd certificate among a hundred good ones.
        if let Err(error) = roots.add(certificate) {
            log::debug!("a certificate in {shown} is left out: {error}");
        }
    }
    if roots.is_empty() {
        return Err(
            Error::settings(format!("the CA bundle {shown} holds no usable certificate"))
                .with_hint("it must be a PEM file with BEGIN CERTIFICATE lines"),
        );
    }
    Ok(roots)
}

fn system_roots() -> Result<RootCertStore> {
    let found = rustls_native_certs::load_native_certs();
    for error in &found.errors {
        log::debug!("system certificates: {error}");
    }
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(found.certs);
    if roots.is_empty() {
        return Err(Error::settings(
            "this system has no CA certificates to check the endpoint's certificate with",
        )
        .with_hint("install the package ca-certificates, or name a PEM file with --ca-bundle"));
    }
    Ok(roots)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bundle_without_certificates_is_refused_by_name() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let trust = Trust::new(Some(file.path().to_owned()));
        let error = trust.client_config().unwrap_err();
        assert_eq!(
            error.to_string(),
            format!(
                "the CA bundle {} holds no usable certificate",
                file.path().display()
            )
        );
    }

    #[test]
    fn a_bundle_that_is_not_there_is_refused_by_name() {
        let trust = Trust::new(Some("/nowhere/ca.pem".into()));
        let error = trust.client_config().unwrap_err();
        assert_eq!(
            error.to_string(),
            "the CA bundle /nowhere/ca.pem cannot be read: no such file or directory"
        );
    }
}
