//! The table of directives: each is declared here and nowhere else.
//!
//! A line reads: field and type, default, name and alias, kind and range, flags, then what is due
//! when the value changes and what checks it. The comment above it is also what
//! `redis.conf.example` says.

use super::choice::*;
use super::row::{Effect, Flags, Kind, Row, Unit, int, memory};
use super::special::*;

mod check;

use check::*;

const INT_MAX: i64 = i32::MAX as i64;
const INT_MIN: i64 = i32::MIN as i64;
const UINT_MAX: i64 = u32::MAX as i64;
const LONG_MAX: i64 = i64::MAX;
/// The bits of the largest unsigned number.
const ULONG_MAX: i64 = -1;
const MB: i64 = 1 << 20;

macro_rules! directives {
    ($( $section:literal { $(
        $(#[doc = $doc:literal])+
        $field:ident: $type:ty = $default:expr,
        $name:literal $(| $alias:literal)?, $kind:expr, [$($flag:ident)*]
        $(, effect $effect:ident)? $(, check $check:ident)?;
    )+ } )+) => {
        /// The values of all directives, each in a field of its own.
        ///
        /// A field may be changed directly by whoever owns the meaning of it (a role change sets
        /// `replicaof`); what users set goes through [`Config::set`] and [`Config::load`].
        #[derive(Clone, Debug, PartialEq)]
        pub struct Config {
            $($( $(#[doc = $doc])+ pub $field: $type, )+)+
            /// The absolute path of the configuration file; empty if there is none.
            pub config_file: Vec<u8>,
            /// Whether a configuration file has given save points already, so that more add to
            /// them.
            pub save_loaded: bool,
        }

        impl Default for Config {
            fn default() -> Config {
                Config {
                    $($( $field: $default, )+)+
                    config_file: Vec::new(),
                    save_loaded: false,
                }
            }
        }

        /// All directives, in the order of `CONFIG GET *`.
        pub static ROWS: &[Row] = &[$($(
            Row {
                section: $section,
                name: $name,
                alias: directives!(@first $(Some($alias),)? None),
                summary: concat!($($doc, "\n"),+),
                kind: $kind,
                flags: Flags(0 $(| Flags::$flag.0)*),
                effect: directives!(@first $(Some(Effect::$effect),)? None),
                check: directives!(@first $(Some($check),)? None),
                field: |config| &config.$field,
                field_mut: |config| &mut config.$field,
            },
        )+)+];
    };
    (@first $first:expr $(, $rest:expr)?) => { $first };
}

directives! {
    "Files of configuration and process" {
        /// Run in the background.
        daemonize: bool = false, "daemonize", Kind::Bool, [IMMUTABLE];
        /// File that holds the process id. Empty: none, unless in the background.
        pidfile: Option<Vec<u8>> = None, "pidfile", Kind::OptionalText, [IMMUTABLE];
        /// The service manager to tell about readiness: upstart, systemd, auto or no.
        supervised: Supervised = Supervised::No,
            "supervised", Kind::Enum(Supervised::NAMES), [IMMUTABLE];
        /// The working directory: relative names of files start here.
        dir: Dir = Dir::default(), "dir", Kind::Special, [PROTECTED DENY_LOADING];
        /// How many logical databases there are.
        databases: i32 = 16, "databases", int(1, INT_MAX), [IMMUTABLE];
        /// How often a second background work such as expiry runs, from 1 to 500.
        hz: i32 = 10, "hz", int(0, INT_MAX), [], effect Hz;
        /// Run background work more often when many clients are connected.
        dynamic_hz: bool = true, "dynamic-hz", Kind::Bool, [];
        /// Threads that serve sockets, the main thread included.
        io_threads: i32 = 1, "io-threads", int(1, 128), [DEBUG IMMUTABLE];
        /// Kept for compatibility: threads that serve sockets always read, too.
        io_threads_do_reads: bool = false, "io-threads-do-reads", Kind::Bool, [DEBUG IMMUTABLE];
        /// Processors for the main thread, such as 0-3,6. Empty: any.
        server_cpulist: Option<Vec<u8>> = None, "server_cpulist", Kind::OptionalText, [IMMUTABLE];
        /// Processors for background threads. Empty: any.
        bio_cpulist: Option<Vec<u8>> = None, "bio_cpulist", Kind::OptionalText, [IMMUTABLE];
        /// Processors for rewriting the append-only file. Empty: any.
        aof_rewrite_cpulist: Option<Vec<u8>> = None,
            "aof_rewrite_cpulist", Kind::OptionalText, [IMMUTABLE];
        /// Processors for writing snapshots. Empty: any.
        bgsave_cpulist: Option<Vec<u8>> = None, "bgsave_cpulist", Kind::OptionalText, [IMMUTABLE];
        /// Show the listening address in the process title.
        set_proc_title: bool = true, "set-proc-title", Kind::Bool, [IMMUTABLE];
        /// What the process title shows; names in braces are filled in.
        proc_title_template: Vec<u8> = b"{title} {listen-addr} {server-mode}".to_vec(),
            "proc-title-template", Kind::Text, [], effect ProcTitle, check title_template;
        /// The locale by which SORT ALPHA compares. Empty: from the environment.
        locale_collate: Vec<u8> = Vec::new(), "locale-collate", Kind::Text, [], effect Locale;
        /// Print the logo at start even if the output is not a terminal.
        always_show_logo: bool = false, "always-show-logo", Kind::Bool, [IMMUTABLE];
        /// Names of start-up checks that must not stop the server.
        ignore_warnings: Vec<u8> = Vec::new(), "ignore-warnings", Kind::Text, [];
        /// Turn transparent huge pages off for the process.
        disable_thp: bool = true, "disable-thp", Kind::Bool, [IMMUTABLE];
        /// Tell the kernel which process to kill first: no, yes (relative) or absolute.
        oom_score_adj: OomScoreAdj = OomScoreAdj::No,
            "oom-score-adj", Kind::Enum(OomScoreAdj::NAMES), [], effect OomScore;
        /// The scores of a primary, a replica and background work.
        oom_score_adj_values: OomScores = OomScores::default(),
            "oom-score-adj-values", Kind::Special, [MULTI_ARG], effect OomScore;
        /// Let the allocator return memory in a thread of its own.
        jemalloc_bg_thread: bool = true,
            "jemalloc-bg-thread", Kind::Bool, [], effect AllocatorThread;
        /// Seconds to wait at a shutdown for replicas that lag behind.
        shutdown_timeout: i32 = 10, "shutdown-timeout", int(0, INT_MAX), [];
        /// What SIGINT does: default, or any of save, nosave, now and force.
        shutdown_on_sigint: SignalFlags = SignalFlags::default(),
            "shutdown-on-sigint", Kind::Bits(SignalFlags::NAMES), [MULTI_ARG];
        /// What SIGTERM does: default, or any of save, nosave, now and force.
        shutdown_on_sigterm: SignalFlags = SignalFlags::default(),
            "shutdown-on-sigterm", Kind::Bits(SignalFlags::NAMES), [MULTI_ARG];
        /// Who may set dir and dbfilename at run time: no, yes or local.
        enable_protected_configs: ProtectedAction = ProtectedAction::No,
            "enable-protected-configs", Kind::Enum(ProtectedAction::NAMES), [IMMUTABLE];
        /// Who may use DEBUG: no, yes or local.
        enable_debug_command: ProtectedAction = ProtectedAction::No,
            "enable-debug-command", Kind::Enum(ProtectedAction::NAMES), [IMMUTABLE];
        /// Who may use MODULE: no, yes or local.
        enable_module_command: ProtectedAction = ProtectedAction::No,
            "enable-module-command", Kind::Enum(ProtectedAction::NAMES), [IMMUTABLE];
        /// Port that serves figures for monitoring in the text format of Prometheus; 0 is off.
        metrics_port: i32 = 0, "metrics-port", int(0, 65535), [IMMUTABLE OURS];
    }

    "Log" {
        /// The least severity to log: debug, verbose, notice, warning or nothing.
        loglevel: LogLevel = LogLevel::Notice, "loglevel", Kind::Enum(LogLevel::NAMES), [];
        /// File of the log. Empty: the standard output.
        logfile: Vec<u8> = Vec::new(), "logfile", Kind::Text, [IMMUTABLE];
        /// Send the log to the system log, too.
        syslog_enabled: bool = false, "syslog-enabled", Kind::Bool, [IMMUTABLE];
        /// The name under which the system log knows us.
        syslog_ident: Vec<u8> = b"redis".to_vec(), "syslog-ident", Kind::Text, [IMMUTABLE];
        /// The facility of the system log: user, or local0 to local7.
        syslog_facility: SyslogFacility = SyslogFacility::Local0,
            "syslog-facility", Kind::Enum(SyslogFacility::NAMES), [IMMUTABLE];
        /// Log a report when the process crashes.
        crash_log_enabled: bool = true, "crash-log-enabled", Kind::Bool, [], effect CrashHandlers;
        /// Test memory as a part of that report.
        crash_memcheck_enabled: bool = true, "crash-memcheck-enabled", Kind::Bool, [];
        /// End by exit instead of abort after a panic (for tests).
        use_exit_on_panic: bool = false, "use-exit-on-panic", Kind::Bool, [HIDDEN];
        /// Milliseconds after which a stuck main thread is logged; 0 is off.
        watchdog_period: i32 = 0, "watchdog-period", int(0, INT_MAX), [HIDDEN], effect Watchdog;
    }

    "Network" {
        /// Addresses to listen on, up to 16. A leading - makes one optional, * is all of IPv4, ::*
        /// all of IPv6.
        bind: Addresses = Addresses::default(), "bind", Kind::Special, [MULTI_ARG], effect Bind;
        /// The local address of connections that we open. Empty: any.
        bind_source_addr: Option<Vec<u8>> = None, "bind-source-addr", Kind::OptionalText, [];
        /// Refuse clients of other machines as long as the default user has no password.
        protected_mode: bool = true, "protected-mode", Kind::Bool, [];
        /// The TCP port; 0 listens on none.
        port: i32 = 6379, "port", int(0, 65535), [], effect Port;
        /// How many connections may wait to be accepted.
        tcp_backlog: i32 = 511, "tcp-backlog", int(0, INT_MAX), [IMMUTABLE];
        /// Path of a Unix socket to listen on. Empty: none.
        unixsocket: Option<Vec<u8>> = None, "unixsocket", Kind::OptionalText, [IMMUTABLE];
        /// Permissions of the Unix socket, octal; 0 leaves them to the umask.
        unixsocketperm: u32 = 0,
            "unixsocketperm", Kind::Int { min: 0, max: 0o777, unit: Unit::Octal }, [IMMUTABLE];
        /// Seconds after which an idle client is closed; 0 is never.
        timeout: i32 = 0, "timeout", int(0, INT_MAX), [];
        /// Seconds between probes of idle connections; 0 is off.
        tcp_keepalive: i32 = 300, "tcp-keepalive", int(0, INT_MAX), [];
        /// Mark of our sockets for packet filters; 0 is none.
        socket_mark_id: u32 = 0, "socket-mark-id", int(0, UINT_MAX), [IMMUTABLE];
        /// How many clients may be connected at once.
        maxclients: u32 = 10000, "maxclients", int(1, UINT_MAX), [], effect MaxClients;
        /// Bytes of unsent output at which a client is closed: class, hard limit, soft limit,
        /// seconds over the soft limit.
        client_output_buffer_limit: OutputLimits = OutputLimits::default(),
            "client-output-buffer-limit", Kind::Special, [MULTI_ARG];
        /// Bytes of a client's unfinished command.
        client_query_buffer_limit: u64 = (1024 * MB) as u64,
            "client-query-buffer-limit", memory(MB, LONG_MAX), [DEBUG];
        /// Bytes of one argument of a command.
        proto_max_bulk_len: i64 = 512 * MB, "proto-max-bulk-len", memory(MB, LONG_MAX), [DEBUG];
        /// Bytes of all clients' buffers at which clients are closed; may be a share of maxmemory
        /// such as 5%; 0 is no limit.
        maxmemory_clients: i64 = 0,
            "maxmemory-clients",
            Kind::Int { min: -100, max: LONG_MAX, unit: Unit::MemoryOrPercent }, [],
            effect ClientMemory;
    }

    "TLS" {
        /// The TLS port; 0 listens on none.
        tls_port: i32 = 0, "tls-port", int(0, 65535), [], effect TlsPort;
        /// Our certificate.
        tls_cert_file: Option<Vec<u8>> = None,
            "tls-cert-file", Kind::OptionalText, [VOLATILE], effect Tls;
        /// Its private key.
        tls_key_file: Option<Vec<u8>> = None,
            "tls-key-file", Kind::OptionalText, [VOLATILE], effect Tls;
        /// The passphrase of that key.
        tls_key_file_pass: Option<Vec<u8>> = None,
            "tls-key-file-pass", Kind::OptionalText, [], effect Tls;
        /// Certificate for connections that we open, if another one.
        tls_client_cert_file: Option<Vec<u8>> = None,
            "tls-client-cert-file", Kind::OptionalText, [VOLATILE], effect Tls;
        /// Its private key.
        tls_client_key_file: Option<Vec<u8>> = None,
            "tls-client-key-file", Kind::OptionalText, [VOLATILE], effect Tls;
        /// The passphrase of that key.
        tls_client_key_file_pass: Option<Vec<u8>> = None,
            "tls-client-key-file-pass", Kind::OptionalText, [], effect Tls;
        /// Parameters of the Diffie-Hellman exchange.
        tls_dh_params_file: Option<Vec<u8>> = None,
            "tls-dh-params-file", Kind::OptionalText, [VOLATILE], effect Tls;
        /// Certificates of the authorities that we trust.
        tls_ca_cert_file: Option<Vec<u8>> = None,
            "tls-ca-cert-file", Kind::OptionalText, [VOLATILE], effect Tls;
        /// A directory with such certificates.
        tls_ca_cert_dir: Option<Vec<u8>> = None,
            "tls-ca-cert-dir", Kind::OptionalText, [VOLATILE], effect Tls;
        /// Whether clients need a certificate: no, yes or optional.
        tls_auth_clients: TlsAuthClients = TlsAuthClients::Yes,
            "tls-auth-clients", Kind::Enum(TlsAuthClients::NAMES), [];
        /// Connect to the primary by TLS.
        tls_replication: bool = false, "tls-replication", Kind::Bool, [], effect Tls;
        /// Connect to other nodes of the cluster by TLS.
        tls_cluster: bool = false, "tls-cluster", Kind::Bool, [], effect Tls;
        /// Versions of TLS to allow, such as "TLSv1.2 TLSv1.3". Empty: the library's.
        tls_protocols: Option<Vec<u8>> = None, "tls-protocols", Kind::OptionalText, [], effect Tls;
        /// Ciphers up to TLS 1.2. Empty: the library's.
        tls_ciphers: Option<Vec<u8>> = None, "tls-ciphers", Kind::OptionalText, [], effect Tls;
        /// Ciphers of TLS 1.3. Empty: the library's.
        tls_ciphersuites: Option<Vec<u8>> = None,
            "tls-ciphersuites", Kind::OptionalText, [], effect Tls;
        /// Choose by our order of ciphers, not by the client's.
        tls_prefer_server_ciphers: bool = false,
            "tls-prefer-server-ciphers", Kind::Bool, [], effect Tls;
        /// Let clients resume sessions.
        tls_session_caching: bool = true, "tls-session-caching", Kind::Bool, [], effect Tls;
        /// How many sessions are kept; 0 is no limit.
        tls_session_cache_size: i32 = 20 * 1024,
            "tls-session-cache-size", int(0, INT_MAX), [], effect Tls;
        /// Seconds for which a session is kept.
        tls_session_cache_timeout: i32 = 300,
            "tls-session-cache-timeout", int(0, INT_MAX), [], effect Tls;
    }

    "Security" {
        /// Password of the default user. Empty: none.
        requirepass: Option<Vec<u8>> = None,
            "requirepass", Kind::OptionalBytes, [SENSITIVE], effect RequirePass;
        /// File of users and their permissions. Empty: users stand in this file.
        aclfile: Vec<u8> = Vec::new(), "aclfile", Kind::Text, [IMMUTABLE];
        /// Channels of a new user: resetchannels (none) or allchannels.
        acl_pubsub_default: AclPubsubDefault = AclPubsubDefault::ResetChannels,
            "acl-pubsub-default", Kind::Enum(AclPubsubDefault::NAMES), [];
        /// How many refusals ACL LOG keeps.
        acllog_max_len: u64 = 128, "acllog-max-len", int(0, LONG_MAX), [];
        /// When dumps are checked in depth: no, yes or clients.
        sanitize_dump_payload: SanitizeDumpPayload = SanitizeDumpPayload::No,
            "sanitize-dump-payload", Kind::Enum(SanitizeDumpPayload::NAMES), [DEBUG];
    }

    "Snapshots" {
        /// Save a snapshot after so many seconds with so many changes; several pairs may follow. ""
        /// is never.
        save: SavePoints = SavePoints::default(), "save", Kind::Special, [MULTI_ARG];
        /// Refuse writes after a snapshot has failed.
        stop_writes_on_bgsave_error: bool = true, "stop-writes-on-bgsave-error", Kind::Bool, [];
        /// Compress strings in snapshots.
        rdbcompression: bool = true, "rdbcompression", Kind::Bool, [];
        /// End snapshots with a checksum, and check it when loading.
        rdbchecksum: bool = true, "rdbchecksum", Kind::Bool, [IMMUTABLE];
        /// Name of the snapshot file.
        dbfilename: Vec<u8> = b"dump.rdb".to_vec(),
            "dbfilename", Kind::Text, [PROTECTED], check dbfilename;
        /// Remove snapshots that served replication only.
        rdb_del_sync_files: bool = false, "rdb-del-sync-files", Kind::Bool, [];
        /// Sync a snapshot to disk piece by piece while it is written.
        rdb_save_incremental_fsync: bool = true, "rdb-save-incremental-fsync", Kind::Bool, [];
        /// Microseconds to wait after each key of a snapshot (for tests).
        rdb_key_save_delay: i32 = 0, "rdb-key-save-delay", int(INT_MIN, INT_MAX), [HIDDEN];
        /// Microseconds to wait after each key that is loaded (for tests).
        key_load_delay: i32 = 0, "key-load-delay", int(INT_MIN, INT_MAX), [HIDDEN];
        /// Bytes loaded between two looks at the clients.
        loading_process_events_interval_bytes: i64 = 2 * MB,
            "loading-process-events-interval-bytes", int(1024, INT_MAX), [HIDDEN];
    }

    "Append-only file" {
        /// Log every write to the append-only file.
        appendonly: bool = false, "appendonly", Kind::Bool, [DENY_LOADING], effect AppendOnly;
        /// Directory of the append-only files.
        appenddirname: Vec<u8> = b"appendonlydir".to_vec(),
            "appenddirname", Kind::Text, [IMMUTABLE], check appenddirname;
        /// How the names of the append-only files start.
        appendfilename: Vec<u8> = b"appendonly.aof".to_vec(),
            "appendfilename", Kind::Text, [IMMUTABLE], check appendfilename;
        /// When the log is synced to disk: always, everysec or no.
        appendfsync: AppendFsync = AppendFsync::EverySec,
            "appendfsync", Kind::Enum(AppendFsync::NAMES), [], effect AppendFsync;
        /// Do not sync while a snapshot or a rewrite is written.
        no_appendfsync_on_rewrite: bool = false, "no-appendfsync-on-rewrite", Kind::Bool, [];
        /// Growth in percent at which the log is rewritten; 0 is never.
        auto_aof_rewrite_percentage: i32 = 100, "auto-aof-rewrite-percentage", int(0, INT_MAX), [];
        /// Bytes below which it is not.
        auto_aof_rewrite_min_size: i64 = 64 * MB,
            "auto-aof-rewrite-min-size", memory(0, LONG_MAX), [];
        /// Start even if the end of the log is cut off.
        aof_load_truncated: bool = true, "aof-load-truncated", Kind::Bool, [];
        /// Begin a rewritten log with a snapshot.
        aof_use_rdb_preamble: bool = true, "aof-use-rdb-preamble", Kind::Bool, [];
        /// Note the time in the log, to restore up to a moment.
        aof_timestamp_enabled: bool = false, "aof-timestamp-enabled", Kind::Bool, [];
        /// Sync a rewritten log to disk piece by piece while it is written.
        aof_rewrite_incremental_fsync: bool = true, "aof-rewrite-incremental-fsync", Kind::Bool, [];
        /// Keep append-only files that are no longer needed (for tests).
        aof_disable_auto_gc: bool = false,
            "aof-disable-auto-gc", Kind::Bool, [HIDDEN], effect AofCleanup;
    }

    "Memory" {
        /// Bytes of data at which keys are evicted or writes refused; 0 is no limit.
        maxmemory: u64 = 0, "maxmemory", memory(0, ULONG_MAX), [], effect MaxMemory;
        /// What is evicted: noeviction, or allkeys- or volatile- with lru, lfu or random, or
        /// volatile-ttl.
        maxmemory_policy: MaxmemoryPolicy = MaxmemoryPolicy::NoEviction,
            "maxmemory-policy", Kind::Enum(MaxmemoryPolicy::NAMES), [];
        /// How many keys are compared to find one to evict.
        maxmemory_samples: i32 = 5, "maxmemory-samples", int(1, INT_MAX), [];
        /// How much time eviction may take, from 0 to 100.
        maxmemory_eviction_tenacity: i32 = 10, "maxmemory-eviction-tenacity", int(0, 100), [];
        /// How slowly the counter of uses grows.
        lfu_log_factor: i32 = 10, "lfu-log-factor", int(0, INT_MAX), [];
        /// Minutes after which the counter of uses falls by one; 0 is never.
        lfu_decay_time: i32 = 1, "lfu-decay-time", int(0, INT_MAX), [];
        /// How hard expired keys are looked for, from 1 to 10.
        active_expire_effort: i32 = 1, "active-expire-effort", int(1, 10), [];
        /// Spend idle time on the growth of tables.
        activerehashing: bool = true, "activerehashing", Kind::Bool, [];
        /// Move values in memory to reduce fragmentation.
        activedefrag: bool = false, "activedefrag", Kind::Bool, [DEBUG];
        /// Bytes of waste below which nothing is moved.
        active_defrag_ignore_bytes: u64 = (100 * MB) as u64,
            "active-defrag-ignore-bytes", memory(1, LONG_MAX), [];
        /// Percent of waste at which moving starts.
        active_defrag_threshold_lower: i32 = 10, "active-defrag-threshold-lower", int(0, 1000), [];
        /// Percent of waste at which it takes the most effort.
        active_defrag_threshold_upper: i32 = 100, "active-defrag-threshold-upper", int(0, 1000), [];
        /// The least effort, in percent of a processor.
        active_defrag_cycle_min: i32 = 1, "active-defrag-cycle-min", int(1, 99), [];
        /// The most effort, in percent of a processor.
        active_defrag_cycle_max: i32 = 25, "active-defrag-cycle-max", int(1, 99), [];
        /// Elements above which a value is moved step by step.
        active_defrag_max_scan_fields: u64 = 1000,
            "active-defrag-max-scan-fields", int(1, LONG_MAX), [];
        /// Free evicted values in the background.
        lazyfree_lazy_eviction: bool = false, "lazyfree-lazy-eviction", Kind::Bool, [DEBUG];
        /// Free expired values in the background.
        lazyfree_lazy_expire: bool = false, "lazyfree-lazy-expire", Kind::Bool, [DEBUG];
        /// Free overwritten values in the background.
        lazyfree_lazy_server_del: bool = false, "lazyfree-lazy-server-del", Kind::Bool, [DEBUG];
        /// Let DEL free in the background as UNLINK does.
        lazyfree_lazy_user_del: bool = false, "lazyfree-lazy-user-del", Kind::Bool, [DEBUG];
        /// Let FLUSHALL and FLUSHDB free in the background unless told otherwise.
        lazyfree_lazy_user_flush: bool = false, "lazyfree-lazy-user-flush", Kind::Bool, [DEBUG];
        /// Free the old dataset in the background before a full resynchronisation.
        replica_lazy_flush: bool = false, "replica-lazy-flush" | "slave-lazy-flush", Kind::Bool, [];
        /// How many keys client-side caching remembers; 0 is no limit.
        tracking_table_max_keys: u64 = 1000000, "tracking-table-max-keys", int(0, LONG_MAX), [];
    }

    "Small values" {
        /// Fields up to which a hash is stored packed.
        hash_max_listpack_entries: u64 = 512,
            "hash-max-listpack-entries" | "hash-max-ziplist-entries", int(0, LONG_MAX), [];
        /// Bytes of a field or value up to which it is.
        hash_max_listpack_value: u64 = 64,
            "hash-max-listpack-value" | "hash-max-ziplist-value", memory(0, LONG_MAX), [];
        /// Elements of a packed piece of a list; -1 to -5 mean 4, 8, 16, 32 or 64 kb.
        list_max_listpack_size: i32 = -2,
            "list-max-listpack-size" | "list-max-ziplist-size", int(INT_MIN, INT_MAX), [];
        /// Kept without effect: no piece of a list is ever compressed.
        list_compress_depth: i32 = 0, "list-compress-depth", int(0, INT_MAX), [DEBUG];
        /// Members up to which a set of integers is stored packed.
        set_max_intset_entries: u64 = 512, "set-max-intset-entries", int(0, LONG_MAX), [];
        /// Members up to which any set is.
        set_max_listpack_entries: u64 = 128, "set-max-listpack-entries", int(0, LONG_MAX), [];
        /// Bytes of a member up to which it is.
        set_max_listpack_value: u64 = 64, "set-max-listpack-value", int(0, LONG_MAX), [];
        /// Members up to which a sorted set is stored packed.
        zset_max_listpack_entries: u64 = 128,
            "zset-max-listpack-entries" | "zset-max-ziplist-entries", int(0, LONG_MAX), [];
        /// Bytes of a member up to which it is.
        zset_max_listpack_value: u64 = 64,
            "zset-max-listpack-value" | "zset-max-ziplist-value", memory(0, LONG_MAX), [];
        /// Bytes up to which a HyperLogLog is stored sparsely.
        hll_sparse_max_bytes: u64 = 3000, "hll-sparse-max-bytes", memory(0, LONG_MAX), [];
        /// Bytes of one node of a stream; 0 is no limit.
        stream_node_max_bytes: u64 = 4096, "stream-node-max-bytes", memory(0, LONG_MAX), [];
        /// Entries of one node of a stream; 0 is no limit.
        stream_node_max_entries: i64 = 100, "stream-node-max-entries", int(0, LONG_MAX), [];
    }

    "Scripts and slow commands" {
        /// Milliseconds after which a running script makes other clients see BUSY.
        busy_reply_threshold: i64 = 5000,
            "busy-reply-threshold" | "lua-time-limit", int(0, LONG_MAX), [];
        /// Microseconds from which a command enters the slow log; negative is never.
        slowlog_log_slower_than: i64 = 10000, "slowlog-log-slower-than", int(-1, LONG_MAX), [];
        /// How many commands the slow log keeps.
        slowlog_max_len: u64 = 128, "slowlog-max-len", int(0, LONG_MAX), [];
        /// Milliseconds from which an event is kept for LATENCY; 0 is off.
        latency_monitor_threshold: i64 = 0, "latency-monitor-threshold", int(0, LONG_MAX), [];
        /// Keep a histogram of the time of each command.
        latency_tracking: bool = true, "latency-tracking", Kind::Bool, [];
        /// The percentiles that INFO shows of them.
        latency_tracking_info_percentiles: Percentiles = Percentiles::default(),
            "latency-tracking-info-percentiles", Kind::Special, [MULTI_ARG];
        /// Classes of events to publish: K and/or E with g $ l s h z x e t d m n, or A. Empty:
        /// none.
        notify_keyspace_events: EventClasses = EventClasses::default(),
            "notify-keyspace-events", Kind::Special, [];
    }

    "Replication" {
        /// Follow the primary at this host and port.
        replicaof: ReplicaOf = ReplicaOf::default(),
            "replicaof" | "slaveof", Kind::Special, [IMMUTABLE MULTI_ARG];
        /// Our user at the primary. Empty: the default user.
        masteruser: Option<Vec<u8>> = None, "masteruser", Kind::OptionalText, [SENSITIVE];
        /// Our password at the primary. Empty: none.
        masterauth: Option<Vec<u8>> = None, "masterauth", Kind::OptionalBytes, [SENSITIVE];
        /// Answer with old data while the link to the primary is down.
        replica_serve_stale_data: bool = true,
            "replica-serve-stale-data" | "slave-serve-stale-data", Kind::Bool, [];
        /// Refuse writes of clients while we are a replica.
        replica_read_only: bool = true,
            "replica-read-only" | "slave-read-only", Kind::Bool, [DEBUG];
        /// The lower, the sooner Sentinel makes us primary; 0 is never.
        replica_priority: i32 = 100, "replica-priority" | "slave-priority", int(0, INT_MAX), [];
        /// Let Sentinel tell clients about us.
        replica_announced: bool = true, "replica-announced", Kind::Bool, [];
        /// Our address as the primary shows it. Empty: as it sees it.
        replica_announce_ip: Option<Vec<u8>> = None,
            "replica-announce-ip" | "slave-announce-ip", Kind::OptionalText, [];
        /// Our port as the primary shows it; 0: our port.
        replica_announce_port: i32 = 0,
            "replica-announce-port" | "slave-announce-port", int(0, 65535), [];
        /// Leave eviction to the primary.
        replica_ignore_maxmemory: bool = true,
            "replica-ignore-maxmemory" | "slave-ignore-maxmemory", Kind::Bool, [];
        /// Go on when a command of the primary cannot be logged.
        replica_ignore_disk_write_errors: bool = false,
            "replica-ignore-disk-write-errors", Kind::Bool, [];
        /// Send a full resynchronisation through sockets, not through a file.
        repl_diskless_sync: bool = true, "repl-diskless-sync", Kind::Bool, [DEBUG];
        /// Seconds to wait for more replicas before it starts.
        repl_diskless_sync_delay: i32 = 5, "repl-diskless-sync-delay", int(0, INT_MAX), [];
        /// Replicas at which it starts at once; 0 is to wait.
        repl_diskless_sync_max_replicas: i32 = 0,
            "repl-diskless-sync-max-replicas", int(0, INT_MAX), [];
        /// Load a full resynchronisation from the socket: disabled, on-empty-db or swapdb.
        repl_diskless_load: ReplDisklessLoad = ReplDisklessLoad::Disabled,
            "repl-diskless-load", Kind::Enum(ReplDisklessLoad::NAMES), [DEBUG DENY_LOADING];
        /// Seconds between two pings to the replicas.
        repl_ping_replica_period: i32 = 10,
            "repl-ping-replica-period" | "repl-ping-slave-period", int(1, INT_MAX), [];
        /// Seconds of silence after which the link counts as lost.
        repl_timeout: i32 = 60, "repl-timeout", int(1, INT_MAX), [];
        /// Send in fewer and larger packets, later.
        repl_disable_tcp_nodelay: bool = false, "repl-disable-tcp-nodelay", Kind::Bool, [];
        /// Bytes kept for replicas that were away for a moment.
        repl_backlog_size: i64 = MB,
            "repl-backlog-size", memory(1, LONG_MAX), [], effect ReplBacklog;
        /// Seconds without replicas after which they are dropped; 0 is never.
        repl_backlog_ttl: i64 = 3600, "repl-backlog-ttl", int(0, LONG_MAX), [];
        /// Replicas without which writes are refused; 0 is off.
        min_replicas_to_write: i32 = 0,
            "min-replicas-to-write" | "min-slaves-to-write",
            int(0, INT_MAX), [], effect GoodReplicas;
        /// Seconds within which such a replica must have been heard of.
        min_replicas_max_lag: i32 = 10,
            "min-replicas-max-lag" | "min-slaves-max-lag", int(0, INT_MAX), [], effect GoodReplicas;
        /// When a propagated command fails: ignore, panic or panic-on-replicas.
        propagation_error_behavior: PropagationErrorBehavior = PropagationErrorBehavior::Ignore,
            "propagation-error-behavior", Kind::Enum(PropagationErrorBehavior::NAMES), [];
    }

    "Cluster" {
        /// Be a node of a cluster.
        cluster_enabled: bool = false, "cluster-enabled", Kind::Bool, [IMMUTABLE];
        /// File in which the node keeps what it knows of the cluster.
        cluster_config_file: Vec<u8> = b"nodes.conf".to_vec(),
            "cluster-config-file", Kind::Text, [IMMUTABLE];
        /// Milliseconds of silence after which a node counts as failing.
        cluster_node_timeout: i64 = 15000, "cluster-node-timeout", int(0, LONG_MAX), [];
        /// Milliseconds between two pings; 0 chooses.
        cluster_ping_interval: i64 = 0, "cluster-ping-interval", int(0, LONG_MAX), [HIDDEN];
        /// Port of the cluster bus; 0 is the client port plus 10000.
        cluster_port: i32 = 0, "cluster-port", int(0, 65535), [IMMUTABLE];
        /// How long a replica may have been cut off to take over, in node timeouts; 0 is any time.
        cluster_replica_validity_factor: i32 = 10,
            "cluster-replica-validity-factor" | "cluster-slave-validity-factor",
            int(0, INT_MAX), [];
        /// Replicas that a primary keeps before one moves to another primary.
        cluster_migration_barrier: i32 = 1, "cluster-migration-barrier", int(0, INT_MAX), [];
        /// Let replicas move to primaries that have none.
        cluster_allow_replica_migration: bool = true,
            "cluster-allow-replica-migration", Kind::Bool, [];
        /// Serve no keys when some slots are not covered.
        cluster_require_full_coverage: bool = true, "cluster-require-full-coverage", Kind::Bool, [];
        /// Never take over by ourselves.
        cluster_replica_no_failover: bool = false,
            "cluster-replica-no-failover" | "cluster-slave-no-failover",
            Kind::Bool, [], effect ClusterFlags;
        /// Serve reads while the cluster is down.
        cluster_allow_reads_when_down: bool = false,
            "cluster-allow-reads-when-down", Kind::Bool, [];
        /// Serve sharded channels while the cluster is down.
        cluster_allow_pubsubshard_when_down: bool = true,
            "cluster-allow-pubsubshard-when-down", Kind::Bool, [];
        /// Bytes of unsent output at which a link between nodes is closed; 0 is no limit.
        cluster_link_sendbuf_limit: u64 = 0, "cluster-link-sendbuf-limit", memory(0, ULONG_MAX), [];
        /// Our address as others shall see it. Empty: as they see it.
        cluster_announce_ip: Option<Vec<u8>> = None,
            "cluster-announce-ip", Kind::OptionalText, [], effect ClusterAddress;
        /// Our hostname as others shall see it. Empty: none.
        cluster_announce_hostname: Option<Vec<u8>> = None,
            "cluster-announce-hostname",
            Kind::OptionalText, [], effect ClusterHostname, check hostname;
        /// Our name in logs. Empty: none.
        cluster_announce_human_nodename: Option<Vec<u8>> = None,
            "cluster-announce-human-nodename",
            Kind::OptionalText, [], effect ClusterNodeName, check node_name;
        /// Our port as others shall see it; 0: our port.
        cluster_announce_port: i32 = 0,
            "cluster-announce-port", int(0, 65535), [], effect ClusterPorts;
        /// Our TLS port as others shall see it; 0: our TLS port.
        cluster_announce_tls_port: i32 = 0,
            "cluster-announce-tls-port", int(0, 65535), [], effect ClusterPorts;
        /// Our bus port as others shall see it; 0: our bus port.
        cluster_announce_bus_port: i32 = 0,
            "cluster-announce-bus-port", int(0, 65535), [], effect ClusterPorts;
        /// What clients are told as a node's address: ip, hostname or unknown-endpoint.
        cluster_preferred_endpoint_type: EndpointType = EndpointType::Ip,
            "cluster-preferred-endpoint-type", Kind::Enum(EndpointType::NAMES), [];
    }
}
