//! The engine: owns all state, takes inputs, gives outputs. Same inputs, same outputs, byte for
//! byte.
//!
//! Holds: makes no system call of its own; time, memory figures and the log come through [`Host`].
//! Threads: the command thread only.

use bytes::Bytes;
use smallvec::SmallVec;

use super::args::Args;
use super::buffers::Meter;
use super::busy::Rest;
use super::command::{Command, Group};
use super::dispatch::{Found, find_asked};
use super::host::Host;
use super::introspect::first_key_range;
use super::registry::CommandId;
use super::session::Session;
use super::stretch::are_brief;
use super::world::World;
use crate::base::hash::{Hash, KeyHasher};
use crate::base::id::ClientKey;
use crate::base::text::same_word;
use crate::base::time::Millis;
use crate::config::{Config, MaxmemoryPolicy};
use crate::data::table::Table;
use crate::keyspace::Keyspace;
use crate::keyspace::access::Hints;
use crate::keyspace::changes::Changes;
use crate::keyspace::event::Class;
use crate::keyspace::expire::expire_due;
use crate::observe::Thresholds;
use crate::observe::latency::event;
use crate::resp::outbox::{Outbox, Unsent};
use crate::resp::turn::{Item, ProtocolError, Turn};
use crate::value::{Ahead, Value};

/// Commands that are looked at together: their keys are on the way from memory while the first
/// execute.
const WINDOW: usize = 32;

/// Keys of one command that are hashed ahead at most.
const KEYS_AHEAD: usize = 16;

/// Rest after a pass of active expiry that found little.
const SCATTERED_REST_MS: Millis = 10;

/// Keys that expired longer ago than this are looked for without such rests.
const EXPIRE_LAG_MS: u64 = 100;

/// How often what a large turn has left is given back.
const TRIM_MS: Millis = 100;

/// The longest time between two runs of the timer, at `hz` 1.
const CRON_MAX_MS: Millis = 1000;

/// See the module.
pub struct Engine {
    /// All databases.
    pub keyspace: Keyspace,
    /// The change log of the unit.
    pub changes: Changes,
    /// Everything else.
    pub world: World,
    next_cron: Millis,
    next_trim: Millis,
    next_expire: Millis,
    /// Commands executed up to the last pass of active expiry.
    seen_commands: u64,
    /// When the pass of the loop began that is going on.
    pass_began: Option<u64>,
    /// Commands executed before it.
    processed_before: u64,
    scratch: Scratch,
}

/// Vectors kept between turns.
#[derive(Default)]
struct Scratch {
    plans: Vec<Plan>,
    hashes: Vec<(usize, Hash)>,
}

/// A command of the window: what it is, and the hashes of its keys.
#[derive(Clone, Copy)]
struct Plan {
    found: Found,
    first_hash: u32,
    hashes: u32,
    /// It will look something up in the value under its first key.
    inside: bool,
    /// It is brief, and the next is the same.
    followed: bool,
}

/// Gives the process, the keyspace and the change log what the configuration says about them.
pub(super) fn adopt_settings(world: &mut World, keyspace: &mut Keyspace, changes: &mut Changes) {
    world.adopt_client_memory();
    let config = &world.config;
    world.host.settings(config);
    world.observe.adopt(Thresholds {
        slowlog_micros: config.slowlog_log_slower_than,
        slowlog_len: config.slowlog_max_len,
        latency_millis: config.latency_monitor_threshold,
        histograms: config.latency_tracking,
    });
    let policy = &mut keyspace.policy;
    policy.lfu = matches!(
        config.maxmemory_policy,
        MaxmemoryPolicy::AllkeysLfu | MaxmemoryPolicy::VolatileLfu
    );
    policy.lfu_log_factor = config.lfu_log_factor as u32;
    policy.lfu_decay_minutes = config.lfu_decay_time as u32;
    policy.lazy_expire = config.lazyfree_lazy_expire;
    let events = Class(config.notify_keyspace_events.0);
    let anywhere = events.any(Class::KEYSPACE.or(Class::KEYEVENT));
    changes.event_mask = if anywhere { events } else { Class::NONE };
}

/// The same for what commands of the window look up in large values: fields and members.
fn prefetch_inside(table: &Table<Value>, items: &[Item], argv: &[&[u8]], scratch: &Scratch) {
    let mut ahead: SmallVec<[Ahead<'_>; WINDOW]> = SmallVec::new();
    for (item, plan) in items.iter().zip(&scratch.plans) {
        let (true, Item::Command { first, count }) = (plan.inside, item) else { continue };
        let argv = &argv[*first as usize..(*first + *count) as usize];
        let (at, hash) = scratch.hashes[plan.first_hash as usize];
        let key = argv.iter().position(|arg| arg.as_ptr() as usize == at);
        let Some((key, rest)) = key.and_then(|key| argv[key..].split_first()) else { continue };
        let value = table.get(hash, key).and_then(|entry| entry.object());
        ahead.extend(value.and_then(|value| value.ahead(rest)));
    }
    ahead.iter().for_each(Ahead::prefetch_segment);
    ahead.iter().for_each(Ahead::prefetch_slots);
    ahead.iter().for_each(Ahead::prefetch_record);
}

/// What a new connection is to be told.
pub struct NewClient {
    /// Address of the client, `ip:port` or the socket's path and `:0`.
    pub peer: String,
    /// The same of our end.
    pub local: String,
    /// Over a unix socket.
    pub unix: bool,
    /// From this machine.
    pub loopback: bool,
    /// File descriptor.
    pub fd: i32,
}

impl Engine {
    /// An engine with empty databases. `seed` decides every random choice and the order of hashes.
    pub fn new(
        host: Box<dyn Host>,
        config: Config,
        groups: &[&'static [Command]],
        seed: [u64; 3],
    ) -> Engine {
        let databases = config.databases as usize;
        let mut key = [0; 16];
        key[..8].copy_from_slice(&seed[0].to_le_bytes());
        key[8..].copy_from_slice(&seed[1].to_le_bytes());
        let keyspace = Keyspace::new(databases, KeyHasher::new(key), seed[2]);
        let world = World::new(host, config, groups);
        let mut engine = Engine {
            keyspace,
            changes: Changes::default(),
            world,
            next_cron: 0,
            next_trim: 0,
            next_expire: 0,
            seen_commands: 0,
            pass_began: None,
            processed_before: 0,
            scratch: Scratch::default(),
        };
        adopt_settings(&mut engine.world, &mut engine.keyspace, &mut engine.changes);
        engine
    }

    /// An incomplete command of a client grew beyond `client-query-buffer-limit`.
    pub fn query_too_long(&mut self, client: ClientKey, start: &[u8]) {
        self.world.stats.query_limit_closed += 1;
        let now = self.world.now();
        let Some(session) = self.world.sessions.get(client) else { return };
        let line = session.describe(&self.world.registry, now);
        let start = String::from_utf8_lossy(&crate::base::text::repr(start)).into_owned();
        self.world.log(
            super::host::Level::Warning,
            &format!("Closing client that reached max query buffer length: {line} (qbuf initial bytes: {start})"),
        );
    }

    /// A client has connected.
    /// # Errors
    /// The reply with which it is sent away.
    pub fn open(&mut self, client: NewClient) -> Result<ClientKey, &'static str> {
        self.refresh();
        self.world.open(client)
    }

    /// A client is gone.
    pub fn close(&mut self, client: ClientKey) {
        if self.world.close(&mut self.keyspace.waiting, client) {
            self.update_interest();
        }
    }

    /// Executes what was read from clients.
    pub fn execute(&mut self, turn: &Turn, out: &mut Outbox) {
        self.refresh();
        let argv: Vec<&[u8]> = turn.args.iter().map(|&arg| turn.bytes(arg)).collect();
        self.world.stats.reads += turn.clients.len() as u64;
        self.world.observe.threads.read(turn.clients.len() as u64);
        let mut planned = 0..0;
        let mut scratch = std::mem::take(&mut self.scratch);
        let rest = Rest::new(turn);
        self.close_finished(turn);
        while let Some(input) = rest.take().map(|place| &turn.clients[place]) {
            let Some(mut session) = self.world.sessions.take(input.client) else { continue };
            self.world.note_input(&mut session, input);
            let meter = Meter::begin(&self.world, &session, out);
            let end = (input.first_item + input.items) as usize;
            for index in input.first_item as usize..end {
                if session.closing || session.dead {
                    break;
                }
                if session.hold.is_held() {
                    self.world.keep(&mut session, turn, &argv, &turn.items[index..end]);
                    break;
                }
                if !planned.contains(&index) {
                    planned = index..(index + WINDOW).min(turn.items.len());
                    self.plan(turn, &argv, planned.clone(), session.db.0 as usize, &mut scratch);
                }
                let plan = scratch.plans[index - planned.start];
                self.world.stretch.followed = plan.followed && index + 1 < end;
                self.item(&mut session, turn, &rest, index, &argv, plan, &scratch.hashes, out);
                self.check_output(&mut session, &meter, out);
                session = self.attend(session, out);
            }
            meter.end(&mut session, out);
            self.world.leave_stretch();
            self.world.after_input(&mut session, out);
            self.world.sessions.put(session);
        }
        for &client in &turn.closed {
            self.close(client);
        }
        self.scratch = scratch;
        self.note_memory();
    }

    /// Forgets whom this server has closed: nobody is to see a client that knows it is gone.
    fn close_finished(&mut self, turn: &Turn) {
        for &client in &turn.closed {
            let session = self.world.sessions.get(client);
            if session.is_some_and(|session| session.closing || session.dead) {
                self.close(client);
            }
        }
    }

    #[allow(clippy::too_many_arguments)]
    #[inline]
    fn item(
        &mut self,
        session: &mut Session,
        turn: &Turn,
        rest: &Rest<'_>,
        index: usize,
        argv: &[&[u8]],
        plan: Plan,
        hashes: &[(usize, Hash)],
        out: &mut Outbox,
    ) {
        match &turn.items[index] {
            Item::Command { first, count } => {
                let argv = &argv[*first as usize..(*first + *count) as usize];
                let args = Args::new(argv, &turn.owned).within(rest);
                if self.world.client_memory.counted && !self.make_room(session) {
                    return;
                }
                let hints = Hints::new(&hashes[plan.first_hash as usize..][..plan.hashes as usize]);
                self.process(session, args, plan.found, hints, out);
                self.command_over(session, plan.found.command());
                if self.world.client_memory.counted {
                    self.world.client_memory.count(session);
                }
            }
            Item::Broken(error) => self.broken(session, *error, out),
        }
    }

    /// A command of a client was dealt with, unless it waits.
    #[inline]
    pub(super) fn command_over(&mut self, session: &mut Session, command: Option<CommandId>) {
        if session.push.tracking.caching && !session.hold.is_held() {
            self.world.settle_caching(session, command);
        }
    }

    /// The stream of a client is broken: says so, and closes.
    pub(super) fn broken(&mut self, session: &mut Session, error: ProtocolError, out: &mut Outbox) {
        self.world.broken(session, error, out);
    }

    /// Looks the commands of a window up, hashes their keys, and asks the memory for what they will
    /// touch: segments first, then slots, then records, so that the waits overlap.
    fn plan(
        &mut self,
        turn: &Turn,
        argv: &[&[u8]],
        window: std::ops::Range<usize>,
        db: usize,
        scratch: &mut Scratch,
    ) {
        scratch.plans.clear();
        scratch.hashes.clear();
        let table = self.keyspace.dbs[db].table();
        // Pipelines mostly repeat a command: what its name means need not be looked up again.
        let mut repeated: Option<(&[u8], CommandId)> = None;
        let mut brief_before = None;
        for item in &turn.items[window.clone()] {
            let first_hash = scratch.hashes.len() as u32;
            let (mut found, mut inside) = (Found::Unknown, false);
            let mut brief = None;
            if let Item::Command { first, count } = item {
                let argv = &argv[*first as usize..(*first + *count) as usize];
                found = match repeated {
                    Some((name, id)) if same_word(name, argv[0]) => Found::Command(id),
                    _ => find_asked(&self.world.registry, argv),
                };
                if let Found::Command(id) = found {
                    let entry = self.world.registry.get(id);
                    let alone = entry.parent.is_none() && entry.subcommands.is_empty();
                    repeated = alone.then_some((argv[0], id));
                    let row = entry.row;
                    brief = (entry.brief && are_brief(argv)).then_some(id);
                    inside = matches!(row.group, Group::Hash | Group::Set | Group::SortedSet);
                    if let Some((first, last, step)) = first_key_range(row, argv.len()) {
                        let keys = (first..=last).step_by(step).take(KEYS_AHEAD);
                        scratch.hashes.extend(keys.map(|i| {
                            let key = argv[i];
                            (key.as_ptr() as usize, table.hash(key))
                        }));
                    }
                }
            }
            let hashes = scratch.hashes.len() as u32 - first_hash;
            inside &= hashes > 0;
            if brief.is_some()
                && brief == brief_before
                && let Some(before) = scratch.plans.last_mut()
            {
                before.followed = true;
            }
            brief_before = brief;
            scratch.plans.push(Plan { found, first_hash, hashes, inside, followed: false });
        }
        if scratch.hashes.len() > 1 {
            scratch.hashes.iter().for_each(|&(_, hash)| table.prefetch_segment(hash));
            scratch.hashes.iter().for_each(|&(_, hash)| table.prefetch_slots(hash));
            scratch.hashes.iter().for_each(|&(_, hash)| table.prefetch_record(hash));
            prefetch_inside(table, &turn.items[window], argv, scratch);
        }
    }

    /// Evicts clients before a command runs. False if its own client is among them.
    #[cold]
    fn make_room(&mut self, session: &mut Session) -> bool {
        self.world.evict_clients(Some(session));
        !session.dead
    }

    /// Closes a client, without a word, that was answered more than it may have.
    #[inline]
    pub(super) fn check_output(&mut self, session: &mut Session, meter: &Meter, out: &Outbox) {
        if meter.is_over(session, out) && !session.dead {
            self.world.note_output_limit(session);
            self.world.end_client(session);
        }
    }

    /// Tells what output of a client the socket has not taken.
    pub fn unsent(&mut self, client: ClientKey, unsent: Unsent, out: &mut Outbox) {
        let Some(mut session) = self.world.sessions.take(client) else { return };
        session.buffers.unsent = unsent;
        if !session.dead && !self.world.output_within_limits(&mut session, 0) {
            self.world.end_client(&mut session);
        }
        self.world.client_memory.count(&mut session);
        self.world.evict_clients(Some(&mut session));
        self.world.sessions.put(session);
        out.controls.append(&mut self.world.controls);
    }

    /// The query buffer of a client has been cut, as asked.
    pub fn shrunk(&mut self, client: ClientKey, pending: usize, free: usize) {
        if let Some(session) = self.world.sessions.get_mut(client) {
            (session.buffers.pending, session.buffers.pending_free) = (pending, free);
        }
    }

    /// Bytes that were written to sockets.
    pub fn written(&mut self, bytes: u64) {
        self.world.stats.net_out += bytes;
        self.world.observe.threads.written(bytes);
        self.world.stats.writes += 1;
    }

    /// The end of a pass of the loop: expiry, timers. Returns the milliseconds until it has to be
    /// called again at the latest.
    pub fn before_sleep(&mut self, out: &mut Outbox) -> u32 {
        self.refresh();
        let now = self.world.now();
        self.expire(now, out);
        let waits_due = self.tend_waits(now, out);
        self.world.obey_signal();
        self.world.evict_clients(None);
        self.world.forget_condemned(&mut self.keyspace.waiting);
        if now >= self.next_cron {
            let hz = self.world.adapt_hz();
            if !self.world.cron_paused {
                let began = self.world.host.tick().mono_ns;
                self.cron(now, hz, out);
                let ended = self.world.host.tick().mono_ns;
                self.world.stats.cron_nanos += ended.saturating_sub(began);
            }
            self.next_cron = now + Millis::from(1000 / hz);
        }
        out.controls.append(&mut self.world.controls);
        let mut next = self.next_cron.min(waits_due.unwrap_or(Millis::MAX));
        if self.keyspace.policy.active_expire && now >= self.keyspace.policy.expiry_held_until {
            let due = self.keyspace.dbs.iter_mut().filter_map(|db| db.next_due()).min();
            if let Some(due) = due {
                next = next.min(due.saturating_add(1).max(self.next_expire));
            }
        }
        self.world.end_push_pass(out);
        out.controls.append(&mut self.world.controls);
        self.note_pass();
        (next - now).clamp(0, CRON_MAX_MS) as u32
    }

    /// Counts a pass of the loop, which ends here, and what it took.
    fn note_pass(&mut self) {
        let end = self.world.host.tick().mono_ns;
        let stats = &mut self.world.stats;
        let nanos = end.saturating_sub(self.pass_began.take().unwrap_or(end));
        stats.loops += 1;
        stats.loop_nanos += nanos;
        stats.loop_nanos_max = stats.loop_nanos_max.max(nanos);
        // A command of the pass may have set the counter back.
        let commands = stats.processed.checked_sub(self.processed_before);
        let commands = commands.unwrap_or(stats.processed);
        stats.loop_commands_max = stats.loop_commands_max.max(commands);
        self.processed_before = stats.processed;
    }

    /// Active expiry paces itself. A pass takes a few hundred microseconds at most. While keys are
    /// due in masses, an idle server goes on at once and a busy one serves its clients for a
    /// millisecond between two passes. When expired keys lie scattered it waits longer, so that
    /// more of them are found at once, unless it is late already.
    fn expire(&mut self, now: Millis, out: &mut Outbox) {
        let policy = &self.keyspace.policy;
        if !policy.active_expire || now < self.next_expire.max(policy.expiry_held_until) {
            return;
        }
        let began = self.world.latest.mono_ns;
        let pass = expire_due(&mut self.keyspace, &mut self.changes, now);
        if pass.work == 0 {
            return;
        }
        self.world.latest = self.world.host.tick();
        let nanos = self.world.latest.mono_ns.saturating_sub(began);
        self.world.stats.expire_nanos += nanos;
        self.world.observe.latency.note(event::EXPIRE_CYCLE, nanos, self.world.latest.seconds());
        let idle = std::mem::replace(&mut self.seen_commands, self.world.stats.processed)
            == self.world.stats.processed;
        let late = self.keyspace.stats.expire_lag_ms > EXPIRE_LAG_MS;
        let rest = match pass.is_efficient() {
            true if pass.more && idle => 0,
            true => 1,
            false if late => 1,
            false => SCATTERED_REST_MS,
        };
        self.next_expire = now + rest;
        self.conclude(None, false, out);
    }

    fn cron(&mut self, now: Millis, hz: u16, out: &mut Outbox) {
        let stats = &mut self.world.stats;
        stats.ops_rate.sample(now, stats.processed);
        stats.in_rate.sample(now, stats.net_in);
        stats.out_rate.sample(now, stats.net_out);
        stats.loop_rate.sample(now, stats.loops);
        stats.loop_time_rate.sample(now, stats.loop_nanos);
        if now >= self.next_trim {
            out.trim();
            self.next_trim = now + TRIM_MS;
        }
        let policy = &self.keyspace.policy;
        if policy.active_expire && now >= policy.expiry_held_until {
            let left = self.keyspace.dbs.iter().map(|db| db.volatile() as u64).sum();
            stats.sample_stale(self.keyspace.stats.expired_unasked, left);
        }
        self.note_memory();
        self.world.visit_clients(now, usize::from(hz));
        if self.world.push.attentive {
            self.world.limit_tracked(&mut self.keyspace, None);
        }
        out.controls.append(&mut self.world.controls);
    }

    fn note_memory(&mut self) {
        let used = self.world.host.used_memory();
        self.world.stats.peak_memory = self.world.stats.peak_memory.max(used);
    }

    /// Reads the clocks.
    fn refresh(&mut self) {
        self.world.tick = self.world.host.new_pass();
        self.world.latest = self.world.tick;
        self.pass_began.get_or_insert(self.world.tick.mono_ns);
    }

    /// Tells the change log what is worth recording.
    pub fn update_interest(&mut self) {
        self.changes.track_keys = self.world.wants_keys();
        self.changes.propagate = self.world.propagated.is_some();
    }

    /// Lets a test see the propagation stream and the keyspace events from now on.
    pub fn record_effects(&mut self, mask: Class) {
        self.world.propagated = Some(Vec::new());
        self.world.events = Some(Vec::new());
        self.changes.event_mask = mask;
        self.update_interest();
    }

    /// The recorded propagation stream so far, as lists of arguments.
    pub fn take_propagated(&mut self) -> Vec<Vec<Bytes>> {
        let sink = self.world.propagated.as_mut().map(std::mem::take).unwrap_or_default();
        sink.into_iter().map(|command| command.argv).collect()
    }
}
