//! How fields of INFO are called as metrics.

use std::borrow::Cow;

/// What a metric is to Prometheus.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// May rise and fall.
    Gauge,
    /// Only rises, except for a reset.
    Counter,
}

impl Kind {
    /// The word in the line of the type.
    pub(super) fn name(self) -> &'static str {
        match self {
            Kind::Gauge => "gauge",
            Kind::Counter => "counter",
        }
    }
}

/// Fields with a name of their own. A name that ends in `_total` is that of a counter.
const NAMES: &[(&str, &str)] = &[
    ("acl_access_denied_auth", "acl_access_denied_auth_total"),
    ("acl_access_denied_channel", "acl_access_denied_channel_total"),
    ("acl_access_denied_cmd", "acl_access_denied_cmd_total"),
    ("acl_access_denied_key", "acl_access_denied_key_total"),
    ("active_defrag_hits", "defrag_hits"),
    ("active_defrag_key_hits", "defrag_key_hits"),
    ("active_defrag_key_misses", "defrag_key_misses"),
    ("active_defrag_misses", "defrag_misses"),
    ("allocator_active", "allocator_active_bytes"),
    ("allocator_allocated", "allocator_allocated_bytes"),
    ("allocator_resident", "allocator_resident_bytes"),
    ("aof_current_rewrite_time_sec", "aof_current_rewrite_duration_sec"),
    ("aof_last_cow_size", "aof_last_cow_size_bytes"),
    ("aof_last_rewrite_time_sec", "aof_last_rewrite_duration_sec"),
    ("client_recent_max_input_buffer", "client_recent_max_input_buffer_bytes"),
    ("client_recent_max_output_buffer", "client_recent_max_output_buffer_bytes"),
    ("current_eviction_exceeded_time", "current_eviction_exceeded_time_ms"),
    ("dump_payload_sanitizations", "dump_payload_sanitizations"),
    ("evicted_clients", "evicted_clients_total"),
    ("evicted_keys", "evicted_keys_total"),
    ("expire_cycle_cpu_milliseconds", "expire_cycle_cpu_time_ms_total"),
    ("expired_keys", "expired_keys_total"),
    ("expired_stale_perc", "expired_stale_percentage"),
    ("expired_time_cap_reached_count", "expired_time_cap_reached_total"),
    ("keyspace_hits", "keyspace_hits_total"),
    ("keyspace_misses", "keyspace_misses_total"),
    ("loading", "loading_dump_file"),
    ("maxclients", "max_clients"),
    ("maxmemory", "memory_max_bytes"),
    ("mem_aof_buffer", "mem_aof_buffer_bytes"),
    ("mem_cluster_links", "mem_cluster_links_bytes"),
    ("mem_not_counted_for_evict", "mem_not_counted_for_eviction_bytes"),
    ("mem_replication_backlog", "mem_replication_backlog_bytes"),
    ("mem_total_replication_buffers", "mem_total_replication_buffers_bytes"),
    ("migrate_cached_sockets", "migrate_cached_sockets_total"),
    ("rdb_current_bgsave_time_sec", "rdb_current_bgsave_duration_sec"),
    ("rdb_last_bgsave_time_sec", "rdb_last_bgsave_duration_sec"),
    ("rdb_last_cow_size", "rdb_last_cow_size_bytes"),
    ("rdb_last_load_keys_expired", "rdb_last_load_expired_keys"),
    ("rdb_last_load_keys_loaded", "rdb_last_load_loaded_keys"),
    ("rdb_last_save_time", "rdb_last_save_timestamp_seconds"),
    ("rdb_saves", "rdb_saves_total"),
    ("rejected_connections", "rejected_connections_total"),
    ("repl_backlog_active", "repl_backlog_is_active"),
    ("repl_backlog_histlen", "repl_backlog_history_bytes"),
    ("repl_backlog_size", "replication_backlog_bytes"),
    ("sync_full", "replica_resyncs_full"),
    ("sync_partial_err", "replica_partial_resync_denied"),
    ("sync_partial_ok", "replica_partial_resync_accepted"),
    ("total_commands_processed", "commands_processed_total"),
    ("total_connections_received", "connections_received_total"),
    ("total_net_input_bytes", "net_input_bytes_total"),
    ("total_net_output_bytes", "net_output_bytes_total"),
    ("total_net_repl_input_bytes", "net_repl_input_bytes_total"),
    ("total_net_repl_output_bytes", "net_repl_output_bytes_total"),
    ("total_system_memory", "total_system_memory_bytes"),
    ("used_cpu_sys", "cpu_sys_seconds_total"),
    ("used_cpu_sys_children", "cpu_sys_children_seconds_total"),
    ("used_cpu_sys_main_thread", "cpu_sys_main_thread_seconds_total"),
    ("used_cpu_user", "cpu_user_seconds_total"),
    ("used_cpu_user_children", "cpu_user_children_seconds_total"),
    ("used_cpu_user_main_thread", "cpu_user_main_thread_seconds_total"),
    ("used_memory", "memory_used_bytes"),
    ("used_memory_dataset", "memory_used_dataset_bytes"),
    ("used_memory_functions", "memory_used_functions_bytes"),
    ("used_memory_lua", "memory_used_lua_bytes"),
    ("used_memory_overhead", "memory_used_overhead_bytes"),
    ("used_memory_peak", "memory_used_peak_bytes"),
    ("used_memory_rss", "memory_used_rss_bytes"),
    ("used_memory_scripts", "memory_used_scripts_bytes"),
    ("used_memory_scripts_eval", "memory_used_scripts_eval_bytes"),
    ("used_memory_startup", "memory_used_startup_bytes"),
    ("used_memory_vm_eval", "memory_used_vm_eval_bytes"),
    ("used_memory_vm_functions", "memory_used_vm_functions_bytes"),
    ("used_memory_vm_total", "memory_used_vm_total"),
];

/// Counters among the fields that keep their names.
const COUNTERS: &[&str] = &[
    "total_error_replies",
    "total_reads_processed",
    "total_writes_processed",
    "unexpected_error_replies",
];

/// A field whose name speaks of a sum, not of a counter.
const SUM: &str = "used_memory_vm_total";

/// The name of a field in microseconds that is shown in seconds.
pub(super) fn in_seconds(field: &str) -> Option<&'static str> {
    (field == "latest_fork_usec").then_some("latest_fork_seconds")
}

/// The name of a field, without the prefix that all have, and what it is.
pub(super) fn name_of(field: &str) -> (Cow<'_, str>, Kind) {
    let name = match NAMES.binary_search_by_key(&field, |(field, _)| field) {
        Ok(at) => Cow::Borrowed(NAMES[at].1),
        // A few fields have the prefix already.
        Err(_) => Cow::Borrowed(field.strip_prefix("redis_").unwrap_or(field)),
    };
    let counter = name.ends_with("_total") && field != SUM || COUNTERS.contains(&field);
    (name, if counter { Kind::Counter } else { Kind::Gauge })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table_is_sorted_and_names_are_unique() {
        assert!(NAMES.is_sorted_by(|a, b| a.0 < b.0));
        let mut names: Vec<&str> = NAMES.iter().map(|(_, name)| *name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), NAMES.len());
    }

    #[test]
    fn counters_are_told_from_gauges() {
        assert_eq!(name_of("evicted_keys"), ("evicted_keys_total".into(), Kind::Counter));
        assert_eq!(name_of("total_error_replies").1, Kind::Counter);
        assert_eq!(name_of("used_memory"), ("memory_used_bytes".into(), Kind::Gauge));
        assert_eq!(name_of(SUM), ("memory_used_vm_total".into(), Kind::Gauge));
        assert_eq!(name_of("hz"), ("hz".into(), Kind::Gauge));
    }
}
