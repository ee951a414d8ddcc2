//! How long a listing takes in rounds, and what it costs, in buckets of any shape.

use super::service::{Run, Service, Way, list};
use super::shapes::shape;

const PAGE_KEYS: usize = 20;

/// Room for about 256 packed pages of keys of 70 bytes.
const ROOM_BYTES: usize = 256 * PAGE_KEYS * 130;

/// Rounds beside what is possible: 32 requests at a time, and some rounds to get there.
fn score(rounds: usize, pages: usize) -> f64 {
    rounds as f64 / (pages as f64 / 32.0 + 12.0)
}

#[test]
fn any_shape_is_listed_in_few_rounds_with_a_fifth_more_requests_and_16_at_most() {
    let mut scores = Vec::new();
    for seed in 0..60 {
        let keys = shape(seed, 20 << (seed % 4), PAGE_KEYS);
        let pages = keys.len().div_ceil(PAGE_KEYS);
        let run = Run {
            jobs: 32,
            bytes: ROOM_BYTES,
            disorder: None,
        };
        let service = Service::new(keys.clone(), PAGE_KEYS, Way::Textbook);
        let (listing, cost) = list(&service, run);
        assert!(listing.keys == keys, "seed {seed}");
        assert!(
            cost.requests * 5 <= pages * 6 + 16 * 5,
            "seed {seed}, {pages} pages: {cost:?}"
        );
        assert!(
            cost.most_waiting_bytes <= ROOM_BYTES * 11 / 10,
            "seed {seed}: {cost:?}"
        );
        scores.push(score(cost.rounds, pages));
    }
    scores.sort_by(f64::total_cmp);
    let [median, ninth, worst] = [30, 54, 59].map(|place| scores[place]);
    let said = format!("median {median:.2}, 90th percentile {ninth:.2}, worst {worst:.2}");
    println!("{said}");
    assert!(median <= 1.8 && ninth <= 3.0 && worst <= 5.0, "{said}");
}

#[test]
fn a_listing_of_a_few_pages_sends_no_request_more() {
    for seed in 0..30 {
        let keys = shape(seed, 3, PAGE_KEYS);
        let pages = keys.len().div_ceil(PAGE_KEYS);
        let run = Run {
            jobs: 32,
            bytes: ROOM_BYTES,
            disorder: None,
        };
        let (_, cost) = list(&Service::new(keys, PAGE_KEYS, Way::Textbook), run);
        assert_eq!(cost.requests, pages, "seed {seed}");
    }
}
