//! Directives that are accepted, kept, shown and rewritten, but whose feature does not exist in
//! Ferrous, not yet or not at all. Users are told of them in the log.

use super::{Config, MaxmemoryPolicy, ROWS, Row};

/// Their names. Of `save` and `maxmemory-policy` see [`Config::remarks`].
pub const INERT: &[&str] = &[
    "acl-pubsub-default",
    "aclfile",
    "acllog-max-len",
    "active-defrag-cycle-max",
    "active-defrag-cycle-min",
    "active-defrag-ignore-bytes",
    "active-defrag-max-scan-fields",
    "active-defrag-threshold-lower",
    "active-defrag-threshold-upper",
    "active-expire-effort",
    "activedefrag",
    "activerehashing",
    "aof-disable-auto-gc",
    "aof-load-truncated",
    "aof-rewrite-incremental-fsync",
    "aof-timestamp-enabled",
    "aof-use-rdb-preamble",
    "aof_rewrite_cpulist",
    "appenddirname",
    "appendfilename",
    "appendfsync",
    "appendonly",
    "auto-aof-rewrite-min-size",
    "auto-aof-rewrite-percentage",
    "bgsave_cpulist",
    "bind-source-addr",
    "cluster-allow-pubsubshard-when-down",
    "cluster-allow-reads-when-down",
    "cluster-allow-replica-migration",
    "cluster-announce-bus-port",
    "cluster-announce-hostname",
    "cluster-announce-human-nodename",
    "cluster-announce-ip",
    "cluster-announce-port",
    "cluster-announce-tls-port",
    "cluster-config-file",
    "cluster-enabled",
    "cluster-link-sendbuf-limit",
    "cluster-migration-barrier",
    "cluster-node-timeout",
    "cluster-ping-interval",
    "cluster-port",
    "cluster-preferred-endpoint-type",
    "cluster-replica-no-failover",
    "cluster-replica-validity-factor",
    "cluster-require-full-coverage",
    "crash-memcheck-enabled",
    "dbfilename",
    "enable-module-command",
    "key-load-delay",
    "lazyfree-lazy-eviction",
    "loading-process-events-interval-bytes",
    "locale-collate",
    "masterauth",
    "masteruser",
    "maxmemory-eviction-tenacity",
    "maxmemory-samples",
    "no-appendfsync-on-rewrite",
    "propagation-error-behavior",
    "rdb-del-sync-files",
    "rdb-key-save-delay",
    "rdb-save-incremental-fsync",
    "rdbchecksum",
    "repl-backlog-size",
    "repl-backlog-ttl",
    "repl-disable-tcp-nodelay",
    "repl-diskless-load",
    "repl-diskless-sync",
    "repl-diskless-sync-delay",
    "repl-diskless-sync-max-replicas",
    "repl-ping-replica-period",
    "repl-timeout",
    "replica-announce-ip",
    "replica-announce-port",
    "replica-announced",
    "replica-ignore-disk-write-errors",
    "replica-ignore-maxmemory",
    "replica-lazy-flush",
    "replica-priority",
    "replica-read-only",
    "replica-serve-stale-data",
    "replicaof",
    "sanitize-dump-payload",
    "shutdown-timeout",
    "stop-writes-on-bgsave-error",
    "tls-auth-clients",
    "tls-ca-cert-dir",
    "tls-ca-cert-file",
    "tls-cert-file",
    "tls-ciphers",
    "tls-ciphersuites",
    "tls-client-cert-file",
    "tls-client-key-file",
    "tls-client-key-file-pass",
    "tls-cluster",
    "tls-dh-params-file",
    "tls-key-file",
    "tls-key-file-pass",
    "tls-port",
    "tls-prefer-server-ciphers",
    "tls-protocols",
    "tls-replication",
    "tls-session-cache-size",
    "tls-session-cache-timeout",
    "tls-session-caching",
];

impl Config {
    /// Lines for the log, of level warning: which of these rows ask for what does not exist.
    pub fn remarks(&self, rows: &[&Row]) -> Vec<String> {
        let defaults = Config::default();
        let remark = |row: &&Row| match row.name {
            "save" if !self.save.0.is_empty() => Some(
                "Directive 'save' has no effect: this version of Ferrous writes no data to disk."
                    .to_owned(),
            ),
            "maxmemory-policy" if self.maxmemory_policy != MaxmemoryPolicy::NoEviction => Some(
                "Directive 'maxmemory-policy': this version of Ferrous evicts no keys, and limits \
                 memory under 'noeviction' only."
                    .to_owned(),
            ),
            name if INERT.contains(&name) && self.shown(row) != defaults.shown(row) => {
                Some(format!(
                    "Directive '{name}' is accepted but has no effect in this version of Ferrous."
                ))
            }
            _ => None,
        };
        rows.iter().filter_map(remark).collect()
    }

    /// The same for all directives.
    pub fn all_remarks(&self) -> Vec<String> {
        self.remarks(&ROWS.iter().collect::<Vec<_>>())
    }
}
