//! The CRCs of S3, and the CRC of bytes that were summed in two parts.

/// Which CRC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CrcKind {
    /// CRC-32 as in zip and PNG.
    Crc32,
    /// CRC-32 Castagnoli.
    Crc32c,
    /// CRC-64/NVME.
    Crc64Nvme,
}

/// A CRC under way.
#[derive(Clone)]
pub(crate) enum Crc {
    Crc32(crc32fast::Hasher),
    Crc32c(u32),
    Crc64Nvme(crc64fast_nvme::Digest),
}

impl Crc {
    /// Of no bytes yet.
    pub(crate) fn new(kind: CrcKind) -> Self {
        match kind {
            CrcKind::Crc32 => Self::Crc32(crc32fast::Hasher::new()),
            CrcKind::Crc32c => Self::Crc32c(0),
            CrcKind::Crc64Nvme => Self::Crc64Nvme(crc64fast_nvme::Digest::new()),
        }
    }

    pub(crate) fn update(&mut self, bytes: &[u8]) {
        match self {
            Self::Crc32(sum) => sum.update(bytes),
            Self::Crc32c(sum) => *sum = crc32c::crc32c_append(*sum, bytes),
            Self::Crc64Nvme(sum) => sum.write(bytes),
        }
    }

    /// The CRC. One of 32 bits is the lower half.
    pub(crate) fn value(self) -> u64 {
        match self {
            Self::Crc32(sum) => sum.finalize().into(),
            Self::Crc32c(sum) => sum.into(),
            Self::Crc64Nvme(sum) => sum.sum64(),
        }
    }
}

impl std::fmt::Debug for Crc {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Crc")
    }
}

impl CrcKind {
    /// The polynomial without its highest power. The highest bit stands for the power 0, as in the CRCs themselves.
    fn polynomial(self) -> u64 {
        match self {
            Self::Crc32 => 0xEDB8_8320,
            Self::Crc32c => 0x82F6_3B78,
            Self::Crc64Nvme => 0x9A6C_9329_AC4B_C9B5,
        }
    }

    /// The bit that stands for the power 0.
    fn one(self) -> u64 {
        match self {
            Self::Crc32 | Self::Crc32c => 1 << 31,
            Self::Crc64Nvme => 1 << 63,
        }
    }

    /// The CRC of two neighbours, from their CRCs and the length of the second: every byte that follows multiplies the
    /// CRC of the first by x^8.
    pub(crate) fn join(self, first: u64, second: u64, second_len_bytes: u64) -> u64 {
        let mut power = self.one() >> 8;
        let mut shifted = first;
        let mut length = second_len_bytes;
        while length > 0 {
            if length & 1 == 1 {
                shifted = self.product(shifted, power);
            }
            power = self.product(power, power);
            length >>= 1;
        }
        shifted ^ second
    }

    /// The product modulo the polynomial.
    fn product(self, one: u64, mut other: u64) -> u64 {
        let mut product = 0;
        let mut bit = self.one();
        while bit > 0 {
            if one & bit > 0 {
                product ^= other;
            }
            let carry = other & 1 == 1;
            other >>= 1;
            if carry {
                other ^= self.polynomial();
            }
            bit >>= 1;
        }
        product
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const KINDS: [CrcKind; 3] = [CrcKind::Crc32, CrcKind::Crc32c, CrcKind::Crc64Nvme];

    fn of(kind: CrcKind, bytes: &[u8]) -> u64 {
        let mut sum = Crc::new(kind);
        sum.update(bytes);
        sum.value()
    }

    #[test]
    fn the_sums_are_those_of_the_catalogue() {
        let expected = [0xCBF4_3926, 0xE306_9283, 0xAE8B_1486_0A79_9888];
        assert_eq!(KINDS.map(|kind| of(kind, b"123456789")), expected);
    }

    proptest! {
        #[test]
        fn joined_sums_are_the_sum_of_the_whole(bytes: Vec<u8>, at: prop::sample::Index) {
            let (first, second) = bytes.split_at(at.index(bytes.len() + 1));
            for kind in KINDS {
                let joined = kind.join(of(kind, first), of(kind, second), second.len() as u64);
                prop_assert_eq!(joined, of(kind, &bytes));
                let mut sum = Crc::new(kind);
                sum.update(first);
                sum.update(second);
                prop_assert_eq!(joined, sum.value());
            }
        }
    }
}
