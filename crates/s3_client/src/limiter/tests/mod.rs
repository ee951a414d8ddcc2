//! The figures that the limiter is held to, over generated services, and who waits for whom.

mod figures;
mod service;
mod waiting;
