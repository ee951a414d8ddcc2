//! Buckets.

use s3s::dto::*;
use s3s::{S3Request, S3Response, S3Result, s3_error};

use super::{Service, owner};
use crate::store::bucket::Bucket as Stored;

/// The most buckets that a client may request for a page.
const MOST_BUCKETS: i32 = 10_000;

/// The region whose buckets have no location constraint.
const CLASSIC_REGION: &str = "us-east-1";

impl Service {
    pub(super) async fn list_buckets(
        &self,
        request: S3Request<ListBucketsInput>,
    ) -> S3Result<S3Response<ListBucketsOutput>> {
        let input = request.input;
        let most = input.max_buckets.unwrap_or(MOST_BUCKETS);
        if !(1..=MOST_BUCKETS).contains(&most) {
            let text = "Argument max-buckets must be an integer between 1 and 10000";
            return Err(s3_error!(InvalidArgument, "{text}"));
        }
        // As on AWS, the response only contains regions if `max-buckets` is given.
        let names_regions = input.max_buckets.is_some();
        let after = input.continuation_token.unwrap_or_default();
        let limit = usize::try_from(most).unwrap_or_default();
        let mut found: Vec<Bucket> = self.store.all(|buckets| {
            let wanted = buckets.iter().filter(|(name, _)| **name > after);
            let described = wanted.map(|(name, bucket)| Bucket {
                name: Some(name.clone()),
                creation_date: Some(bucket.created.into()),
                bucket_region: names_regions.then(|| bucket.region.clone()),
            });
            described.take(limit.saturating_add(1)).collect()
        });
        let more = found.len() > limit;
        found.truncate(limit);
        let last = found.last().and_then(|bucket| bucket.name.clone());
        Ok(S3Response::new(ListBucketsOutput {
            continuation_token: last.filter(|_| more),
            buckets: Some(found),
            owner: Some(owner()),
            prefix: None,
        }))
    }

    pub(super) async fn create_bucket(
        &self,
        request: S3Request<CreateBucketInput>,
    ) -> S3Result<S3Response<CreateBucketOutput>> {
        let name = request.input.bucket;
        let asked = request
            .input
            .create_bucket_configuration
            .and_then(|configuration| configuration.location_constraint);
        let asked = asked
            .as_ref()
            .map(BucketLocationConstraint::as_str)
            .filter(|asked| !asked.is_empty());
        let region = self.place(asked)?;
        let created = self.store.now();
        self.store.all(|buckets| {
            if buckets.contains_key(&name) {
                let text = "Your previous request to create the named bucket succeeded and you already own it.";
                return Err(s3_error!(BucketAlreadyOwnedByYou, "{text}"));
            }
            buckets.insert(name.clone(), Stored::new(region, created));
            Ok(())
        })?;
        Ok(S3Response::new(CreateBucketOutput {
            location: Some(format!("/{name}")),
        }))
    }

    /// The region of a new bucket, by AWS's rules for an endpoint of our region.
    fn place<'a>(&'a self, asked: Option<&'a str>) -> S3Result<&'a str> {
        match asked {
            Some(CLASSIC_REGION) => Err(s3_error!(
                InvalidLocationConstraint,
                "The specified location-constraint is not valid"
            )),
            // The classic endpoint creates buckets in any region.
            asked if self.region == CLASSIC_REGION => Ok(asked.unwrap_or(CLASSIC_REGION)),
            Some(asked) if asked == self.region => Ok(asked),
            asked => Err(s3_error!(
                IllegalLocationConstraintException,
                "The {} location constraint is incompatible for the region specific endpoint this request was sent to.",
                asked.unwrap_or("unspecified")
            )),
        }
    }

    pub(super) async fn delete_bucket(
        &self,
        request: S3Request<DeleteBucketInput>,
    ) -> S3Result<S3Response<DeleteBucketOutput>> {
        let name = request.input.bucket;
        self.store.bucket(&name, |_| Ok(()))?;
        self.store.all(|buckets| {
            if buckets
                .get(&name)
                .is_some_and(|bucket| !bucket.versions.is_empty())
            {
                return Err(s3_error!(
                    BucketNotEmpty,
                    "The bucket you tried to delete is not empty"
                ));
            }
            buckets.remove(&name);
            Ok(())
        })?;
        Ok(S3Response::new(DeleteBucketOutput::default()))
    }

    pub(super) async fn head_bucket(
        &self,
        request: S3Request<HeadBucketInput>,
    ) -> S3Result<S3Response<HeadBucketOutput>> {
        let region = self
            .store
            .bucket(&request.input.bucket, |bucket| Ok(bucket.region.clone()))?;
        Ok(S3Response::new(HeadBucketOutput {
            bucket_region: Some(region),
            ..Default::default()
        }))
    }
}
