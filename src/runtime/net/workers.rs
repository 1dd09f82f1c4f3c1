//! I/O threads, and the command thread's side of them.
//!
//! Each I/O thread runs the same [`IoLoop`] over its own sockets. It sends what it read in a boxed
//! [`Exchange`] through a ring; the command thread executes the turn, fills the outbox of the same
//! box and sends it back through another ring. What the command thread says unasked (messages,
//! replies to clients of another thread) travels in boxes of its own.
//!
//! Holds: a client's spans reach its I/O thread in the order in which they were made; a new
//! connection never gets what was meant for an earlier owner of its key; neither side ever waits
//! for room in a ring, so they cannot wait for each other.
//! Cost: one hand-over per turn and direction; no copy unless a span is for another thread's
//! client.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::hint;
use std::io;
use std::mem;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crate::base::id::ClientKey;
use crate::resp::outbox::{Outbox, Span};
use crate::sync::ring::{Consumer, PopError, Producer, PushError, ring};
use crate::sync::wake::WakeFlag;

use super::connection::Connection;
use super::exchange::Exchange;
use super::io_loop::IoLoop;
use super::meanwhile::Middle;
use super::poller::Poller;
use super::service::Service;
use super::settings::Settings;
use super::tell;

/// Boxes of an I/O thread: so many turns may be under way before it stops reading.
const BOXES: usize = 4;

/// Places in a ring; the command thread may say things unasked beside the awaited answers.
const RING: usize = 4 * BOXES;

/// Boxes kept for use by either side.
const SPARE_MAX: usize = 2 * BOXES;

/// Fruitless rounds of the command thread before it sleeps: about 30 us, half of what falling
/// asleep and being woken costs.
pub(crate) const SPINS: u32 = 64;

/// Rounds with work after which the command thread looks at its own descriptors without waiting.
pub(crate) const BUSY_ROUNDS: u32 = 16;

/// Looks of an I/O thread at its sockets, each a system call, while answers are awaited.
const LOOKS: u32 = 64;

/// How long an I/O thread that has no box left pauses at a time: the command thread is busy for
/// long.
const PAUSE: Duration = Duration::from_micros(100);

/// No thread owns this client.
const NOBODY: u8 = u8::MAX;

/// One fruitless round: about half a microsecond.
pub(crate) fn spin() {
    for _ in 0..16 {
        hint::spin_loop();
    }
}

/// A thread that can be given work: how to tell whether it sleeps, and how to wake it.
#[derive(Clone, Debug)]
struct Sleeper {
    flag: Arc<WakeFlag>,
    poller: Arc<Poller>,
}

impl Sleeper {
    fn new(poller: Arc<Poller>) -> Self {
        Self { flag: Arc::new(WakeFlag::new()), poller }
    }

    /// Work was published for the thread.
    fn wake(&self) {
        if self.flag.must_notify() {
            // Writing to an eventfd that is ours fails only if its count overflows.
            let _ = self.poller.notify();
        }
    }
}

/// The command thread's side of one I/O thread.
#[derive(Debug)]
struct Worker {
    sleeper: Sleeper,
    to: Producer<Box<Exchange>>,
    from: Consumer<Box<Exchange>>,
    /// Boxes to be sent, in order.
    pending: VecDeque<Box<Exchange>>,
    #[expect(clippy::vec_box, reason = "the boxes travel")]
    spare: Vec<Box<Exchange>>,
    clients: usize,
    thread: Option<JoinHandle<()>>,
}

impl Worker {
    /// The box that goes last, so that what is added keeps its order.
    fn last(&mut self) -> &mut Exchange {
        if self.pending.is_empty() {
            self.pending.push_back(self.spare.pop().unwrap_or_default());
        }
        self.pending.back_mut().expect("one was pushed if there was none")
    }

    /// Sends what the ring takes.
    fn send(&mut self) {
        let mut sent = false;
        while let Some(exchange) = self.pending.pop_front() {
            match self.to.push(exchange) {
                Ok(()) => sent = true,
                Err(PushError::Full(exchange)) => {
                    self.pending.push_front(exchange);
                    break;
                }
                Err(PushError::Closed(_)) => panic!("an I/O thread ended on its own"),
            }
        }
        if sent {
            self.sleeper.wake();
        }
    }
}

/// All I/O threads, seen from the command thread.
#[derive(Debug)]
pub(crate) struct Workers {
    own: Sleeper,
    workers: Vec<Worker>,
    /// The thread of each client, by its key.
    owners: Vec<u8>,
    /// The worker that is looked at first, in turn.
    first: usize,
    /// The turn that is being executed.
    pub(super) middle: Middle,
}

impl Workers {
    /// Starts `count` threads; `poller` is the command thread's.
    pub(crate) fn start(
        count: usize,
        poller: &Arc<Poller>,
        settings: &Arc<Settings>,
    ) -> io::Result<Self> {
        let own = Sleeper::new(poller.clone());
        let mut workers = Vec::new();
        for index in 0..count.min(usize::from(NOBODY)) {
            let poller = Arc::new(Poller::new()?);
            let sleeper = Sleeper::new(poller.clone());
            let (to, inbound) = ring(RING);
            let (outbound, from) = ring(BOXES);
            let (flag, command, settings) = (sleeper.flag.clone(), own.clone(), settings.clone());
            let run = move || Side::new(poller, settings, flag, command, (outbound, inbound)).run();
            let thread = Some(thread::Builder::new().name(format!("io-{}", index + 1)).spawn(run)?);
            let (pending, spare) = (VecDeque::new(), Vec::new());
            workers.push(Worker { sleeper, to, from, pending, spare, clients: 0, thread });
        }
        Ok(Self { own, workers, owners: Vec::new(), first: 0, middle: Middle::default() })
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.workers.is_empty()
    }

    /// Executes the turns that have come. True if there was one. In the middle of each, others may
    /// be served.
    pub(crate) fn execute(workers: &RefCell<Self>, service: &mut impl Service) -> bool {
        let mut worked = false;
        let (count, first) = {
            let workers = workers.borrow();
            (workers.workers.len(), workers.first)
        };
        for offset in 0..count {
            for _ in 0..BOXES {
                let taken = workers.borrow_mut().begin_turn((first + offset) % count);
                let Some((index, clients, mut exchange)) = taken else { break };
                worked = true;
                service.io_thread(index, clients);
                tell(service, &mut exchange);
                workers.borrow_mut().end_turn(index, exchange);
            }
        }
        workers.borrow_mut().first = (first + 1) % count;
        worked
    }

    /// The next turn: one that was set aside, or one of this thread; with the number of its thread
    /// and of that one's clients.
    fn begin_turn(&mut self, index: usize) -> Option<(usize, usize, Box<Exchange>)> {
        let (index, exchange) = match self.middle.aside.pop_front() {
            Some(aside) => aside,
            None => (index, self.receive(index)?),
        };
        self.middle.begin(&exchange.turn);
        Some((index, self.workers[index].clients, exchange))
    }

    fn end_turn(&mut self, index: usize, mut exchange: Box<Exchange>) {
        if self.middle.held {
            // The others have been answered already.
            let waited = &self.middle.clients;
            exchange.turn.clients.retain(|input| waited.contains(&input.client));
            self.middle.go_on(&mut exchange.outbox);
        }
        self.middle.clients.clear();
        self.answer(index, exchange);
    }

    /// Sends a box back whose turn was executed.
    pub(super) fn answer(&mut self, index: usize, mut exchange: Box<Exchange>) {
        let closed = mem::take(&mut exchange.turn.closed);
        // First, for who has left may still listen to what the same turn answers.
        self.route_from(index, &mut exchange.outbox);
        self.workers[index].pending.push_back(exchange);
        self.forget(index, &closed);
    }

    /// Ends what was executed outside of a turn, if others were served in its middle.
    pub(super) fn go_on(&mut self, outbox: &mut Outbox) {
        if self.middle.held {
            self.middle.go_on(outbox);
            self.middle.clients.clear();
        }
    }

    /// The next box of any thread.
    pub(super) fn next_box(&mut self) -> Option<(usize, Box<Exchange>)> {
        (0..self.workers.len()).find_map(|index| Some((index, self.receive(index)?)))
    }

    /// Says what is in `outbox`, and that the turn of these clients is over though its box is not
    /// back.
    pub(super) fn answer_early(&mut self, outbox: &mut Outbox, clients: &[ClientKey]) {
        self.route(outbox);
        outbox.clear();
        for client in clients {
            if let Some(owner) = self.owner(*client) {
                self.workers[owner].last().answered.push(*client);
            }
        }
    }

    /// Keeps a box, in which `late` is left, for later; the rest of it was executed. The thread
    /// gets another box in its place, or it could have none left to read with.
    pub(super) fn set_aside(&mut self, index: usize, mut exchange: Box<Exchange>, late: Exchange) {
        let closed = mem::take(&mut exchange.turn.closed);
        let mut outbox = mem::take(&mut exchange.outbox);
        let fresh = self.workers[index].spare.pop().unwrap_or_default();
        self.workers[index].pending.push_back(fresh);
        let served: Vec<ClientKey> = exchange.turn.clients.iter().map(|i| i.client).collect();
        self.answer_early(&mut outbox, &served);
        self.forget(index, &closed);
        exchange.turn.clients = late.turn.clients;
        exchange.turn.closed = late.turn.closed;
        (exchange.ends, exchange.unsent) = (late.ends, late.unsent);
        exchange.shrunk.clear();
        exchange.written = 0;
        self.middle.aside.push_back((index, exchange));
    }

    fn receive(&mut self, index: usize) -> Option<Box<Exchange>> {
        match self.workers[index].from.pop() {
            Ok(exchange) => Some(exchange),
            Err(PopError::Empty) => None,
            Err(PopError::Closed) => panic!("an I/O thread ended on its own"),
        }
    }

    /// The ends of connections of a thread were executed, and what was said before is pending.
    fn forget(&mut self, index: usize, closed: &[ClientKey]) {
        self.workers[index].clients -= closed.len();
        for client in closed {
            self.owners[client.0 as usize] = NOBODY;
        }
        if !closed.is_empty() {
            self.workers[index].last().gone.extend(closed);
        }
    }

    /// Gives a new connection to the thread with the fewest.
    pub(crate) fn adopt(&mut self, connection: Connection) {
        let fewest = (0..self.workers.len()).min_by_key(|index| self.workers[*index].clients);
        let index = fewest.expect("there are workers");
        let key = connection.client.0 as usize;
        if self.owners.len() <= key {
            self.owners.resize(key + 1, NOBODY);
        }
        self.owners[key] = index as u8;
        let worker = &mut self.workers[index];
        worker.clients += 1;
        // A box takes over first and delivers then: what it says already may be meant for the
        // client that had this key before.
        if !worker.last().outbox.is_empty() || !worker.last().gone.is_empty() {
            let fresh = worker.spare.pop().unwrap_or_default();
            worker.pending.push_back(fresh);
        }
        worker.last().adopted.push(connection);
    }

    fn owner(&self, client: ClientKey) -> Option<usize> {
        let owner = self.owners.get(client.0 as usize).copied().unwrap_or(NOBODY);
        (owner != NOBODY).then_some(usize::from(owner))
    }

    /// Distributes what was said to no thread in particular.
    pub(crate) fn route(&mut self, outbox: &mut Outbox) {
        self.route_from(usize::MAX, outbox);
    }

    /// Takes out of `outbox` what is not for clients of thread `home`, and gives it to theirs.
    fn route_from(&mut self, home: usize, outbox: &mut Outbox) {
        let spans_stay = outbox.spans.iter().all(|span| self.owner(receiver(span)) == Some(home));
        if !spans_stay {
            let Outbox { bytes, spans, .. } = outbox;
            spans.retain(|span| {
                let Some(owner) = self.owner(receiver(span)) else { return false };
                if owner != home {
                    append(&mut self.workers[owner].last().outbox, bytes, span);
                }
                owner == home
            });
        }
        outbox.controls.retain(|control| {
            let Some(owner) = self.owner(control.subject()) else { return false };
            if owner != home {
                self.workers[owner].last().outbox.controls.push(control.clone());
            }
            owner == home
        });
    }

    /// Sends everything that is pending.
    pub(crate) fn send(&mut self) {
        for worker in &mut self.workers {
            worker.send();
        }
    }

    /// The command thread is about to sleep for `millis`. Returns how long it may.
    pub(crate) fn fall_asleep(&mut self, millis: u32) -> u32 {
        self.own.flag.announce();
        if self.workers.iter_mut().any(|worker| !worker.from.is_empty()) {
            return 0;
        }
        // A full ring empties within microseconds, and nobody says when.
        let stuck = self.workers.iter().any(|worker| !worker.pending.is_empty());
        if stuck { millis.min(1) } else { millis }
    }

    pub(crate) fn wake_up(&self) {
        self.own.flag.awake();
    }

    /// Makes all threads deliver what is under way, and waits for their end.
    pub(crate) fn stop(&mut self) {
        for worker in &mut self.workers {
            // A box of its own: everything before it is delivered first.
            let stop = Box::new(Exchange { stop: true, ..Exchange::default() });
            worker.pending.push_back(stop);
        }
        for worker in &mut self.workers {
            while !worker.pending.is_empty() {
                worker.send();
                thread::yield_now();
            }
        }
        for worker in self.workers.drain(..) {
            if let Some(thread) = worker.thread
                && let Err(panic) = thread.join()
            {
                std::panic::resume_unwind(panic);
            }
        }
    }
}

fn receiver(span: &Span) -> ClientKey {
    match span {
        Span::Arena { client, .. } | Span::Shared { client, .. } => *client,
    }
}

/// Appends a copy of `span`, whose bytes are in `bytes`, to `outbox`.
fn append(outbox: &mut Outbox, bytes: &[u8], span: &Span) {
    let copy = match *span {
        Span::Arena { client, start, end } => {
            let at = outbox.bytes.len();
            outbox.bytes.extend_from_slice(&bytes[start..end]);
            Span::Arena { client, start: at, end: outbox.bytes.len() }
        }
        Span::Shared { .. } => span.clone(),
    };
    outbox.spans.push(copy);
}

/// An I/O thread.
struct Side {
    io: IoLoop,
    own: Arc<WakeFlag>,
    command: Sleeper,
    from: Consumer<Box<Exchange>>,
    to: Producer<Box<Exchange>>,
    #[expect(clippy::vec_box, reason = "the boxes travel")]
    spare: Vec<Box<Exchange>>,
    /// Boxes that the command thread has to answer.
    awaited: usize,
    /// Looks since something happened.
    looks: u32,
}

impl Side {
    fn new(
        poller: Arc<Poller>,
        settings: Arc<Settings>,
        own: Arc<WakeFlag>,
        command: Sleeper,
        (to, from): (Producer<Box<Exchange>>, Consumer<Box<Exchange>>),
    ) -> Self {
        let spare = (0..BOXES).map(|_| Box::default()).collect();
        let io = IoLoop::new(poller, settings, true);
        Self { io, own, command, from, to, spare, awaited: 0, looks: 0 }
    }

    fn run(mut self) {
        loop {
            match self.deliver() {
                Ok(()) => {}
                Err(Ended) => return self.io.finish(),
            }
            let may_read = !self.spare.is_empty() && !self.to.is_full();
            // The arguments of a wait are always valid; were the poller lost, no client could be
            // served.
            self.wait(may_read).expect("the poller works");
            if !may_read {
                self.io.serve(None);
                continue;
            }
            let mut exchange = self.spare.pop().expect("there is a spare box: see may_read");
            self.io.serve(Some(&mut exchange));
            if exchange.has_turn() || exchange.has_figures() {
                exchange.awaited = true;
                self.awaited += 1;
                self.looks = 0;
                // The ring has room: see may_read. If nobody pops any more, `deliver` ends the
                // thread.
                let _ = self.to.push(exchange);
                self.command.wake();
            } else {
                self.spare.push(exchange);
            }
        }
    }

    /// Carries out what the command thread said.
    fn deliver(&mut self) -> Result<(), Ended> {
        loop {
            let mut exchange = match self.from.pop() {
                Ok(exchange) => exchange,
                Err(PopError::Empty) => return Ok(()),
                Err(PopError::Closed) => return Err(Ended),
            };
            self.looks = 0;
            for connection in mem::take(&mut exchange.adopted) {
                self.io.adopt(connection);
            }
            self.io.deliver(&mut exchange.outbox);
            exchange.gone.iter().for_each(|client| self.io.gone(*client));
            if exchange.stop {
                return Err(Ended);
            }
            for client in &exchange.answered {
                self.io.answered(*client);
            }
            if exchange.awaited {
                self.awaited -= 1;
                exchange.turn.clients.iter().for_each(|input| self.io.answered(input.client));
            }
            exchange.clear();
            if self.spare.len() < SPARE_MAX {
                self.spare.push(exchange);
            }
        }
    }

    fn wait(&mut self, may_read: bool) -> io::Result<()> {
        self.looks += 1;
        if may_read && (self.io.has_work() || self.io.has_news()) {
            return self.io.wait(Some(0));
        }
        if (self.awaited > 0 || !may_read) && self.looks < LOOKS {
            return self.io.wait(Some(0));
        }
        if !may_read {
            // Sockets that nobody may read from would end every wait at once.
            thread::sleep(PAUSE);
            return self.io.wait(Some(0));
        }
        self.own.announce();
        let millis = if self.from.is_empty() { None } else { Some(0) };
        let waited = self.io.wait(millis);
        self.own.awake();
        waited
    }
}

/// The command thread is gone, or said to end.
struct Ended;
