//! Clients that wait: for keys, for replicas, or for the end of a pause.
//!
//! A command that has to wait is kept with its arguments. Once something happens to what it waits
//! for, it is executed again from its start, as a unit of its own, and may find that it has to wait
//! on. What the client sends meanwhile is kept as well ([`backlog`]), and executed at the end of
//! the pass in which the wait ended, in the order in which waits ended.
//!
//! Holds: a client that waits stands in the lists of all that it waits for, and in no other; a
//! client whose commands are kept either waits or stands in the list of those that go on.
//! Cost: a client that never waits pays a flag test for each command.

pub mod backlog;
pub mod pause;
pub mod serve;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use bytes::Bytes;
use smallvec::SmallVec;

use self::backlog::Backlog;
use self::pause::Pause;
use super::args::Args;
use super::ctx::Ctx;
use super::session::{OwnedCommand, Session};
use super::unit::note_slow;
use super::world::World;
use crate::base::id::{ClientKey, DbIndex};
use crate::base::time::Millis;
use crate::keyspace::ready::{Turn, Waiting, Want};
use crate::value::Kind;

/// What a client waits for.
#[derive(Debug)]
enum On {
    /// One of some keys, each named once.
    Keys { want: Want, db: DbIndex, keys: Vec<Bytes>, turn: Turn },
    /// Replicas to have received what it wrote.
    Replicas,
    /// The log, here and on replicas, to be on disk.
    Log,
    /// The end of a pause: the command was not executed at all.
    Pause,
}

/// A wait that goes on.
#[derive(Debug)]
struct Wait {
    on: On,
    /// When it is over without success; 0: never.
    until: Millis,
    /// Its number: tells waits with the same end apart.
    serial: u64,
    /// What to execute again.
    command: OwnedCommand,
}

/// What a session holds back. See the module.
#[derive(Debug, Default)]
pub struct Hold {
    /// Commands are kept, not executed.
    held: bool,
    waits: Option<Box<Wait>>,
    /// The command with which the client goes on.
    pending: Option<Box<OwnedCommand>>,
    /// It stands in the list of those that go on.
    resuming: bool,
    /// The wait was ended by another client; the reply follows when that one's unit is over.
    ended: bool,
    /// The command at hand was held back, or executed in vain, before.
    again: bool,
    /// Time that the command at hand took when it was executed in vain, in nanoseconds.
    nanos: u64,
    /// The command at hand as the client sent it, if it is executed with other arguments.
    said: Option<Box<[Bytes]>>,
    backlog: Backlog,
}

impl Hold {
    /// True if commands are kept, not executed.
    #[inline]
    pub fn is_held(&self) -> bool {
        self.held
    }

    /// True if the client waits (`b` of CLIENT LIST).
    #[inline]
    pub fn is_waiting(&self) -> bool {
        self.waits.is_some()
    }

    /// True if the client goes on at the end of the pass (`u` of CLIENT LIST).
    pub fn is_resuming(&self) -> bool {
        self.resuming
    }

    /// True if the command at hand was held back, or executed in vain, before: it was shown to
    /// monitors then, if at all.
    pub fn is_again(&self) -> bool {
        self.again
    }

    /// The time that the command at hand took in vain, in nanoseconds; 0 from now on.
    #[inline]
    pub fn take_nanos(&mut self) -> u64 {
        std::mem::take(&mut self.nanos)
    }

    /// The command at hand as the client sent it, if that is not what is executed.
    pub fn said(&self) -> Option<&[Bytes]> {
        self.said.as_deref()
    }

    /// The command at hand took so long, in vain.
    pub fn add_nanos(&mut self, nanos: u64) {
        self.nanos += nanos;
    }

    /// Bytes of the arguments of the command that waits. O(arguments).
    pub fn argv_bytes(&self) -> usize {
        let argv = self.waits.as_ref().map(|wait| &wait.command.argv);
        argv.map_or(0, |argv| argv.iter().map(Bytes::len).sum())
    }

    /// Bytes of the commands that are kept.
    pub fn backlog_bytes(&self) -> usize {
        self.backlog.len()
    }

    fn settle(&mut self) {
        self.held = self.waits.is_some() || self.resuming;
    }
}

/// How another client ends a wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// As if its time was over.
    Timeout,
    /// With an error.
    Error,
}

/// All that is known of waiting clients beside the keys that they wait for.
#[derive(Debug, Default)]
pub struct Blocking {
    timeouts: BTreeSet<(Millis, u64, ClientKey)>,
    /// Clients that wait for the end of the pause, in the order of their commands.
    postponed: BTreeMap<u64, ClientKey>,
    /// Those that go on, in order. A client that is gone may stand there still.
    resumed: VecDeque<ClientKey>,
    /// Waits that other clients have ended in this unit.
    ended: Vec<(ClientKey, Ending)>,
    /// Waiting clients that are to be closed.
    condemned: Vec<ClientKey>,
    clients: usize,
    serials: u64,
    pause: Option<Pause>,
}

impl Blocking {
    /// Number of waiting clients.
    pub fn clients(&self) -> usize {
        self.clients
    }

    /// Number of waiting clients whose wait has an end.
    pub fn with_timeout(&self) -> usize {
        self.timeouts.len()
    }

    /// Puts a client among those that go on.
    fn resume(&mut self, session: &mut Session) {
        if !session.hold.resuming {
            session.hold.resuming = true;
            self.resumed.push_back(session.key);
        }
        session.hold.settle();
    }

    /// The client begins to wait.
    fn begin(&mut self, session: &mut Session, on: On, until: Millis, command: OwnedCommand) {
        self.serials += 1;
        self.clients += 1;
        let serial = self.serials;
        if until != 0 {
            self.timeouts.insert((until, serial, session.key));
        }
        if let On::Pause = on {
            self.postponed.insert(serial, session.key);
        }
        session.hold.waits = Some(Box::new(Wait { on, until, serial, command }));
        session.hold.settle();
    }

    /// The client waits no more, whatever for; returns what it waited for.
    fn end(&mut self, waiting: &mut Waiting, session: &mut Session) -> Option<Box<Wait>> {
        let wait = session.hold.waits.take()?;
        self.clients -= 1;
        if wait.until != 0 {
            self.timeouts.remove(&(wait.until, wait.serial, session.key));
        }
        match &wait.on {
            On::Keys { want, db, keys, turn } => waiting.delist(*turn, *want, *db, keys),
            On::Pause => drop(self.postponed.remove(&wait.serial)),
            On::Replicas | On::Log => {}
        }
        session.hold.ended = false;
        session.hold.settle();
        Some(wait)
    }

    /// The next time at which something is to be done without being asked for.
    fn next_due(&self) -> Option<Millis> {
        let timeout = self.timeouts.first().map(|&(until, ..)| until.saturating_add(1));
        let pause = self.pause.map(|pause| pause.until);
        timeout.into_iter().chain(pause).min()
    }
}

impl Ctx<'_> {
    /// Makes the client wait for one of some keys; `args` is the command, which is executed again
    /// then. False, and nothing happens, if it may not wait (inside a transaction or a script): the
    /// caller replies as if the time was over.
    ///
    /// Cost: O(log clients) for each key.
    #[must_use]
    pub fn wait_for_keys(
        &mut self,
        want: Want,
        keys: &[&[u8]],
        until: Millis,
        args: Args<'_>,
    ) -> bool {
        let argv = self.to_keep(args);
        self.enlist(want, keys, until, argv)
    }

    /// [`Ctx::wait_for_keys`] with other arguments to be executed again.
    #[must_use]
    pub fn wait_for_keys_with(
        &mut self,
        want: Want,
        keys: &[&[u8]],
        until: Millis,
        args: Args<'_>,
        again: Vec<Bytes>,
    ) -> bool {
        let waits = self.enlist(want, keys, until, again);
        if waits {
            self.session.hold.said = Some(args.to_owned().into_boxed_slice());
        }
        waits
    }

    fn enlist(&mut self, want: Want, keys: &[&[u8]], until: Millis, argv: Vec<Bytes>) -> bool {
        if !self.may_block {
            return false;
        }
        let mut names: Vec<Bytes> = Vec::with_capacity(keys.len());
        let mut seen: SmallVec<[&[u8]; 8]> = SmallVec::from_slice(keys);
        seen.sort_unstable();
        seen.dedup();
        names.extend(seen.into_iter().map(Bytes::copy_from_slice));
        let db = self.keys.db_index();
        let turn = self.keys.space.waiting.enlist(self.session.key, want, db, &names);
        self.wait(On::Keys { want, db, keys: names, turn }, until, argv);
        true
    }

    /// Makes the client wait for replicas; false if it may not.
    #[must_use]
    pub fn wait_for_replicas(&mut self, until: Millis, args: Args<'_>) -> bool {
        let argv = self.to_keep(args);
        self.may_block && self.wait(On::Replicas, until, argv)
    }

    /// Makes the client wait for the log to be on disk; false if it may not.
    #[must_use]
    pub fn wait_for_log(&mut self, until: Millis, args: Args<'_>) -> bool {
        let argv = self.to_keep(args);
        self.may_block && self.wait(On::Log, until, argv)
    }

    fn wait(&mut self, on: On, until: Millis, argv: Vec<Bytes>) -> bool {
        let command = OwnedCommand { id: self.command, argv };
        self.world.block.begin(self.session, on, until, command);
        true
    }

    /// The arguments as they are kept. Those of a command that is executed again are kept already.
    fn to_keep(&self, args: Args<'_>) -> Vec<Bytes> {
        if self.session.hold.again || !self.may_block { Vec::new() } else { args.to_owned() }
    }

    /// A database is about to be replaced by another (`None`: by an empty one): tells those who
    /// wait for keys of it that go with it, or whose kind changes.
    ///
    /// Cost: O(keys of the database that somebody waits for).
    pub(super) fn signal_replaced(&mut self, db: usize, other: Option<usize>) {
        let index = DbIndex(db as u32);
        for key in self.keys.space.waiting.keys_of(index) {
            let Some(kind) = self.stored_kind(db, &key) else { continue };
            if other.and_then(|other| self.stored_kind(other, &key)) != Some(kind) {
                self.keys.space.waiting.signal_gone(index, &key, kind);
            }
        }
    }

    /// A database was put in the place of another: tells those who wait for keys that it has.
    ///
    /// Cost: O(keys of the database that somebody waits for).
    pub fn signal_database(&mut self, db: usize) {
        let index = DbIndex(db as u32);
        for key in self.keys.space.waiting.keys_of(index) {
            if let Some(kind) = self.stored_kind(db, &key) {
                self.keys.space.waiting.signal(index, &key, kind);
            }
        }
    }

    /// The kind of value under a key of any database, its time over or not.
    fn stored_kind(&self, db: usize, key: &[u8]) -> Option<Kind> {
        let db = &self.keys.space.dbs[db];
        db.get(db.table().hash(key), key).map(|record| record.kind())
    }

    /// Ends the wait of another client when this unit is over; false if it does not wait.
    pub fn end_wait(&mut self, client: ClientKey, how: Ending) -> bool {
        let Some(session) = self.world.sessions.get(client) else { return false };
        let Some(wait) = &session.hold.waits else { return false };
        // What was held back by a pause has no time that could be over.
        if session.hold.ended || matches!(wait.on, On::Pause) && how == Ending::Timeout {
            return false;
        }
        let mut session = self.world.sessions.take(client).expect("it was just found");
        self.world.count_ended(&mut session, Some(how));
        session.hold.ended = true;
        self.world.sessions.put(session);
        self.world.block.ended.push((client, how));
        self.keys.space.waiting.stirred = true;
        true
    }
}

impl World {
    /// Counts a command whose wait ended in vain, and was not executed again. `how`: unless its
    /// client is gone. As in Redis, waiting for replicas counts however it ends, and again if it
    /// ends with an error. A wait that another client has ended was counted then.
    fn count_ended(&mut self, session: &mut Session, how: Option<Ending>) {
        if session.hold.ended {
            return;
        }
        let Some(wait) = session.hold.waits.take() else { return };
        let for_others = matches!(wait.on, On::Replicas | On::Log);
        if how == Some(Ending::Error) {
            self.count_unserved(session, &wait.command, true);
        }
        if for_others || how == Some(Ending::Timeout) && matches!(wait.on, On::Keys { .. }) {
            self.count_unserved(session, &wait.command, false);
        }
        session.hold.waits = Some(wait);
    }

    fn count_unserved(&mut self, session: &mut Session, command: &OwnedCommand, failed: bool) {
        let nanos = session.hold.take_nanos();
        self.stats.command(command.id).note(1, nanos, failed, self.observe.histograms);
        self.stats.processed += 1;
        if nanos >= self.observe.slow_nanos {
            let argv: Vec<&[u8]> = command.argv.iter().map(|arg| &arg[..]).collect();
            note_slow(self, session, command.id, &argv, nanos);
        }
    }

    /// A client is to be closed: it counts as none from now on, and waits for nothing once the unit
    /// is over.
    pub(super) fn condemn(&mut self, session: &mut Session) {
        session.dead = true;
        if !std::mem::replace(&mut session.condemned, true) {
            self.condemned += 1;
            if session.hold.is_waiting() {
                self.block.condemned.push(session.key);
            }
        }
    }

    /// Number of clients, without those that are only left to be closed.
    pub fn clients(&self) -> usize {
        self.sessions.len() - self.condemned
    }

    /// Ends the waits of clients that are to be closed.
    pub fn forget_condemned(&mut self, waiting: &mut Waiting) {
        for client in std::mem::take(&mut self.block.condemned) {
            if let Some(session) = self.sessions.get(client)
                && session.dead
            {
                let mut session = self.sessions.take(client).expect("it was just found");
                self.end_hold(waiting, &mut session);
                self.sessions.put(session);
            }
        }
    }

    /// The client is gone.
    pub(super) fn end_hold(&mut self, waiting: &mut Waiting, session: &mut Session) {
        self.count_ended(session, None);
        self.block.end(waiting, session);
        session.hold = Hold::default();
    }
}
