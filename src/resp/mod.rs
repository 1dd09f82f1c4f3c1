//! The wire protocol: parsing, framing and encoding, without input or output.

pub mod encode;
pub mod frame;
pub mod fuzz;
mod inline;
pub mod outbox;
pub mod parse;
pub mod turn;
