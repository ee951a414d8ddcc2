//! How the width of one place in a key is divided among the bytes that may stand there.

/// The share of all bytes that were never seen in a column, together: they may still come.
const UNSEEN_SHARE: f64 = 0.01;

/// A set of bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Bytes([u128; 2]);

impl Bytes {
    pub(super) fn contains(self, byte: u8) -> bool {
        let [low, high] = self.0;
        let half = if byte < 128 { low } else { high };
        half >> (byte % 128) & 1 == 1
    }

    pub(super) fn insert(&mut self, byte: u8) {
        let [low, high] = &mut self.0;
        let half = if byte < 128 { low } else { high };
        *half |= 1 << (byte % 128);
    }

    pub(super) fn with(self, other: Self) -> Self {
        let ([low, high], [other_low, other_high]) = (self.0, other.0);
        Self([low | other_low, high | other_high])
    }
}

/// The share of each byte at one place.
#[derive(Clone, Debug)]
pub(super) struct Shares {
    pub(super) seen: Bytes,
    /// Where the share of each byte begins, from 0 to 1; and the end.
    begins: Vec<f64>,
}

impl Shares {
    pub(super) fn new(seen: Bytes) -> Self {
        let [low, high] = seen.0;
        let count = f64::from(low.count_ones() + high.count_ones());
        let (seen_share, unseen_share) = (1.0 / count, UNSEEN_SHARE / (256.0 - count));
        let share = |byte: u8| match byte {
            _ if seen.contains(byte) => seen_share,
            // No service is asked for keys after a control character.
            0..0x20 | 0x7f => 0.0,
            _ => unseen_share,
        };
        let all: f64 = (0..=u8::MAX).map(share).sum();
        let mut sum = 0.0;
        let mut begins = vec![0.0];
        begins.extend((0..=u8::MAX).map(|byte| {
            sum += share(byte) / all;
            sum
        }));
        Self { seen, begins }
    }

    pub(super) fn begin(&self, byte: u8) -> f64 {
        self.begins.get(usize::from(byte)).copied().unwrap_or(1.0)
    }

    pub(super) fn width(&self, byte: u8) -> f64 {
        let end = self.begins.get(usize::from(byte) + 1);
        end.copied().unwrap_or(1.0) - self.begin(byte)
    }

    /// The byte in whose share a place is.
    pub(super) fn at(&self, place: f64) -> u8 {
        let number = self.begins.partition_point(|begin| *begin <= place);
        u8::try_from(number.saturating_sub(1)).unwrap_or(u8::MAX)
    }
}
