//! The attributes that an object is written with, checked before anything is sent.

use crate::client::Client;
use crate::error::{Error, Result};
use crate::failure::Failure;
use crate::operations::customer_key::CustomerKey;
use crate::request::Request;
use crate::sign::encode;

/// Who encrypts an object, and with which key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ServerSideEncryption {
    /// The service, with a key of its own (SSE-S3).
    Aes256,
    /// The service, with a key of the key management service; the bucket's default key if none
    /// is named.
    Kms {
        /// The id or ARN of the key.
        key_id: Option<String>,
    },
    /// The service, with a key that each request contains (SSE-C).
    Customer(CustomerKey),
}

/// The attributes of an object that is written. The default sets none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ObjectHeaders {
    /// `Content-Type`.
    pub content_type: Option<String>,
    /// `Cache-Control`.
    pub cache_control: Option<String>,
    /// `Content-Disposition`.
    pub content_disposition: Option<String>,
    /// `Content-Encoding`.
    pub content_encoding: Option<String>,
    /// `Content-Language`.
    pub content_language: Option<String>,
    /// A canned ACL such as `public-read`.
    pub acl: Option<String>,
    /// A storage class such as `STANDARD_IA`.
    pub storage_class: Option<String>,
    /// User metadata: names without `x-amz-meta-`, and values.
    pub metadata: Vec<(String, String)>,
    /// Tags; any text, sent percent-encoded.
    pub tags: Vec<(String, String)>,
    /// Encryption at rest.
    pub sse: Option<ServerSideEncryption>,
}

impl ObjectHeaders {
    /// The customer key, if the object is encrypted with one: all later requests need it too.
    pub fn customer_key(&self) -> Option<&CustomerKey> {
        match &self.sse {
            Some(ServerSideEncryption::Customer(key)) => Some(key),
            Some(ServerSideEncryption::Aes256 | ServerSideEncryption::Kms { .. }) | None => None,
        }
    }

    /// Whether nothing is set.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Checks that every attribute can be sent. HTTP headers carry visible ASCII and spaces. Like
    /// the AWS CLI, this refuses all other characters: nobody would decode an encoding of ours.
    ///
    /// # Errors
    /// [`Error::Settings`], naming the attribute.
    pub fn check(&self) -> Result<()> {
        for (name, value) in self.simple_headers() {
            sendable(name, value)?;
        }
        let mut seen = Vec::new();
        for (name, value) in &self.metadata {
            let lower = name.to_ascii_lowercase();
            if name.is_empty() || !name.bytes().all(is_token) {
                return Err(Error::settings(format!(
                    "`{}` is not a name for metadata",
                    name.escape_debug()
                ))
                .with_hint("use letters, digits and -"));
            }
            if seen.contains(&lower) {
                return Err(Error::settings(format!(
                    "metadata `{lower}` is given twice"
                )));
            }
            sendable(&format!("metadata `{lower}`"), value)?;
            seen.push(lower);
        }
        Ok(())
    }

    /// Adds everything to a PUT of a whole object or to CreateMultipartUpload.
    pub(crate) fn add_to(&self, request: &mut Request, client: &Client) -> Result<(), Failure> {
        self.check().map_err(Failure::Final)?;
        for (name, value) in self.simple_headers() {
            request.header(name, value);
        }
        for (name, value) in &self.metadata {
            request.header(&format!("x-amz-meta-{}", name.to_ascii_lowercase()), value);
        }
        if !self.tags.is_empty() {
            request.header("x-amz-tagging", &tagging(&self.tags));
        }
        match &self.sse {
            None => {}
            Some(ServerSideEncryption::Aes256) => {
                request.header("x-amz-server-side-encryption", "AES256");
            }
            Some(ServerSideEncryption::Kms { .. }) => {
                request.header("x-amz-server-side-encryption", "aws:kms");
            }
            Some(ServerSideEncryption::Customer(key)) => key.add_to(request, client)?,
        }
        Ok(())
    }

    /// The attributes that need one header each.
    fn simple_headers(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let kms_key = match &self.sse {
            Some(ServerSideEncryption::Kms { key_id }) => key_id.as_deref(),
            _ => None,
        };
        [
            ("content-type", self.content_type.as_deref()),
            ("cache-control", self.cache_control.as_deref()),
            ("content-disposition", self.content_disposition.as_deref()),
            ("content-encoding", self.content_encoding.as_deref()),
            ("content-language", self.content_language.as_deref()),
            ("x-amz-acl", self.acl.as_deref()),
            ("x-amz-storage-class", self.storage_class.as_deref()),
            ("x-amz-server-side-encryption-aws-kms-key-id", kms_key),
        ]
        .into_iter()
        .filter_map(|(name, value)| Some((name, value?)))
    }
}

fn sendable(name: &str, value: &str) -> Result<()> {
    let problem = if value
        .chars()
        .any(|letter| letter != '\t' && letter.is_control())
    {
        "a control character"
    } else if !value.is_ascii() {
        "a character that is not ASCII"
    } else {
        return Ok(());
    };
    Err(Error::settings(format!(
        "the value of {name} has {problem}, which HTTP headers cannot carry"
    )))
}

/// RFC 9110's token characters.
fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

/// Tags as a query string.
fn tagging(tags: &[(String, String)]) -> String {
    let pairs: Vec<String> = tags
        .iter()
        .map(|(name, value)| format!("{}={}", encode(name), encode(value)))
        .collect();
    pairs.join("&")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn metadata(pairs: &[(&str, &str)]) -> ObjectHeaders {
        ObjectHeaders {
            metadata: pairs
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
            ..ObjectHeaders::default()
        }
    }

    #[test]
    fn a_line_end_in_a_header_is_refused_by_name() {
        let headers = ObjectHeaders {
            content_type: Some("text/plain\r\nx-amz-acl: public-read".into()),
            ..ObjectHeaders::default()
        };
        assert_eq!(
            headers.check().unwrap_err().to_string(),
            "the value of content-type has a control character, \
             which HTTP headers cannot carry"
        );
    }

    #[test]
    fn metadata_beyond_ascii_is_refused_by_name() {
        assert_eq!(
            metadata(&[("Author", "Zoë")])
                .check()
                .unwrap_err()
                .to_string(),
            "the value of metadata `author` has a character that is not ASCII, \
             which HTTP headers cannot carry"
        );
    }

    #[test]
    fn a_metadata_name_that_is_no_name_or_comes_twice_is_refused() {
        assert!(metadata(&[("a b", "1")]).check().is_err());
        assert!(metadata(&[("", "1")]).check().is_err());
        assert!(metadata(&[("a:\r\n", "1")]).check().is_err());
        assert_eq!(
            metadata(&[("A", "1"), ("a", "2")])
                .check()
                .unwrap_err()
                .to_string(),
            "metadata `a` is given twice"
        );
        assert!(
            metadata(&[("Author", "me  too"), ("x_y", "")])
                .check()
                .is_ok()
        );
    }

    #[test]
    fn tags_may_hold_any_text() {
        let tags = [
            ("cost centre".to_owned(), "a&b=c".to_owned()),
            ("größe".to_owned(), "1+1".to_owned()),
        ];
        assert_eq!(
            tagging(&tags),
            "cost%20centre=a%26b%3Dc&gr%C3%B6%C3%9Fe=1%2B1"
        );
    }
}
