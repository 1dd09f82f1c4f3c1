//! LATENCY: slow moments, and how run times are distributed.

mod doctor;
mod graph;

use crate::base::text::until_nul;
use crate::core::args::Args;
use crate::core::ctx::{Ctx, Done};
use crate::core::refusal::Refusal;
use crate::core::registry::CommandId;

pub(super) use doctor::doctor;

pub(super) fn history(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    let Some((_, series)) = cx.world.observe.latency.get(until_nul(args[2])) else {
        cx.reply.array(0);
        return Ok(());
    };
    let samples = series.samples();
    cx.reply.array(samples.len());
    for sample in samples {
        cx.reply.array(2);
        cx.reply.int(sample.at);
        cx.reply.int(sample.millis as i64);
    }
    Ok(())
}

pub(super) fn latest(cx: &mut Ctx<'_>, _: Args<'_>) -> Done {
    let events = cx.world.observe.latency.iter();
    cx.reply.array(events.len());
    for (event, series) in events {
        let last = series.last().expect("a series begins with a sample");
        cx.reply.array(4);
        cx.reply.bulk(event);
        cx.reply.int(last.at);
        cx.reply.int(last.millis as i64);
        cx.reply.int(series.worst as i64);
    }
    Ok(())
}

pub(super) fn reset(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    let latency = &mut cx.world.observe.latency;
    let gone = match args.len() {
        2 => latency.reset(None),
        _ => args.from(2).iter().map(|event| latency.reset(Some(until_nul(event)))).sum(),
    };
    cx.reply.int(gone as i64);
    Ok(())
}

pub(super) fn graph(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    let now = cx.world.tick.seconds();
    let wanted = until_nul(args[2]);
    let Some((event, series)) = cx.world.observe.latency.get(wanted) else {
        let start = b"ERR No samples available for event '".as_slice();
        return Err(Refusal::new([start, wanted, b"'"].concat()));
    };
    cx.reply.verbatim(b"txt", graph::draw(event, series, now));
    Ok(())
}

/// Cost: O(commands with a histogram among those asked for).
pub(super) fn histogram(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    let registry = &cx.world.registry;
    let mut ids: Vec<CommandId> = Vec::new();
    if args.len() == 2 {
        ids.extend(registry.iter().map(|entry| entry.id));
    } else {
        for entry in args.from(2).iter().filter_map(|name| registry.find_full(name)) {
            ids.push(entry.id);
            ids.extend(&entry.subcommands);
        }
    }
    ids.retain(|&id| cx.world.stats.commands[id.0 as usize].histogram.is_some());
    cx.reply.map(ids.len());
    for id in ids {
        let stats = &cx.world.stats.commands[id.0 as usize];
        let Some(histogram) = &stats.histogram else { continue };
        let steps = histogram.cumulated();
        cx.reply.bulk(&cx.world.registry.get(id).full_name);
        cx.reply.map(2);
        cx.reply.bulk("calls");
        cx.reply.int(histogram.total() as i64);
        cx.reply.bulk("histogram_usec");
        cx.reply.map(steps.len());
        for (nanos, below) in steps {
            cx.reply.int((nanos / 1000) as i64);
            cx.reply.int(below as i64);
        }
    }
    Ok(())
}
