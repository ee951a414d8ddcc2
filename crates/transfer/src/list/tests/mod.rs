//! Listings from services that exist only here.

mod pace;
mod service;
mod services;
mod shapes;

use super::*;

#[test]
fn a_directory_never_matches_its_longer_neighbours() {
    assert_eq!(directory_prefix("my-dir"), "my-dir/");
    assert_eq!(directory_prefix("my-dir/"), "my-dir/");
    assert_eq!(directory_prefix(""), "");
}

#[test]
fn list_jobs_are_from_1_to_64() {
    assert_eq!(parse_list_jobs("64"), Ok(64));
    assert_eq!(
        parse_list_jobs("65"),
        Err("`65` is not a number from 1 to 64".into())
    );
    assert!(parse_list_jobs("0").is_err());
}
