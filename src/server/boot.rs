//! From the command line to a running server, and to its end.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use super::daemon::{Manager, PidFile, detach};
use super::files::{ConfigFiles, absolute, change_dir, read_stdin};
use super::host::{Process, facts};
use super::last_words;
use super::listening::Sockets;
use super::logger::Logger;
use super::report;
use super::service::{Interlude, Server};
use super::texts;
use crate::base::log::Level;
use crate::commands::GROUPS;
use crate::config::{Config, Effect, Files, LoadError, MEMORY_TEST_USAGE, Start, from_args};
use crate::core::engine::Engine;
use crate::core::registry::Registry;
use crate::core::world::REDIS_VERSION;
use crate::runtime::free::FreeThread;
use crate::runtime::limits::adjust_open_files;
use crate::runtime::log::{Log, os_text};
use crate::runtime::memory;
use crate::runtime::net::{Net, Settings};
use crate::runtime::process::affinity;
use crate::runtime::process::syslog::Syslog;
use crate::runtime::process::title::Title;
use crate::runtime::signal::Signals;
use crate::scripting::Machine;

/// Runs the program with its arguments, the program's name first.
pub fn run(argv: &[Vec<u8>]) -> ExitCode {
    let start = match from_args(argv) {
        Ok(start) => start,
        Err(text) => return fail(text.as_bytes()),
    };
    match &start {
        Start::Version => print(&texts::version()),
        Start::Help => fail(texts::USAGE.as_bytes()),
        Start::TestMemory(_) => fail(MEMORY_TEST_USAGE.as_bytes()),
        Start::CheckSystem => fail(b"ferrous-server has no system check\n"),
        Start::Serve { sentinel: true, .. } => {
            fail(b"Sentinel mode is not supported by this version of Ferrous\n")
        }
        Start::Serve { .. } => serve(&start, argv.first().map_or(b"", |name| name)),
    }
}

fn print(text: &str) -> ExitCode {
    use std::io::Write;
    match std::io::stdout().write_all(text.as_bytes()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

fn fail(text: &[u8]) -> ExitCode {
    use std::io::Write;
    // Nothing is left to be done about an error stream that is closed.
    let _ = std::io::stderr().write_all(text);
    ExitCode::FAILURE
}

/// Reads the configuration.
/// # Errors
/// The exit code, after the report.
fn configure(start: &Start, logger: &Logger) -> Result<(Config, ConfigFiles), ExitCode> {
    let Start::Serve { file, stdin, .. } = start else { return Err(ExitCode::FAILURE) };
    let mut config = Config::default();
    let mut files = ConfigFiles::default();
    let refuse = |error: LoadError| match &error {
        LoadError::Unreadable { .. } => {
            logger.log(Level::Warning, &error.to_string());
            ExitCode::FAILURE
        }
        _ => fail(&error.report()),
    };
    let mut text = Vec::new();
    if let Some(file) = file {
        text = files
            .read(file)
            .map_err(|(path, reason)| refuse(LoadError::Unreadable { path, reason }))?;
        config.config_file = absolute(file);
    }
    let input = if *stdin {
        read_stdin()
            .map_err(|text| fail(format!("Can't read the standard input: {text}\n").as_bytes()))?
    } else {
        Vec::new()
    };
    if let Some(text) = start.text(&text, &input) {
        let loaded = config.load(&text, &mut files).map_err(refuse)?;
        for line in loaded.warnings {
            logger.log(Level::Warning, &line);
        }
        if !loaded.modules.is_empty() {
            logger.log(Level::Warning, "Modules are not supported: Ferrous can't load them.");
            return Err(ExitCode::FAILURE);
        }
    }
    if config.dir.0.is_empty() {
        config.dir.0 = change_dir(b".").unwrap_or_default();
    }
    Ok((config, files))
}

fn serve(start: &Start, name: &[u8]) -> ExitCode {
    let logger = Logger::new();
    let (config, files) = match configure(start, &logger) {
        Ok(loaded) => loaded,
        Err(code) => return code,
    };
    logger.set_file(&config.logfile);
    logger.set_level(config.loglevel);
    open_syslog(&config, &logger);
    let title = config.set_proc_title.then(Title::take).and_then(Result::ok);
    disable_huge_pages(&config, &logger);
    let manager = Manager::find(&config, &logger);
    let background = match detach(&config, &manager) {
        Ok(background) => background,
        Err(text) => {
            logger.log(Level::Warning, &text);
            return ExitCode::FAILURE;
        }
    };
    // Not earlier: the allocator's thread would not come along into the background.
    if let Err(text) = memory::configure() {
        logger.log(Level::Warning, &format!("Can't tune the allocator: {text}"));
    }
    greet(start, &config, &logger);
    logger.set_role(b'M');
    let outside = Outside { title: title.map(|title| (title, name.to_vec())), manager: &manager };
    let (mut net, mut server) = match assemble(config, files, &logger, outside) {
        Ok(parts) => parts,
        Err(text) => {
            logger.log(Level::Warning, &text);
            return ExitCode::FAILURE;
        }
    };
    let pid_file = PidFile::write(&server.engine.world.config, background, &logger);
    take_effect(&mut server);
    ready(&server, &logger);
    manager.tell("STATUS=Ready to accept connections\n", &logger);
    manager.tell("READY=1\n", &logger);
    last_words::listen_to(&mut server.engine);
    let ran = catch_unwind(AssertUnwindSafe(|| net.run(&mut server)));
    match ran {
        Ok(Ok(())) => {}
        Ok(Err(error)) => {
            logger.log(Level::Warning, &format!("The poller failed: {error}"));
            return ExitCode::FAILURE;
        }
        Err(_) => report::die(&mut server.engine, &logger),
    }
    manager.tell("STOPPING=1\n", &logger);
    if let Some(file) = pid_file {
        file.remove(&logger);
    }
    logger.log(Level::Warning, "Redis is now ready to exit, bye bye...");
    ExitCode::SUCCESS
}

fn open_syslog(config: &Config, logger: &Logger) {
    if !config.syslog_enabled {
        return;
    }
    let name = String::from_utf8_lossy(&config.syslog_ident);
    match Syslog::open(&name, config.syslog_facility.number()) {
        Ok(syslog) => logger.set_syslog(syslog),
        Err(error) => {
            logger.log(Level::Warning, &format!("Can't open the system log: {}", os_text(&error)));
        }
    }
}

/// Huge pages that the kernel makes by itself cost latency when memory is returned or copied.
fn disable_huge_pages(config: &Config, logger: &Logger) {
    let mode = std::fs::read_to_string("/sys/kernel/mm/transparent_hugepage/enabled");
    if !mode.is_ok_and(|mode| mode.contains("[always]")) {
        return;
    }
    if !config.disable_thp || nix::sys::prctl::set_thp_disable(true).is_err() {
        let text = "WARNING Transparent huge pages are made for every process. This costs latency \
                    and memory. Write madvise to /sys/kernel/mm/transparent_hugepage/enabled, or \
                    set disable-thp to yes.";
        logger.log(Level::Warning, text);
    }
}

fn greet(start: &Start, config: &Config, logger: &Logger) {
    logger.log(Level::Notice, "oO0OoO0OoO0Oo Redis is starting oO0OoO0OoO0Oo");
    logger.log(
        Level::Notice,
        &format!(
            "Redis version={REDIS_VERSION}, bits={}, commit=00000000, modified=0, pid={}, just started",
            usize::BITS,
            std::process::id()
        ),
    );
    if let Start::Serve { bare: true, .. } = start {
        logger.log(
            Level::Warning,
            "Warning: no config file specified, using the default config. In order to specify a \
             config file use ferrous-server /path/to/redis.conf",
        );
    } else {
        logger.log(Level::Notice, "Configuration loaded");
    }
    for remark in config.all_remarks() {
        logger.log(Level::Warning, &remark);
    }
}

/// What is known of the process before its parts are built.
struct Outside<'a> {
    title: Option<(Title, Vec<u8>)>,
    manager: &'a Manager,
}

/// Makes directives take effect that act on the process. Refusals are in the log: the server runs
/// without.
fn take_effect(server: &mut Server) {
    let world = &mut server.engine.world;
    let effects = [
        Effect::AllocatorThread,
        Effect::CrashHandlers,
        Effect::OomScore,
        Effect::ProcTitle,
        Effect::Watchdog,
    ];
    for effect in effects {
        let _ = world.host.apply(effect, &world.config);
    }
}

/// Builds the parts of the server.
/// # Errors
/// The line for the log; the process ends.
fn assemble(
    mut config: Config,
    files: ConfigFiles,
    logger: &Arc<Logger>,
    outside: Outside<'_>,
) -> Result<(Net, Server), String> {
    let limit = adjust_open_files(config.maxclients);
    for (level, line) in &limit.log {
        logger.log(*level, line);
    }
    config.maxclients = limit.clients.ok_or("Too few open files are allowed.")?;
    let stopping = Arc::new(AtomicBool::new(false));
    let (signals, wake) = Signals::install(Arc::clone(&stopping))
        .map_err(|error| format!("Can't install signal handlers: {error}"))?;
    let settings = Arc::new(Settings::default());
    let log: Log = {
        let logger = Arc::clone(logger);
        Arc::new(move |level, text| logger.log(level, text))
    };
    let free = start_free_thread(&config, logger)?;
    bind_to(&config.server_cpulist, logger);
    let mut net = Net::new(config.io_threads as usize, Arc::clone(&settings), Arc::clone(&log))
        .map_err(|error| format!("Failed creating the event loop. Error message: '{error}'"))?;
    net.watch(wake).map_err(|error| format!("Can't watch for signals: {error}"))?;
    let sockets = Sockets { listeners: net.listeners(), settings };
    sockets.open(&config)?;
    let metrics = Sockets::open_metrics(&config, &net.waker())?;
    let facts = facts(outside.manager.name())?;
    logger.log(Level::Notice, &format!("monotonic clock: {}", facts.monotonic_clock));
    announce(&config, logger);
    let labels = report::labels(&Registry::new(GROUPS));
    report::prepare(logger, &labels, &facts.build_id);
    let process =
        Process::new(facts, Arc::clone(logger), Box::new(sockets), free, outside.title, labels);
    let mut engine = Engine::new(Box::new(process), config, GROUPS, seeds()?);
    for (old, new) in &files.renames {
        engine.world.registry.rename(old, new).map_err(str::to_owned)?;
    }
    let interlude = Interlude { sockets: net.meanwhile(), signals: signals.clone() };
    engine.world.scripts.sockets = Some(Box::new(interlude));
    // A script that wants all memory there is fails; the server must not.
    let memory_max = engine.world.host.memory().total_system / 2;
    engine.world.scripts.vm = Some(Box::new(Machine::within(memory_max)));
    engine.world.startup_memory = memory::used_memory();
    Ok((net, Server { engine, signals, stopping, metrics }))
}

/// Binds the calling thread, and those that it starts, to the processors that a directive names.
fn bind_to(list: &Option<Vec<u8>>, logger: &Logger) {
    let Some(list) = list.as_deref().filter(|list| !list.is_empty()) else { return };
    if let Err(text) = affinity::bind(&String::from_utf8_lossy(list)) {
        logger.log(Level::Warning, &format!("Can't choose processors: {text}"));
    }
}

fn start_free_thread(config: &Config, logger: &Arc<Logger>) -> Result<FreeThread, String> {
    let (list, logger) = (config.bio_cpulist.clone(), Arc::clone(logger));
    FreeThread::start(move || bind_to(&list, &logger))
        .map_err(|error| format!("Can't start a thread: {error}"))
}

/// Randomness from the system: the order of hashes and all random choices follow from it.
fn seeds() -> Result<[u64; 3], String> {
    let mut seeds = [0; 3];
    for seed in &mut seeds {
        *seed = getrandom::u64().map_err(|error| format!("Can't get random bytes: {error}"))?;
    }
    Ok(seeds)
}

fn announce(config: &Config, logger: &Logger) {
    use std::io::IsTerminal;
    let terminal = config.logfile.is_empty() && std::io::stdout().is_terminal();
    if config.always_show_logo || terminal {
        logger.raw(&texts::logo(config.port, std::process::id()));
    } else {
        logger.log(Level::Notice, &format!("Running mode=standalone, port={}.", config.port));
    }
    let somaxconn = std::fs::read_to_string("/proc/sys/net/core/somaxconn");
    if let Some(max) = somaxconn.ok().and_then(|text| text.trim().parse::<i32>().ok())
        && max < config.tcp_backlog
    {
        logger.log(
            Level::Warning,
            &format!(
                "WARNING: The TCP backlog setting of {} cannot be enforced because \
                 /proc/sys/net/core/somaxconn is set to the lower value of {max}.",
                config.tcp_backlog
            ),
        );
    }
}

fn ready(server: &Server, logger: &Logger) {
    logger.log(Level::Notice, "Server initialized");
    let config = &server.engine.world.config;
    if config.port != 0 {
        logger.log(Level::Notice, "Ready to accept connections tcp");
    }
    if config.unixsocket.is_some() {
        logger.log(Level::Notice, "Ready to accept connections unix");
    }
}
