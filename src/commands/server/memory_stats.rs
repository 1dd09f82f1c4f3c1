//! MEMORY STATS, DOCTOR, PURGE and MALLOC-STATS.

use super::memory_figures::{Census, KINDS, Losses, Usage, census, usage};
use crate::base::num::format_double;
use crate::core::args::Args;
use crate::core::ctx::{Ctx, Done};
use crate::resp::encode::Reply;

/// A pair of a map whose value is a count.
fn count(reply: &mut Reply<'_>, name: &str, value: i64) {
    reply.bulk(name);
    reply.int(value);
}

/// A pair of a map whose value is a quotient.
fn quotient(reply: &mut Reply<'_>, name: &str, value: f64) {
    reply.bulk(name);
    // The figures are single precision, as they always were.
    reply.double_text(&format_double(f64::from(value as f32)));
}

/// A ratio and the bytes that make it.
fn loss(reply: &mut Reply<'_>, names: [&str; 2], (ratio, bytes): (f64, i64)) {
    quotient(reply, names[0], ratio);
    count(reply, names[1], bytes);
}

/// Pairs of MEMORY STATS that Redis has, without the databases.
const PAIRS: usize = 27;

/// Cost: O(databases), and O(1000) for each that has keys.
pub(super) fn stats(cx: &mut Ctx<'_>, _: Args<'_>) -> Done {
    let figures = usage(cx);
    let dbs = &cx.keys.space.dbs;
    let used: Vec<usize> = (0..dbs.len()).filter(|&db| !dbs[db].is_empty()).collect();
    let reply = &mut cx.reply;
    reply.map(PAIRS + used.len() + 1);
    count(reply, "peak.allocated", figures.peak as i64);
    count(reply, "total.allocated", figures.process.used as i64);
    count(reply, "startup.allocated", figures.startup as i64);
    count(reply, "replication.backlog", 0);
    count(reply, "clients.slaves", 0);
    count(reply, "clients.normal", figures.clients as i64);
    count(reply, "cluster.links", 0);
    count(reply, "aof.buffer", 0);
    count(reply, "lua.caches", figures.scripts as i64);
    count(reply, "functions.caches", figures.functions as i64);
    let mut all = Census::default();
    for index in used {
        let db = &dbs[index];
        let kinds = census(db);
        let expires = db.index_overhead();
        reply.bulk(format!("db.{index}"));
        reply.map(4);
        count(reply, "overhead.hashtable.main", (db.overhead() - expires) as i64);
        count(reply, "overhead.hashtable.expires", expires as i64);
        count(reply, "overhead.hashtable.slot-to-keys", 0);
        count(reply, "dataset.bytes", kinds.iter().map(|kind| kind.1 as i64).sum());
        for (sum, kind) in all.iter_mut().zip(kinds) {
            sum.0 += kind.0;
            sum.1 += kind.1;
        }
    }
    totals(reply, &figures);
    by_type(reply, &all);
    Ok(())
}

fn totals(reply: &mut Reply<'_>, figures: &Usage) {
    count(reply, "overhead.total", figures.overhead as i64);
    count(reply, "keys.count", figures.keys as i64);
    count(reply, "keys.bytes-per-key", figures.bytes_per_key() as i64);
    count(reply, "dataset.bytes", figures.dataset() as i64);
    quotient(reply, "dataset.percentage", figures.dataset_percent());
    quotient(reply, "peak.percentage", figures.peak_percent());
    count(reply, "allocator.allocated", figures.process.allocated as i64);
    count(reply, "allocator.active", figures.process.active as i64);
    count(reply, "allocator.resident", figures.process.resident as i64);
    let Losses { fragmentation, allocator_rss, process_rss, total } = figures.losses();
    let names = ["allocator-fragmentation.ratio", "allocator-fragmentation.bytes"];
    loss(reply, names, fragmentation);
    loss(reply, ["allocator-rss.ratio", "allocator-rss.bytes"], allocator_rss);
    loss(reply, ["rss-overhead.ratio", "rss-overhead.bytes"], process_rss);
    loss(reply, ["fragmentation", "fragmentation.bytes"], total);
}

/// Keys and bytes by type, which Redis does not tell.
fn by_type(reply: &mut Reply<'_>, all: &Census) {
    reply.bulk("dataset.types");
    reply.map(KINDS.len());
    for (kind, (keys, bytes)) in KINDS.iter().zip(all) {
        reply.bulk(kind.name());
        reply.map(2);
        count(reply, "keys", *keys as i64);
        count(reply, "bytes", *bytes as i64);
    }
}

/// Below this there is nothing to judge.
const JUDGED_MIN: usize = 5 << 20;
/// Losses below this many bytes are no matter.
const LOSS_MIN: i64 = 10 << 20;
/// Memory of a client on average above which something is wrong.
const CLIENT_MAX: usize = 200 << 10;

/// What stands out among the figures, in words.
fn findings(figures: &Usage, clients: usize) -> Vec<&'static str> {
    let Losses { fragmentation, allocator_rss, process_rss, total } = figures.losses();
    let is = |(ratio, bytes): (f64, i64), above: f64| ratio > above && bytes > LOSS_MIN;
    let found = [
        (
            figures.peak * 2 > figures.process.used * 3,
            "Peak: at some time more than half as much again was in use. Pages freed since then \
             may still be held; MEMORY PURGE gives them back.",
        ),
        (
            is(total, 1.4),
            "Resident size: the process holds over 1.4 times of what it uses. After a peak that \
             is to be expected; otherwise look at the next points.",
        ),
        (
            is(fragmentation, 1.1),
            "Fragmentation: more than a tenth of the pages in use is holes between values of \
             different sizes.",
        ),
        (
            is(allocator_rss, 1.1),
            "Free pages: the allocator holds more than a tenth beyond the pages in use. MEMORY \
             PURGE gives them back.",
        ),
        (
            is(process_rss, 1.1),
            "Outside of the allocator: the process holds more than a tenth beyond what the \
             allocator does: code, stacks, scripts.",
        ),
        (
            figures.clients / clients.max(1) > CLIENT_MAX,
            "Clients: they take over 200 KiB each on average. CLIENT LIST shows whose output \
             waits to be read, or who sends large commands.",
        ),
    ];
    found.into_iter().filter(|(is, _)| *is).map(|(_, words)| words).collect()
}

pub(super) fn doctor(cx: &mut Ctx<'_>, _: Args<'_>) -> Done {
    let figures = usage(cx);
    let found = findings(&figures, cx.world.clients());
    let text = if figures.process.used < JUDGED_MIN {
        "So little memory is in use that there is nothing to judge.\n".to_owned()
    } else if found.is_empty() {
        "No trouble with memory was found.\n".to_owned()
    } else {
        format!("Found:\n\n * {}\n", found.join("\n\n * "))
    };
    cx.reply.verbatim(b"txt", text);
    Ok(())
}

pub(super) fn purge(cx: &mut Ctx<'_>, _: Args<'_>) -> Done {
    cx.world.host.purge();
    cx.reply.ok();
    Ok(())
}

pub(super) fn malloc_stats(cx: &mut Ctx<'_>, _: Args<'_>) -> Done {
    let report = cx.world.host.allocator_report();
    cx.reply.verbatim(b"txt", report);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::host::MemoryFigures;

    fn figures(used: usize, peak: usize, rss: usize) -> Usage {
        let process = MemoryFigures {
            used,
            rss,
            allocated: used,
            active: used,
            resident: rss,
            ..MemoryFigures::default()
        };
        Usage {
            process,
            peak,
            startup: 0,
            clients: 1000,
            scripts: 0,
            functions: 0,
            keys: 10,
            overhead: 0,
        }
    }

    #[test]
    fn findings_name_what_stands_out_and_nothing_else() {
        let mib = 1 << 20;
        assert!(findings(&figures(100 * mib, 150 * mib, 105 * mib), 1).is_empty());
        let found = findings(&figures(100 * mib, 151 * mib, 150 * mib), 1);
        let starts: Vec<&str> = found.iter().map(|text| &text[..4]).collect();
        assert_eq!(starts, ["Peak", "Resi", "Free"]);
        let heavy = Usage { clients: 300 << 10, ..figures(100 * mib, 100 * mib, 100 * mib) };
        assert_eq!(findings(&heavy, 1).len(), 1);
        assert!(findings(&heavy, 2).is_empty());
    }
}
