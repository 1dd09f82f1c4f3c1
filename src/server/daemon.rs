//! The process and who started it: service managers, the background, the pid file.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

use nix::sys::signal::{Signal, raise};

use super::logger::Logger;
use crate::base::log::Level;
use crate::config::{Config, Supervised};
use crate::runtime::log::os_text;
use crate::runtime::process::manager::Systemd;

/// Where the process id goes in the background if `pidfile` says nothing.
const DEFAULT_PID_FILE: &str = "/var/run/redis.pid";

/// The service manager that was found.
#[derive(Debug)]
pub(super) enum Manager {
    /// None is asked for.
    None,
    /// One is asked for, and not found.
    Unknown,
    /// upstart, which was told.
    Upstart,
    /// systemd, which is told more.
    Systemd(Systemd),
}

impl Manager {
    /// Finds the manager that the configuration names, and tells it that we are starting.
    pub(super) fn find(config: &Config, logger: &Logger) -> Manager {
        let set = |name: &str| std::env::var_os(name).is_some();
        let kind = match config.supervised {
            Supervised::No => return Manager::None,
            Supervised::Auto if set("UPSTART_JOB") => {
                logger.log(Level::Verbose, "Upstart supervision detected.");
                Supervised::Upstart
            }
            Supervised::Auto if set("NOTIFY_SOCKET") => {
                logger.log(Level::Verbose, "Systemd supervision detected.");
                Supervised::Systemd
            }
            named => named,
        };
        match kind {
            Supervised::Upstart => upstart(logger),
            Supervised::Systemd => systemd(logger),
            Supervised::No | Supervised::Auto => Manager::Unknown,
        }
    }

    /// How INFO names it.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Manager::None => "no",
            Manager::Unknown => "unknown",
            Manager::Upstart => "upstart",
            Manager::Systemd(_) => "systemd",
        }
    }

    /// True if somebody watches over the process in the foreground.
    fn is_found(&self) -> bool {
        matches!(self, Manager::Upstart | Manager::Systemd(_))
    }

    /// Tells systemd how we are.
    pub(super) fn tell(&self, state: &str, logger: &Logger) {
        let Manager::Systemd(systemd) = self else { return };
        if let Err(error) = systemd.tell(state) {
            let text = format!("systemd supervision error: sd_notify: {}", os_text(&error));
            logger.log(Level::Warning, &text);
        }
    }
}

fn upstart(logger: &Logger) -> Manager {
    if std::env::var_os("UPSTART_JOB").is_none() {
        let text = "upstart supervision requested, but UPSTART_JOB not found!";
        logger.log(Level::Warning, text);
        return Manager::Unknown;
    }
    logger.log(Level::Notice, "supervised by upstart, will stop to signal readiness.");
    match raise(Signal::SIGSTOP) {
        Ok(()) => Manager::Upstart,
        Err(_) => Manager::Unknown,
    }
}

fn systemd(logger: &Logger) -> Manager {
    let Some(address) = std::env::var_os("NOTIFY_SOCKET") else {
        logger.log(Level::Warning, "systemd supervision error: NOTIFY_SOCKET not found!");
        return Manager::Unknown;
    };
    let told = Systemd::new(&address).and_then(|systemd| {
        systemd.tell("STATUS=Redis is loading...\n")?;
        Ok(systemd)
    });
    match told {
        Ok(systemd) => {
            let text = "Supervised by systemd. Please make sure you set appropriate values for \
                        TimeoutStartSec and TimeoutStopSec in your service unit.";
            logger.log(Level::Notice, text);
            Manager::Systemd(systemd)
        }
        Err(error) => {
            let text = format!("systemd supervision error: sd_notify: {}", os_text(&error));
            logger.log(Level::Warning, &text);
            Manager::Unknown
        }
    }
}

/// Goes to the background if the configuration says so and nobody watches over the foreground: a
/// new session without a terminal, all three standard streams at `/dev/null`. To be called before
/// any thread is started. True if it did.
///
/// # Errors
/// The line for the log.
pub(super) fn detach(config: &Config, manager: &Manager) -> Result<bool, String> {
    if !config.daemonize || manager.is_found() {
        return Ok(false);
    }
    nix::unistd::daemon(true, false)
        .map_err(|error| format!("Can't go to the background: {}", os_text(&error.into())))?;
    Ok(true)
}

/// The file that holds the process id; removed by [`PidFile::remove`].
#[derive(Debug)]
pub(super) struct PidFile(PathBuf);

impl PidFile {
    /// Writes it, if there is to be one.
    pub(super) fn write(config: &Config, background: bool, logger: &Logger) -> Option<PidFile> {
        let path = match config.pidfile.as_deref().filter(|path| !path.is_empty()) {
            Some(path) => PathBuf::from(OsStr::from_bytes(path)),
            None if background => PathBuf::from(DEFAULT_PID_FILE),
            None => return None,
        };
        if let Err(error) = std::fs::write(&path, format!("{}\n", std::process::id())) {
            logger.log(Level::Warning, &format!("Failed to write PID file: {}", os_text(&error)));
        }
        Some(PidFile(path))
    }

    /// Removes it at the end.
    pub(super) fn remove(self, logger: &Logger) {
        logger.log(Level::Notice, "Removing the pid file.");
        // It may be gone already, which is all that is wanted.
        let _ = std::fs::remove_file(self.0);
    }
}
