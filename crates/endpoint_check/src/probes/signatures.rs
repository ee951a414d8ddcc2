//! Does the service check signatures? Each probe sends a harmless listing with a wrong one.

use crate::bucket::TestBucket;
use crate::capability::{Capability, Group};
use crate::finding::{Finding, ProbeResult, Verdict};
use crate::request::WrongSignature;
use crate::response::ProbeResponse;

/// Services allow 15 minutes.
const TWENTY_MINUTES: i64 = 20 * 60;

pub(crate) const GROUP: Group = Group::new(
    "signatures",
    &[
        Capability::new(
            "wrong_secret",
            "a wrong secret is refused",
            "403 SignatureDoesNotMatch",
            "a wrong secret ends the programs with exit 5 and a message that says so",
            "a wrong secret goes unnoticed: whoever knows the address can do everything",
            |bucket| Box::pin(refused(bucket, WrongSignature::Secret)),
        ),
        Capability::new(
            "unknown_key_id",
            "an unknown access key id is refused",
            "403 InvalidAccessKeyId",
            "a wrong key id ends the programs with exit 5 and a message that says so",
            "a wrong key id goes unnoticed: whoever knows the address can do everything",
            |bucket| Box::pin(refused(bucket, WrongSignature::AccessKeyId)),
        ),
        Capability::new(
            "wrong_region",
            "a wrong region is refused, and the right one named",
            "400 AuthorizationHeaderMalformed with <Region>",
            "a wrong REGION_NAME is corrected during the run, with one warning",
            "REGION_NAME does not matter here, or has to be right from the start",
            |bucket| Box::pin(wrong_region(bucket)),
        ),
        Capability::new(
            "clock",
            "a clock that is 20 minutes off is refused",
            "403 RequestTimeTooSkewed",
            "a wrong clock is corrected during the run",
            "the clock of this machine does not matter here",
            |bucket| Box::pin(clock(bucket)),
        ),
    ],
);

async fn list(bucket: &TestBucket, wrong: WrongSignature) -> ProbeResult<ProbeResponse> {
    if bucket.client.shown_key().is_anonymous {
        return Err(Finding::unknown("requests are not signed"));
    }
    let request = bucket.request("GET").param("list-type", "2");
    let request = request.param("max-keys", "1");
    request.wrong_signature(wrong).send().await
}

async fn refused(bucket: &TestBucket, wrong: WrongSignature) -> ProbeResult {
    Ok(judge(&list(bucket, wrong).await?))
}

fn judge(response: &ProbeResponse) -> Finding {
    if response.is_ok() {
        Finding::no("accepted")
    } else if matches!(response.status, 400 | 401 | 403) {
        Finding::new(Verdict::Yes, response.refusal())
    } else {
        Finding::differs(response.refusal())
    }
}

async fn wrong_region(bucket: &TestBucket) -> ProbeResult {
    let response = list(bucket, WrongSignature::Region).await?;
    let finding = judge(&response);
    if finding.is_yes() && response.region().is_none() {
        let detail = format!("{}, naming no region", finding.detail);
        return Ok(Finding::differs(detail));
    }
    Ok(finding)
}

async fn clock(bucket: &TestBucket) -> ProbeResult {
    let slow = refused(bucket, WrongSignature::Clock(-TWENTY_MINUTES)).await?;
    let fast = refused(bucket, WrongSignature::Clock(TWENTY_MINUTES)).await?;
    if slow == fast {
        return Ok(slow);
    }
    let detail = format!("slow clock {slow}; fast clock {fast}");
    Ok(Finding::differs(detail))
}
