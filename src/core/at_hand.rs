//! The command of a client that executes now, for the report of a crash.
//!
//! Cost: a few words are stored for each command.
//! Not here: reading it. What it points to lives only as long as the command executes: whoever
//! reads it has stopped the thread that executes commands, or is that thread.

use super::session::Session;

/// See the module.
#[derive(Clone, Copy, Debug)]
pub struct AtHand {
    /// The client.
    pub session: *const Session,
    /// The first argument.
    pub argv: *const &'static [u8],
    /// How many there are.
    pub argc: usize,
}

impl AtHand {
    /// A command that is about to execute.
    #[inline]
    pub(super) fn new(session: &Session, argv: &[&[u8]]) -> AtHand {
        AtHand { session, argv: argv.as_ptr().cast(), argc: argv.len() }
    }
}
