//! The log: Redis's line format, to standard output or a file that is opened anew for every line,
//! so that it can be moved away under a running server.

use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::ffi::OsStrExt;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, OnceLock};

use chrono::Local;

use crate::base::log::Level;
use crate::config::LogLevel;
use crate::runtime::process::syslog::Syslog;

/// See the module. Shared by all threads; a line is written whole.
pub(super) struct Logger {
    level: AtomicU8,
    role: AtomicU8,
    /// Path of the file; empty: standard output.
    file: Mutex<Vec<u8>>,
    /// The system log, if lines go there, too.
    syslog: OnceLock<Syslog>,
}

/// A line without what is too much of it.
fn cut(text: &str) -> &str {
    const MAX: usize = 1023;
    let mut end = text.len().min(MAX);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

impl Logger {
    /// A log on standard output that keeps everything from `notice` on. Until the server is
    /// configured its lines carry `C` where its role will stand.
    pub(super) fn new() -> Arc<Logger> {
        Arc::new(Logger {
            level: AtomicU8::new(Level::Notice as u8),
            role: AtomicU8::new(b'C'),
            file: Mutex::new(Vec::new()),
            syslog: OnceLock::new(),
        })
    }

    /// The lowest level that is written, as `loglevel` names it.
    pub(super) fn set_level(&self, level: LogLevel) {
        let level = match level {
            LogLevel::Debug => Level::Debug as u8,
            LogLevel::Verbose => Level::Verbose as u8,
            LogLevel::Notice => Level::Notice as u8,
            LogLevel::Warning => Level::Warning as u8,
            LogLevel::Nothing => Level::Warning as u8 + 1,
        };
        self.level.store(level, Ordering::Relaxed);
    }

    /// Where lines go from now on; empty: standard output.
    pub(super) fn set_file(&self, path: &[u8]) {
        *self.file.lock().expect("no holder of this lock panics") = path.to_vec();
    }

    /// Sends all lines to the system log, too, from now on.
    pub(super) fn set_syslog(&self, syslog: Syslog) {
        // It is set once, at start; a second one would change nothing.
        let _ = self.syslog.set(syslog);
    }

    /// The letter of the server's role: `M` primary, `S` replica.
    pub(super) fn set_role(&self, role: u8) {
        self.role.store(role, Ordering::Relaxed);
    }

    /// Writes a line if its level is high enough. A line that cannot be written is lost.
    pub(super) fn log(&self, level: Level, text: &str) {
        if (level as u8) < self.level.load(Ordering::Relaxed) {
            return;
        }
        let text = cut(text);
        let mark = [b'.', b'-', b'*', b'#'][level as usize] as char;
        let role = self.role.load(Ordering::Relaxed) as char;
        let time = Local::now().format("%d %b %Y %H:%M:%S%.3f");
        self.raw(&format!("{}:{role} {time} {mark} {text}\n", std::process::id()));
        if let Some(syslog) = self.syslog.get() {
            syslog.send(level, text);
        }
    }

    /// Writes text as it is (the logo).
    pub(super) fn raw(&self, text: &str) {
        let path = self.file.lock().expect("no holder of this lock panics");
        if path.is_empty() {
            let mut out = std::io::stdout().lock();
            let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
            return;
        }
        let path = std::ffi::OsStr::from_bytes(&path);
        if let Ok(mut file) = OpenOptions::new().create(true).append(true).open(path) {
            let _ = file.write_all(text.as_bytes());
        }
    }
}
