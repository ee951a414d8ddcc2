//! The canonical form of a request: what is hashed, and how keys and parameters are sent.

use std::collections::BTreeMap;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use rusoto_core::signature::SignedRequest;
use sha2::{Digest, Sha256};

/// In queries, unreserved characters of RFC 3986 stay, and all others become `%XX`.
const QUERY: AsciiSet = NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// In paths, slashes stay too.
const PATH: AsciiSet = QUERY.remove(b'/');

/// Headers that proxies add, remove or change, or that hyper sets. If they were signed, a harmless
/// change would end in SignatureDoesNotMatch.
pub(super) const UNSIGNED_HEADERS: [&str; 9] = [
    "accept-encoding",
    "authorization",
    "connection",
    "content-length",
    "expect",
    "proxy-authorization",
    "te",
    "transfer-encoding",
    "user-agent",
];

/// Fills `canonical_uri` and `canonical_query_string`: what is signed, and what is sent.
pub fn canonicalize(request: &mut SignedRequest) {
    request.canonical_uri = if request.path.is_empty() {
        "/".to_owned()
    } else {
        encode_path(&request.path)
    };
    let mut pairs: Vec<(String, String)> = request
        .params
        .iter()
        .map(|(name, value)| {
            let value = value.as_deref().unwrap_or_default();
            (encode(name), encode(value))
        })
        .collect();
    // By their encoded form: `%` sorts before letters.
    pairs.sort_unstable();
    let mut query = String::new();
    for (name, value) in pairs {
        if !query.is_empty() {
            query.push('&');
        }
        query.push_str(&name);
        query.push('=');
        query.push_str(&value);
    }
    request.canonical_query_string = query;
}

/// A key or path as it stands in a URL: every byte but letters, digits and `-._~/` as `%XX`.
pub(crate) fn encode_path(path: &str) -> String {
    utf8_percent_encode(path, &PATH).to_string()
}

/// A name or value as it stands in a query: every byte but letters, digits and `-._~` as `%XX`.
pub(crate) fn encode(text: &str) -> String {
    utf8_percent_encode(text, &QUERY).to_string()
}

/// Hashes the canonical request and returns the list of signed headers. rusoto sorts headers by
/// their lower-case names, as required.
pub(super) fn hash_canonical_request(
    hasher: &mut Sha256,
    request: &SignedRequest,
    payload: &str,
) -> String {
    hasher.update(&request.method);
    hasher.update("\n");
    hasher.update(&request.canonical_uri);
    hasher.update("\n");
    hasher.update(&request.canonical_query_string);
    hasher.update("\n");
    let mut names = String::new();
    let mut line = Vec::new();
    for (name, values) in signed(&request.headers) {
        if !names.is_empty() {
            names.push(';');
        }
        names.push_str(name);
        line.clear();
        line.extend_from_slice(name.as_bytes());
        line.push(b':');
        for (index, value) in values.iter().enumerate() {
            if index > 0 {
                line.push(b',');
            }
            fold_spaces(value, &mut line);
        }
        line.push(b'\n');
        hasher.update(&line);
    }
    hasher.update("\n");
    hasher.update(&names);
    hasher.update("\n");
    hasher.update(payload);
    names
}

fn signed(
    headers: &BTreeMap<String, Vec<Vec<u8>>>,
) -> impl Iterator<Item = (&String, &Vec<Vec<u8>>)> {
    headers
        .iter()
        .filter(|(name, _)| !UNSIGNED_HEADERS.contains(&name.as_str()))
}

/// Removes spaces and tabs at the ends, and makes one space of several inside. Other blanks, such
/// as U+00A0, are text.
fn fold_spaces(value: &[u8], out: &mut Vec<u8>) {
    let words = value
        .split(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n'))
        .filter(|word| !word.is_empty());
    for (index, word) in words.enumerate() {
        if index > 0 {
            out.push(b' ');
        }
        out.extend_from_slice(word);
    }
}
