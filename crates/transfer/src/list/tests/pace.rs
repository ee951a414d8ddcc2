//! How long a listing takes in rounds, and what it costs, for the shapes that buckets have.

use super::service::{Run, Service, Way, list};

/// About 200 packed pages.
const ROOM_BYTES: usize = 1300 * 1024;

fn shape(name: &str, count: usize) -> Vec<String> {
    let mut random = fastrand::Rng::with_seed(4);
    let mut keys: Vec<String> = match name {
        "flat" => (0..count)
            .map(|n| format!("{:05}/{n:08}.bin", n / 1000))
            .collect(),
        "hex" => (0..count)
            .map(|_| format!("{:016x}", random.u64(..)))
            .collect(),
        "skewed" => (0..count)
            .map(|n| match n {
                _ if n < count / 50 => {
                    format!("{}{}/{n:05}", random.lowercase(), random.lowercase())
                }
                _ if n < count / 25 => format!("logs/{n:06}"),
                _ => format!("archive/backup/server-01/2024/{n:08}.gz"),
            })
            .collect(),
        "deep" => (0..count)
            .map(|_| {
                let depth = random.usize(2..7);
                let mut key = String::new();
                for _ in 0..depth {
                    let word = [
                        "alpha", "beta", "gamma", "delta", "docs", "img", "x1", "tmp",
                    ][random.usize(..8)];
                    key += word;
                    key.push('/');
                }
                format!("{key}{:06}.dat", random.u32(..1_000_000))
            })
            .collect(),
        "unicode" => (0..count)
            .map(|_| (0..random.usize(4..12)).map(|_| random.char(..)).collect())
            .collect(),
        _ => unreachable!(),
    };
    keys.sort();
    keys.dedup();
    keys
}

#[test]
fn every_shape_is_listed_in_a_fraction_of_the_rounds_with_a_fifth_more_requests_at_most() {
    for (name, least_gain) in [
        ("flat", 10),
        ("hex", 10),
        ("skewed", 10),
        ("deep", 4),
        ("unicode", 8),
    ] {
        let service = Service::new(shape(name, 100_000), 100, Way::Textbook);
        let run = |jobs| Run {
            jobs,
            bytes: ROOM_BYTES,
            disorder: None,
        };
        let (expected, sequential) = list(&service, run(1));
        for jobs in [8, 32, 64] {
            let (listing, cost) = list(&service, run(jobs));
            println!("{name}, {jobs} jobs: {cost:?}");
            assert!(listing == expected, "{name}");
            assert!(
                cost.requests * 5 <= sequential.requests * 6,
                "{name}: {cost:?}"
            );
            assert!(cost.most_waiting_pages <= 210, "{name}: {cost:?}");
            let gain = least_gain.min(jobs / 3);
            assert!(
                cost.rounds * gain <= sequential.rounds,
                "{name}, {jobs} jobs: {cost:?}"
            );
        }
    }
}
