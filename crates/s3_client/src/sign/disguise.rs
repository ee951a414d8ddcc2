//! Signatures that are wrong on purpose: whether a service checks them can only be seen by asking.

use rusoto_core::Region;
use rusoto_core::signature::SignedRequest;
use rusoto_credential::AwsCredentials;

use super::{PayloadHash, Signer};
use crate::error::Result;

/// What is to be wrong about a signature; everything that is not named stays right.
#[derive(Clone, Debug, Default)]
pub struct Disguise {
    /// Another access key id.
    pub access_key_id: Option<String>,
    /// Another secret.
    pub secret_access_key: Option<String>,
    /// Another region in the scope of the signature. The request goes to the same address.
    pub region: Option<String>,
    /// A clock that is off by so many seconds.
    pub clock_seconds: i64,
}

impl Disguise {
    /// Signs with a signer of its own, so that nothing wrong is remembered for other requests.
    pub(crate) fn sign(
        self,
        usual: &Signer,
        request: &mut SignedRequest,
        credentials: &AwsCredentials,
        payload: PayloadHash,
    ) -> Result<()> {
        let usual_id = credentials.aws_access_key_id().to_owned();
        let usual_secret = credentials.aws_secret_access_key().to_owned();
        let credentials = AwsCredentials::new(
            self.access_key_id.unwrap_or(usual_id),
            self.secret_access_key.unwrap_or(usual_secret),
            credentials.token().clone(),
            None,
        );
        if let Some(name) = self.region {
            let endpoint = String::new();
            request.region = Region::Custom { name, endpoint };
        }
        let signer = Signer::default();
        signer.correct_clock(
            usual
                .clock_skew_seconds()
                .saturating_add(self.clock_seconds),
        );
        signer.sign(request, &credentials, payload)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signed(disguise: Disguise) -> SignedRequest {
        let credentials = AwsCredentials::new("key", "secret", None, None);
        let mut request = SignedRequest::new("GET", "s3", &Region::UsEast1, "/b");
        request.add_header("host", "127.0.0.1");
        disguise
            .sign(
                &Signer::default(),
                &mut request,
                &credentials,
                PayloadHash::Empty,
            )
            .unwrap();
        request
    }

    fn header(request: &SignedRequest, name: &str) -> String {
        String::from_utf8(request.headers[name][0].clone()).unwrap()
    }

    #[test]
    fn only_what_is_named_is_wrong() {
        let plain = header(&signed(Disguise::default()), "authorization");
        assert!(plain.contains("Credential=key/") && plain.contains("/us-east-1/s3/"));
        let other = signed(Disguise {
            access_key_id: Some("other".into()),
            region: Some("nowhere".into()),
            ..Disguise::default()
        });
        let other = header(&other, "authorization");
        assert!(other.contains("Credential=other/") && other.contains("/nowhere/s3/"));
    }

    #[test]
    fn a_clock_can_be_wrong_in_both_directions() {
        let time = |clock_seconds| {
            let disguise = Disguise {
                clock_seconds,
                ..Disguise::default()
            };
            header(&signed(disguise), "x-amz-date")
        };
        let (early, now, late) = (time(-1200), time(0), time(1200));
        assert!(early < now && now < late);
    }
}
