//! RestoreObject.

use http::StatusCode;
use s3s::dto::*;
use s3s::{S3Request, S3Response, S3Result, s3_error};

use super::Service;
use crate::beyond_s3s::Status;

impl Service {
    pub(super) async fn restore_object(
        &self,
        request: S3Request<RestoreObjectInput>,
    ) -> S3Result<S3Response<RestoreObjectOutput>> {
        let input = request.input;
        let asked = input.restore_request.unwrap_or_default();
        if asked.type_.is_some() || asked.select_parameters.is_some() {
            return Err(s3_error!(
                NotImplemented,
                "Only plain restores are implemented here"
            ));
        }
        let tier = asked.glacier_job_parameters.map(|job| job.tier);
        let tier = tier.or(asked.tier);
        let expedited = match tier.as_ref().map(Tier::as_str) {
            None | Some(Tier::STANDARD | Tier::BULK) => false,
            Some(Tier::EXPEDITED) => true,
            Some(_) => return Err(s3_error!(MalformedXML)),
        };
        let (now, thaw) = (self.store.now(), self.store.thaw());
        let begun = self.store.change(&input.bucket, |bucket| {
            bucket.change_object(&input.key, input.version_id.as_deref(), |object| {
                object.begin_restore(now, thaw, asked.days, expedited)
            })
        })?;
        let mut response = S3Response::new(RestoreObjectOutput::default());
        if begun {
            response.extensions.insert(Status(StatusCode::ACCEPTED));
        }
        Ok(response)
    }
}
