//! What was asked for: counters by command and by error.

use super::Page;
use crate::core::ctx::Ctx;

pub(super) fn commands(cx: &mut Ctx<'_>, page: &mut Page) {
    let world = &cx.world;
    for entry in world.registry.iter() {
        let stats = world.stats.commands[entry.id.0 as usize];
        if stats.calls == 0 && stats.rejected == 0 && stats.failed == 0 {
            continue;
        }
        let micros = stats.nanos / 1000;
        let each = if stats.calls == 0 { 0.0 } else { micros as f64 / stats.calls as f64 };
        page.put(
            format_args!("cmdstat_{}", entry.full_name),
            format_args!(
                "calls={},usec={micros},usec_per_call={each:.2},rejected_calls={},failed_calls={}",
                stats.calls, stats.rejected, stats.failed
            ),
        );
    }
}

pub(super) fn errors(cx: &mut Ctx<'_>, page: &mut Page) {
    for (code, count) in &cx.world.stats.errors {
        page.put(
            format_args!("errorstat_{}", String::from_utf8_lossy(code)),
            format_args!("count={count}"),
        );
    }
}
