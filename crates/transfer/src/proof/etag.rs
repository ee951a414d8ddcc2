//! What an ETag proves, and the part sizes it may have been made with.

use crate::parts::MIB;

/// What an ETag says about the content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EtagProof {
    /// The MD5 of the content.
    Md5([u8; 16]),
    /// The MD5 over the MD5s of the parts of a multipart upload.
    Parts {
        /// That MD5.
        md5: [u8; 16],
        /// The number of parts, at least 1.
        parts: u32,
    },
    /// Nothing: the ETag is absent, weak or of another form, or the object is encrypted with a key
    /// of KMS or of the customer, where the ETag is no MD5.
    None,
}

impl EtagProof {
    /// Reads an ETag, with or without quotes. `encrypted` is true for `aws:kms` and customer
    /// keys.
    pub(crate) fn of(etag: Option<&str>, encrypted: bool) -> Self {
        match etag {
            Some(etag) if !encrypted => Self::parse(etag).unwrap_or(Self::None),
            _ => Self::None,
        }
    }

    fn parse(etag: &str) -> Option<Self> {
        let etag = etag
            .strip_prefix('"')
            .and_then(|rest| rest.strip_suffix('"'))
            .unwrap_or(etag);
        let (digits, parts) = match etag.split_once('-') {
            Some((digits, parts)) => (digits, Some(count(parts)?)),
            None => (etag, None),
        };
        let mut md5 = [0; 16];
        hex::decode_to_slice(digits, &mut md5).ok()?;
        // A store that computes no MD5 writes all zeros.
        if md5 == [0; 16] {
            return None;
        }
        Some(parts.map_or(Self::Md5(md5), |parts| Self::Parts { md5, parts }))
    }
}

/// A number of parts: digits only, no sign, no leading zero.
fn count(text: &str) -> Option<u32> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit()) && !text.starts_with('0');
    plain.then(|| text.parse().ok()).flatten()
}

/// Part sizes that tools use by default, in MiB: AWS CLI, boto3 and ours 8; rclone and several SDKs
/// 5; MinIO's client and rclone's larger ones 16 and 64; s5cmd 50; s3fs 10; s3cmd 15; Hadoop 64,
/// 100 and 128; the rest are round numbers that people choose.
const CUSTOMARY_MIB: &[u64] = &[
    8, 5, 16, 64, 50, 10, 15, 100, 128, 32, 20, 25, 256, 512, 1024,
];

/// The most part sizes that are hashed side by side: each one costs another MD5.
const MOST_CANDIDATES: usize = 4;

/// The part sizes with which `size` bytes give `parts` equal parts (the last one may be shorter):
/// whole MiB, common ones first, at most four. Empty if there is none. For one part the result is
/// `size` itself.
pub(crate) fn candidates(size: u64, parts: u32) -> Vec<u64> {
    let parts = u64::from(parts);
    match parts {
        0 => return Vec::new(),
        1 => return vec![size.max(1)],
        _ => {}
    }
    if size < parts {
        return Vec::new();
    }
    // size.div_ceil(part) == parts  <=>  size/parts <= part < size/(parts - 1)
    let least = size.div_ceil(parts).div_ceil(MIB);
    let most = (size - 1) / (parts - 1) / MIB;
    let fits = |mib: &u64| (least..=most).contains(mib);
    let customary = CUSTOMARY_MIB.iter().copied().filter(fits);
    let others = (least..=most).filter(|mib| !CUSTOMARY_MIB.contains(mib));
    customary
        .chain(others)
        .take(MOST_CANDIDATES)
        .filter_map(|mib| mib.checked_mul(MIB))
        .collect()
}
