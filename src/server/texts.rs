//! What the program prints about itself.

use crate::core::world::REDIS_VERSION;

/// The line of `--version`.
pub(super) fn version() -> String {
    format!(
        "Redis server v={REDIS_VERSION} sha=00000000:0 malloc={} bits={} build={}\n",
        super::host::ALLOCATOR,
        usize::BITS,
        build_id(),
    )
}

/// Identifies the build: the same sources and compiler give the same id.
pub(super) fn build_id() -> String {
    let seed = concat!(env!("CARGO_PKG_NAME"), "-", env!("CARGO_PKG_VERSION"));
    let hash = fxhash::hash64(seed);
    format!("{hash:016x}")
}

/// How to use the program.
pub(super) const USAGE: &str = "\
Usage: ./ferrous-server [/path/to/redis.conf] [options] [-]
       ./ferrous-server - (read config from stdin)
       ./ferrous-server -v or --version
       ./ferrous-server -h or --help

Examples:
       ./ferrous-server (run the server with default conf)
       echo 'maxmemory 128mb' | ./ferrous-server -
       ./ferrous-server /etc/redis/6379.conf
       ./ferrous-server --port 7777
       ./ferrous-server /etc/myredis.conf --loglevel verbose -
       ./ferrous-server /etc/myredis.conf --loglevel verbose
";

/// The banner at start.
pub(super) fn logo(port: i32, pid: u32) -> String {
    format!(
        "
            .
        .  /|\\  .
         \\/ | \\/         Ferrous {} (Redis {REDIS_VERSION}) {} bit
       ---( Fe )---
         /\\ | /\\         Running in standalone mode
        '  \\|/  '        Port: {port}
            '            PID: {pid}

",
        env!("CARGO_PKG_VERSION"),
        usize::BITS,
    )
}
