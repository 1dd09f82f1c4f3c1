//! State: clients, databases, and what Ferrous has of persistence, replication and cluster.

use super::Page;
use crate::core::ctx::Ctx;

pub(super) fn clients(cx: &mut Ctx<'_>, page: &mut Page) {
    page.put("connected_clients", cx.world.clients());
    page.put("cluster_connections", 0);
    page.put("maxclients", cx.world.config.maxclients);
    let (input, output) = cx.world.client_memory.peaks.recent();
    page.put("client_recent_max_input_buffer", input);
    page.put("client_recent_max_output_buffer", output);
    page.put("blocked_clients", cx.world.block.clients());
    page.put("tracking_clients", cx.world.push.tracking.clients);
    page.put("clients_in_timeout_table", cx.world.block.with_timeout());
    page.put("total_blocking_keys", cx.keys.space.waiting.keys());
    page.put("total_blocking_keys_on_nokey", cx.keys.space.waiting.group_keys());
}

/// Nothing is written to disk yet: these are the figures of a server that does not.
pub(super) fn persistence(cx: &mut Ctx<'_>, page: &mut Page) {
    page.put("loading", 0);
    page.put("async_loading", 0);
    page.put("current_cow_peak", 0);
    page.put("current_cow_size", 0);
    page.put("current_cow_size_age", 0);
    page.put("current_fork_perc", "0.00");
    page.put("current_save_keys_processed", 0);
    page.put("current_save_keys_total", 0);
    page.put("rdb_changes_since_last_save", cx.keys.changes.dirty);
    page.put("rdb_bgsave_in_progress", 0);
    page.put("rdb_last_save_time", cx.world.started / 1000);
    page.put("rdb_last_bgsave_status", "ok");
    page.put("rdb_last_bgsave_time_sec", -1);
    page.put("rdb_current_bgsave_time_sec", -1);
    page.put("rdb_saves", 0);
    page.put("rdb_last_cow_size", 0);
    page.put("rdb_last_load_keys_expired", 0);
    page.put("rdb_last_load_keys_loaded", 0);
    page.put("aof_enabled", 0);
    page.put("aof_rewrite_in_progress", 0);
    page.put("aof_rewrite_scheduled", 0);
    page.put("aof_last_rewrite_time_sec", -1);
    page.put("aof_current_rewrite_time_sec", -1);
    page.put("aof_last_bgrewrite_status", "ok");
    page.put("aof_rewrites", 0);
    page.put("aof_rewrites_consecutive_failures", 0);
    page.put("aof_last_write_status", "ok");
    page.put("aof_last_cow_size", 0);
    page.put("module_fork_in_progress", 0);
    page.put("module_fork_last_cow_size", 0);
}

/// A primary that nobody follows.
pub(super) fn replication(cx: &mut Ctx<'_>, page: &mut Page) {
    page.put("role", "master");
    page.put("connected_slaves", 0);
    page.put("master_failover_state", "no-failover");
    page.put("master_replid", &cx.world.replication_id);
    page.put("master_replid2", "0".repeat(40));
    page.put("master_repl_offset", 0);
    page.put("second_repl_offset", -1);
    page.put("repl_backlog_active", 0);
    page.put("repl_backlog_size", cx.world.config.repl_backlog_size);
    page.put("repl_backlog_first_byte_offset", 0);
    page.put("repl_backlog_histlen", 0);
}

pub(super) fn cluster(_: &mut Ctx<'_>, page: &mut Page) {
    page.put("cluster_enabled", 0);
}

pub(super) fn keyspace(cx: &mut Ctx<'_>, page: &mut Page) {
    let now = cx.now();
    for (index, db) in cx.keys.space.dbs.iter().enumerate().filter(|(_, db)| !db.is_empty()) {
        page.put(
            format_args!("db{index}"),
            format_args!(
                "keys={},expires={},avg_ttl={}",
                db.len(),
                db.volatile(),
                db.average_ttl(now)
            ),
        );
    }
}
