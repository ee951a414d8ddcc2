//! Moves objects: list -> plan -> execute -> verify -> report.

pub mod monitor;
pub mod progress;
