//! Databases: access to keys, expiry, events.
//!
//! Holds: every change to a key goes through [`access::Keys`]; a database's count of keys with an
//! expiry, and the sum of those expiries, are exact at every moment.
//! Threads: the command thread only; frozen views may be read anywhere.

pub mod access;
pub mod changes;
pub mod db;
pub mod event;
pub mod expire;
pub mod objects;
pub mod ready;
pub mod record;
pub mod strings;

pub use db::Db;

use self::ready::Waiting;

use crate::base::hash::KeyHasher;
use crate::base::prng::Prng;
use crate::base::time::Millis;

/// Figures of the keyspace, for INFO.
#[derive(Clone, Copy, Debug, Default)]
pub struct KeyStats {
    /// Reads that found their key.
    pub hits: u64,
    /// Reads that did not.
    pub misses: u64,
    /// Keys removed because their time had come.
    pub expired: u64,
    /// Those of them that nobody asked for.
    pub expired_unasked: u64,
    /// Keys removed to make room.
    pub evicted: u64,
    /// Times that a pass of active expiry ended because of its limit.
    pub expire_capped: u64,
    /// How far behind active expiry was at its last pass, in milliseconds.
    pub expire_lag_ms: u64,
}

/// How the keyspace behaves; set from the configuration and the server's role.
#[derive(Clone, Copy, Debug)]
pub struct Policy {
    /// The access clock counts uses (LFU) instead of the time of last use (LRU).
    pub lfu: bool,
    /// `lfu-log-factor`
    pub lfu_log_factor: u32,
    /// `lfu-decay-time`, in minutes.
    pub lfu_decay_minutes: u32,
    /// Keys expire by themselves in the background (DEBUG SET-ACTIVE-EXPIRE).
    pub active_expire: bool,
    /// Expired keys are propagated as UNLINK instead of DEL (`lazyfree-lazy-expire`).
    pub lazy_expire: bool,
    /// Until then expired keys are not removed: to reads they look as if they were.
    pub expiry_held_until: Millis,
}

impl Default for Policy {
    fn default() -> Policy {
        Policy {
            lfu: false,
            lfu_log_factor: 10,
            lfu_decay_minutes: 1,
            active_expire: true,
            lazy_expire: false,
            expiry_held_until: 0,
        }
    }
}

/// All databases.
pub struct Keyspace {
    /// The databases, by index.
    pub dbs: Vec<Db>,
    /// Figures for INFO.
    pub stats: KeyStats,
    /// How it behaves.
    pub policy: Policy,
    /// Who waits for which key.
    pub waiting: Waiting,
    /// Randomness for approximate counters and random picks.
    pub rng: Prng,
    hasher: KeyHasher,
}

impl Keyspace {
    /// `databases` empty databases; `hasher` and `seed` come from the host.
    pub fn new(databases: usize, hasher: KeyHasher, seed: u64) -> Keyspace {
        Keyspace {
            dbs: (0..databases).map(|_| Db::new(hasher)).collect(),
            stats: KeyStats::default(),
            policy: Policy::default(),
            waiting: Waiting::default(),
            rng: Prng::from_seed(seed),
            hasher,
        }
    }

    /// The hasher of all databases.
    pub fn hasher(&self) -> KeyHasher {
        self.hasher
    }

    /// The access clock of something used now.
    pub fn access_now(&self, now: Millis) -> u32 {
        if self.policy.lfu {
            expire::lfu_minutes(now) << 8 | expire::LFU_INIT
        } else {
            expire::lru_clock(now)
        }
    }

    /// Puts empty databases in place of `range` and returns the old ones, for dropping elsewhere.
    pub fn flush(&mut self, range: std::ops::Range<usize>) -> Vec<Db> {
        let hasher = self.hasher;
        self.dbs[range].iter_mut().map(|db| std::mem::replace(db, Db::new(hasher))).collect()
    }
}
