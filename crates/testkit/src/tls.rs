//! TLS in front of any endpoint, with a certificate of a new authority.

use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, date_time_ymd,
};
use tempfile::NamedTempFile;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::{Builder, Runtime};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring::default_provider;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::sign::{CertifiedKey, SingleCertAndKey};

use crate::Endpoint;

/// Accepts TLS for `localhost` and passes the plain text on to a server. Stops when dropped.
#[derive(Debug)]
pub struct TlsFront {
    port: u16,
    certified: Certified,
    // Dropping it ends every connection.
    _runtime: Runtime,
}

impl TlsFront {
    /// Starts in front of this endpoint.
    ///
    /// # Panics
    /// If no certificate can be made or no port can be had.
    #[track_caller]
    pub fn of(endpoint: &Endpoint) -> Self {
        Self::named(endpoint, "localhost")
    }

    /// The same with a certificate for another name, which may be `*.example.com`.
    ///
    /// # Panics
    /// If no certificate can be made or no port can be had.
    #[track_caller]
    pub fn named(endpoint: &Endpoint, name: &str) -> Self {
        Self::showing(Certified::of(name), endpoint)
    }

    /// The same with this certificate.
    ///
    /// # Panics
    /// If it was not made, or no port can be had.
    #[track_caller]
    pub fn showing(certified: io::Result<Certified>, endpoint: &Endpoint) -> Self {
        let behind = endpoint.url().trim_start_matches("http://").to_owned();
        match certified.and_then(|certified| Self::start(certified, behind)) {
            Ok(front) => front,
            Err(error) => panic!("cannot start TLS in front of {}: {error}", endpoint.url()),
        }
    }

    fn start(certified: Certified, behind: String) -> io::Result<Self> {
        let acceptor = certified.acceptor();
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()?;
        let address = SocketAddr::from(([127, 0, 0, 1], 0));
        let listener = runtime.block_on(TcpListener::bind(address))?;
        let port = listener.local_addr()?.port();
        runtime.spawn(async move {
            while let Ok((outside, _)) = listener.accept().await {
                let (acceptor, behind) = (acceptor.clone(), behind.clone());
                tokio::spawn(async move {
                    // A client that does not trust the certificate closes the connection, as tests expect.
                    let Ok(mut outside) = acceptor.accept(outside).await else {
                        return;
                    };
                    if let Ok(mut inside) = TcpStream::connect(&behind).await {
                        let _ended = copy_bidirectional(&mut outside, &mut inside).await;
                    }
                });
            }
        });
        Ok(Self {
            port,
            certified,
            _runtime: runtime,
        })
    }

    /// The port on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// `https://localhost:PORT`.
    pub fn url(&self) -> String {
        format!("https://localhost:{}", self.port)
    }

    /// The certificate of the authority, for AWS_CA_BUNDLE.
    pub fn authority(&self) -> &Path {
        self.certified.authority()
    }
}

/// A certificate for one name, and the authority that was made to sign it.
#[derive(Debug)]
pub struct Certified {
    authority: NamedTempFile,
    config: Arc<ServerConfig>,
}

/// What can be wrong with a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// It signs itself and calls itself an authority, as `openssl req -x509` makes it.
    SelfSignedAuthority,
    /// It signs itself.
    SelfSigned,
    /// It signs itself, calls itself an authority, and has expired.
    SelfSignedExpired,
    /// It was valid until 2001.
    Expired,
    /// It is valid from 4000 on.
    NotYetValid,
    /// It names no host.
    Nameless,
    /// It is only for clients.
    ForClients,
}

impl Certified {
    /// Creates both.
    ///
    /// # Errors
    /// Keys cannot be made, or the file of the authority cannot be written.
    pub fn of(name: &str) -> io::Result<Self> {
        Self::made(name, None)
    }

    /// The same with a flaw. A self-signed certificate is its own authority.
    ///
    /// # Errors
    /// As [`Certified::of`].
    pub fn flawed(name: &str, flaw: Flaw) -> io::Result<Self> {
        Self::made(name, Some(flaw))
    }

    fn made(name: &str, flaw: Option<Flaw>) -> io::Result<Self> {
        let (certificate, key, authority) = certificate(name, flaw).map_err(io::Error::other)?;
        Self::from_pem(&certificate, &key, &authority)
    }

    /// A certificate, its private key (PKCS #8), and the authority to trust, all as PEM.
    ///
    /// # Errors
    /// They have another form, or the file of the authority cannot be written.
    pub fn from_pem(certificate: &str, key: &str, authority: &str) -> io::Result<Self> {
        let file = NamedTempFile::new()?;
        std::fs::write(file.path(), authority)?;
        let chain =
            CertificateDer::from_pem_slice(certificate.as_bytes()).map_err(io::Error::other)?;
        let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).map_err(io::Error::other)?;
        let provider = Arc::new(default_provider());
        let signing = provider
            .key_provider
            .load_private_key(key)
            .map_err(io::Error::other)?;
        // `with_single_cert` would check that they fit each other, but some have a flaw.
        let shown = CertifiedKey::new(vec![chain], signing);
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(io::Error::other)?
            .with_no_client_auth()
            .with_cert_resolver(Arc::new(SingleCertAndKey::from(shown)));
        Ok(Self {
            authority: file,
            config: Arc::new(config),
        })
    }

    /// The certificate of the authority, for AWS_CA_BUNDLE.
    pub fn authority(&self) -> &Path {
        self.authority.path()
    }

    /// Accepts TLS with this certificate.
    pub fn acceptor(&self) -> TlsAcceptor {
        TlsAcceptor::from(Arc::clone(&self.config))
    }
}

/// The certificate, its key and its authority, as PEM.
fn certificate(name: &str, flaw: Option<Flaw>) -> Result<(String, String, String), rcgen::Error> {
    use Flaw::{Expired, ForClients, Nameless, NotYetValid};
    use Flaw::{SelfSigned, SelfSignedAuthority, SelfSignedExpired};
    let names = match flaw {
        Some(Nameless) => Vec::new(),
        _ => vec![name.to_owned()],
    };
    let mut wanted = CertificateParams::new(names)?;
    match flaw {
        Some(Expired | SelfSignedExpired) => wanted.not_after = date_time_ymd(2001, 2, 3),
        Some(NotYetValid) => wanted.not_before = date_time_ymd(4000, 2, 3),
        Some(ForClients) => wanted.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth],
        _ => {}
    }
    let key = KeyPair::generate()?;
    if let Some(SelfSigned | SelfSignedAuthority | SelfSignedExpired) = flaw {
        if flaw != Some(SelfSigned) {
            wanted.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        }
        let pem = wanted.self_signed(&key)?.pem();
        return Ok((pem.clone(), key.serialize_pem(), pem));
    }
    let mut authority = CertificateParams::new(Vec::new())?;
    // A unique name, because clients find the authority by its name.
    let unique = format!("test authority {:?}", std::time::Instant::now());
    authority
        .distinguished_name
        .push(DnType::CommonName, unique);
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate()?)?;
    let certificate = wanted.signed_by(&key, &authority)?;
    Ok((certificate.pem(), key.serialize_pem(), authority.pem()))
}
