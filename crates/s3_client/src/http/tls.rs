//! Whom we trust: a CA bundle, or the certificates of the system.

use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};
use tokio_rustls::rustls;
use tokio_rustls::rustls::client::danger::{
    HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier,
};
use tokio_rustls::rustls::client::{WebPkiServerVerifier, verify_server_name};
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::server::ParsedCertificate;
use tokio_rustls::rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme,
};

use crate::error::{Error, Result, describe_io};

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
        let (roots, named) = match &self.bundle {
            Some(path) => read_bundle(path)?,
            None => (system_roots()?, Vec::new()),
        };
        let failed = |error: String| Error::settings(format!("TLS cannot be set up: {error}"));
        let provider = Arc::new(ring::default_provider());
        let authorities =
            WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider))
                .build()
                .map_err(|error| failed(error.to_string()))?;
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| failed(error.to_string()))?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(Verifier { authorities, named }))
            .with_no_client_auth();
        Ok(Arc::clone(self.loaded.get_or_init(|| Arc::new(config))))
    }
}

/// Checks certificates by the authorities. What the user named in the bundle itself needs no
/// authority, as with curl and Go: `openssl req -x509` makes a server certificate that also calls
/// itself an authority, which the check by authorities refuses.
#[derive(Debug)]
struct Verifier {
    authorities: Arc<WebPkiServerVerifier>,
    named: Vec<CertificateDer<'static>>,
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let checked = self.authorities.verify_server_cert(
            certificate,
            intermediates,
            name,
            ocsp_response,
            now,
        );
        match checked {
            Err(error) if lacks_authority(&error) && self.named.contains(certificate) => {
                // The dates were checked first, or they would have been the error.
                verify_server_name(&ParsedCertificate::try_from(certificate)?, name)?;
                Ok(ServerCertVerified::assertion())
            }
            checked => checked,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.authorities
            .verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.authorities
            .verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.authorities.supported_verify_schemes()
    }
}

/// Whether all that a certificate lacks is an authority that we trust.
fn lacks_authority(error: &rustls::Error) -> bool {
    match error {
        rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer) => true,
        rustls::Error::InvalidCertificate(CertificateError::Other(other)) => matches!(
            other.0.downcast_ref(),
            Some(webpki::Error::CaUsedAsEndEntity)
        ),
        _ => false,
    }
}

/// The authorities in this file, and every certificate in it as it is.
fn read_bundle(path: &PathBuf) -> Result<(RootCertStore, Vec<CertificateDer<'static>>)> {
    let shown = path.display();
    let text = std::fs::read(path).map_err(|error| {
        let cause = describe_io(&error);
        Error::settings(format!("the CA bundle {shown} cannot be read: {cause}"))
    })?;
    let (mut roots, mut named) = (RootCertStore::empty(), Vec::new());
    for certificate in CertificateDer::pem_slice_iter(&text) {
        let certificate = certificate.map_err(|error| {
            log::debug!("the CA bundle {shown}: {error}");
            Error::settings(format!("the CA bundle {shown} is damaged"))
                .with_hint("it must be a PEM file with BEGIN CERTIFICATE lines")
        })?;
        named.push(certificate.clone());
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
    Ok((roots, named))
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
