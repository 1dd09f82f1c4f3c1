//! The wire protocol: parsing, framing and encoding, without input or output.

mod inline;
pub mod outbox;
pub mod parse;
pub mod turn;
