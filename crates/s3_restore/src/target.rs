//! Decides where restored files go: the rules of `-c PATH`.

use std::collections::HashMap;

use common::{Bucket, Error, Kind, Result};
use transfer::download::Destination;

/// The name of the file for the object with this key; empty if the key ends in `/`.
pub(crate) fn file_name<'a>(destination: &'a Destination, key: &'a str) -> &'a str {
    destination
        .file_name
        .as_deref()
        .unwrap_or_else(|| last_component(key))
}

/// Refuses two objects that would become the same file.
pub(crate) fn check_doubles(bucket: &Bucket, names: &[String]) -> Result<()> {
    let mut seen: HashMap<&str, &str> = HashMap::new();
    for name in names {
        let last = last_component(name);
        if let Some(first) = seen.insert(last, name) {
            let cause = if first == name {
                format!("it is named twice, and both would become {last}")
            } else {
                format!("`{first}` would become {last} too")
            };
            return Err(Error::new(
                Kind::Failed,
                "restore",
                format!("s3://{bucket}/{name}"),
                cause,
            )
            .with_hint("restore them one after the other, each with its own -c")
            .stopping_the_run());
        }
    }
    Ok(())
}

fn last_component(key: &str) -> &str {
    key.rsplit_once('/').map_or(key, |(_, last)| last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_names_that_need_one_file_are_refused() {
        let bucket = "b".parse().unwrap();
        let names = |all: &[&str]| all.iter().map(|&name| name.to_owned()).collect::<Vec<_>>();
        assert!(check_doubles(&bucket, &names(&["a/x", "b/y"])).is_ok());
        let error = check_doubles(&bucket, &names(&["a/x", "b/x"])).unwrap_err();
        assert_eq!(
            error.to_string(),
            "cannot restore s3://b/b/x: `a/x` would become x too"
        );
        let error = check_doubles(&bucket, &names(&["x", "x"])).unwrap_err();
        assert_eq!(
            error.to_string(),
            "cannot restore s3://b/x: it is named twice, and both would become x"
        );
    }
}
