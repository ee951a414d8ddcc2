//! Noticing that the other end has fallen silent.

use std::pin::Pin;
use std::time::{Duration, Instant};

use tokio::time::{Sleep, sleep_until};

use super::meter::Meter;
use crate::failure::{Failure, Stage, TransportFailure};

/// Notices when a connection has been silent for too long. One timer per answer, armed anew
/// only when it fires: an active connection pays for a clock reading, not for timers.
pub(super) struct Silence {
    limit: Duration,
    meter: Option<Meter>,
    timer: Option<Pin<Box<Sleep>>>,
}

impl Silence {
    pub(super) fn new(limit: Duration, meter: Option<Meter>) -> Self {
        Self {
            limit,
            meter,
            timer: None,
        }
    }

    /// Ends when nothing has moved for the limit, counted from `waiting_since` at the earliest:
    /// a reader that was busy itself must not blame the connection.
    pub(super) async fn broken(&mut self, waiting_since: Instant) {
        loop {
            let last = self
                .meter
                .as_ref()
                .map_or(waiting_since, |meter| meter.last().max(waiting_since));
            let deadline = last + self.limit;
            if deadline <= Instant::now() {
                return;
            }
            let timer = self
                .timer
                .get_or_insert_with(|| Box::pin(sleep_until(deadline.into())));
            if timer.is_elapsed() {
                timer.as_mut().reset(deadline.into());
            }
            timer.as_mut().await;
        }
    }

    /// What to say then.
    pub(super) fn failure(&self, authority: &str) -> Failure {
        silent(authority, self.limit)
    }
}

/// The failure of a connection on which nothing moves.
pub(super) fn silent(authority: &str, limit: Duration) -> Failure {
    Failure::Transport(TransportFailure {
        stage: Stage::Silence(limit),
        cause: format!("{authority} was silent for {} s", limit.as_secs_f64()),
    })
}
