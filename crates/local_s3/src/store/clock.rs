//! The clock of the store. A test can move or stop it, so that it need not wait.

use std::sync::{PoisonError, RwLock};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A clock that can be set.
#[derive(Debug, Default)]
pub(crate) struct Clock(RwLock<State>);

#[derive(Clone, Copy, Debug)]
enum State {
    /// The real time plus this.
    Running(Duration),
    Stopped(SystemTime),
}

impl Default for State {
    fn default() -> Self {
        Self::Running(Duration::ZERO)
    }
}

impl Clock {
    /// The time in whole seconds, as in Last-Modified.
    pub(crate) fn now(&self) -> SystemTime {
        let now = match *self.0.read().unwrap_or_else(PoisonError::into_inner) {
            State::Running(ahead) => SystemTime::now() + ahead,
            State::Stopped(time) => time,
        };
        let since = now.duration_since(UNIX_EPOCH).unwrap_or_default();
        UNIX_EPOCH + Duration::from_secs(since.as_secs())
    }

    pub(crate) fn stop_at(&self, time: SystemTime) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = State::Stopped(time);
    }

    pub(crate) fn advance(&self, by: Duration) {
        match &mut *self.0.write().unwrap_or_else(PoisonError::into_inner) {
            State::Running(ahead) => *ahead += by,
            State::Stopped(time) => *time += by,
        }
    }
}
