//! Compares the lanes with another implementation of MD5.

use md5_many::{Md5Many, Md5State};
use sha2::Digest as _;

/// Whether the lanes and the crate `md-5` give the same sums. The crate of the lanes is young and
/// chooses its code by the CPU, so a test on another machine proves nothing here.
pub(super) fn agrees(many: Md5Many, most: usize) -> bool {
    let data: Vec<u8> = (0..400_u32).map(|at| (at * 31 + at / 251) as u8).collect();
    [1, 2, 4, 8, 16, most].into_iter().all(|lanes| {
        let inputs: Vec<&[u8]> = (0..lanes)
            .map(|lane| data.get(lane..lane * 5 + 200).unwrap_or_default())
            .collect();
        let mut states = vec![Md5State::new(); lanes];
        many.update_many(&mut states, &inputs);
        many.update_many(&mut states, &inputs);
        states.iter().zip(inputs).all(|(state, input)| {
            let twice = md5::Md5::new().chain_update(input).chain_update(input);
            state.finalize() == <[u8; 16]>::from(twice.finalize())
        })
    })
}
