use std::time::Duration;

use proptest::prelude::*;

use super::service::{Service, run};

const SMALL_BYTES: u64 = 10_000;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    /// At 300 a second there are 270 or more, and at most one in twenty is refused.
    #[test]
    fn a_service_that_allows_so_many_a_second_is_used_and_hardly_refuses(
        rate in prop_oneof![Just(300.0), 50.0..3000.0_f64],
        burst_s in prop_oneof![Just(1.0), 0.05..1.0_f64],
        latency_s in 0.0005..0.04_f64,
        counts_seconds in any::<bool>(),
        seed in any::<u64>(),
    ) {
        let burst = if counts_seconds { rate } else { rate * burst_s };
        let (jitter_s, late_s) = (latency_s / 10.0, 0.0003);
        let service = Service { rate: Some((rate, burst)), counts_seconds, latency_s, jitter_s, late_s, ..Service::default() };
        let run = run(&service, 512, rate as usize * 60, SMALL_BYTES, 1000.0, seed);
        prop_assert!(run.per_s() > 0.9 * rate, "{} of {rate}", run.per_s());
        // Such a service refuses all that is on its way when its second is used up.
        let most = if counts_seconds { 0.06 } else { 0.05 };
        prop_assert!(run.refused_share() < most, "{}", run.refused_share());
    }

    /// Where nothing may be saved up, being late by a little costs more.
    #[test]
    fn a_service_that_allows_no_two_at_a_time_is_used_too(
        rate in prop_oneof![Just(300.0), 20.0..600.0_f64],
        latency_s in 0.0005..0.06_f64,
        seed in any::<u64>(),
    ) {
        let service = Service { rate: Some((rate, 1.0)), latency_s, late_s: 0.1 / rate, ..Service::default() };
        let run = run(&service, 512, rate as usize * 40, SMALL_BYTES, 1000.0, seed);
        prop_assert!(run.per_s() > 0.75 * rate, "{} of {rate}", run.per_s());
        prop_assert!(run.refused_share() < 0.05, "{}", run.refused_share());
    }

    /// Each refusal stops everything for a second, so there must be few.
    #[test]
    fn a_service_that_asks_for_a_pause_gets_it_and_is_used(
        rate in 20.0..1000.0_f64,
        burst_s in 0.05..1.0_f64,
        latency_s in 0.0005..0.04_f64,
        seed in any::<u64>(),
    ) {
        let retry_after = Some(Duration::from_secs(1));
        let service = Service { rate: Some((rate, rate * burst_s)), latency_s, retry_after, ..Service::default() };
        let run = run(&service, 512, rate as usize * 60, SMALL_BYTES, 1000.0, seed);
        prop_assert!(run.per_s() > 0.8 * rate, "{} of {rate}", run.per_s());
        prop_assert!(run.refused_share() < 0.05, "{}", run.refused_share());
    }

    #[test]
    fn twenty_a_second_are_no_different(burst in 1.0..20.0_f64, latency_s in 0.001..0.04_f64, seed in any::<u64>()) {
        let service = Service { rate: Some((20.0, burst)), latency_s, ..Service::default() };
        let run = run(&service, 512, 1500, SMALL_BYTES, 1000.0, seed);
        prop_assert!(run.per_s() > 17.0, "{}", run.per_s());
        prop_assert!(run.refused_share() < 0.05, "{}", run.refused_share());
    }

    /// Hundreds within a second or two, also on lines around the world.
    #[test]
    fn a_long_way_is_filled_with_requests(latency_s in 0.02..0.2_f64, seed in any::<u64>()) {
        let service = Service { latency_s, jitter_s: latency_s / 10.0, ..Service::default() };
        let run = run(&service, 512, 100_000, SMALL_BYTES, 2.5 + latency_s, seed);
        prop_assert!(run.limits.last() >= Some(&256), "{:?}", run.limits);
    }

    /// Enough to fill the line or the service, and not many times as much: nobody waits long for a response.
    #[test]
    fn more_requests_than_help_are_not_sent(
        latency_s in 0.001..0.05_f64,
        bytes in prop_oneof![Just(SMALL_BYTES), Just(100_000)],
        workers in prop_oneof![Just(2_usize), Just(10_000)],
        seed in any::<u64>(),
    ) {
        let work_s = if workers == 2 { 0.0003 } else { 0.0 };
        let service = Service { latency_s, bytes_per_s: 12.5e6, workers, work_s, ..Service::default() };
        let run = run(&service, 512, 1_000_000, bytes, 20.0, seed);
        let line_per_s = 12.5e6 / bytes as f64;
        prop_assert!(run.per_s() > 0.9 * line_per_s.min(1.0 / (work_s / 2.0 + 1e-9)), "{}", run.per_s());
        prop_assert!(run.longest_s < 1.5, "{}", run.longest_s);
    }

    #[test]
    fn a_service_that_was_down_is_used_again_at_once(
        latency_s in 0.001..0.1_f64,
        retry_after in prop_oneof![Just(None), Just(Some(Duration::from_secs(1)))],
        seed in any::<u64>(),
    ) {
        let service = Service { latency_s, down_s: 3.0..33.0, retry_after, workers: 50, work_s: 0.01, ..Service::default() };
        let run = run(&service, 512, 1_000_000, SMALL_BYTES, 45.0, seed);
        let (before, after) = (run.done[29] - run.done[24], run.done[449] - run.done[444]);
        prop_assert!(after * 2 > before, "{before} then {after}");
    }

    /// Some machine behind a load balancer that refuses what it gets is no reason to stop.
    #[test]
    fn refusals_at_random_slow_down_but_do_not_stop(percent in 0.1..8.0_f64, seed in any::<u64>()) {
        let service = Service { refused_percent: percent, latency_s: 0.01, ..Service::default() };
        let run = run(&service, 512, 5000, SMALL_BYTES, 1000.0, seed);
        prop_assert!(run.per_s() > 50.0, "{}", run.per_s());
    }

    #[test]
    fn the_bound_is_never_passed(most in 1..40_usize, seed in any::<u64>()) {
        let service = Service { latency_s: 0.05, rate: Some((200.0, 50.0)), ..Service::default() };
        let run = run(&service, most, 2000, SMALL_BYTES, 1000.0, seed);
        prop_assert!(run.limits.iter().all(|limit| *limit <= most));
        prop_assert_eq!(run.succeeded, 2000);
    }
}
