//! SSE-C: the key that the service encrypts an object with and does not keep.

use std::fmt;
use std::io::Read;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use md5::{Digest, Md5};

use crate::client::Client;
use crate::error::{Error, Kind, Result};
use crate::failure::Failure;
use crate::request::Request;

/// The length of an AES-256 key.
const KEY_BYTES: usize = 32;

/// A customer key. It is sent over https only and printed never.
#[derive(Clone)]
pub struct CustomerKey {
    key_base64: String,
    md5_base64: String,
}

impl CustomerKey {
    /// Reads the key from a file: 32 bytes, or their base64. One line end after either is
    /// dropped. Fails with exit 3 if the file cannot be read or holds something else.
    pub fn from_file(path: &Path) -> Result<Self> {
        let bad = |cause: String| {
            Error::new(
                Kind::Settings,
                "read the customer key in",
                path.display().to_string(),
                cause,
            )
            .stopping_the_run()
        };
        let mut bytes = Vec::new();
        std::fs::File::open(path)
            .and_then(|file| file.take(1024).read_to_end(&mut bytes))
            .map_err(|error| bad(Error::io("read", "", &error).cause()))?;
        Self::from_bytes(&bytes).ok_or_else(|| {
            bad("it must hold 32 bytes, or their base64".into()).with_hint(
                "make one with `openssl rand 32 > FILE`; without the key nobody can read the objects",
            )
        })
    }

    /// The key in the bytes of such a file.
    fn from_bytes(bytes: &[u8]) -> Option<Self> {
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

    /// Adds the three headers. Refused over plain http: the key would travel in the clear.
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

    #[test]
    fn a_file_without_a_key_is_named() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let error = CustomerKey::from_file(file.path()).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!(
                "cannot read the customer key in {}: it must hold 32 bytes, or their base64",
                file.path().display()
            )
        );
        assert_eq!(error.exit(), crate::Exit::Settings);
    }
}
