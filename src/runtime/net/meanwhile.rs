//! Serving the sockets in the middle of a command that takes long.
//!
//! Holds: a client whose command is in the middle is not read from, and what has been read from it
//! already is executed when the command is over, in its order; all others are served as ever.
//! Cost: a pass makes one wait that does not sleep, and hands over as an ordinary pass does.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::io;
use std::rc::Rc;

use crate::base::id::ClientKey;
use crate::resp::outbox::{Control, Outbox};
use crate::resp::turn::Turn;

use super::exchange::Exchange;
use super::service::Service;
use super::workers::Workers;
use super::{Own, tell};

/// The turn that is being executed, for those who serve sockets in its middle.
#[derive(Debug, Default)]
pub(super) struct Middle {
    /// Its clients; once others are served, those that wait for its end.
    pub(super) clients: Vec<ClientKey>,
    /// Others are served.
    pub(super) held: bool,
    /// Without I/O threads: what became known of clients that wait.
    late: Exchange,
    /// What I/O threads had read from clients that wait, with the thread's number.
    pub(super) aside: VecDeque<(usize, Box<Exchange>)>,
}

impl Middle {
    /// A turn is about to be executed.
    pub(super) fn begin(&mut self, turn: &Turn) {
        self.clients.clear();
        self.clients.extend(turn.clients.iter().map(|input| input.client));
    }

    /// What the client has sent cannot be executed now.
    fn waits(&self, client: ClientKey) -> bool {
        let in_turn = |(_, exchange): &(usize, Box<Exchange>)| {
            exchange.turn.clients.iter().any(|input| input.client == client)
        };
        self.clients.contains(&client) || self.aside.iter().any(in_turn)
    }

    /// The turn takes long. Gives the clients of it that need not wait for its end; what was to be
    /// said to them, and by whom nothing more is read, goes to `outbox`.
    fn hold(&mut self, service: &mut impl Service, outbox: &mut Outbox) -> Vec<ClientKey> {
        if std::mem::replace(&mut self.held, true) {
            return Vec::new();
        }
        let mut served = Vec::new();
        if let Some(caught) = service.catch_up(outbox) {
            if caught.alone {
                served = std::mem::take(&mut self.clients);
                served.retain(|client| *client != caught.client);
            }
            if !self.clients.contains(&caught.client) {
                self.clients.push(caught.client);
            }
        }
        outbox.controls.extend(self.clients.iter().map(|client| Control::Read(*client, false)));
        served
    }

    /// Whether others were served in the middle of the turn, which is over; then its clients are
    /// read from again.
    pub(super) fn go_on(&mut self, outbox: &mut Outbox) -> bool {
        if !std::mem::take(&mut self.held) {
            return false;
        }
        outbox.controls.extend(self.clients.iter().map(|client| Control::Read(*client, true)));
        true
    }

    /// Takes out of the exchange what is about clients that wait.
    fn split(&self, exchange: &mut Exchange) -> Option<Exchange> {
        let mut late = Exchange::default();
        let turn = &mut exchange.turn;
        turn.clients.retain(|input| {
            let waits = self.waits(input.client);
            if waits {
                late.turn.clients.push(input.clone());
            }
            !waits
        });
        let closed = std::mem::take(&mut turn.closed);
        for (client, end) in closed.into_iter().zip(std::mem::take(&mut exchange.ends)) {
            let into = if self.waits(client) { &mut late } else { &mut *exchange };
            into.turn.closed.push(client);
            into.ends.push(end);
        }
        exchange.unsent.retain(|(client, unsent)| {
            let waits = self.waits(*client);
            if waits {
                late.unsent.push((*client, *unsent));
            }
            !waits
        });
        (late.has_turn() || late.has_figures()).then_some(late)
    }
}

impl Own {
    /// Ends a turn: reads from its clients again, and gives what is to be told about them.
    pub(super) fn go_on(&mut self) -> Option<Exchange> {
        let mut outbox = Outbox::default();
        if !self.middle.go_on(&mut outbox) {
            return None;
        }
        self.io.deliver(&mut outbox);
        Some(std::mem::take(&mut self.middle.late))
    }
}

/// Serves the sockets of a `Net` in the middle of a command.
#[derive(Clone, Debug)]
pub struct Meanwhile {
    own: Rc<RefCell<Own>>,
    workers: Rc<RefCell<Workers>>,
}

impl Meanwhile {
    pub(super) fn new(own: Rc<RefCell<Own>>, workers: Rc<RefCell<Workers>>) -> Self {
        Self { own, workers }
    }

    /// One pass over the sockets, without waiting. Whose command is in the middle is not served.
    ///
    /// # Errors
    /// The poller's.
    pub fn serve(&mut self, service: &mut impl Service) -> io::Result<()> {
        let own = &mut *self.own.borrow_mut();
        let workers = &mut *self.workers.borrow_mut();
        if workers.is_empty() {
            own.serve_alone(service)?;
        } else {
            own.serve_with(service, workers)?;
        }
        Ok(())
    }
}

impl Own {
    fn serve_alone(&mut self, service: &mut impl Service) -> io::Result<()> {
        let mut exchange = Exchange::default();
        self.middle.hold(service, &mut exchange.outbox);
        // Before anything is read: those who wait are not read from.
        self.say(service, &mut exchange);
        self.io.wait(Some(0))?;
        self.gather(service, &mut exchange);
        if let Some(late) = self.middle.split(&mut exchange) {
            debug_assert!(late.turn.clients.is_empty(), "they are not read from");
            let kept = &mut self.middle.late;
            kept.turn.closed.extend(late.turn.closed);
            kept.ends.extend(late.ends);
            kept.unsent.extend(late.unsent);
        }
        tell(service, &mut exchange);
        self.say(service, &mut exchange);
        Ok(())
    }

    /// Delivers what was said, and tells the service what came of it.
    fn say(&mut self, service: &mut impl Service, exchange: &mut Exchange) {
        if service.finished() {
            self.door.listeners.close();
        }
        while !exchange.outbox.is_empty() {
            self.io.deliver(&mut exchange.outbox);
            exchange.clear();
            self.io.report_figures(exchange);
            tell(service, exchange);
        }
        exchange.clear();
    }

    fn serve_with(&mut self, service: &mut impl Service, workers: &mut Workers) -> io::Result<()> {
        let mut outbox = Outbox::default();
        let served = workers.middle.hold(service, &mut outbox);
        workers.answer_early(&mut outbox, &served);
        self.io.wait(Some(0))?;
        self.look(service, workers, &mut outbox);
        workers.route(&mut outbox);
        while let Some((index, mut exchange)) = workers.next_box() {
            let late = workers.middle.split(&mut exchange);
            tell(service, &mut exchange);
            if service.finished() {
                self.door.listeners.close();
            }
            match late {
                None => workers.answer(index, exchange),
                Some(late) => workers.set_aside(index, exchange, late),
            }
        }
        workers.send();
        Ok(())
    }
}
