//! Per-client state.

use bytes::Bytes;

use crate::base::hash::FxMap;
use crate::base::id::{ClientId, ClientKey, DbIndex};
use crate::base::text::until_nul;
use crate::base::time::{Millis, Tick};

use super::args::Args;
use super::block::Hold;
use super::buffers::Buffers;
use super::command::Flags;
use super::push::Listener;
use super::queue::Queue;
use super::refusal::Refusal;
use super::registry::CommandId;

use crate::resp::outbox::Outbox;

/// RESP version of a session.
pub use crate::resp::encode::Version;

/// Whether replies are sent (CLIENT REPLY).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReplyMode {
    /// All.
    On,
    /// None.
    Off,
    /// The next command's is left out.
    SkipNext,
    /// This command's is left out.
    Skip,
}

impl ReplyMode {
    /// True if what the command at hand replies is left out.
    pub fn is_silent(self) -> bool {
        matches!(self, ReplyMode::Off | ReplyMode::Skip)
    }

    /// The mode after a command.
    pub fn settle(&mut self) {
        *self = match *self {
            ReplyMode::SkipNext => ReplyMode::Skip,
            ReplyMode::Skip => ReplyMode::On,
            same => same,
        };
    }
}

/// Classes of clients for output-buffer limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClientClass {
    /// Ordinary.
    Normal,
    /// A replica.
    Replica,
    /// Subscribed to something.
    PubSub,
}

/// A command kept for later, while the client is blocked.
#[derive(Clone, Debug)]
pub struct OwnedCommand {
    /// Which command it is.
    pub id: CommandId,
    /// Its arguments.
    pub argv: Vec<Bytes>,
}

/// Transaction state.
#[derive(Debug, Default)]
pub struct Multi {
    /// Between MULTI and EXEC.
    pub active: bool,
    /// A command could not be queued: EXEC will abort.
    pub failed: bool,
    /// A watched key has changed: EXEC will answer nil.
    pub dirty: bool,
    /// Flags of all queued commands together.
    pub flags: Flags,
    /// Queued commands.
    pub queue: Queue,
    /// Bytes of their arguments.
    pub bytes: usize,
    /// Watched keys.
    pub watched: Vec<(DbIndex, Bytes)>,
}

impl Multi {
    /// Queues a command. A transaction that cannot succeed any more keeps nothing.
    pub(super) fn enqueue(&mut self, id: CommandId, flags: impl FnOnce() -> Flags, args: Args<'_>) {
        if !self.failed && !self.dirty {
            self.flags = self.flags.or(flags());
            self.bytes += args.bytes();
            self.queue.push(id, args);
        }
    }
}

/// See the module.
#[derive(Debug)]
pub struct Session {
    /// Its place in the core.
    pub key: ClientKey,
    /// Its public id.
    pub id: ClientId,
    /// `ip:port` of the client, or the socket path and `:0`.
    pub peer: String,
    /// The same of our end.
    pub local: String,
    /// The connection is over a unix socket.
    pub unix: bool,
    /// File descriptor, for CLIENT LIST.
    pub fd: i32,
    /// Name given by the client.
    pub name: Bytes,
    /// Library name given by the client.
    pub lib_name: Bytes,
    /// Library version given by the client.
    pub lib_version: Bytes,
    /// Selected database.
    pub db: DbIndex,
    /// Protocol version.
    pub version: Version,
    /// May run commands.
    pub authenticated: bool,
    /// Name of the authenticated user.
    pub user: Bytes,
    /// CLIENT REPLY.
    pub reply_mode: ReplyMode,
    /// CLIENT NO-TOUCH.
    pub no_touch: bool,
    /// CLIENT NO-EVICT.
    pub no_evict: bool,
    /// MULTI and WATCH.
    pub multi: Multi,
    /// What it listens to.
    pub push: Listener,
    /// What it waits for, and what it has sent meanwhile.
    pub hold: Hold,
    /// When it connected.
    pub since: Millis,
    /// When it last sent something.
    pub active_at: Millis,
    /// The last command looked up.
    pub last_command: Option<CommandId>,
    /// Commands executed.
    pub commands: u64,
    /// To be closed once its replies are written.
    pub closing: bool,
    /// To be closed without another word; nothing more of it is executed.
    pub dead: bool,
    /// It is counted among those that are only left to be closed.
    pub condemned: bool,
    /// Memory of its connection.
    pub buffers: Buffers,
    /// Since when the soft output limit is exceeded.
    pub soft_limit_since: Option<Millis>,
    /// Bytes received.
    pub net_in: u64,
    /// Bytes sent.
    pub net_out: u64,
}

impl Session {
    /// A session that has just been opened.
    pub fn new(key: ClientKey, id: ClientId, tick: Tick) -> Session {
        Session {
            key,
            id,
            peer: String::new(),
            local: String::new(),
            unix: false,
            fd: -1,
            name: Bytes::new(),
            lib_name: Bytes::new(),
            lib_version: Bytes::new(),
            db: DbIndex(0),
            version: Version::Resp2,
            authenticated: false,
            user: Bytes::from_static(b"default"),
            reply_mode: ReplyMode::On,
            no_touch: false,
            no_evict: false,
            multi: Multi::default(),
            push: Listener::default(),
            hold: Hold::default(),
            since: tick.millis(),
            active_at: tick.millis(),
            last_command: None,
            commands: 0,
            closing: false,
            dead: false,
            condemned: false,
            buffers: Buffers::new(tick.millis()),
            soft_limit_since: None,
            net_in: 0,
            net_out: 0,
        }
    }

    /// True if there is something for it on the way. As in Redis it is the end of its replies that
    /// closes a client: one that is answered nothing (CLIENT REPLY) stays, unheard, until it
    /// leaves.
    pub fn has_output(&self, out: &Outbox) -> bool {
        self.buffers.unsent.bytes > 0 || out.spans.iter().any(|span| span.client() == self.key)
    }

    /// True if it has subscribed to something under a protocol that cannot tell messages from
    /// replies.
    pub fn hears_messages_only(&self) -> bool {
        self.version == Version::Resp2 && !self.push.subscriptions.is_empty()
    }

    /// Which output-buffer limit applies.
    pub fn class(&self) -> ClientClass {
        if self.push.subscriptions.is_empty() { ClientClass::Normal } else { ClientClass::PubSub }
    }
}

/// Names and attributes of clients must not break the line format of CLIENT LIST. What follows a
/// NUL is not looked at, as in C.
pub fn is_plain(text: &[u8]) -> bool {
    until_nul(text).iter().all(|byte| (b'!'..=b'~').contains(byte))
}

/// Checks a client's name; an empty one means none.
/// # Errors
/// If it holds spaces or special characters.
pub fn check_name(name: &[u8]) -> Result<(), Refusal> {
    if is_plain(name) {
        return Ok(());
    }
    Err(Refusal::fixed("ERR Client names cannot contain spaces, newlines or special characters."))
}

/// All sessions. The one that executes is taken out for that time.
#[derive(Debug, Default)]
pub struct Sessions {
    slots: Vec<Slot>,
    ids: FxMap<ClientId, ClientKey>,
    free: Vec<u32>,
    live: usize,
}

#[derive(Debug)]
enum Slot {
    Free,
    Executing,
    Idle(Box<Session>),
}

impl Sessions {
    /// Number of sessions.
    pub fn len(&self) -> usize {
        self.live
    }

    /// True if there is none.
    pub fn is_empty(&self) -> bool {
        self.live == 0
    }

    /// Adds a session made for its key.
    pub fn insert(&mut self, make: impl FnOnce(ClientKey) -> Session) -> ClientKey {
        let index = self.free.pop().unwrap_or_else(|| {
            self.slots.push(Slot::Free);
            (self.slots.len() - 1) as u32
        });
        let key = ClientKey(index);
        let session = Box::new(make(key));
        self.ids.insert(session.id, key);
        self.slots[index as usize] = Slot::Idle(session);
        self.live += 1;
        key
    }

    /// Removes a session for good.
    pub fn remove(&mut self, key: ClientKey) -> Option<Box<Session>> {
        let slot = self.slots.get_mut(key.0 as usize)?;
        match std::mem::replace(slot, Slot::Free) {
            Slot::Idle(session) => {
                self.ids.remove(&session.id);
                self.free.push(key.0);
                self.live -= 1;
                Some(session)
            }
            other => {
                *slot = other;
                None
            }
        }
    }

    /// Gives the room of sessions back that are gone, if most are.
    pub fn trim(&mut self) {
        if self.live < self.slots.len() / 4 && matches!(self.slots.last(), Some(Slot::Free)) {
            let last = self.slots.iter().rposition(|slot| !matches!(slot, Slot::Free));
            let used = last.map_or(0, |last| last + 1);
            self.slots.truncate(used);
            self.slots.shrink_to_fit();
            self.free.retain(|&index| (index as usize) < used);
            self.free.shrink_to_fit();
            self.ids.shrink_to_fit();
        }
    }

    /// Takes a session out to execute its commands.
    #[inline]
    pub fn take(&mut self, key: ClientKey) -> Option<Box<Session>> {
        let slot = self.slots.get_mut(key.0 as usize)?;
        match std::mem::replace(slot, Slot::Executing) {
            Slot::Idle(session) => Some(session),
            other => {
                *slot = other;
                None
            }
        }
    }

    /// Puts a taken session back.
    #[inline]
    pub fn put(&mut self, session: Box<Session>) {
        let index = session.key.0 as usize;
        self.slots[index] = Slot::Idle(session);
    }

    /// The client with this public id.
    pub fn by_id(&self, id: ClientId) -> Option<ClientKey> {
        self.ids.get(&id).copied()
    }

    /// A session that is not executing.
    pub fn get(&self, key: ClientKey) -> Option<&Session> {
        match self.slots.get(key.0 as usize) {
            Some(Slot::Idle(session)) => Some(session),
            _ => None,
        }
    }

    /// A session that is not executing.
    pub fn get_mut(&mut self, key: ClientKey) -> Option<&mut Session> {
        match self.slots.get_mut(key.0 as usize) {
            Some(Slot::Idle(session)) => Some(session),
            _ => None,
        }
    }

    /// The first session whose slot is `index` or behind it.
    pub fn next_from(&self, index: usize) -> Option<ClientKey> {
        let slots = self.slots.get(index..)?;
        let found = slots.iter().position(|slot| matches!(slot, Slot::Idle(_)))?;
        Some(ClientKey((index + found) as u32))
    }

    /// All sessions but the executing one, in no particular order.
    pub fn iter(&self) -> impl Iterator<Item = &Session> {
        self.slots.iter().filter_map(|slot| match slot {
            Slot::Idle(session) => Some(&**session),
            _ => None,
        })
    }

    /// The same, for changing.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut Session> {
        self.slots.iter_mut().filter_map(|slot| match slot {
            Slot::Idle(session) => Some(&mut **session),
            _ => None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_room_of_sessions_that_left_is_given_back_and_used_again() {
        let mut sessions = Sessions::default();
        let mut opened = 0;
        let mut open = |sessions: &mut Sessions| {
            opened += 1;
            sessions.insert(|key| Session::new(key, ClientId(opened), Tick::default()))
        };
        let keys: Vec<ClientKey> = (0..100).map(|_| open(&mut sessions)).collect();
        let (stay, leave) = (&keys[..5], &keys[5..]);
        for &key in leave {
            sessions.trim();
            assert!(sessions.remove(key).is_some());
        }
        sessions.trim();
        assert_eq!((sessions.slots.len(), sessions.free.len()), (5, 0));
        assert!(stay.iter().all(|&key| sessions.get(key).is_some()));
        assert!(sessions.get(leave[0]).is_none() && sessions.remove(leave[0]).is_none());
        let mut again: Vec<u32> = (0..50).map(|_| open(&mut sessions).0).collect();
        again.sort_unstable();
        assert_eq!(again, (5..55).collect::<Vec<u32>>());
    }
}
