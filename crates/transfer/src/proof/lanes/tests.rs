use super::*;
use proptest::prelude::*;

fn plain(chunks: &[Bytes]) -> [u8; 16] {
    let mut sum = md5::Md5::new();
    chunks.iter().for_each(|chunk| sum.update(chunk));
    sum.finalize().into()
}

/// A stream, as the chunks of each call.
fn calls() -> impl Strategy<Value = Vec<Vec<Bytes>>> {
    let length = prop_oneof![0..200_usize, 60..70_usize, 8000..100_000_usize];
    let chunk = (length, any::<u8>()).prop_map(|(length, seed)| {
        let bytes = (0..length).map(|at| (at as u8).wrapping_mul(seed) ^ (at >> 8) as u8);
        bytes.collect::<Vec<_>>().into()
    });
    prop::collection::vec(prop::collection::vec(chunk, 0..5), 0..5)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn threads_that_sum_side_by_side_get_the_sums_of_their_own_bytes(
        streams in prop::collection::vec(calls(), 1..40)
    ) {
        let lanes = Lanes::new();
        prop_assert!(lanes.0.many.is_some(), "the crate fails its check on this machine");
        let sums: Vec<[u8; 16]> = thread::scope(|scope| {
            let threads: Vec<_> = streams
                .iter()
                .map(|calls| {
                    let lanes = lanes.clone();
                    scope.spawn(move || {
                        let mut stream = lanes.stream();
                        calls.iter().for_each(|chunks| lanes.update(&mut stream, chunks));
                        stream.finish()
                    })
                })
                .collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        for (sum, calls) in sums.iter().zip(&streams) {
            prop_assert_eq!(*sum, plain(&calls.concat()));
        }
        prop_assert!(lanes.0.queue().waiting.is_empty() && !lanes.0.queue().is_served);
    }

    #[test]
    fn lanes_of_any_lengths_give_the_sums_of_md5(
        lanes in prop::collection::vec(prop::collection::vec(0..5000_usize, 1..4), 1..50)
    ) {
        let many = Md5Many::new();
        let data: Vec<u8> = (0..5000_u32).map(|at| (at * 7 + at / 256) as u8).collect();
        let mut states = vec![Md5State::new(); lanes.len()];
        let mut expected = vec![md5::Md5::new(); lanes.len()];
        for call in 0..3 {
            let slices: Vec<&[u8]> = lanes
                .iter()
                .map(|lane| &data[..lane.get(call).copied().unwrap_or_default()])
                .collect();
            many.update_many(&mut states, &slices);
            expected.iter_mut().zip(&slices).for_each(|(sum, slice)| sum.update(slice));
        }
        for (state, sum) in states.iter().zip(expected) {
            prop_assert_eq!(state.finalize(), <[u8; 16]>::from(sum.finalize()));
        }
    }
}

#[test]
fn where_the_check_fails_each_stream_is_summed_by_itself() {
    let lanes = Lanes(Arc::new(Shared {
        many: None,
        queue: Mutex::default(),
    }));
    let chunks = [Bytes::from(vec![1; 100_000]), Bytes::from_static(b"end")];
    let mut stream = lanes.stream();
    lanes.update(&mut stream, &chunks);
    assert_eq!(stream.finish(), plain(&chunks));
}
