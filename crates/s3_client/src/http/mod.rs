//! HTTP/1.1 over hyper: connections, proxies, certificates, bodies of exact length, timeouts.
//!
//! Knows nothing of S3, of signatures and of retries: one request goes in, its response or an
//! [`Error`] comes out. Follows no redirect and undoes no encoding.

mod buffers;
mod certificate;
mod connection;
mod connector;
mod error;
mod exchange;
mod health;
mod meter;
mod proxy;
mod request_body;
mod response;
mod response_body;
mod send_progress;
mod timeout;
mod tls;

pub use buffers::{Buffer, Buffers};
pub use error::{Error, Stage, TlsRefusal};
pub use exchange::{Limits, Transport};
pub(crate) use health::Health;
pub use proxy::ProxyRules;
pub use request_body::Body;
pub use response::{Response, header_text};
pub use response_body::ResponseBody;
pub use send_progress::OnSent;
pub use tls::Trust;
