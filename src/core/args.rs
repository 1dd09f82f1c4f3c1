//! The arguments of a command.

use bytes::Bytes;

/// The arguments of one command, its name at index 0.
#[derive(Clone, Copy)]
pub struct Args<'a> {
    argv: &'a [&'a [u8]],
    owned: &'a [Bytes],
}
