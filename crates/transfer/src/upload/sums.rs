//! Sums of the bytes to send, computed together with the hash for the signature, and compared with
//! the sums that the service reports.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use bytes::Bytes;
use s3_client::operations::ObjectInfo;
use s3_client::sign::PayloadHash;

use crate::parts::Parts;
use crate::proof::{
    Expected, Joiner, Lanes, Mismatch, RangeSum, Sum, SumKind, Verdict, best_proof,
};

/// SHA-256 for the signature, MD5 for ETags, and CRC64NVME because AWS always reports it.
const ALL: [SumKind; 3] = [SumKind::Sha256, SumKind::Md5, SumKind::Crc64Nvme];

/// The sums that the bodies of a run need: CRC64NVME only until a response shows that the service proves
/// what it received by MD5 alone.
#[derive(Debug, Default)]
pub(super) struct Needed {
    no_crc: AtomicBool,
}

impl Needed {
    /// Learns from the response to a body with these sums.
    pub(super) fn learn(&self, sums: &Sums, info: &ObjectInfo) {
        let is_md5 = sums.judge(info) == Verdict::Proved(SumKind::Md5.name());
        self.no_crc
            .store(is_md5 && info.checksums.is_empty(), Relaxed);
    }
}

/// How often the same wrong sum must be reported before it counts as systematic.
const ALIKE: u32 = 3;

/// Sums that are being computed.
pub(super) struct Summing(Vec<(SumKind, Sum)>);

impl Summing {
    pub(super) fn new(needed: &Needed, lanes: &Lanes) -> Self {
        let no_crc = needed.no_crc.load(Relaxed);
        let kinds = ALL.into_iter();
        let kinds = kinds.filter(|kind| !no_crc || *kind != SumKind::Crc64Nvme);
        Self(
            kinds
                .map(|kind| (kind, Sum::in_lanes(kind, lanes)))
                .collect(),
        )
    }

    pub(super) fn update(&mut self, chunk: &Bytes) {
        for (_, sum) in &mut self.0 {
            sum.update_all(std::slice::from_ref(chunk));
        }
    }

    pub(super) fn finish(self) -> Sums {
        let finished = self.0.into_iter();
        Sums(
            finished
                .map(|(kind, sum)| (kind, sum.finish()))
                .collect::<Vec<_>>(),
        )
    }
}

/// The sums of a file or of one part.
#[derive(Clone, Debug)]
pub(super) struct Sums(Vec<(SumKind, Vec<u8>)>);

impl Sums {
    /// The hash of the body in the signature.
    pub(super) fn payload_hash(&self) -> PayloadHash {
        let hash = self.of(SumKind::Sha256).and_then(|sum| sum.try_into().ok());
        hash.map_or(PayloadHash::Unsigned, PayloadHash::Sha256)
    }

    fn of(&self, kind: SumKind) -> Option<&[u8]> {
        let found = self.0.iter().find(|(found, _)| *found == kind);
        found.map(|(_, sum)| sum.as_slice())
    }

    /// Whether the service received these bytes, as far as its response tells.
    pub(super) fn judge(&self, info: &ObjectInfo) -> Verdict {
        let expected = expected(info, |kind| self.of(kind).is_some());
        let Expected::Whole { kind, .. } = &expected else {
            return Verdict::Unproved;
        };
        match self.of(*kind) {
            Some(sum) => expected.judge(&[(sum.to_vec(), None)]),
            None => Verdict::Unproved,
        }
    }
}

/// The best proof of which we have the sum.
fn expected(info: &ObjectInfo, have: impl Fn(SumKind) -> bool) -> Expected {
    let mut info = info.clone();
    info.checksums.retain(|sum| have(sum.algorithm.into()));
    best_proof(&info)
}

/// A part that the service has stored.
#[derive(Clone, Debug)]
pub(super) struct SentPart {
    pub(super) number: u32,
    pub(super) etag: String,
    pub(super) sums: Sums,
    /// The name of the proof that it arrived undamaged.
    pub(super) proof: Option<&'static str>,
}

/// All parts of a file, in order.
pub(super) struct SentParts {
    pub(super) shape: Parts,
    pub(super) parts: Vec<SentPart>,
}

impl SentParts {
    /// Numbers and ETags, for CompleteMultipartUpload.
    pub(super) fn listed(&self) -> Vec<(u32, String)> {
        let parts = self.parts.iter();
        parts.map(|part| (part.number, part.etag.clone())).collect()
    }

    /// Whether an object consists of these parts, as far as the service tells.
    pub(super) fn judge(&self, info: &ObjectInfo) -> Verdict {
        if self.shape.count() != self.parts.len() as u64 {
            // The parts of a long stream are of unequal size.
            return Verdict::Unproved;
        }
        let mut info = info.clone();
        let md5 = Some(SumKind::Md5.name());
        if self.parts.iter().any(|part| part.proof != md5) {
            // If the ETag of a part is no MD5, the ETag of the object is none either.
            info.etag = None;
        }
        let count = u32::try_from(self.parts.len()).unwrap_or(u32::MAX);
        let have = |kind| self.parts.iter().all(|part| part.sums.of(kind).is_some());
        let expected = expected(&info, have).with_part_size(self.shape.part_size(), count);
        let Ok(mut joiner) = Joiner::new(expected, self.shape) else {
            return Verdict::Unproved;
        };
        let kind = joiner.kind();
        for ((index, part), range) in (0..).zip(&self.parts).zip(self.shape.ranges()) {
            if let Some(sum) = part.sums.of(kind) {
                joiner.add(index, RangeSum::new(sum.to_vec(), range.end - range.start));
            }
        }
        joiner.finish()
    }
}

/// The mismatches of one request so far.
#[derive(Default)]
pub(super) struct Damage {
    last: Option<Mismatch>,
    alike: u32,
}

impl Damage {
    /// Counts another damaged attempt.
    pub(super) fn add(&mut self, mismatch: Mismatch) {
        let again = self.last.as_ref() == Some(&mismatch);
        self.alike = if again { self.alike + 1 } else { 1 };
        self.last = Some(mismatch);
    }

    /// The latest mismatch.
    pub(super) fn last(&self) -> Option<&Mismatch> {
        self.last.as_ref()
    }

    /// Whether the service reported the same wrong sum each time. Then another attempt will not
    /// help.
    pub(super) fn is_steady(&self) -> bool {
        self.alike >= ALIKE
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sums(bytes: &[u8]) -> Sums {
        let mut summing = Summing::new(&Needed::default(), &Lanes::new());
        summing.update(&Bytes::copy_from_slice(bytes));
        summing.finish()
    }

    fn with_etag(etag: &str) -> ObjectInfo {
        ObjectInfo {
            etag: Some(etag.to_owned()),
            ..ObjectInfo::default()
        }
    }

    #[test]
    fn an_etag_proves_or_disproves_only_if_it_can_be_an_md5() {
        let sent = sums(b"abc");
        let md5 = "900150983cd24fb0d6963f7d28e17f72";
        assert_eq!(sent.judge(&with_etag(md5)), Verdict::Proved("MD5"));
        let other = with_etag("00000000000000000000000000000001");
        assert!(matches!(sent.judge(&other), Verdict::Mismatch(_)));
        let kms = ObjectInfo { kms: true, ..other };
        assert_eq!(sent.judge(&kms), Verdict::Unproved);
        for etag in ["0-0-1", "W/\"900150983cd24fb0d6963f7d28e17f73\"", "68b3-5"] {
            assert_eq!(sent.judge(&with_etag(etag)), Verdict::Unproved, "{etag}");
        }
    }

    #[test]
    fn the_etag_of_parts_is_the_md5_of_their_sums_and_their_number() {
        let part = |number| SentPart {
            number,
            etag: String::new(),
            sums: sums(b""),
            proof: Some("MD5"),
        };
        let mut sent = SentParts {
            shape: Parts::new(2, 1),
            parts: vec![part(1), part(2)],
        };
        let mut object = with_etag("5873dd45edd01f09c1ef2e7819369e8e-2");
        object.size = 16 << 20;
        assert_eq!(sent.judge(&object), Verdict::Proved("multipart ETag"));
        object.etag = Some("5873dd45edd01f09c1ef2e7819369e8f-2".into());
        assert!(matches!(sent.judge(&object), Verdict::Mismatch(_)));
        sent.parts[0].proof = None;
        assert_eq!(sent.judge(&object), Verdict::Unproved);
    }

    proptest! {
        #[test]
        fn parts_prove_the_checksum_of_the_whole(
            bytes in proptest::collection::vec(any::<u8>(), 1..200),
            part in 1_usize..50,
            flipped in any::<Option<u8>>(),
        ) {
            let parts = (1..).zip(bytes.chunks(part)).map(|(number, chunk)| SentPart {
                number,
                etag: String::new(),
                sums: sums(chunk),
                proof: None,
            });
            let sent = SentParts {
                shape: Parts::new(bytes.len() as u64, part as u64),
                parts: parts.collect(),
            };
            let mut stored = bytes.clone();
            if let Some(bit) = flipped {
                let at = usize::from(bit) % stored.len();
                stored[at] ^= 1 << (bit % 8);
            }
            let object = ObjectInfo {
                size: bytes.len() as u64,
                checksums: vec![s3_client::operations::Checksum {
                    algorithm: s3_client::operations::ChecksumAlgorithm::Crc64Nvme,
                    value: Sum::of(SumKind::Crc64Nvme, &stored),
                    parts: None,
                }],
                kms: true,
                ..ObjectInfo::default()
            };
            match sent.judge(&object) {
                Verdict::Proved(name) => prop_assert!(name == "CRC64NVME" && flipped.is_none()),
                Verdict::Mismatch(_) => prop_assert!(flipped.is_some()),
                Verdict::Unproved => prop_assert!(false, "there is a checksum"),
            }
        }
    }

    #[test]
    fn a_sum_that_comes_back_three_times_is_steady() {
        let mismatch = |actual: &str| Mismatch {
            name: "MD5",
            expected: actual.into(),
            actual: "x".into(),
            guessed: false,
        };
        let mut damage = Damage::default();
        for (sum, steady) in [("a", false), ("b", false), ("b", false), ("b", true)] {
            damage.add(mismatch(sum));
            assert_eq!(damage.is_steady(), steady);
        }
    }
}
