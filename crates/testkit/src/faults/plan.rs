//! Decides which request gets which fault. It depends on the seed, the request and the number of attempts, but not on the
//! order of connections.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use fastrand::Rng;

use super::{Canned, Fault, Request};

/// What a script does with a request.
#[derive(Clone, Debug)]
pub enum Action {
    /// Passes the request and the response on.
    Pass,
    /// Causes this fault, even if it does not fit the request: for example no response to a HEAD.
    Fault(Fault),
    /// Sends this response. The server does not get the request.
    Respond(Canned),
    /// Passes the request on, but sends this instead of the server's response.
    Instead(Canned),
    /// Passes the request on, and changes headers of a successful response. `None` removes one.
    Headers(Vec<(&'static str, Option<String>)>),
}

type Script = dyn Fn(&Request, u32) -> Option<Action> + Send + Sync;

/// The rates of faults, and the seed for their choice.
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

    /// The percentage (0 to 100) of this fault among the requests that it fits.
    ///
    /// A request gets at most one fault. The rates of faults that fit the same request add up.
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

    /// The most faults for attempts of the same request. A program that tries more often must succeed.
    #[must_use]
    pub fn most_per_target(mut self, faults: u32) -> Self {
        self.most_per_target = Some(faults);
        self
    }

    /// A script that is asked first. It gets the request and the number of its earlier attempts. If it returns `None`, the
    /// rates decide.
    #[must_use]
    pub fn script(
        mut self,
        script: impl Fn(&Request, u32) -> Option<Action> + Send + Sync + 'static,
    ) -> Self {
        self.script = Some(Box::new(script));
        self
    }

    /// The action for a request, and random numbers for its details.
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

/// The number of earlier attempts of each request, and of their faults.
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

    /// Counts a fault.
    pub(super) fn hit(&mut self, request: &Request) {
        self.0.entry(request.target()).or_default().faults += 1;
    }
}
