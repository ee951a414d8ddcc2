//! TLS in front of any endpoint, with a certificate of an authority that was made on the spot.

use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use tempfile::NamedTempFile;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::{Builder, Runtime};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring::default_provider;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

use crate::Endpoint;

/// Ends TLS for `localhost` and hands what was in it to a server that speaks plain http. Stops when dropped.
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
        let behind = endpoint.url().trim_start_matches("http://").to_owned();
        match Self::start(behind, name) {
            Ok(front) => front,
            Err(error) => panic!("cannot start TLS in front of {}: {error}", endpoint.url()),
        }
    }

    fn start(behind: String, name: &str) -> io::Result<Self> {
        let certified = Certified::of(name)?;
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
                    // A client that does not trust the certificate hangs up: that is what tests want to see.
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

impl Certified {
    /// Makes both.
    ///
    /// # Errors
    /// Keys cannot be made, or the file of the authority cannot be written.
    pub fn of(name: &str) -> io::Result<Self> {
        let (pem, config) = certificate(name).map_err(io::Error::other)?;
        let authority = NamedTempFile::new()?;
        std::fs::write(authority.path(), pem)?;
        Ok(Self {
            authority,
            config: Arc::new(config),
        })
    }

    /// The certificate of the authority, for AWS_CA_BUNDLE.
    pub fn authority(&self) -> &Path {
        self.authority.path()
    }

    /// Accepts TLS in this name.
    pub fn acceptor(&self) -> TlsAcceptor {
        TlsAcceptor::from(Arc::clone(&self.config))
    }
}

/// The authority's certificate, and the settings of a server that has one of it for this name.
fn certificate(
    name: &str,
) -> Result<(String, ServerConfig), Box<dyn std::error::Error + Send + Sync>> {
    let mut authority = CertificateParams::new(Vec::new())?;
    // Two authorities of one name would be told apart by their signatures only.
    let unique = format!("test authority {:?}", std::time::Instant::now());
    authority
        .distinguished_name
        .push(DnType::CommonName, unique);
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate()?)?;
    let key = KeyPair::generate()?;
    let certificate = CertificateParams::new(vec![name.to_owned()])?.signed_by(&key, &authority)?;
    let private = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], private)?;
    Ok((authority.pem(), config))
}
