//! Clients as CLIENT LIST and the log describe them, and how they come and go.

use bytes::Bytes;

use super::engine::NewClient;
use super::registry::Registry;
use super::session::{ClientClass, Session};
use super::world::World;
use crate::base::id::DbIndex;
use crate::base::time::Millis;
use crate::pubsub::Kind;
use crate::resp::encode::Version;
use crate::tracking::Mode;

impl Session {
    /// Bytes of memory that the client costs. O(1).
    pub fn memory(&self) -> usize {
        // A watched key stands in the session and in the index of all watched keys.
        const WATCH: usize = 2 * size_of::<(DbIndex, Bytes)>() + size_of::<usize>();
        let texts = [&self.name, &self.lib_name, &self.lib_version];
        size_of::<Session>()
            + self.peer.capacity()
            + self.local.capacity()
            + texts.iter().map(|text| text.len()).sum::<usize>()
            + self.multi.bytes
            + self.multi.queue.overhead()
            + self.multi.watched.len() * WATCH
            + self.hold.backlog_bytes()
            + self.hold.argv_bytes()
            + self.push.memory()
            + self.buffers.memory()
    }

    /// The letters of the `flags` field.
    pub fn flag_letters(&self) -> String {
        let letters = [
            (self.push.monitor, 'O'),
            (self.class() == ClientClass::PubSub, 'P'),
            (self.multi.active, 'x'),
            (self.hold.is_waiting(), 'b'),
            (self.push.tracking.on, 't'),
            (self.push.tracking.broken, 'R'),
            (self.push.tracking.on && self.push.tracking.mode == Mode::Broadcast, 'B'),
            (self.multi.dirty, 'd'),
            (self.closing, 'c'),
            (self.hold.is_resuming(), 'u'),
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
        let mut line = String::with_capacity(320);
        self.describe_to(registry, now, &mut line);
        line
    }

    /// Appends the line of CLIENT LIST, without a line end.
    pub fn describe_to(&self, registry: &Registry, now: Millis, line: &mut String) {
        let seconds = |since: Millis| (now.div_euclid(1000) - since.div_euclid(1000)).max(0);
        let buffers = &self.buffers;
        let unsent = &buffers.unsent;
        let subscribed = |kind| self.push.subscriptions.len(kind) as i64;
        put(line, "id=", self.id.0 as i64);
        push(line, " addr=", self.peer.as_bytes());
        push(line, " laddr=", self.local.as_bytes());
        put(line, " fd=", i64::from(self.fd));
        push(line, " name=", &self.name);
        put(line, " age=", seconds(self.since));
        put(line, " idle=", seconds(self.active_at));
        push(line, " flags=", self.flag_letters().as_bytes());
        put(line, " db=", i64::from(self.db.0));
        put(line, " sub=", subscribed(Kind::Channel));
        put(line, " psub=", subscribed(Kind::Pattern));
        put(line, " ssub=", subscribed(Kind::Shard));
        put(line, " multi=", if self.multi.active { self.multi.queue.len() as i64 } else { -1 });
        for (name, bytes) in [
            (" qbuf=", buffers.query() + self.hold.backlog_bytes()),
            (" qbuf-free=", buffers.pending_free),
            (" argv-mem=", buffers.argv + self.hold.argv_bytes()),
            (" multi-mem=", self.multi.bytes),
            (" rbs=", buffers.reply),
            (" rbp=", buffers.reply_peak),
            (" obl=", unsent.buffered),
            (" oll=", unsent.chunks),
            (" omem=", unsent.memory),
            (" tot-mem=", self.memory()),
        ] {
            put(line, name, bytes as i64);
        }
        line.push_str(if unsent.bytes > 0 { " events=rw" } else { " events=r" });
        line.push_str(" cmd=");
        line.push_str(self.last_command.map_or("NULL", |id| &registry.get(id).full_name));
        push(line, " user=", &self.user);
        put(line, " redir=", self.push.tracking.redirect_id());
        line.push_str(if self.version == Version::Resp3 { " resp=3" } else { " resp=2" });
        push(line, " lib-name=", &self.lib_name);
        push(line, " lib-ver=", &self.lib_version);
    }
}

fn put(line: &mut String, name: &str, number: i64) {
    line.push_str(name);
    line.push_str(itoa::Buffer::new().format(number));
}

fn push(line: &mut String, name: &str, text: &[u8]) {
    line.push_str(name);
    line.push_str(&String::from_utf8_lossy(text));
}

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
        let refusal = if self.clients() >= self.config.maxclients as usize {
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

    /// True if a client has been idle for longer than `timeout` allows.
    pub(super) fn is_over_time(&self, session: &Session, now: Millis) -> bool {
        let timeout = Millis::from(self.config.timeout);
        let idle_s = now.div_euclid(1000) - session.active_at.div_euclid(1000);
        let exempt = session.hold.is_waiting() || session.class() != ClientClass::Normal;
        timeout > 0 && !exempt && idle_s > timeout
    }
}
