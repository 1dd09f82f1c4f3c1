//! Clients as CLIENT LIST and the log describe them, and how they come and go.

use std::fmt::Write as _;

use super::engine::NewClient;
use super::host::Level;
use super::registry::Registry;
use super::session::{ClientClass, Session};
use super::world::World;
use crate::base::time::Millis;
use crate::pubsub::Kind;
use crate::resp::encode::Version;
use crate::tracking::Mode;

impl Session {
    /// Bytes of memory that the client costs.
    pub fn memory(&self) -> usize {
        let strings = self.peer.capacity() + self.local.capacity() + self.name.len();
        let queued = self.multi_bytes();
        size_of::<Session>()
            + strings
            + self.pending as usize
            + self.pending_free as usize
            + self.argv_bytes
            + queued
            + self.push.memory()
            + self.unsent
    }

    /// Bytes of the commands queued by MULTI.
    pub fn multi_bytes(&self) -> usize {
        self.multi.queue.iter().map(|c| c.argv.iter().map(|a| a.len()).sum::<usize>()).sum()
    }

    /// The letters of the `flags` field.
    pub fn flag_letters(&self) -> String {
        let letters = [
            (self.push.monitor, 'O'),
            (self.class() == ClientClass::PubSub, 'P'),
            (self.multi.active, 'x'),
            (self.push.tracking.on, 't'),
            (self.push.tracking.broken, 'R'),
            (self.push.tracking.on && self.push.tracking.mode == Mode::Broadcast, 'B'),
            (self.multi.dirty, 'd'),
            (self.closing, 'c'),
            (self.dead, 'A'),
            (self.unix, 'U'),
            (self.no_evict, 'e'),
            (self.no_touch, 'T'),
        ];
        let set: String = letters.iter().filter(|(on, _)| *on).map(|(_, c)| *c).collect();
        if set.is_empty() { "N".to_owned() } else { set }
    }

    /// The line of CLIENT LIST, without a line end.
    pub fn describe(&self, registry: &Registry, now: Millis) -> String {
        let seconds = |since: Millis| (now.div_euclid(1000) - since.div_euclid(1000)).max(0);
        let multi = if self.multi.active { self.multi.queue.len() as i64 } else { -1 };
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let mut line = String::with_capacity(320);
        let command = self.last_command.map_or("NULL", |id| &registry.get(id).full_name);
        let _ = write!(
            line,
            "id={} addr={} laddr={} fd={} name={} age={} idle={} flags={} db={} sub={} psub={} \
             ssub={} multi={} qbuf={} qbuf-free={} argv-mem={} multi-mem={} rbs=0 rbp=0 obl=0 \
             oll={} omem={} tot-mem={} events={} cmd={} user={} redir={} resp={} lib-name={} lib-ver={}",
            self.id.0,
            self.peer,
            self.local,
            self.fd,
            text(&self.name),
            seconds(self.since),
            seconds(self.active_at),
            self.flag_letters(),
            self.db.0,
            self.push.subscriptions.len(Kind::Channel),
            self.push.subscriptions.len(Kind::Pattern),
            self.push.subscriptions.len(Kind::Shard),
            multi,
            self.pending,
            self.pending_free,
            self.argv_bytes,
            self.multi_bytes(),
            usize::from(self.unsent > 0),
            self.unsent,
            self.memory(),
            if self.unsent > 0 { "rw" } else { "r" },
            command,
            text(&self.user),
            self.push.tracking.redirect_id(),
            if self.version == Version::Resp3 { 3 } else { 2 },
            text(&self.lib_name),
            text(&self.lib_version),
        );
        line
    }
}

/// How often clients are looked at for their timeouts.
const CHECK_MS: Millis = 1000;

/// Sent to a client that is one too many.
const TOO_MANY: &str = "-ERR max number of clients reached\r\n";

/// Sent to a client from elsewhere while the server is open to everybody.
const PROTECTED: &str = "\
    -DENIED Redis is running in protected mode because protected mode is enabled and no \
    password is set for the default user. In this mode connections are only accepted from the \
    loopback interface. If you want to connect from external computers to Redis you may adopt \
    one of the following solutions: 1) Just disable protected mode sending the command 'CONFIG \
    SET protected-mode no' from the loopback interface by connecting to Redis from the same \
    host the server is running, however MAKE SURE Redis is not publicly accessible from \
    internet if you do so. Use CONFIG REWRITE to make this change permanent. 2) Alternatively \
    you can just disable the protected mode by editing the Redis configuration file, and \
    setting the protected mode option to 'no', and then restarting the server. 3) If you \
    started the server manually just for testing, restart it with the '--protected-mode no' \
    option. 4) Set up an authentication password for the default user. NOTE: You only need to \
    do one of the above things in order for the server to start accepting connections from the \
    outside.\r\n";

impl World {
    /// Decides whether a new client may stay.
    /// # Errors
    /// The reply with which it is sent away.
    pub fn admit_client(&mut self, client: &NewClient) -> Result<(), &'static str> {
        let refusal = if self.sessions.len() >= self.config.maxclients as usize {
            Some(TOO_MANY)
        } else if self.config.protected_mode && !self.password_required() && !client.loopback {
            Some(PROTECTED)
        } else {
            None
        };
        match refusal {
            Some(text) => {
                self.stats.rejected_connections += 1;
                Err(text)
            }
            None => {
                self.stats.connections += 1;
                Ok(())
            }
        }
    }

    /// Closes clients that have been idle, or over their soft output limit, for too long.
    pub fn check_clients(&mut self, now: Millis) {
        if now < self.next_client_check {
            return;
        }
        self.next_client_check = now + CHECK_MS;
        let timeout = Millis::from(self.config.timeout) * 1000;
        let mut idle = Vec::new();
        let mut slow = Vec::new();
        for session in self.sessions.iter().filter(|session| !session.dead) {
            if timeout > 0 && now - session.active_at > timeout {
                idle.push(session.key);
            } else if session.soft_limit_since.is_some() {
                slow.push(session.key);
            }
        }
        for key in idle {
            self.log(Level::Verbose, "Closing idle client");
            self.kill(key);
        }
        for key in slow {
            let Some(mut session) = self.sessions.take(key) else { continue };
            let unsent = session.unsent;
            let within = self.output_within_limits(&mut session, unsent);
            self.sessions.put(session);
            if !within {
                self.kill(key);
            }
        }
    }
}
