//! What was asked for: counters by command and by error.

use super::Page;
use crate::config::show_fraction;
use crate::core::ctx::Ctx;

pub(super) fn commands(cx: &mut Ctx<'_>, page: &mut Page) {
    let world = &cx.world;
    for entry in world.registry.iter() {
        let stats = &world.stats.commands[entry.id.0 as usize];
        if stats.is_unused() {
            continue;
        }
        let (micros, each) = stats.micros();
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
        // A script says what it likes, but no line of its own.
        let code = String::from_utf8_lossy(code).replace(['#', ':', '\n', '\r'], "_");
        page.put(format_args!("errorstat_{code}"), format_args!("count={count}"));
    }
}

pub(super) fn latencies(cx: &mut Ctx<'_>, page: &mut Page) {
    let world = &cx.world;
    if !world.config.latency_tracking {
        return;
    }
    for entry in world.registry.iter() {
        let Some(histogram) = &world.stats.commands[entry.id.0 as usize].histogram else {
            continue;
        };
        let percentiles = &world.config.latency_tracking_info_percentiles.0;
        let shown = percentiles.iter().map(|&percentile| {
            let micros = histogram.percentile(percentile) as f64 / 1000.0;
            format!("p{}={micros:.3}", show_fraction(percentile))
        });
        page.put(
            format_args!("latency_percentiles_usec_{}", entry.full_name),
            shown.collect::<Vec<_>>().join(","),
        );
    }
}
