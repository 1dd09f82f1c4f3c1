//! Counters.

use super::Page;
use crate::core::ctx::Ctx;
use crate::pubsub::Kind;

/// Shown only to those who ask for it by name.
pub(super) fn debug(cx: &mut Ctx<'_>, page: &mut Page) {
    let stats = &cx.world.stats;
    page.put("eventloop_duration_aof_sum", 0);
    page.put("eventloop_duration_cron_sum", stats.cron_nanos / 1000);
    page.put("eventloop_duration_max", stats.loop_nanos_max / 1000);
    page.put("eventloop_cmd_per_cycle_max", stats.loop_commands_max);
}

/// I/O threads, as later versions of Redis show them. There are none by default.
pub(super) fn threads(cx: &mut Ctx<'_>, page: &mut Page) {
    for (index, thread) in cx.world.observe.threads.iter().enumerate() {
        page.put(
            format_args!("io_thread_{}", index + 1),
            format_args!(
                "clients={},reads={},written_bytes={}",
                thread.clients, thread.reads, thread.written
            ),
        );
    }
}

pub(super) fn stats(cx: &mut Ctx<'_>, page: &mut Page) {
    let stats = &cx.world.stats;
    let keys = &cx.keys.space.stats;
    let push = &cx.world.push;
    let kbps = |rate: f64| format!("{:.2}", rate / 1024.0);
    page.put("total_connections_received", stats.connections);
    page.put("total_commands_processed", stats.processed);
    page.put("instantaneous_ops_per_sec", stats.ops_rate.per_second() as u64);
    page.put("total_net_input_bytes", stats.net_in);
    page.put("total_net_output_bytes", stats.net_out);
    page.put("total_net_repl_input_bytes", 0);
    page.put("total_net_repl_output_bytes", 0);
    page.put("instantaneous_input_kbps", kbps(stats.in_rate.per_second()));
    page.put("instantaneous_output_kbps", kbps(stats.out_rate.per_second()));
    page.put("instantaneous_input_repl_kbps", "0.00");
    page.put("instantaneous_output_repl_kbps", "0.00");
    page.put("rejected_connections", stats.rejected_connections);
    page.put("sync_full", 0);
    page.put("sync_partial_ok", 0);
    page.put("sync_partial_err", 0);
    page.put("expired_keys", keys.expired);
    page.put("expired_stale_perc", format_args!("{:.2}", stats.stale * 100.0));
    page.put("expired_time_cap_reached_count", keys.expire_capped);
    page.put("expire_lag_milliseconds", keys.expire_lag_ms);
    page.put("expire_cycle_cpu_milliseconds", stats.expire_nanos / 1_000_000);
    page.put("evicted_keys", keys.evicted);
    page.put("evicted_clients", stats.evicted_clients);
    page.put("total_eviction_exceeded_time", 0);
    page.put("current_eviction_exceeded_time", 0);
    page.put("keyspace_hits", keys.hits);
    page.put("keyspace_misses", keys.misses);
    page.put("pubsub_channels", push.pubsub.len(Kind::Channel));
    page.put("pubsub_patterns", push.pubsub.len(Kind::Pattern));
    page.put("pubsubshard_channels", push.pubsub.len(Kind::Shard));
    page.put("latest_fork_usec", 0);
    page.put("total_forks", 0);
    page.put("migrate_cached_sockets", 0);
    page.put("slave_expires_tracked_keys", 0);
    for name in ["hits", "misses", "key_hits", "key_misses"] {
        page.put(format_args!("active_defrag_{name}"), 0);
    }
    page.put("total_active_defrag_time", 0);
    page.put("current_active_defrag_time", 0);
    page.put("tracking_total_keys", push.tracking.len());
    page.put("tracking_total_items", push.tracking.items());
    page.put("tracking_total_prefixes", push.prefixes.len());
    page.put("unexpected_error_replies", 0);
    page.put("total_error_replies", stats.error_replies);
    page.put("dump_payload_sanitizations", 0);
    page.put("total_reads_processed", stats.reads);
    page.put("total_writes_processed", stats.writes);
    let threads = &cx.world.observe.threads;
    page.put("io_threaded_reads_processed", threads.iter().map(|thread| thread.reads).sum::<u64>());
    let writes = if threads.iter().next().is_some() { stats.writes } else { 0 };
    page.put("io_threaded_writes_processed", writes);
    page.put("reply_buffer_shrinks", stats.reply_buffer_shrinks);
    page.put("reply_buffer_expands", stats.reply_buffer_expands);
    page.put("eventloop_cycles", stats.loops);
    page.put("eventloop_duration_sum", stats.loop_nanos / 1000);
    page.put("eventloop_duration_cmd_sum", stats.command_nanos / 1000);
    page.put("instantaneous_eventloop_cycles_per_sec", stats.loop_rate.per_second() as u64);
    page.put("instantaneous_eventloop_duration_usec", stats.loop_micros());
    for name in ["auth", "cmd", "key", "channel"] {
        page.put(format_args!("acl_access_denied_{name}"), 0);
    }
}
