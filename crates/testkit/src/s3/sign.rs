//! Signatures, and the encoding of names that they need.

use hmac::{Hmac, KeyInit as _, Mac as _};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use sha2::{Digest as _, Sha256};

const RESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

/// The parameters of a signature, except the request.
pub(super) struct Signer<'a> {
    pub(super) region: &'a str,
    pub(super) access_key: &'a str,
    pub(super) secret_key: &'a str,
    /// As `20240229T235959Z`.
    pub(super) time: &'a str,
}

impl Signer<'_> {
    /// AWS Signature Version 4, as "Authenticating Requests: Using the Authorization Header" in the S3 API reference has
    /// it: the header for a `METHOD\nPATH\nQUERY` with these headers, in order of their names.
    pub(super) fn authorization(
        &self,
        request: &str,
        signed: &[(String, String)],
        payload: &str,
    ) -> String {
        let names: Vec<&str> = signed.iter().map(|(name, _)| name.as_str()).collect();
        let names = names.join(";");
        let lines: String = signed
            .iter()
            .map(|(name, value)| format!("{name}:{}\n", value.trim()))
            .collect();
        let canonical = format!("{request}\n{lines}\n{names}\n{payload}");
        let day = self.time.get(..8).unwrap_or_default();
        let scope = format!("{day}/{}/s3/aws4_request", self.region);
        let digest = hex::encode(Sha256::digest(canonical));
        let text = format!("AWS4-HMAC-SHA256\n{}\n{scope}\n{digest}", self.time);
        let mut key = format!("AWS4{}", self.secret_key).into_bytes();
        for part in [day, self.region, "s3", "aws4_request"] {
            key = hmac(&key, part);
        }
        let signature = hex::encode(hmac(&key, &text));
        let who = self.access_key;
        format!(
            "AWS4-HMAC-SHA256 Credential={who}/{scope}, SignedHeaders={names}, Signature={signature}"
        )
    }
}

/// Decodes names in listings. A space is `%20` or, on AWS and some other services, `+`.
pub(super) fn decoded(text: &str) -> String {
    let spaced = text.replace('+', " ");
    percent_decode_str(&spaced).decode_utf8_lossy().into_owned()
}

/// Percent-encodes all but unreserved characters.
pub(super) fn encoded(text: &str) -> String {
    utf8_percent_encode(text, RESERVED).to_string()
}

fn hmac(key: &[u8], text: &str) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_survive_their_encoding() {
        for key in ["a b+c%41", "ü/日本", "\u{1}\n\t"] {
            assert_eq!(decoded(&encoded(key)), key);
        }
    }
}
