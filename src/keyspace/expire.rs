//! Active expiry, and the access clock.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::Keyspace;
use super::access::Keys;
use super::changes::Changes;
use super::db::Expired;
use crate::base::time::Millis;

/// Work of one call of [`expire_due`], beyond which it looks at no other segment: a few hundred
/// microseconds.
const WORK_MAX: usize = 8 * 1024;

/// Removing a key costs as much as looking at this many records.
pub const REMOVAL: usize = 32;

/// Counter of a key that was just created, under LFU.
pub const LFU_INIT: u32 = 5;

/// The 24-bit clock of LRU: seconds.
pub fn lru_clock(now: Millis) -> u32 {
    ((now / 1000) & 0xff_ffff) as u32
}

/// The 16-bit clock of LFU: minutes.
pub fn lfu_minutes(now: Millis) -> u32 {
    ((now / 60_000) & 0xffff) as u32
}

/// What a pass of active expiry did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pass {
    /// Records looked at, and for every key removed [`REMOVAL`] more.
    pub work: usize,
    /// Keys removed.
    pub removed: usize,
    /// True if more is due.
    pub more: bool,
}

impl Pass {
    /// True if most of the work was removing keys, not looking for them.
    pub fn is_efficient(self) -> bool {
        2 * self.removed * REMOVAL >= self.work
    }
}

/// Removes keys whose time has come, the segments that have been due for longest first, of whatever
/// database, up to a fixed amount of work. Notes how late it was.
pub fn expire_due(space: &mut Keyspace, changes: &mut Changes, now: Millis) -> Pass {
    let mut pass = Pass::default();
    let is_due = |at: &Millis| *at < now;
    let dbs = space.dbs.iter_mut().enumerate();
    let mut due: BinaryHeap<Reverse<(Millis, usize)>> = dbs
        .filter_map(|(index, db)| Some(Reverse((db.next_due().filter(is_due)?, index))))
        .collect();
    let mut expired = Expired::default();
    let mut lag = 0;
    while let Some(Reverse((_, db))) = due.pop() {
        if pass.work >= WORK_MAX {
            pass.more = true;
            space.stats.expire_capped += 1;
            break;
        }
        let room = 1 + (WORK_MAX - pass.work) / REMOVAL;
        let Some(seen) = space.dbs[db].collect_due(now, room, &mut expired) else { continue };
        let mut keys = Keys::new(space, changes, db, now);
        expired.iter().for_each(|key| keys.expire_now(key));
        pass.removed += expired.len();
        pass.work += seen + REMOVAL * expired.len();
        lag = lag.max(expired.earliest.map_or(0, |at| now - at));
        expired.clear();
        let next = space.dbs[db].next_due().filter(is_due);
        due.extend(next.map(|at| Reverse((at, db))));
    }
    space.stats.expire_lag_ms = lag as u64;
    space.stats.expired_unasked += pass.removed as u64;
    pass
}

impl Keyspace {
    /// The access clock of a key with clock `old` that is used at `now`.
    pub(super) fn access_used(&mut self, old: u32, now: Millis) -> u32 {
        if !self.policy.lfu {
            return lru_clock(now);
        }
        let counter = self.lfu_counter(old, now);
        lfu_minutes(now) << 8 | self.lfu_increment(counter)
    }

    /// The LFU counter of a key with clock `access`, after decay.
    pub fn lfu_counter(&self, access: u32, now: Millis) -> u32 {
        let (then, counter) = (access >> 8, access & 0xff);
        let elapsed = lfu_minutes(now).wrapping_sub(then) & 0xffff;
        match elapsed.checked_div(self.policy.lfu_decay_minutes) {
            Some(periods) => counter.saturating_sub(periods),
            None => counter,
        }
    }

    /// A counter grows with a probability that falls with its value: 255 stands for a million uses
    /// or more.
    fn lfu_increment(&mut self, counter: u32) -> u32 {
        if counter == 255 {
            return 255;
        }
        let above = u64::from(counter.saturating_sub(LFU_INIT));
        let one_in = above * u64::from(self.policy.lfu_log_factor) + 1;
        if self.rng.below(one_in) == 0 { counter + 1 } else { counter }
    }

    /// How long ago a key with clock `access` was used, in milliseconds (a multiple of 1000).
    pub fn idle_ms(&self, access: u32, now: Millis) -> u64 {
        let elapsed = lru_clock(now).wrapping_sub(access) & 0xff_ffff;
        u64::from(elapsed) * 1000
    }
}

#[cfg(test)]
mod tests;
