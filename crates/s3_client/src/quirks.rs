//! What providers do differently, as data. Code asks for a behaviour, never for a name.

/// The limits and habits of an endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quirks {
    /// The most parts that an upload may have.
    pub max_parts: u32,
    /// The smallest part but the last, in bytes.
    pub min_part_bytes: u64,
    /// The largest part, in bytes.
    pub max_part_bytes: u64,
    /// The largest object that one PUT may carry, in bytes.
    pub max_put_bytes: u64,
    /// The largest object, in bytes.
    pub max_object_bytes: u64,
    /// Whether a new bucket is asked for with its region at first (LocationConstraint), and not
    /// without. Whoever creates one has to be ready for either to be refused.
    pub names_region_of_new_buckets: bool,
}

const MIB: u64 = 1024 * 1024;
const GIB: u64 = 1024 * MIB;

/// The limits of AWS, which nearly everyone has copied:
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html>.
const USUAL: Quirks = Quirks {
    max_parts: 10_000,
    min_part_bytes: 5 * MIB,
    max_part_bytes: 5 * GIB,
    max_put_bytes: 5 * GIB,
    max_object_bytes: 50_000 * GIB,
    // Ceph and Garage refuse any region but a name of their own; the endpoint says where anyway.
    names_region_of_new_buckets: false,
};

/// Endpoints that differ, by the end of their host name.
const TABLE: [(&str, Quirks); 4] = [
    // <https://developers.cloudflare.com/r2/platform/limits/>: 5 MiB less than 5 GiB, 5 GiB
    // less than 5 TiB.
    (
        ".r2.cloudflarestorage.com",
        Quirks {
            max_part_bytes: 5 * GIB - 5 * MIB,
            max_put_bytes: 5 * GIB - 5 * MIB,
            max_object_bytes: 5 * 1024 * GIB - 5 * GIB,
            ..USUAL
        },
    ),
    // <https://www.backblaze.com/docs/cloud-storage-s3-compatible-api>: decimal gigabytes and
    // terabytes.
    (
        ".backblazeb2.com",
        Quirks {
            max_part_bytes: 5_000_000_000,
            max_put_bytes: 5_000_000_000,
            max_object_bytes: 10_000_000_000_000,
            ..USUAL
        },
    ),
    // <https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html>
    (".amazonaws.com", AWS),
    (".amazonaws.com.cn", AWS),
];

const AWS: Quirks = Quirks {
    names_region_of_new_buckets: true,
    ..USUAL
};

impl Quirks {
    /// The behaviour to expect of this host.
    pub fn of_host(host: &str) -> Self {
        TABLE
            .iter()
            .find(|(end, _)| host.ends_with(end))
            .map_or(USUAL, |(_, quirks)| *quirks)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_endpoint_has_the_usual_limits() {
        assert_eq!(Quirks::of_host("127.0.0.1"), USUAL);
        assert_eq!(Quirks::of_host("nyc3.digitaloceanspaces.com"), USUAL);
    }

    #[test]
    fn an_endpoint_in_the_table_has_its_own_limits() {
        let quirks = Quirks::of_host("account.r2.cloudflarestorage.com");
        assert!(quirks.max_part_bytes < USUAL.max_part_bytes);
        assert_eq!(quirks.max_parts, USUAL.max_parts);
        let aws = Quirks::of_host("s3.eu-central-1.amazonaws.com");
        assert!(aws.names_region_of_new_buckets);
    }
}
