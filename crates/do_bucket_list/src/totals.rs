//! What was listed, in all.

use common::Exit;
use common::ui::{Numbers, human_size};
use serde_json::{Value, json};

/// What was listed, in all.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Totals {
    Buckets {
        buckets: u64,
    },
    Objects {
        objects: u64,
        bytes: u64,
        directories: u64,
    },
}

impl Totals {
    /// The last line of `--json`.
    pub(crate) fn json(&self, exit: Exit) -> Value {
        let exit_code = exit.code();
        json!({ "summary": match self {
            Self::Buckets { buckets } => json!({ "exit_code": exit_code, "buckets": buckets }),
            Self::Objects { objects, bytes, directories } => json!({
                "exit_code": exit_code,
                "objects": objects,
                "bytes": bytes,
                "common_prefixes": directories,
            }),
        }})
    }

    /// The last line of `--summary`; sizes with a unit if `human`.
    pub(crate) fn text(&self, numbers: Numbers, human: bool) -> String {
        match self {
            Self::Buckets { buckets } => numbers.counted(*buckets, "bucket"),
            Self::Objects {
                objects,
                bytes,
                directories,
            } => {
                let size = if human {
                    human_size(*bytes)
                } else {
                    numbers.counted(*bytes, "byte")
                };
                let mut text = format!("{}, {size}", numbers.counted(*objects, "object"));
                if *directories > 0 {
                    text = format!("{text}, {}", numbers.counted(*directories, "directory"));
                }
                text
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_summary_counts_objects_bytes_and_directories() {
        let totals = Totals::Objects {
            objects: 1,
            bytes: 1536,
            directories: 2,
        };
        assert_eq!(
            totals.text(Numbers::Bare, false),
            "1 object, 1536 bytes, 2 directories"
        );
        assert_eq!(
            totals.text(Numbers::Grouped, false),
            "1 object, 1,536 bytes, 2 directories"
        );
        assert_eq!(
            totals.text(Numbers::Bare, true),
            "1 object, 1.5 KiB, 2 directories"
        );
        assert_eq!(
            Totals::Buckets { buckets: 3 }.text(Numbers::Bare, false),
            "3 buckets"
        );
    }

    #[test]
    fn the_summary_of_a_listing_that_broke_off_says_so() {
        let totals = Totals::Objects {
            objects: 7,
            bytes: 70,
            directories: 0,
        };
        assert_eq!(
            totals.json(Exit::Unavailable).to_string(),
            r#"{"summary":{"bytes":70,"common_prefixes":0,"exit_code":7,"objects":7}}"#
        );
    }
}
