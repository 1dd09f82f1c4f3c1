//! What is left to be said when a thread is in trouble: where it stands, and in which state.
//!
//! A signal handler may do next to nothing, since it may have interrupted anything. So it notes
//! where its thread stands, wakes a thread that was started for that, and waits until it has told.
//!
//! [`fatal`] handles signals after which the process ends, [`watchdog`] a thread that is stuck.

pub mod fatal;
mod stack;
pub mod watchdog;

pub use stack::{Frame, Labels, here};
