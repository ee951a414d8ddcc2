//! Where credentials come from. The settings name one source ([`plan`]); it is asked when the first
//! request needs credentials ([`ask`]). They are kept and renewed before they expire ([`provider`]).
//! Errors are never kept.
//!
//! The single exchanges with AWS (roles, web identities, containers, instance metadata) are
//! reqsign's. Order, profiles, limits and messages are ours: reqsign's own chain of sources ignores
//! errors, and knows neither `source_profile` nor quoted commands.

mod ask;
mod container;
mod fetch;
mod metadata;
pub(crate) mod plan;
mod process;
mod profile;
mod provider;
mod source;
mod sso;
#[cfg(test)]
mod tests;

pub(crate) use provider::{CredentialProvider, no_credentials};
pub(crate) use source::Source;
