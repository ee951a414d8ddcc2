use s3_client::operations::{Checksum, ChecksumAlgorithm, ObjectInfo};

use super::*;
use crate::parts::{MIB, Parts};
use bytes::Bytes;
use proptest::prelude::*;

const HELLO_MD5: &str = "5d41402abc4b2a76b9719d911017c592";

fn verdict(expected: Expected, bytes: &[u8]) -> Verdict {
    let mut verifier = Verifier::new(expected, &lanes());
    bytes
        .chunks(7)
        .for_each(|chunk| verifier.update(&[Bytes::copy_from_slice(chunk)]));
    verifier.finish()
}

fn whole(kind: SumKind, hex_digest: &str) -> Expected {
    Expected::Whole {
        kind,
        digest: hex::decode(hex_digest).unwrap(),
    }
}

fn multipart(bytes: &[u8], kind: SumKind, part: usize) -> (Vec<u8>, u32) {
    let sums: Vec<u8> = bytes
        .chunks(part)
        .flat_map(|chunk| Sum::of(kind, chunk))
        .collect();
    (
        Sum::of(kind, &sums),
        u32::try_from(bytes.chunks(part).count()).unwrap(),
    )
}

#[test]
fn every_sum_is_the_published_one() {
    // The check values of "123456789" in catalogues of CRCs, and from RFC 1321, 3174, 6234.
    let known = [
        (SumKind::Crc32, "cbf43926"),
        (SumKind::Crc32c, "e3069283"),
        (SumKind::Crc64Nvme, "ae8b14860a799888"),
        (SumKind::Md5, "25f9e794323b453885f5181f1b624d0b"),
        (SumKind::Sha1, "f7c3bc1d808e04732adf679965ccc34ca7ae3441"),
        (
            SumKind::Sha256,
            "15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225",
        ),
    ];
    for (kind, digest) in known {
        assert_eq!(hex::encode(Sum::of(kind, b"123456789")), digest);
        assert_eq!(Sum::of(kind, b"").len(), kind.len_bytes());
        assert_eq!(
            verdict(whole(kind, digest), b"123456789"),
            Verdict::Proved(kind.name())
        );
    }
}

#[test]
fn an_etag_is_a_proof_only_in_its_strong_plain_forms() {
    let md5 = |etag: &str| matches!(EtagProof::of(Some(etag), false), EtagProof::Md5(_));
    assert!(md5(HELLO_MD5) && md5(&format!("\"{HELLO_MD5}\"")) && md5(&HELLO_MD5.to_uppercase()));
    let parts = EtagProof::of(Some(&format!("{HELLO_MD5}-12")), false);
    assert!(matches!(parts, EtagProof::Parts { parts: 12, .. }));
    let no_proof = [
        format!("W/\"{HELLO_MD5}\""),
        format!("{HELLO_MD5}-"),
        format!("{HELLO_MD5}-0"),
        format!("{HELLO_MD5}-+1"),
        format!("{HELLO_MD5}-01"),
        format!("{HELLO_MD5}-1-2"),
        format!("{HELLO_MD5}0"),
        "65a0-c".into(),
        String::new(),
        "\"".into(),
        "z".repeat(32),
        "0".repeat(32),
        format!("{}-1", "0".repeat(32)),
        "é".repeat(16),
        format!("{HELLO_MD5}-99999999999"),
    ];
    for etag in &no_proof {
        assert_eq!(EtagProof::of(Some(etag), false), EtagProof::None, "{etag}");
    }
    assert_eq!(EtagProof::of(Some(HELLO_MD5), true), EtagProof::None);
    assert_eq!(EtagProof::of(None, false), EtagProof::None);
}

#[test]
fn customary_part_sizes_come_first_and_at_most_four() {
    let mib = |size, parts| {
        candidates(size, parts)
            .into_iter()
            .map(|size| size / MIB)
            .collect::<Vec<_>>()
    };
    assert_eq!(mib(200 * MIB, 25), [8]);
    assert_eq!(mib(1024 * MIB, 128), [8]);
    assert_eq!(mib(20 * MIB, 2), [16, 10, 15, 11]);
    assert_eq!(mib(16 * MIB + 1, 3), [8, 6, 7]);
    assert_eq!(candidates(5, 1), [5]);
    assert_eq!(candidates(0, 1), [1]);
    // Parts of five million bytes: no whole number of MiB gives this number of parts.
    assert_eq!(candidates(500_000_000, 100), [0; 0]);
    assert_eq!(candidates(3, 0), [0; 0]);
    assert_eq!(candidates(3, 4), [0; 0]);
    assert_eq!(candidates(u64::MAX, 2).len(), 4);
}

#[test]
fn a_multipart_etag_is_proved_by_the_part_size_that_fits() {
    let bytes = vec![5; 20 * MIB as usize];
    let (md5, parts) = multipart(&bytes, SumKind::Md5, 15 * MIB as usize);
    let etag = format!("{}-{parts}", hex::encode(&md5));
    let expected = listed_proof(bytes.len() as u64, Some(&etag));
    assert_eq!(expected.guesses_parts(), Some(2));
    assert_eq!(
        verdict(expected.clone(), &bytes),
        Verdict::Proved("multipart ETag")
    );

    let mut damaged = bytes;
    damaged[9] ^= 1;
    let Verdict::Mismatch(mismatch) = verdict(expected.clone(), &damaged) else {
        panic!("not seen")
    };
    assert!(mismatch.guessed && mismatch.expected == etag && mismatch.actual != etag);
    // The same damaged bytes again are recognised.
    assert_eq!(verdict(expected, &damaged), Verdict::Mismatch(mismatch));
}

#[test]
fn a_part_size_that_the_service_names_is_no_guess() {
    let bytes = vec![7; 100];
    let (md5, parts) = multipart(&bytes, SumKind::Md5, 30);
    let expected = Expected::Parts {
        kind: SumKind::Md5,
        digest: md5,
        parts,
        sizes: vec![MIB],
        guessed: true,
    };
    assert_eq!(expected.clone().with_part_size(30, 9), expected);
    let known = expected.with_part_size(30, parts);
    assert_eq!(known.guesses_parts(), None);
    assert_eq!(verdict(known, &bytes), Verdict::Proved("multipart ETag"));
}

#[test]
fn the_best_proof_is_taken() {
    use ChecksumAlgorithm::{Crc32, Crc64Nvme, Sha256};
    let sum = |algorithm, len, parts| Checksum {
        algorithm,
        value: vec![1; len],
        parts,
    };
    let name = |checksums: &[Checksum], etag: Option<&str>| {
        let etag = etag.map(str::to_owned);
        let info = ObjectInfo {
            size: 16 * MIB,
            etag,
            checksums: checksums.to_vec(),
            ..ObjectInfo::default()
        };
        best_proof(&info).name()
    };
    let (sha, crc) = (sum(Sha256, 32, None), sum(Crc64Nvme, 8, None));
    assert_eq!(name(&[sha.clone(), crc], Some(HELLO_MD5)), "CRC64NVME");
    assert_eq!(name(&[sha], Some(HELLO_MD5)), "SHA256");
    assert_eq!(name(&[], Some(HELLO_MD5)), "MD5");
    let multipart_etag = format!("{HELLO_MD5}-2");
    assert_eq!(
        name(&[sum(Crc32, 4, Some(2))], Some(&multipart_etag)),
        "CRC32 of parts"
    );
    assert_eq!(name(&[], Some(&multipart_etag)), "multipart ETag");
    assert_eq!(name(&[], None), "length");
    // A sum of the wrong length is ignored, and so is one over a number of parts that no part size
    // gives.
    assert_eq!(name(&[sum(Crc32, 5, None)], Some(HELLO_MD5)), "MD5");
    assert_eq!(
        name(&[sum(Crc32, 4, Some(u32::MAX))], Some(&multipart_etag)),
        "multipart ETag"
    );
    assert_eq!(name(&[], Some(&format!("{HELLO_MD5}-99999"))), "length");
}

#[test]
fn the_etag_of_an_encrypted_object_is_no_proof() {
    for (kms, customer_key) in [(true, false), (false, true)] {
        let etag = Some(HELLO_MD5.to_owned());
        let info = ObjectInfo {
            etag,
            kms,
            customer_key,
            ..ObjectInfo::default()
        };
        assert_eq!(best_proof(&info), Expected::Nothing);
    }
}

#[test]
fn without_a_proof_nothing_is_claimed() {
    assert_eq!(verdict(Expected::Nothing, b"x"), Verdict::Unproved);
}

#[test]
fn an_empty_object_is_proved_too() {
    let empty = whole(SumKind::Md5, "d41d8cd98f00b204e9800998ecf8427e");
    assert_eq!(verdict(empty, b""), Verdict::Proved("MD5"));
    let md5_of_one_empty_part = Sum::of(SumKind::Md5, &Sum::of(SumKind::Md5, b""));
    let etag = format!("{}-1", hex::encode(md5_of_one_empty_part));
    let expected = listed_proof(0, Some(&etag));
    assert_eq!(verdict(expected, b""), Verdict::Proved("multipart ETag"));
}

#[test]
fn a_mismatch_reads_as_two_sums() {
    let Verdict::Mismatch(mismatch) = verdict(whole(SumKind::Crc32, "1a2b3c4d"), b"123456789")
    else {
        panic!("proved")
    };
    assert_eq!(
        mismatch.to_string(),
        "CRC32 is 1a2b3c4d there, cbf43926 in what came"
    );
}

#[test]
fn a_piece_that_never_came_is_a_mismatch() {
    let expected = whole(SumKind::Crc32, "00000000");
    let joiner = Joiner::new(expected, Parts::new(10, 5)).unwrap();
    assert!(matches!(joiner.finish(), Verdict::Mismatch(_)));
    let md5 = whole(SumKind::Md5, HELLO_MD5);
    assert!(Joiner::new(md5, Parts::new(10, 5)).is_err());
}

thread_local! {
    static LANES: Lanes = Lanes::new();
}

fn lanes() -> Lanes {
    LANES.with(Clone::clone)
}

fn join(expected: Expected, bytes: &[u8], range: u64, seed: u64) -> Verdict {
    let ranges = Parts::new(bytes.len() as u64, range);
    let mut joiner = Joiner::new(expected, ranges).unwrap();
    let mut order: Vec<u64> = (0..ranges.count()).collect();
    fastrand::Rng::with_seed(seed).shuffle(&mut order);
    for index in order {
        let range = ranges.range(index).unwrap();
        let mut hasher = joiner.hasher(&lanes());
        bytes[range.start as usize..range.end as usize]
            .chunks(3)
            .for_each(|chunk| hasher.update(&[Bytes::copy_from_slice(chunk)]));
        joiner.add(index, hasher.finish());
    }
    joiner.finish()
}

proptest! {
    #[test]
    fn ranges_in_any_order_give_the_same_verdict_as_all_bytes_in_order(
        bytes in prop::collection::vec(any::<u8>(), 1..200), range in 1_u64..50, seed: u64, flip: prop::sample::Index,
    ) {
        let mut damaged = bytes.clone();
        damaged[flip.index(bytes.len())] ^= 0x10;
        for kind in [SumKind::Crc32, SumKind::Crc32c, SumKind::Crc64Nvme] {
            let expected = Expected::Whole { kind, digest: Sum::of(kind, &bytes) };
            prop_assert_eq!(join(expected.clone(), &bytes, range, seed), Verdict::Proved(kind.name()));
            prop_assert_eq!(join(expected.clone(), &damaged, range, seed), verdict(expected, &damaged));
        }
        for kind in [SumKind::Md5, SumKind::Crc32c, SumKind::Sha256] {
            let (digest, parts) = multipart(&bytes, kind, range as usize);
            let expected = Expected::Parts { kind, digest, parts, sizes: vec![range], guessed: false };
            prop_assert!(matches!(join(expected.clone(), &bytes, range, seed), Verdict::Proved(_)));
            prop_assert!(matches!(verdict(expected.clone(), &bytes), Verdict::Proved(_)));
            prop_assert_eq!(join(expected.clone(), &damaged, range, seed), verdict(expected, &damaged));
        }
    }

    #[test]
    fn every_candidate_makes_as_many_parts(size: u64, parts in 1_u32..20_000) {
        for size in [size, size >> 24, size >> 40] {
            for part in candidates(size, parts) {
                prop_assert!(size.div_ceil(part).max(1) == u64::from(parts), "{} {} {}", size, part, parts);
            }
        }
    }

    #[test]
    fn our_own_part_size_is_among_the_candidates(mib in 5_u64..300, parts in 2_u64..10_000, rest in 1_u64..5 * MIB) {
        let size = mib * MIB * (parts - 1) + rest;
        let found = candidates(size, u32::try_from(parts).unwrap());
        prop_assert!(found.contains(&(mib * MIB)) || found.len() == 4);
    }

    #[test]
    fn no_etag_makes_the_reader_fail(etag in ".{0,40}") {
        let _ = EtagProof::of(Some(&etag), false);
    }
}
