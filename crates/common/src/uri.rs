//! `s3://bucket/key` and its parts. Parsed once, when the program starts.

use std::fmt;
use std::str::FromStr;

/// The name of a bucket: not empty, without `/` and control characters. The service checks the
/// rest, because the rules differ between services.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Bucket(String);

impl Bucket {
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Bucket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Bucket {
    type Err = String;

    /// Fails with a sentence that names the problem.
    fn from_str(text: &str) -> Result<Self, String> {
        if text.is_empty() {
            return Err("the bucket name is empty".into());
        }
        if text.contains('/') || text.chars().any(|c| c.is_control() || c.is_whitespace()) {
            return Err(format!("`{}` is not a bucket name", text.escape_debug()));
        }
        Ok(Self(text.to_owned()))
    }
}

/// A bucket and a key or prefix. The key is everything after the first `/`, byte for byte.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct S3Uri {
    /// The bucket.
    pub bucket: Bucket,
    /// The key or prefix; empty for the whole bucket.
    pub key: String,
}

impl S3Uri {
    /// A bucket and a key.
    pub fn new(bucket: Bucket, key: impl Into<String>) -> Self {
        Self {
            bucket,
            key: key.into(),
        }
    }
}

impl S3Uri {
    /// The directory and the pattern, if somebody wrote a pattern where a key belongs:
    /// `s3://b/photos/` and `*.jpg` for `s3://b/photos/*.jpg`.
    pub fn as_pattern(&self) -> Option<(Self, &str)> {
        let wildcard = self.key.find(['*', '?', '['])?;
        let (before, _) = self.key.split_at_checked(wildcard)?;
        let directory = before.rfind('/').map_or(0, |slash| slash + 1);
        let (directory, pattern) = self.key.split_at_checked(directory)?;
        Some((Self::new(self.bucket.clone(), directory), pattern))
    }
}

impl fmt::Display for S3Uri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "s3://{}/{}", self.bucket, self.key)
    }
}

impl FromStr for S3Uri {
    type Err = String;

    /// Reads `s3://bucket`, `s3://bucket/key`, `bucket` and `bucket/key`.
    /// Fails with a sentence that names the problem.
    fn from_str(text: &str) -> Result<Self, String> {
        let rest = text.strip_prefix("s3://").unwrap_or(text);
        if rest.contains("://") && !rest.starts_with('/') && !text.starts_with("s3://") {
            return Err(format!("`{}` is not an s3:// address", text.escape_debug()));
        }
        let (bucket, key) = rest.split_once('/').unwrap_or((rest, ""));
        Ok(Self {
            bucket: bucket.parse()?,
            key: key.to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_is_everything_after_the_first_slash() {
        let uri: S3Uri = "s3://photos/2024//a b/".parse().unwrap();
        assert_eq!(
            (uri.bucket.as_str(), uri.key.as_str()),
            ("photos", "2024//a b/")
        );
        assert_eq!(uri.to_string(), "s3://photos/2024//a b/");
        let plain: S3Uri = "photos".parse().unwrap();
        assert_eq!((plain.bucket.as_str(), plain.key.as_str()), ("photos", ""));
    }

    #[test]
    fn other_schemes_and_empty_buckets_are_refused() {
        assert!("https://host/bucket".parse::<S3Uri>().is_err());
        assert!("s3:///key".parse::<S3Uri>().is_err());
        assert!("".parse::<S3Uri>().is_err());
    }

    #[test]
    fn a_pattern_in_place_of_a_key_is_split_after_its_directory() {
        let split = |text: &str| {
            let uri: S3Uri = text.parse().unwrap();
            let split = uri.as_pattern();
            split.map(|(above, pattern)| (above.to_string(), pattern.to_owned()))
        };
        let found = |above: &str, pattern: &str| Some((above.to_owned(), pattern.to_owned()));
        assert_eq!(split("s3://b/d/*.jpg"), found("s3://b/d/", "*.jpg"));
        assert_eq!(split("b/ü*/x/y?"), found("s3://b/", "ü*/x/y?"));
        assert_eq!(split("b/d/[ab]"), found("s3://b/d/", "[ab]"));
        assert_eq!(split("b/d/e"), None);
    }
}
