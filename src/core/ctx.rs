//! What a handler works with: its keys, its reply, its session, and the rest of the world.

use bytes::Bytes;

use super::refusal::Refusal;
use super::registry::{CommandId, Entry};
use super::session::Session;
use super::world::World;
use crate::base::time::Millis;
use crate::keyspace::access::Keys;
use crate::keyspace::changes::Targets;
use crate::keyspace::record::{Record, Str};
use crate::resp::encode::Reply;

/// The outcome of a handler: `Err` is the error reply, and takes back whatever was written of
/// another.
pub type Done = Result<(), Refusal>;

/// What the log and the replicas get for a command that changed something.
#[derive(Debug, Default)]
pub enum Propagation {
    /// The command as it was sent.
    #[default]
    Verbatim,
    /// These commands instead.
    Instead(Vec<Vec<Bytes>>),
    /// These commands instead, whatever a running script says about where its commands go.
    Apart(Vec<Vec<Bytes>>),
    /// Nothing.
    Nothing,
    /// The command as it was sent; to these even if it changed nothing.
    Forced(Targets),
}

/// See the module.
pub struct Ctx<'a> {
    /// The selected database.
    pub keys: Keys<'a>,
    /// The reply.
    pub reply: Reply<'a>,
    /// The client.
    pub session: &'a mut Session,
    /// Everything else.
    pub world: &'a mut World,
    /// The command being executed.
    pub command: CommandId,
    /// What to propagate.
    pub propagation: Propagation,
    /// The client may be made to wait: not so inside a transaction or a script.
    pub may_block: bool,
}

impl<'a> Ctx<'a> {
    /// What a command of the session works with, which may not make it wait; what it changes is
    /// propagated as it was sent.
    #[inline]
    pub(super) fn new(
        mut keys: Keys<'a>,
        reply: Reply<'a>,
        session: &'a mut Session,
        world: &'a mut World,
        command: CommandId,
    ) -> Ctx<'a> {
        keys.touch = !session.no_touch;
        let propagation = Propagation::Verbatim;
        Ctx { keys, reply, session, world, command, propagation, may_block: false }
    }
}

impl Ctx<'_> {
    /// The command being executed.
    pub fn entry(&self) -> &Entry {
        self.world.registry.get(self.command)
    }

    /// The full name of the command, for error texts.
    pub fn command_name(&self) -> &str {
        &self.entry().full_name
    }

    /// True if the client's command was held back, or executed in vain, before.
    pub fn is_again(&self) -> bool {
        self.may_block && self.session.hold.is_again()
    }

    /// The time of the unit.
    pub fn now(&self) -> Millis {
        self.keys.now
    }

    /// Makes the keyspace follow a changed configuration.
    pub fn adopt_settings(&mut self) {
        super::engine::adopt_settings(self.world, self.keys.space, self.keys.changes);
    }

    /// Propagates another command instead of this one.
    pub fn rewrite(&mut self, argv: &[&[u8]]) {
        if self.keys.changes.propagate {
            let argv = argv.iter().map(|arg| Bytes::copy_from_slice(arg)).collect();
            match &mut self.propagation {
                Propagation::Instead(commands) => commands.push(argv),
                other => *other = Propagation::Instead(vec![argv]),
            }
        }
    }

    /// The same for a command that says itself where it goes: Redis lets scripts decide about most,
    /// but not about all.
    pub fn rewrite_apart(&mut self, argv: &[&[u8]]) {
        if self.keys.changes.propagate {
            let argv = argv.iter().map(|arg| Bytes::copy_from_slice(arg)).collect();
            match &mut self.propagation {
                Propagation::Apart(commands) => commands.push(argv),
                other => *other = Propagation::Apart(vec![argv]),
            }
        }
    }

    /// Looks a string up for reading.
    /// # Errors
    /// `WRONGTYPE`
    #[inline]
    pub fn read_string(&mut self, key: &[u8]) -> Result<Option<Str<'_>>, Refusal> {
        string_of(self.keys.read(key))
    }

    /// Looks a string up for writing.
    /// # Errors
    /// `WRONGTYPE`
    #[inline]
    pub fn write_string(&mut self, key: &[u8]) -> Result<Option<Str<'_>>, Refusal> {
        string_of(self.keys.write(key))
    }

    /// Refuses strings longer than `proto-max-bulk-len`.
    /// # Errors
    /// `string exceeds maximum allowed size`
    pub fn check_length(&self, length: u64) -> Result<(), Refusal> {
        if length > self.world.config.proto_max_bulk_len as u64 {
            return Err(Refusal::TOO_LONG);
        }
        Ok(())
    }
}

/// The string of a record that may be missing.
/// # Errors
/// `WRONGTYPE`
#[inline]
pub fn string_of(record: Option<Record<'_>>) -> Result<Option<Str<'_>>, Refusal> {
    match record {
        None => Ok(None),
        Some(record) => record.string().map(Some).ok_or(Refusal::WRONG_TYPE),
    }
}

/// Writes a string as a bulk reply: from its record, its digits, or by reference if it is large.
#[inline]
pub fn reply_str(reply: &mut Reply<'_>, value: Str<'_>) {
    match value {
        Str::Int(n) => reply.bulk_int(n),
        Str::Inline(bytes) => reply.bulk(bytes),
        Str::Shared(bytes) => reply.bulk_shared(bytes),
    }
}
