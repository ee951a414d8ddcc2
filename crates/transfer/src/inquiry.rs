//! Asks the service about one object, without its content.

use common::Bucket;
use s3_client::Failure;
use s3_client::client::Client;
use s3_client::operations::{CustomerKey, HeadObject, ObjectInfo, head_object};

/// Which object, and how it may be asked about.
pub(crate) struct Inquiry<'a> {
    pub(crate) client: &'a Client,
    pub(crate) bucket: &'a Bucket,
    pub(crate) key: &'a str,
    pub(crate) version_id: Option<&'a str>,
    pub(crate) customer_key: Option<&'a CustomerKey>,
}

impl Inquiry<'_> {
    /// HEAD in checksum mode, of the whole object or of one part, after all attempts.
    pub(crate) async fn head(&self, part_number: Option<u32>) -> Result<ObjectInfo, Failure> {
        let request = HeadObject {
            bucket: self.bucket.as_str(),
            key: self.key,
            if_match: None,
            checksum_mode: true,
            customer_key: self.customer_key,
            version_id: self.version_id,
            part_number,
        };
        self.client
            .retry(|| head_object(self.client, &request))
            .await
    }
}
