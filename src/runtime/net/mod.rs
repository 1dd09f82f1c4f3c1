//! Sockets: poller, listeners, connections, I/O threads.
//!
//! [`Net`] drives a [`Service`]: one pass of its loop waits for sockets, accepts, reads and frames
//! what has come, lets the service execute it, gives the service the end of the pass
//! ([`Service::before_sleep`]), and only then writes the replies. With I/O threads the sockets are
//! theirs (`workers`); the order in which the command thread takes their turns is the order of
//! execution.

mod connection;
mod exchange;
mod io_loop;
mod listener;
mod meanwhile;
mod poller;
mod queue;
pub mod service;
pub mod settings;
#[cfg(test)]
mod tests;
mod transport;
mod workers;

use std::cell::RefCell;
use std::io::{self, Read};
use std::os::unix::net::UnixStream;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::resp::outbox::Outbox;
use crate::runtime::log::{Level, Log, os_text};

pub use self::listener::{BindError, Listeners, TcpBind};
pub use self::meanwhile::Meanwhile;
pub use self::settings::Settings;

use self::connection::Connection;
use self::exchange::Exchange;
use self::io_loop::{FIRST_OTHER_KEY, IoLoop};
use self::listener::Incoming;
use self::meanwhile::Middle;
use self::poller::{Interest, Poller};
use self::service::{Opened, Peer, Service};
use self::transport::Transport;
use self::workers::Workers;

/// Keys of watched descriptors; listeners have those from `FIRST_OTHER_KEY` on.
const FIRST_WATCHED_KEY: usize = FIRST_OTHER_KEY * 2;

/// Connections accepted from one listener in one pass.
const ACCEPTS_PER_PASS: usize = 1000;

/// How long nothing is accepted after the system had no descriptor left: the listener stays
/// readable, and trying again at once would burn a processor.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Wakes the command thread's loop: [`Service::before_sleep`] is called soon. For rare events, such
/// as the end of background work: a call is a system call.
#[derive(Clone, Debug)]
pub struct Waker(Arc<Poller>);

impl Waker {
    /// See the type.
    pub fn wake(&self) {
        // Writing to an eventfd that is ours fails only if its count overflows: then it is
        // readable.
        let _ = self.0.notify();
    }
}

/// The sockets of a server. Lives on the command thread.
#[derive(Debug)]
pub struct Net {
    poller: Arc<Poller>,
    /// Both are shared with those who serve sockets in the middle of a command.
    own: Rc<RefCell<Own>>,
    workers: Rc<RefCell<Workers>>,
}

/// The command thread's own descriptors: all of them without I/O threads, else the listeners and
/// the watched ones.
#[derive(Debug)]
struct Own {
    door: Door,
    io: IoLoop,
    watched: Vec<UnixStream>,
    /// Without I/O threads: the turn that is being executed.
    middle: Middle,
}

impl Net {
    /// Sets up the loop and starts `io_threads - 1` threads (`io-threads` of the configuration; the
    /// first is the calling one).
    ///
    /// # Errors
    /// The system has no descriptor or thread left.
    pub fn new(io_threads: usize, settings: Arc<Settings>, log: Log) -> io::Result<Self> {
        let poller = Arc::new(Poller::new()?);
        let listeners = Listeners::new(poller.clone(), FIRST_OTHER_KEY, log.clone());
        let own = Own {
            door: Door { listeners, settings: settings.clone(), log, paused_until: None },
            io: IoLoop::new(poller.clone(), settings.clone(), false),
            watched: Vec::new(),
            middle: Middle::default(),
        };
        let workers = Workers::start(io_threads.saturating_sub(1), &poller, &settings)?;
        let (own, workers) = (Rc::new(RefCell::new(own)), Rc::new(RefCell::new(workers)));
        Ok(Self { own, workers, poller })
    }

    /// The listening sockets.
    pub fn listeners(&self) -> Listeners {
        self.own.borrow().door.listeners.clone()
    }

    /// What serves the sockets in the middle of a command.
    pub fn meanwhile(&self) -> Meanwhile {
        Meanwhile::new(Rc::clone(&self.own), Rc::clone(&self.workers))
    }

    /// What wakes this loop from other threads.
    pub fn waker(&self) -> Waker {
        Waker(self.poller.clone())
    }

    /// Makes bytes on `stream` end the loop's sleep; they are read and dropped (see
    /// [`Signals`](crate::runtime::signal::Signals)).
    ///
    /// # Errors
    /// The system's.
    pub fn watch(&mut self, stream: UnixStream) -> io::Result<()> {
        stream.set_nonblocking(true)?;
        let watched = &mut self.own.borrow_mut().watched;
        self.poller.add(&stream, FIRST_WATCHED_KEY + watched.len(), Interest::READ)?;
        watched.push(stream);
        Ok(())
    }

    /// Runs until the service has finished; then replies in flight are flushed as far as the
    /// clients take them at once, and all sockets are closed.
    ///
    /// # Errors
    /// The poller's: nothing can be served any more.
    pub fn run(&mut self, service: &mut impl Service) -> io::Result<()> {
        let alone = self.workers.borrow().is_empty();
        let result = if alone { self.run_alone(service) } else { self.run_with_workers(service) };
        let own = &mut *self.own.borrow_mut();
        own.door.listeners.close();
        own.io.finish();
        self.workers.borrow_mut().stop();
        result
    }

    /// The loop without I/O threads.
    fn run_alone(&mut self, service: &mut impl Service) -> io::Result<()> {
        let mut exchange = Exchange::default();
        let mut millis = 0;
        while !service.finished() {
            self.own.borrow_mut().pass(service, &mut exchange, millis)?;
            tell(service, &mut exchange);
            self.settle(service, &mut exchange.outbox);
            millis = service.before_sleep(&mut exchange.outbox);
            self.settle(service, &mut exchange.outbox);
            self.shut_door(service);
            // What is unsent afterwards may make the service say more (close a client, say).
            while !exchange.outbox.is_empty() {
                let io = &mut self.own.borrow_mut().io;
                io.deliver(&mut exchange.outbox);
                exchange.clear();
                // Ends wait for the next turn, where they belong.
                io.report_figures(&mut exchange);
                tell(service, &mut exchange);
            }
        }
        Ok(())
    }

    /// Ends a turn without I/O threads, if others were served in its middle.
    fn settle(&self, service: &mut impl Service, outbox: &mut Outbox) {
        let own = &mut *self.own.borrow_mut();
        if let Some(mut late) = own.go_on() {
            tell(service, &mut late);
            outbox.append(&mut late.outbox);
        }
        own.middle.clients.clear();
    }

    /// Nobody who learns of the end connects any more.
    fn shut_door(&self, service: &impl Service) {
        if service.finished() {
            self.own.borrow_mut().door.listeners.close();
        }
    }

    /// The loop of the command thread when others have the sockets.
    fn run_with_workers(&mut self, service: &mut impl Service) -> io::Result<()> {
        let mut outbox = Outbox::default();
        let (mut millis, mut idle_rounds, mut busy_rounds) = (0, 0, 0);
        while !service.finished() {
            let worked = Workers::execute(&self.workers, service);
            let sleeps = !worked && idle_rounds >= workers::SPINS;
            if worked {
                idle_rounds = 0;
                busy_rounds += 1;
            } else if !sleeps {
                idle_rounds += 1;
                workers::spin();
                continue;
            }
            if sleeps || busy_rounds >= workers::BUSY_ROUNDS {
                let longest = if sleeps { self.own.borrow_mut().door.shorten(millis) } else { 0 };
                self.look(service, &mut outbox, longest)?;
                (idle_rounds, busy_rounds) = (0, 0);
            }
            millis = service.before_sleep(&mut outbox);
            self.shut_door(service);
            let workers = &mut *self.workers.borrow_mut();
            workers.go_on(&mut outbox);
            workers.route(&mut outbox);
            outbox.clear();
            workers.send();
        }
        Ok(())
    }

    /// Waits for the command thread's own descriptors, `millis` at most, and deals with them.
    fn look(
        &mut self,
        service: &mut impl Service,
        outbox: &mut Outbox,
        millis: u32,
    ) -> io::Result<()> {
        let own = &mut *self.own.borrow_mut();
        let workers = &mut *self.workers.borrow_mut();
        let millis = if millis > 0 { workers.fall_asleep(millis) } else { 0 };
        let waited = own.io.wait(Some(millis));
        workers.wake_up();
        waited?;
        own.look(service, workers, outbox);
        Ok(())
    }
}

impl Own {
    /// Waits for what comes, `millis` at most, and takes it.
    fn pass(
        &mut self,
        service: &mut impl Service,
        exchange: &mut Exchange,
        millis: u32,
    ) -> io::Result<()> {
        let wait = if self.io.has_work() { 0 } else { self.door.shorten(millis) };
        self.io.wait(Some(wait))?;
        exchange.clear();
        self.gather(service, exchange);
        self.middle.begin(&exchange.turn);
        Ok(())
    }

    /// With I/O threads: deals with the command thread's own descriptors.
    fn look(&mut self, service: &mut impl Service, workers: &mut Workers, outbox: &mut Outbox) {
        self.io.serve(None);
        for key in self.io.take_others() {
            if key >= FIRST_WATCHED_KEY {
                drain(&self.watched[key - FIRST_WATCHED_KEY]);
                continue;
            }
            self.door.admit(key, service, outbox, |connection| workers.adopt(connection));
        }
    }

    /// Reads what has come and lets connections in.
    fn gather(&mut self, service: &mut impl Service, exchange: &mut Exchange) {
        self.io.serve(Some(exchange));
        let io = &mut self.io;
        for key in io.take_others() {
            if key >= FIRST_WATCHED_KEY {
                drain(&self.watched[key - FIRST_WATCHED_KEY]);
                continue;
            }
            self.door.admit(key, service, &mut exchange.outbox, |connection| io.adopt(connection));
        }
    }
}

/// Tells the service what an exchange has for it.
fn tell(service: &mut impl Service, exchange: &mut Exchange) {
    if exchange.written > 0 {
        service.written(exchange.written);
    }
    for (client, unsent) in &exchange.unsent {
        service.unsent(*client, *unsent, &mut exchange.outbox);
    }
    for (client, pending, free) in &exchange.shrunk {
        service.shrunk(*client, *pending, *free);
    }
    for (client, end) in exchange.turn.closed.iter().zip(&exchange.ends) {
        service.ended(*client, end);
    }
    if exchange.has_turn() {
        service.execute(&exchange.turn, &mut exchange.outbox);
    }
}

/// Reads away what woke the loop.
fn drain(mut stream: &UnixStream) {
    let mut bytes = [0; 64];
    while stream.read(&mut bytes).is_ok_and(|read| read > 0) {}
}

/// Lets connections in.
struct Door {
    listeners: Listeners,
    settings: Arc<Settings>,
    log: Log,
    paused_until: Option<Instant>,
}

impl std::fmt::Debug for Door {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.listeners.fmt(f)
    }
}

impl Door {
    /// Accepts from the listener with this key.
    fn admit(
        &mut self,
        key: usize,
        service: &mut impl Service,
        outbox: &mut Outbox,
        mut place: impl FnMut(Connection),
    ) {
        for _ in 0..ACCEPTS_PER_PASS {
            match self.listeners.accept(key) {
                Ok(None) => return,
                Ok(Some(incoming)) => self.open(incoming, service, outbox, &mut place),
                Err(error) => return self.refused(&error),
            }
        }
    }

    fn open(
        &self,
        incoming: Incoming,
        service: &mut impl Service,
        outbox: &mut Outbox,
        place: &mut impl FnMut(Connection),
    ) {
        let Incoming { socket, peer } = incoming;
        let text = match &peer {
            Peer::Tcp { remote, .. } => format!("Accepted {}:{}", remote.ip(), remote.port()),
            Peer::Unix(path) => format!("Accepted connection to {}", path.display()),
        };
        (self.log)(Level::Verbose, &text);
        let tcp = matches!(peer, Peer::Tcp { .. });
        match service.open(peer, listener::number(&socket), outbox) {
            Opened::Accepted { client, trusted } => {
                if tcp {
                    listener::prepare(&socket, self.settings.keepalive_s.get());
                }
                place(Connection::new(Transport::Plain(socket.into()), client, trusted));
            }
            // Best effort: the socket's buffer is empty, so a line fits.
            Opened::Refused(bytes) => drop(rustix::io::write(&socket, &bytes)),
        }
    }

    fn refused(&mut self, error: &io::Error) {
        use rustix::io::Errno;
        let text = format!("Accepting client connection: accept: {}", os_text(error));
        (self.log)(Level::Warning, &text);
        let code = Errno::from_io_error(error);
        if matches!(code, Some(Errno::MFILE | Errno::NFILE | Errno::NOBUFS | Errno::NOMEM)) {
            self.listeners.pause(true);
            self.paused_until = Some(Instant::now() + ACCEPT_PAUSE);
        }
    }

    /// How long the loop may sleep when it could for `millis`; ends a pause that is over.
    fn shorten(&mut self, millis: u32) -> u32 {
        let Some(until) = self.paused_until else { return millis };
        if Instant::now() >= until {
            self.paused_until = None;
            self.listeners.pause(false);
            return millis;
        }
        millis.min(ACCEPT_PAUSE.as_millis() as u32)
    }
}
