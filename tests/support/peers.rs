//! Other programs that tests need.

use std::path::PathBuf;
use std::process::Command;

/// Debian's `redis-server` (or `FERROUS_PEER`), the live oracle of the differential test.
///
/// Absent: says so loudly, and panics where `CI` is set, so that a test is never lost in silence.
pub(crate) fn redis_server() -> Option<PathBuf> {
    installed(PathBuf::from(std::env::var_os("FERROUS_PEER").unwrap_or("redis-server".into())))
}

/// A program of Debian's package `prometheus`; absent as [`redis_server`].
pub(crate) fn prometheus_tool(name: &str) -> Option<PathBuf> {
    installed(PathBuf::from(name))
}

fn installed(path: PathBuf) -> Option<PathBuf> {
    let runs = Command::new(&path).arg("--version").output().is_ok_and(|out| out.status.success());
    if runs {
        return Some(path);
    }
    let message = format!("SKIPPED: {} is not installed (see ci/peers)", path.display());
    assert!(std::env::var_os("CI").is_none(), "{message}");
    eprintln!("{message}");
    None
}
