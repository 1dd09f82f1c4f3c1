//! What the memory is used for: the figures behind INFO memory, MEMORY STATS and MEMORY DOCTOR.

use crate::core::ctx::Ctx;
use crate::core::host::MemoryFigures;
use crate::keyspace::Db;
use crate::value::Kind;

/// Memory by use, in bytes.
pub(super) struct Usage {
    /// What the process and the allocator say.
    pub(super) process: MemoryFigures,
    /// Most ever used.
    pub(super) peak: usize,
    /// In use when the server began to serve.
    pub(super) startup: usize,
    /// Ordinary clients.
    pub(super) clients: usize,
    /// Cached scripts.
    pub(super) scripts: usize,
    /// Libraries of functions.
    pub(super) functions: usize,
    /// Keys of all databases.
    pub(super) keys: usize,
    /// All that is not keys and values.
    pub(super) overhead: usize,
}

/// Takes the figures. Cost: O(databases), beside what the process takes to ask the allocator.
pub(super) fn usage(cx: &mut Ctx<'_>) -> Usage {
    let process = cx.world.host.memory();
    let stats = &mut cx.world.stats;
    stats.peak_memory = stats.peak_memory.max(process.used);
    let peak = stats.peak_memory;
    let startup = cx.world.startup_memory;
    let clients = cx.world.client_memory.sampled();
    let dbs = &cx.keys.space.dbs;
    let tables: usize = dbs.iter().map(Db::overhead).sum();
    let keys = dbs.iter().map(Db::len).sum();
    let vm = cx.world.scripts.figures();
    let (scripts, functions) = (vm.scripts, vm.function_code);
    let overhead = startup + clients + scripts + functions + tables;
    Usage { process, peak, startup, clients, scripts, functions, keys, overhead }
}

/// A quotient; 0 if there is nothing to divide by.
fn ratio(part: usize, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

impl Usage {
    /// Keys and values.
    pub(super) fn dataset(&self) -> usize {
        self.process.used.saturating_sub(self.overhead)
    }

    /// What came since the start.
    fn grown(&self) -> usize {
        self.process.used.saturating_sub(self.startup).max(1)
    }

    pub(super) fn dataset_percent(&self) -> f64 {
        ratio(self.dataset() * 100, self.grown())
    }

    pub(super) fn peak_percent(&self) -> f64 {
        ratio(self.process.used * 100, self.peak)
    }

    pub(super) fn bytes_per_key(&self) -> usize {
        self.grown().checked_div(self.keys).unwrap_or(0)
    }

    /// What is lost between two counts of the same memory: the ratio and the bytes.
    pub(super) fn losses(&self) -> Losses {
        let of = |larger: usize, smaller: usize| {
            (ratio(larger, smaller), larger as i64 - smaller as i64)
        };
        let MemoryFigures { used, rss, allocated, active, resident, .. } = self.process;
        Losses {
            fragmentation: of(active, allocated),
            allocator_rss: of(resident, active),
            process_rss: of(rss, resident),
            total: of(rss, used),
        }
    }
}

/// See [`Usage::losses`].
pub(super) struct Losses {
    /// Pages in use against what was asked for.
    pub(super) fragmentation: (f64, i64),
    /// What the allocator holds against pages in use.
    pub(super) allocator_rss: (f64, i64),
    /// What the process holds against what the allocator does.
    pub(super) process_rss: (f64, i64),
    /// What the process holds against what is in use.
    pub(super) total: (f64, i64),
}

/// Keys of a database that are looked at; more are extrapolated from.
const SAMPLE: usize = 1000;

/// All kinds of values, in the order in which they are shown.
pub(super) const KINDS: [Kind; 6] =
    [Kind::String, Kind::List, Kind::Set, Kind::Zset, Kind::Hash, Kind::Stream];

/// Keys and bytes by kind of value, in the order of [`KINDS`].
pub(super) type Census = [(usize, usize); KINDS.len()];

/// What kinds of values a database has and what they take with their keys. Exact up to a thousand
/// keys; beyond, it is inferred from the first thousand in the order of their hashes, which says
/// nothing about them.
///
/// Cost: O(1000), and the nodes of large values among those.
pub(super) fn census(db: &Db) -> Census {
    let mut counts = Census::default();
    let mut seen = 0;
    for entry in db.table().iter().take(SAMPLE) {
        let record = crate::keyspace::record::Record::new(entry);
        let kind = KINDS.iter().position(|kind| *kind == record.kind());
        let (keys, bytes) = &mut counts[kind.expect("KINDS has all")];
        *keys += 1;
        *bytes += super::memory::bytes_of(entry);
        seen += 1;
    }
    if db.len() > seen && seen > 0 {
        let scale = |part: usize| (part as u128 * db.len() as u128 / seen as u128) as usize;
        counts = counts.map(|(keys, bytes)| (scale(keys), scale(bytes)));
    }
    counts
}
