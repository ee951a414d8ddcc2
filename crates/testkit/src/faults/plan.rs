//! Which request meets which fault: decided by seed, request and count of attempts, so that the
//! order in which connections happen to run changes nothing.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use fastrand::Rng;

use super::{Canned, Fault, Request};

/// What a script does with a request.
#[derive(Clone, Debug)]
pub enum Action {
    /// Let it through.
    Pass,
    /// Put this fault on it, also where the plan would not: a lost response to a Complete, a stall before a HEAD's response.
    Fault(Fault),
    /// This in the server's place; the server never sees the request.
    Respond(Canned),
    /// Let it through, and send this instead of what the server says.
    Instead(Canned),
    /// Let it through, and change headers of a success: `None` removes one.
    Headers(Vec<(&'static str, Option<String>)>),
}

type Script = dyn Fn(&Request, u32) -> Option<Action> + Send + Sync;

/// Rates of faults and the seed that decides where they fall.
#[derive(Default)]
pub struct Plan {
    seed: u64,
    rates: Vec<(Fault, f64)>,
    most_per_target: Option<u32>,
    script: Option<Box<Script>>,
}

impl Plan {
    /// A plan without faults.
    pub fn new(seed: u64) -> Self {
        Self {
            seed,
            ..Self::default()
        }
    }

    /// Puts this fault on so many percent (0 to 100) of the requests that it fits.
    ///
    /// A request meets at most one fault; rates of faults that fit the same request add up.
    #[must_use]
    pub fn rate(mut self, fault: Fault, percent: f64) -> Self {
        self.rates.push((fault, percent));
        self
    }

    /// The same rate for every fault.
    #[must_use]
    pub fn rate_of_all(self, percent: f64) -> Self {
        Fault::ALL
            .into_iter()
            .fold(self, |plan, fault| plan.rate(fault, percent))
    }

    /// Lets a request through once it has met so many faults: a program that tries more often must succeed.
    #[must_use]
    pub fn most_per_target(mut self, faults: u32) -> Self {
        self.most_per_target = Some(faults);
        self
    }

    /// Asks `script` first: the request, and how often the same one came before. `None` leaves it to the rates.
    #[must_use]
    pub fn script(
        mut self,
        script: impl Fn(&Request, u32) -> Option<Action> + Send + Sync + 'static,
    ) -> Self {
        self.script = Some(Box::new(script));
        self
    }

    /// What to do with a request, and the random for the details.
    pub(super) fn decide(&self, request: &Request, attempt: Attempt) -> (Action, Rng) {
        let target = request.target();
        let mut hasher = DefaultHasher::new();
        (self.seed, &target, attempt.requests).hash(&mut hasher);
        let mut random = Rng::with_seed(hasher.finish());
        let scripted = self.script.as_ref();
        if let Some(action) = scripted.and_then(|script| script(request, attempt.requests)) {
            return (action, random);
        }
        if self
            .most_per_target
            .is_some_and(|most| attempt.faults >= most)
        {
            return (Action::Pass, random);
        }
        let mut roll = random.f64() * 100.0;
        for (fault, percent) in &self.rates {
            if !fault.fits(request) {
                continue;
            }
            if roll < *percent {
                return (Action::Fault(*fault), random);
            }
            roll -= percent;
        }
        (Action::Pass, random)
    }
}

/// How often each target was asked for before, and how many faults it met.
#[derive(Debug, Default)]
pub(super) struct Attempts(HashMap<String, Attempt>);

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Attempt {
    requests: u32,
    faults: u32,
}

impl Attempts {
    pub(super) fn count(&mut self, request: &Request) -> Attempt {
        let attempt = self.0.entry(request.target()).or_default();
        let before = *attempt;
        attempt.requests += 1;
        before
    }

    /// A fault was really put on this request.
    pub(super) fn hit(&mut self, request: &Request) {
        self.0.entry(request.target()).or_default().faults += 1;
    }
}
