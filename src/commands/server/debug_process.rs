//! DEBUG of the process: its timer, its clients' buffers, its configuration file.

use std::fmt::Write as _;

use super::debug::is_nonzero;
use crate::core::args::Args;
use crate::core::buffers::{PEAK_MS, buckets};
use crate::core::ctx::{Ctx, Done};
use crate::core::host::Level;
use crate::core::refusal::Refusal;

pub(super) fn pause_cron(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    cx.world.cron_paused = is_nonzero(args[2]);
    cx.reply.ok();
    Ok(())
}

pub(super) fn reply_buffer(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    let memory = &mut cx.world.client_memory;
    if args.is(2, "resizing") {
        memory.resizing = is_nonzero(args[3]);
    } else if !args.is(2, "peak-reset-time") {
        return Err(Refusal::unknown_subcommand(args));
    } else if args.is(3, "never") {
        memory.peak_ms = None;
    } else if args.is(3, "reset") {
        memory.peak_ms = Some(PEAK_MS);
    } else {
        let ms = args.int(3)?;
        memory.peak_ms = (ms >= 0).then_some(ms);
    }
    cx.reply.ok();
    Ok(())
}

/// A line for each power of two: the sizes, the memory of the clients that have one of them, and
/// how many they are.
pub(super) fn client_eviction(cx: &mut Ctx<'_>, _: Args<'_>) -> Done {
    if !cx.world.client_memory.counted {
        return Err(Refusal::fixed("ERR maxmemory-clients is disabled."));
    }
    let own: &crate::core::session::Session = cx.session;
    let buckets = buckets(cx.world.sessions.iter().chain([own]));
    let mut text = String::new();
    for (index, &(from, memory, clients)) in buckets.iter().enumerate() {
        let to = match buckets.get(index + 1) {
            Some((next, ..)) => format!(" - {:>10}: ", next - 1),
            None => format!("+{:>14}", ": "),
        };
        let _ = writeln!(text, "bucket {from:>10}{to}tot-mem: {memory:>10}, clients: {clients}");
    }
    cx.reply.verbatim(b"txt", text);
    Ok(())
}

pub(super) fn force_rewrite(cx: &mut Ctx<'_>, _: Args<'_>) -> Done {
    cx.world
        .rewrite_config(true)
        .map_err(|reason| Refusal::new(format!("ERR CONFIG-REWRITE-FORCE-ALL failed: {reason}")))?;
    cx.reply.ok();
    Ok(())
}

/// As the kernel would end a program that writes where it must not.
pub(super) fn segfault(cx: &mut Ctx<'_>, _: Args<'_>) -> Done {
    cx.world.host.crash();
    cx.reply.ok();
    Ok(())
}

pub(super) fn panic(cx: &mut Ctx<'_>, _: Args<'_>) -> Done {
    panic!("DEBUG PANIC called at Unix time {}", cx.now() / 1000);
}

pub(super) fn fail_assertion(cx: &mut Ctx<'_>, _: Args<'_>) -> Done {
    cx.world.log(Level::Warning, "=== ASSERTION FAILED ===");
    panic!("'1 == 2' is not true: DEBUG ASSERT was called");
}

pub(super) fn leak(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    Box::leak(args[2].to_vec().into_boxed_slice());
    cx.reply.ok();
    Ok(())
}
