//! SSE-C: the key that the service encrypts an object with and does not keep.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use md5::{Digest, Md5};

use crate::client::Client;
use crate::error::Error;
use crate::failure::Failure;
use crate::request::Request;

/// The length of an AES-256 key.
const KEY_BYTES: usize = 32;

/// A customer key. It is sent over https only and never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct CustomerKey {
    key_base64: String,
    md5_base64: String,
}

impl CustomerKey {
    /// Reads the key from the bytes of a file: 32 bytes, or their base64. One line end after it is
    /// ignored.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let line = bytes.strip_suffix(b"\n").unwrap_or(bytes);
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let key = [bytes, line]
            .into_iter()
            .find(|key| key.len() == KEY_BYTES)
            .map(<[u8]>::to_vec)
            .or_else(|| STANDARD.decode(line).ok())
            .filter(|key| key.len() == KEY_BYTES)?;
        Some(Self {
            key_base64: STANDARD.encode(&key),
            md5_base64: STANDARD.encode(Md5::digest(&key)),
        })
    }

    /// Adds the three headers. Refuses plain http, because others could read the key.
    pub(crate) fn add_to(&self, request: &mut Request, client: &Client) -> Result<(), Failure> {
        if !client.is_tls() {
            return Err(Failure::Final(
                Error::settings("a customer key is sent over https only")
                    .with_hint("use an ENDPOINT_URL that begins with https://"),
            ));
        }
        request.header("x-amz-server-side-encryption-customer-algorithm", "AES256");
        request.header(
            "x-amz-server-side-encryption-customer-key",
            &self.key_base64,
        );
        request.header(
            "x-amz-server-side-encryption-customer-key-md5",
            &self.md5_base64,
        );
        Ok(())
    }
}

impl fmt::Debug for CustomerKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CustomerKey(***)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_32_bytes_or_their_base64_with_or_without_a_line_end() {
        let raw = [7_u8; 32];
        let encoded = STANDARD.encode(raw);
        for bytes in [
            raw.to_vec(),
            [&raw[..], b"\n"].concat(),
            encoded.clone().into_bytes(),
            format!("{encoded}\r\n").into_bytes(),
        ] {
            let key = CustomerKey::from_bytes(&bytes).unwrap();
            assert_eq!(key.key_base64, encoded);
            assert_eq!(key.md5_base64, STANDARD.encode(Md5::digest(raw)));
        }
        assert!(CustomerKey::from_bytes(b"too short").is_none());
        assert!(CustomerKey::from_bytes(&[7; 33]).is_none());
    }

    #[test]
    fn a_raw_key_that_ends_like_a_line_is_kept_whole() {
        let mut raw = [7_u8; 32];
        raw[31] = b'\n';
        let key = CustomerKey::from_bytes(&raw).unwrap();
        assert_eq!(key.key_base64, STANDARD.encode(raw));
    }

    #[test]
    fn a_key_is_not_printed() {
        let key = CustomerKey::from_bytes(&[7; 32]).unwrap();
        assert_eq!(format!("{key:?}"), "CustomerKey(***)");
    }
}
