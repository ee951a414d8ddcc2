//! Reads the customer key (SSE-C): the service encrypts objects with it but does not store it.

use std::io::Read;
use std::path::Path;

use s3_client::operations::CustomerKey;

use crate::error::{Error, Kind, Result};

/// Reads the key from a file: 32 bytes, or their base64. One line end after it is ignored.
///
/// # Errors
/// Exit 3: the file cannot be read or holds something else.
pub fn read_customer_key(path: &Path) -> Result<CustomerKey> {
    let bad = |cause: String| {
        let shown = path.display().to_string();
        Error::new(Kind::Settings, "read the customer key in", shown, cause).stopping_the_run()
    };
    let mut bytes = Vec::new();
    std::fs::File::open(path)
        .and_then(|file| file.take(1024).read_to_end(&mut bytes))
        .map_err(|error| bad(Error::io("read", "", &error).cause()))?;
    CustomerKey::from_bytes(&bytes).ok_or_else(|| {
        bad("it must hold 32 bytes, or their base64".into()).with_hint(
            "make one with `openssl rand 32 > FILE`; without the key nobody can read the objects",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_without_a_key_is_named() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let error = read_customer_key(file.path()).unwrap_err();
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
