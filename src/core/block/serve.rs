//! Ending waits: clients whose keys are ready, whose time is over, or whom another client lets go.
//!
//! Order: after each unit, first the waits that it ended, then the keys that it made ready, in the
//! order in which they became so, each client in its turn; at the end of a pass timeouts, then the
//! clients that go on, in the order in which their waits ended.

use bytes::Bytes;
use smallvec::SmallVec;

use super::backlog::Kept;
use super::{Ending, On};
use crate::base::id::{ClientKey, DbIndex};
use crate::base::time::Millis;
use crate::core::args::Args;
use crate::core::buffers::Meter;
use crate::core::dispatch::find_asked;
use crate::core::engine::Engine;
use crate::core::host::Level;
use crate::core::refusal::Refusal;
use crate::core::session::{OwnedCommand, Session};
use crate::core::world::World;
use crate::keyspace::access::Hints;
use crate::keyspace::ready::Turn;
use crate::resp::outbox::Outbox;
use crate::resp::turn::{Item, Turn as Input};
use crate::value::Kind;

/// The arguments of a kept command.
fn slices(argv: &[Bytes]) -> SmallVec<[&[u8]; 8]> {
    argv.iter().map(|arg| &arg[..]).collect()
}

impl World {
    /// Keeps items of a client whose commands are held back. More of them than the query buffer may
    /// hold end the connection.
    #[cold]
    pub(in crate::core) fn keep(
        &mut self,
        session: &mut Session,
        turn: &Input,
        argv: &[&[u8]],
        items: &[Item],
    ) {
        for item in items {
            match item {
                Item::Command { first, count } => {
                    let argv = &argv[*first as usize..(*first + *count) as usize];
                    session.hold.backlog.push(Args::new(argv, &turn.owned));
                }
                Item::Broken(error) => session.hold.backlog.push_broken(*error),
            }
        }
        let kept = session.hold.backlog.len();
        if kept as u64 > self.config.client_query_buffer_limit {
            self.stats.query_limit_closed += 1;
            let line = session.describe(&self.registry, self.now());
            let text = format!("Closing client that reached max query buffer length: {line}");
            self.log(Level::Warning, &text);
            session.dead = true;
        }
    }
}

impl Engine {
    /// After a unit: tells those who wait what has happened. Takes the client at hand along: it may
    /// be one of them.
    #[inline]
    pub(in crate::core) fn attend(
        &mut self,
        session: Box<Session>,
        out: &mut Outbox,
    ) -> Box<Session> {
        if !self.keyspace.waiting.stirred {
            return session;
        }
        let client = session.key;
        self.world.sessions.put(session);
        // What others are told does not count against the output of the client at hand.
        let (ceiling, before) = (std::mem::replace(&mut out.ceiling, usize::MAX), out.bytes.len());
        self.serve_all(out);
        out.ceiling = ceiling.saturating_add(out.bytes.len() - before);
        self.world.sessions.take(client).expect("it was put back, and nobody is removed here")
    }

    /// Tells those who wait what has happened.
    #[cold]
    fn serve_all(&mut self, out: &mut Outbox) {
        // Whoever is served may make other keys ready.
        while std::mem::take(&mut self.keyspace.waiting.stirred) {
            for (client, how) in std::mem::take(&mut self.world.block.ended) {
                self.end_unserved(client, how, out);
            }
            for (db, key) in self.keyspace.waiting.take_ready() {
                self.serve_key(db, &key, out);
            }
        }
    }

    /// Serves the clients that wait for a key, as far as it goes.
    fn serve_key(&mut self, db: DbIndex, key: &[u8], out: &mut Outbox) {
        let last = self.keyspace.waiting.begin(db, key);
        let mut after = Turn::default();
        loop {
            let kind = self.kind_of(db, key);
            let next = self.keyspace.waiting.next((db, key), kind, after, last);
            let Some((turn, client)) = next else { return };
            after = turn;
            self.serve(client, out);
        }
    }

    /// What a key holds, without any of the effects of a look-up.
    fn kind_of(&self, db: DbIndex, key: &[u8]) -> Option<Kind> {
        let db = &self.keyspace.dbs[db.0 as usize];
        let record = db.get(db.table().hash(key), key)?;
        let expired = record.expiry().is_some_and(|at| self.world.now() > at);
        (!expired).then(|| record.kind())
    }

    /// Executes the command of a waiting client again.
    fn serve(&mut self, client: ClientKey, out: &mut Outbox) {
        let Some(mut session) = self.world.sessions.take(client) else { return };
        // A client that is being closed must not take anything with it.
        if !session.dead
            && let Some(wait) = self.world.block.end(&mut self.keyspace.waiting, &mut session)
        {
            let meter = Meter::begin(&self.world, &session, out);
            self.execute_again(&mut session, wait.command, out);
            self.check_output(&mut session, &meter, out);
            meter.end(&mut session, out);
            if !session.hold.is_waiting() {
                self.world.block.resume(&mut session);
            }
        }
        self.world.sessions.put(session);
    }

    fn execute_again(&mut self, session: &mut Session, command: OwnedCommand, out: &mut Outbox) {
        let OwnedCommand { id, argv } = command;
        session.hold.again = true;
        self.pass_gates(session, Args::new(&slices(&argv), &argv), id, Hints::default(), out);
        session.hold.again = false;
        if let Some(wait) = &mut session.hold.waits
            && wait.command.argv.is_empty()
        {
            wait.command.argv = argv;
        } else {
            session.hold.said = None;
        }
    }

    /// Ends a wait in vain, and says so to the client.
    fn end_unserved(&mut self, client: ClientKey, how: Ending, out: &mut Outbox) {
        let Some(mut session) = self.world.sessions.take(client) else { return };
        self.world.count_ended(&mut session, Some(how));
        if let Some(wait) = self.world.block.end(&mut self.keyspace.waiting, &mut session) {
            if how == Ending::Error {
                let refusal = Refusal::fixed("UNBLOCKED client unblocked via CLIENT UNBLOCK");
                self.world.stats.error(refusal.code());
                self.reply_to(&mut session, out, |reply| refusal.write(reply));
            } else {
                self.reply_to(&mut session, out, |reply| match wait.on {
                    On::Keys { .. } | On::Pause => reply.null_array(),
                    // Nobody follows.
                    On::Replicas => reply.int(0),
                    On::Log => {
                        reply.array(2);
                        reply.int(0);
                        reply.int(0);
                    }
                });
            }
            session.hold.said = None;
            self.world.block.resume(&mut session);
        }
        self.world.sessions.put(session);
    }

    /// The end of a pass: ends waits whose time is over, and lets clients go on. Returns when it
    /// wants to be called again.
    pub(in crate::core) fn tend_waits(&mut self, now: Millis, out: &mut Outbox) -> Option<Millis> {
        self.check_pause(now);
        while let Some(&(until, _, client)) = self.world.block.timeouts.first()
            && until < now
        {
            self.end_unserved(client, Ending::Timeout, out);
        }
        self.serve_all(out);
        while let Some(client) = self.world.block.resumed.pop_front() {
            self.go_on(client, out);
        }
        self.world.block.next_due()
    }

    /// Executes what a client has sent while its commands were held back, until it has to wait
    /// again.
    fn go_on(&mut self, client: ClientKey, out: &mut Outbox) {
        let Some(mut session) = self.world.sessions.take(client) else { return };
        // The list may name a client that is gone, and this be another.
        if !std::mem::take(&mut session.hold.resuming) {
            return self.world.sessions.put(session);
        }
        session.hold.settle();
        let meter = Meter::begin(&self.world, &session, out);
        if let Some(command) = session.hold.pending.take()
            && !session.dead
        {
            self.execute_again(&mut session, *command, out);
            self.check_output(&mut session, &meter, out);
            session = self.attend(session, out);
        }
        let last = session.last_command;
        self.command_over(&mut session, last);
        let mut backlog = std::mem::take(&mut session.hold.backlog);
        while !session.hold.is_held() && !session.closing && !session.dead {
            match backlog.pop() {
                None => break,
                Some(Kept::Broken(error)) => self.broken(&mut session, error, out),
                Some(Kept::Command(argv)) => {
                    let slices = slices(&argv);
                    let found = find_asked(&self.world.registry, &slices);
                    let args = Args::new(&slices, &argv);
                    self.process(&mut session, args, found, Hints::default(), out);
                    self.command_over(&mut session, found.command());
                }
            }
            self.check_output(&mut session, &meter, out);
            session = self.attend(session, out);
        }
        meter.end(&mut session, out);
        session.hold.backlog = backlog;
        if self.world.client_memory.counted {
            self.world.client_memory.count(&mut session);
        }
        self.world.after_input(&mut session, out);
        self.world.sessions.put(session);
    }
}
