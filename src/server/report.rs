//! What the log gets when something is badly wrong: the report of a crash, of a panic, of a stuck
//! command thread.
//!
//! Tools look for the headings, so they are those of Redis.

use std::panic::PanicHookInfo;
use std::sync::Arc;
use std::time::Duration;

use super::last_words;
use super::logger::Logger;
use crate::base::log::Level;
use crate::config::Config;
use crate::core::command::Command;
use crate::core::engine::Engine;
use crate::core::registry::Registry;
use crate::core::world::REDIS_VERSION;
use crate::runtime::crash::fatal::{self, Fatal};
use crate::runtime::crash::watchdog::Watchdog;
use crate::runtime::crash::{Frame, Labels, here};
use crate::runtime::log::os_text;

const START: &str = "\n\n=== REDIS BUG REPORT START: Cut & paste starting from here ===\n";

const END: &str = "\n=== REDIS BUG REPORT END. Make sure to include from START to END. ===\n\n\
                   \x20      Please report the crash to the authors of Ferrous.\n\n";

/// The thread that runs commands.
pub(super) const COMMAND_THREAD: &str = "main";

/// How tools know the handlers of commands: by the name of the command, `debugCommand`. A
/// subcommand's handler has the name of its container.
pub(super) fn labels(registry: &Registry) -> Labels {
    let mut labels = Labels::new();
    for entry in registry.iter() {
        let container = entry.parent.map_or(entry, |parent| registry.get(parent));
        let mut label = |row: &Command| {
            if let Some(run) = row.run {
                labels.insert(run as usize, format!("{}Command", container.row.name));
            }
        };
        label(entry.row);
    }
    for run in crate::commands::debug_handlers() {
        labels.insert(run as usize, "debugCommand".to_owned());
    }
    labels
}

fn log_stack(logger: &Logger, frames: &[Frame]) {
    logger.raw("\n------ STACK TRACE ------\n");
    if let Some(first) = frames.first() {
        logger.raw(&format!("EIP:\n{first}\n\nBacktrace:\n"));
    }
    for frame in frames {
        logger.raw(&format!("{frame}\n"));
    }
}

/// Writes the report of a fatal signal.
fn log_fatal(logger: &Logger, build: &str, fatal: &Fatal) {
    logger.raw(START);
    let Fatal { signal, code, .. } = fatal;
    let warn = |text: &str| logger.log(Level::Warning, text);
    warn(&format!("Redis {REDIS_VERSION} crashed by signal: {signal}, si_code: {code}"));
    warn(&format!("Ferrous {} (build {build})", env!("CARGO_PKG_VERSION")));
    if let Some(address) = fatal.address {
        warn(&format!("Accessing address: {address:#x}"));
    }
    if let Some((pid, uid)) = fatal.sender {
        warn(&format!("Killed by PID: {pid}, UID: {uid}"));
    }
    log_stack(logger, &fatal.frames);
    logger.raw("\n------ REGISTERS ------\n");
    for four in fatal.registers.chunks(4) {
        let line: Vec<String> =
            four.iter().map(|(name, value)| format!("{name}:{value:016x}")).collect();
        logger.raw(&format!("{}\n", line.join(" ")));
    }
    last_words::after_signal(fatal.thread, logger);
    logger.raw(END);
}

/// Starts the reporter of fatal signals, and reports panics. Which signals are handled is up to
/// [`handle_crashes`].
pub(super) fn prepare(logger: &Arc<Logger>, labels: &Labels, build: &str) {
    let (mine, build) = (Arc::clone(logger), build.to_owned());
    let prepared = fatal::prepare(labels.clone(), move |fatal| log_fatal(&mine, &build, fatal));
    if let Err(error) = prepared {
        let text = format!("Crashes will not be reported: {}", os_text(&error));
        logger.log(Level::Warning, &text);
    }
    let (mine, labels) = (Arc::clone(logger), labels.clone());
    std::panic::set_hook(Box::new(move |info| {
        log_panic(&mine, &labels, info);
        last_words::note_panic();
        // The command thread unwinds, and tells what it still knows. Others can't.
        if std::thread::current().name() != Some(COMMAND_THREAD) {
            mine.raw(END);
            // This report is enough.
            let _ = fatal::handle(false);
            std::process::abort();
        }
    }));
}

fn log_panic(logger: &Logger, labels: &Labels, info: &PanicHookInfo<'_>) {
    let payload = info.payload();
    let text = match payload.downcast_ref::<&str>() {
        Some(text) => *text,
        None => payload.downcast_ref::<String>().map_or("panic without a text", String::as_str),
    };
    let place = info.location().map(|place| format!("{}:{}", place.file(), place.line()));
    logger.raw(START);
    let warn = |text: &str| logger.log(Level::Warning, text);
    warn("------------------------------------------------");
    warn("!!! Software Failure. Press left mouse button to continue");
    warn(&format!("Guru Meditation: {text} #{}", place.as_deref().unwrap_or("?")));
    warn("------------------------------------------------");
    log_stack(logger, &here(labels));
}

/// The end after a panic of the command thread: tells what the engine still knows, and ends the
/// process as `use-exit-on-panic` says.
pub(super) fn die(engine: &mut Engine, logger: &Logger) -> ! {
    last_words::after_panic(engine, logger);
    logger.raw(END);
    if engine.world.config.use_exit_on_panic {
        std::process::exit(1);
    }
    // The signal that follows has been reported already. If it cannot be left to the system, it is
    // reported once more.
    let _ = fatal::handle(false);
    std::process::abort();
}

/// Handles fatal signals as `crash-log-enabled` says.
/// # Errors
/// The system's text.
pub(super) fn handle_crashes(config: &Config) -> Result<(), String> {
    fatal::handle(config.crash_log_enabled).map_err(|error| os_text(&error))
}

/// A watchdog over the calling thread, if `watchdog-period` asks for one. The timer of the server
/// gives the signs of life, so a shorter period than two of its intervals makes no sense.
/// # Errors
/// The system's text.
pub(super) fn watchdog(
    config: &Config,
    logger: &Arc<Logger>,
    labels: &Labels,
) -> Result<Option<Watchdog>, String> {
    if config.watchdog_period <= 0 {
        return Ok(None);
    }
    let least = 2 * 1000 / config.hz.clamp(1, 500);
    let period = Duration::from_millis(config.watchdog_period.max(least) as u64);
    let logger = Arc::clone(logger);
    Watchdog::start(period, labels.clone(), move |frames| {
        logger.log(Level::Warning, "\n--- WATCHDOG TIMER EXPIRED ---");
        log_stack(&logger, frames);
        logger.log(Level::Warning, "--------\n");
    })
    .map(Some)
    .map_err(|error| os_text(&error))
}
