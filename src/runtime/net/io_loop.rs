//! The loop over sockets: one and the same for the command thread alone and for I/O threads.
//!
//! Holds: every connection that was taken over is reported as closed exactly once; a client's
//! commands and replies keep their order.
//! Cost: a pass makes one wait, one read per readable client and one write per answered client.
//! Threads: owned by one.
//! Not here: accepting, and who executes.

use std::io;
use std::mem;
use std::sync::Arc;

use slab::Slab;

use crate::base::id::ClientKey;
use crate::resp::outbox::{Control, Outbox, Span};
use crate::resp::parse::{Fed, Limits, READ_CHUNK};
use crate::runtime::log::os_text;

use super::connection::{Connection, NONE, passing};
use super::exchange::{Exchange, KEPT_ENDS};
use super::poller::{Event, Events, NOTIFIED, Poller};
use super::service::End;
use super::settings::Settings;

/// Room for so many connections is kept.
const SPARE_PLACES: usize = 64;

/// A turn takes no more reads once its arena holds this much: it bounds how long the replies to the
/// first client of the turn wait for the last.
const TURN_BYTES: usize = 64 * 1024;

/// Keys of the poller from here on are not slots of connections.
pub(crate) const FIRST_OTHER_KEY: usize = 1 << 32;

/// How much of a query buffer is kept to be logged.
const SHOWN_QUERY: usize = 64;

#[derive(Debug)]
pub(crate) struct IoLoop {
    poller: Arc<Poller>,
    settings: Arc<Settings>,
    /// Turns are executed by another thread, while this one goes on.
    remote: bool,
    events: Events,
    /// Events before this one are dealt with.
    next_event: usize,
    connections: Slab<Connection>,
    /// Slot of each client, by its key.
    slots: Vec<u32>,
    /// Connections that hold input back.
    again: Vec<u32>,
    /// Ends not yet reported.
    ended: Vec<(ClientKey, End)>,
    /// Connections whose unsent bytes may have changed.
    changed: Vec<u32>,
    /// Connections whose query buffer was shrunk.
    shrunk: Vec<u32>,
    written: u64,
    /// Keys of events that are none of a connection.
    others: Vec<usize>,
    /// While an outbox is delivered: the connections that have spans in it, those last that have
    /// not asked for them, and for each span the next one of the same client. Whoever waits for an
    /// answer can work on it while subscribers are served.
    touched: Vec<u32>,
    unasked: Vec<u32>,
    links: Vec<u32>,
    /// See [`Connection::send`].
    gathered: Vec<u8>,
}

impl IoLoop {
    pub(crate) fn new(poller: Arc<Poller>, settings: Arc<Settings>, remote: bool) -> Self {
        Self {
            poller,
            settings,
            remote,
            events: Events::default(),
            next_event: 0,
            connections: Slab::new(),
            slots: Vec::new(),
            again: Vec::new(),
            ended: Vec::new(),
            changed: Vec::new(),
            shrunk: Vec::new(),
            written: 0,
            others: Vec::new(),
            touched: Vec::new(),
            unasked: Vec::new(),
            links: Vec::new(),
            gathered: Vec::new(),
        }
    }

    /// Serves a connection from now on. If the poller refuses it, it ends at once.
    pub(crate) fn adopt(&mut self, connection: Connection) {
        let client = connection.client;
        let slot = self.connections.insert(connection) as u32;
        if self.slots.len() <= client.0 as usize {
            self.slots.resize(client.0 as usize + 1, NONE);
        }
        self.slots[client.0 as usize] = slot;
        let connection = &mut self.connections[slot as usize];
        connection.registered = connection.interest();
        let fd = connection.transport.fd();
        if let Err(error) = self.poller.add(fd, slot as usize, connection.registered) {
            self.end(slot, End::ReadFailed(os_text(&error)));
        }
    }

    /// True if there is work though no event has come: the loop must not wait.
    pub(crate) fn has_work(&self) -> bool {
        self.next_event < self.events.len() || !self.again.is_empty() || !self.ended.is_empty()
    }

    /// True if there is something to tell the command side, apart from what clients sent.
    pub(crate) fn has_news(&self) -> bool {
        !self.ended.is_empty() || !self.changed.is_empty() || !self.shrunk.is_empty()
    }

    /// Waits for events, unless some are left from the last time.
    ///
    /// # Errors
    /// The poller's: a broken invariant, not a passing condition.
    pub(crate) fn wait(&mut self, millis: Option<u32>) -> io::Result<()> {
        if self.next_event < self.events.len() {
            return Ok(());
        }
        self.next_event = 0;
        self.poller.wait(&mut self.events, millis)
    }

    /// Deals with events: writes what was left over, and reads into `exchange` until its turn is
    /// full. Without an exchange nothing is read; the poller will report those clients again.
    pub(crate) fn serve(&mut self, mut exchange: Option<&mut Exchange>) {
        let limits = self.settings.limits();
        if let Some(exchange) = &mut exchange {
            for slot in mem::take(&mut self.again) {
                self.go_on(slot, exchange, &limits);
            }
        }
        while self.next_event < self.events.len() {
            if exchange.as_ref().is_some_and(|exchange| exchange.turn.arena.len() >= TURN_BYTES) {
                break;
            }
            let event = self.events.at(self.next_event);
            self.next_event += 1;
            if event.key >= FIRST_OTHER_KEY {
                if event.key != NOTIFIED {
                    self.others.push(event.key);
                }
                continue;
            }
            self.handle(event, exchange.as_deref_mut(), &limits);
        }
        if let Some(exchange) = exchange {
            self.report(exchange);
        }
    }

    /// Keys of events that are none of a connection, since the last call.
    pub(crate) fn take_others(&mut self) -> Vec<usize> {
        mem::take(&mut self.others)
    }

    /// Moves what is to be told about connections into `exchange`.
    pub(crate) fn report(&mut self, exchange: &mut Exchange) {
        for (client, end) in self.ended.drain(..) {
            exchange.turn.closed.push(client);
            exchange.ends.push(end);
        }
        self.ended.shrink_to(KEPT_ENDS);
        self.report_figures(exchange);
    }

    /// The part of `report` that may be told between two turns.
    pub(crate) fn report_figures(&mut self, exchange: &mut Exchange) {
        for slot in self.changed.drain(..) {
            let Some(connection) = self.connections.get_mut(slot as usize) else { continue };
            let unsent = connection.unsent();
            // Who has left may be forgotten by now, and the key have another owner.
            if unsent != connection.reported && !connection.leaving {
                connection.reported = unsent;
                exchange.unsent.push((connection.client, unsent));
            }
        }
        for slot in self.shrunk.drain(..) {
            let connection = self.connections.get(slot as usize);
            let Some(connection) = connection.filter(|one| !one.leaving) else { continue };
            let parser = &connection.parser;
            let figures = (connection.client, parser.query_bytes(), parser.query_bytes_free());
            exchange.shrunk.push(figures);
        }
        exchange.written += mem::take(&mut self.written);
    }

    /// An event may be stale, or meant for an earlier owner of the slot: then it does nothing,
    /// since reads and writes never block.
    fn handle(&mut self, event: Event, exchange: Option<&mut Exchange>, limits: &Limits) {
        let slot = event.key as u32;
        let Some(connection) = self.connections.get(event.key) else { return };
        if event.writable && connection.queue.is_some() {
            self.flush(slot);
        }
        let Some(connection) = self.connections.get(event.key) else { return };
        if event.hangup && !connection.reading && !connection.closing && !connection.leaving {
            return self.end(slot, End::Peer);
        }
        let drives = event.writable && connection.transport.wants_write();
        if let Some(exchange) = exchange
            && (event.readable || drives)
        {
            self.read(slot, exchange, limits);
        }
    }

    fn read(&mut self, slot: u32, exchange: &mut Exchange, limits: &Limits) {
        let connection = &mut self.connections[slot as usize];
        if connection.leaving {
            return; // an event of before
        }
        if connection.asking && !connection.stalled {
            connection.stalled = true;
            return self.register(slot);
        }
        if !connection.reading || connection.closing || connection.held || connection.asking {
            return;
        }
        let (parser, transport) = (&mut connection.parser, &connection.transport);
        let fed = if connection.trusted {
            parser.read(&mut exchange.turn, limits, READ_CHUNK, |buf, _| transport.read(buf))
        } else {
            let limits = limits.untrusted();
            parser.read(&mut exchange.turn, &limits, READ_CHUNK, |buf, _| transport.read(buf))
        };
        match fed {
            Err(error) if passing(&error) => {}
            Err(error) => self.end(slot, End::ReadFailed(os_text(&error))),
            Ok(fed) if fed.read == 0 => self.leave(slot),
            Ok(fed) => {
                connection.asked = true;
                exchange.turn.clients.push(fed.client_input(connection.client, &connection.parser));
                self.after_parsing(slot, fed);
            }
        }
    }

    /// Parses what a connection holds back.
    fn go_on(&mut self, slot: u32, exchange: &mut Exchange, limits: &Limits) {
        let Some(connection) = self.connections.get_mut(slot as usize) else { return };
        if !mem::take(&mut connection.listed) {
            return; // the slot has another owner by now
        }
        if !connection.reading || connection.closing || connection.asking {
            return;
        }
        if !connection.held {
            return self.read(slot, exchange, limits);
        }
        let turn = &mut exchange.turn;
        let fed = if connection.trusted {
            connection.parser.resume(turn, limits)
        } else {
            connection.parser.resume(turn, &limits.untrusted())
        };
        connection.asked = true;
        turn.clients.push(fed.client_input(connection.client, &connection.parser));
        self.after_parsing(slot, fed);
    }

    fn after_parsing(&mut self, slot: u32, fed: Fed) {
        let connection = &mut self.connections[slot as usize];
        connection.held = fed.more;
        connection.asking = self.remote && !connection.trusted && fed.items > 0;
        if connection.parser.query_bytes() > self.settings.query_buffer_max.get() {
            let start = connection.parser.query_start(SHOWN_QUERY);
            return self.end(slot, End::QueryTooLong(start));
        }
        if !connection.asking && (fed.more || connection.transport.holds_input()) {
            self.list(slot);
        }
    }

    /// What a client sent was executed elsewhere, and the outbox of that has been delivered.
    pub(crate) fn answered(&mut self, client: ClientKey) {
        let Some(slot) = self.slot(client) else { return };
        let connection = &mut self.connections[slot as usize];
        if !mem::take(&mut connection.asking) {
            return;
        }
        connection.stalled = false;
        if connection.held || connection.transport.holds_input() {
            self.list(slot);
        }
        self.register(slot);
    }

    /// Makes the next pass go on with a connection.
    fn list(&mut self, slot: u32) {
        if !mem::replace(&mut self.connections[slot as usize].listed, true) {
            self.again.push(slot);
        }
    }

    /// Carries out what the command side said: spans first, then requests.
    pub(crate) fn deliver(&mut self, outbox: &mut Outbox) {
        self.chain(outbox);
        self.touched.append(&mut self.unasked);
        let mut touched = mem::take(&mut self.touched);
        for slot in touched.drain(..) {
            let connection = &mut self.connections[slot as usize];
            let (first, _) = mem::replace(&mut connection.spans, (NONE, NONE));
            let sent = connection.send(outbox, &self.links, first, &mut self.gathered);
            self.after_writing(slot, sent);
        }
        self.touched = touched;
        for control in &outbox.controls {
            self.obey(control);
        }
    }

    /// Links the spans of each client and notes which connections have any.
    fn chain(&mut self, outbox: &mut Outbox) {
        self.links.clear();
        self.links.resize(outbox.spans.len(), NONE);
        for index in 0..outbox.spans.len() {
            let (client, place, len) = match &outbox.spans[index] {
                Span::Arena { client, start, end } => (*client, Some((*start, *end)), end - start),
                Span::Shared { client, bytes } => (*client, None, bytes.len()),
            };
            let Some(slot) = self.slot(client) else { continue };
            let connection = &mut self.connections[slot as usize];
            if connection.closing || len == 0 {
                continue;
            }
            let (first, last) = connection.spans;
            if first == NONE {
                connection.spans = (index as u32, index as u32);
                let asked = mem::take(&mut connection.asked);
                if asked { &mut self.touched } else { &mut self.unasked }.push(slot);
                continue;
            }
            // Neighbours in the arena become one.
            if let (Some((start, end)), Span::Arena { end: last_end, .. }) =
                (place, &mut outbox.spans[last as usize])
                && *last_end == start
            {
                *last_end = end;
                continue;
            }
            self.links[last as usize] = index as u32;
            connection.spans.1 = index as u32;
        }
    }

    fn obey(&mut self, control: &Control) {
        let Some(slot) = self.slot(control.subject()) else { return };
        let connection = &mut self.connections[slot as usize];
        match *control {
            Control::Close(_) => return self.end(slot, End::Asked),
            Control::CloseAfterReply(_) if connection.queue.is_none() => {
                return self.end(slot, End::Asked);
            }
            Control::CloseAfterReply(_) => connection.closing = true,
            Control::Trust(_, trusted) => connection.trusted = trusted,
            Control::Read(_, reading) => {
                connection.reading = reading;
                if reading && connection.held {
                    self.list(slot);
                }
            }
            Control::ShrinkQuery(_, keep) => {
                connection.parser.shrink(keep as usize);
                return self.shrunk.push(slot);
            }
            Control::ReplyBuffer(_, size) => {
                return connection.resize_reply_buffer(size as usize);
            }
        }
        self.register(slot);
    }

    fn flush(&mut self, slot: u32) {
        let flushed = self.connections[slot as usize].flush();
        self.after_writing(slot, flushed);
    }

    fn after_writing(&mut self, slot: u32, written: io::Result<u64>) {
        let connection = &self.connections[slot as usize];
        match written {
            Err(error) => return self.end(slot, End::WriteFailed(os_text(&error))),
            Ok(written) => self.written += written,
        }
        if connection.unsent() != connection.reported {
            self.changed.push(slot);
        }
        if connection.closing && connection.queue.is_none() {
            return self.end(slot, End::Asked);
        }
        self.register(slot);
    }

    /// Tells the poller what it does not know yet.
    fn register(&mut self, slot: u32) {
        let connection = &mut self.connections[slot as usize];
        let interest = connection.interest();
        if interest != connection.registered && !connection.leaving {
            connection.registered = interest;
            let fd = connection.transport.fd();
            if let Err(error) = self.poller.modify(fd, slot as usize, interest) {
                self.end(slot, End::ReadFailed(os_text(&error)));
            }
        }
    }

    fn slot(&self, client: ClientKey) -> Option<u32> {
        self.slots.get(client.0 as usize).copied().filter(|slot| *slot != NONE)
    }

    /// The peer has sent its last byte, but may still listen: if another thread executes what came
    /// before, the connection stays until that is answered.
    fn leave(&mut self, slot: u32) {
        if !self.remote {
            return self.end(slot, End::Peer);
        }
        let connection = &mut self.connections[slot as usize];
        connection.leaving = true;
        // It would be reported again and again.
        self.poller.remove(connection.transport.fd());
        self.ended.push((connection.client, End::Peer));
    }

    /// The command side has executed the end of a client, and its outbox has been delivered.
    pub(crate) fn gone(&mut self, client: ClientKey) {
        let Some(slot) = self.slot(client) else { return };
        if self.connections[slot as usize].leaving {
            self.end(slot, End::Peer);
        }
    }

    /// Closes a connection and notes its end, if that was not done before.
    fn end(&mut self, slot: u32, why: End) {
        let connection = self.connections.remove(slot as usize);
        self.slots[connection.client.0 as usize] = NONE;
        self.poller.forget(connection.transport.fd());
        if !connection.leaving {
            self.ended.push((connection.client, why));
        }
        // As long as the last place is taken this does nothing; what it moves otherwise is little
        // beside those that have left.
        let room = self.connections.capacity();
        if room > SPARE_PLACES && self.connections.len() < room / 4 {
            self.connections.shrink_to_fit();
        }
    }

    /// Writes what can be written without waiting, and closes everything.
    pub(crate) fn finish(&mut self) {
        let slots: Vec<usize> = self.connections.iter().map(|(slot, _)| slot).collect();
        for slot in slots {
            // Several rounds: one is limited, and here nobody else waits.
            while let Ok(written) = self.connections[slot].flush()
                && written > 0
            {}
            let connection = self.connections.remove(slot);
            self.poller.forget(connection.transport.fd());
        }
        self.slots.clear();
    }
}
