//! HTTP/1.1 over hyper: connections, proxies, certificates, bodies of exact length, silence.
//!
//! Knows nothing of S3, of signatures and of retries: one request goes in, its answer or a
//! [`Failure`](crate::Failure) comes out. Follows no redirect and undoes no encoding.

mod answer;
mod answer_body;
mod certificate;
mod connect;
mod exchange;
mod fault;
mod link;
mod meter;
mod proxy;
mod pulse;
mod send_body;
mod sending;
mod silence;
mod tls;

pub use answer::{Answer, header_text};
pub use answer_body::AnswerBody;
pub use exchange::{Limits, Transport};
pub use proxy::ProxyRules;
pub use pulse::Pulse;
pub use send_body::Body;
pub use sending::OnSent;
pub use tls::Trust;
