//! Commands about the connection.

mod handshake;
mod state;
pub mod table;
