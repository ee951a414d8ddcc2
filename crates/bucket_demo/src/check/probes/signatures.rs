//! Are signatures checked? Each question is a harmless listing, signed wrongly.

use crate::check::asker::Asker;
use crate::check::capability::{Capability, Group, Turn};
use crate::check::finding::{Findings, Found, Probe};
use crate::check::reply::Reply;
use crate::check::wrong_signature::WrongSignature;

/// Services allow 15 minutes.
const TWENTY_MINUTES: i64 = 20 * 60;

pub(crate) const GROUP: Group = Group {
    title: "signatures",
    capabilities: &[
        Capability::new(
            "wrong_secret",
            "a wrong secret is refused",
            "403 SignatureDoesNotMatch",
            "a wrong secret is exit 5, and the message says which it was",
            "a wrong secret goes unnoticed: whoever knows the address may do everything",
        ),
        Capability::new(
            "unknown_key_id",
            "an unknown access key id is refused",
            "403 InvalidAccessKeyId",
            "a wrong key id is exit 5, and the message says which it was",
            "a wrong key id goes unnoticed: whoever knows the address may do everything",
        ),
        Capability::new(
            "wrong_region",
            "another region is refused, and the right one named",
            "400 AuthorizationHeaderMalformed with <Region>",
            "a wrong REGION_NAME is corrected during the run, with one warning",
            "REGION_NAME is of no importance here, or has to be right from the start",
        ),
        Capability::new(
            "clock",
            "a clock 20 minutes off is refused",
            "403 RequestTimeTooSkewed",
            "a wrong clock is corrected during the run",
            "the clock of this machine is of no importance here",
        ),
    ],
    probe: |asker| Box::pin(probe(asker)),
    turn: Turn::Together,
};

async fn probe(asker: Asker) -> Findings {
    let mut found = Findings::default();
    found.add(
        "wrong_secret",
        refused(&asker, WrongSignature::Secret).await,
    );
    found.add(
        "unknown_key_id",
        refused(&asker, WrongSignature::AccessKeyId).await,
    );
    found.add("wrong_region", wrong_region(&asker).await);
    found.add("clock", clock(&asker).await);
    found
}

async fn ask(asker: &Asker, wrong: WrongSignature) -> Probe<Reply> {
    let ask = asker
        .about_bucket("GET")
        .param("list-type", "2")
        .param("max-keys", "1");
    ask.sign_as(wrong).send().await
}

async fn refused(asker: &Asker, wrong: WrongSignature) -> Probe {
    Ok(judge_refusal(&ask(asker, wrong).await?))
}

fn judge_refusal(reply: &Reply) -> Found {
    if reply.ok() {
        Found::No("accepted".into())
    } else if matches!(reply.status, 400 | 401 | 403) {
        Found::Yes(reply.refusal().to_string())
    } else {
        Found::differs(reply.refusal().to_string())
    }
}

async fn wrong_region(asker: &Asker) -> Probe {
    let reply = ask(asker, WrongSignature::Region).await?;
    Ok(match judge_refusal(&reply) {
        Found::Yes(_) if reply.region().is_none() => {
            Found::Differs(format!("{}, naming no region", reply.refusal()))
        }
        found => found,
    })
}

async fn clock(asker: &Asker) -> Probe {
    let mut found = Vec::new();
    for clock_seconds in [-TWENTY_MINUTES, TWENTY_MINUTES] {
        let wrong = WrongSignature::Clock(clock_seconds);
        found.push(judge_refusal(&ask(asker, wrong).await?));
    }
    Ok(match found.as_slice() {
        [slow, fast] if slow == fast => slow.clone(),
        [slow, fast] => Found::Differs(format!("slow clock {slow}; fast clock {fast}")),
        _ => Found::no(),
    })
}
