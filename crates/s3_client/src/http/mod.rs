//! HTTP/1.1 over hyper: connections, proxies, certificates, bodies of exact length, silence.
//!
//! Knows nothing of S3, of signatures and of retries: one request goes in, its response or an
//! [`Error`] comes out. Follows no redirect and undoes no encoding.

mod certificate;
mod connect;
mod error;
mod exchange;
mod link;
mod meter;
mod proxy;
mod pulse;
mod response;
mod response_body;
mod send_body;
mod sending;
mod silence;
mod tls;

pub use error::{Error, Stage, TlsRefusal};
pub use exchange::{Limits, Transport};
pub use proxy::ProxyRules;
pub use pulse::Pulse;
pub use response::{Response, header_text};
pub use response_body::ResponseBody;
pub use send_body::Body;
pub use sending::OnSent;
pub use tls::Trust;
