//! The wire protocol: parsing, framing and encoding, without input or output.

pub mod outbox;
pub mod turn;
