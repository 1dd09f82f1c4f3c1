//! The process as the core sees it.

use std::fs;
use std::sync::Arc;
use std::time::Duration;

use nix::sys::resource::{Usage, UsageWho, getrusage};
use nix::sys::time::TimeValLike;

use super::files::change_dir;
use super::logger::Logger;
use crate::base::log::Level;
use crate::base::time::Tick;
use crate::config::{Apply, ChangeDir, Config, Effect, OomScoreAdj};
use crate::core::host::{CpuFigures, Host, MemoryFigures, ProcessFacts};
use crate::runtime::clock::Clock;
use crate::runtime::crash::Labels;
use crate::runtime::crash::watchdog::Watchdog;
use crate::runtime::free::FreeThread;
use crate::runtime::log::os_text;
use crate::runtime::memory;
use crate::runtime::process::oom::{OomScore, Score};
use crate::runtime::process::title::Title;

/// Who can listen on other addresses while the server runs.
pub(super) trait Listening {
    /// Listens as the configuration says, or goes on as before.
    /// # Errors
    /// `refusal`, in words for the client.
    fn listen(&self, config: &Config, refusal: &str) -> Result<(), String>;
    /// The listeners, as INFO describes them.
    fn describe(&self, config: &Config) -> Vec<String>;
    /// Takes over limits and timeouts of connections.
    fn adjust(&self, config: &Config);
}

/// See the module.
pub(super) struct Process {
    clock: Clock,
    free: FreeThread,
    facts: ProcessFacts,
    logger: Arc<Logger>,
    listening: Box<dyn Listening>,
    total_memory: usize,
    oom: OomScore,
    /// The place of the title, and the name under which the program was started.
    title: Option<(Title, Vec<u8>)>,
    labels: Labels,
    watchdog: Option<Watchdog>,
}

impl Process {
    /// The running process.
    pub(super) fn new(
        facts: ProcessFacts,
        logger: Arc<Logger>,
        listening: Box<dyn Listening>,
        free: FreeThread,
        title: Option<(Title, Vec<u8>)>,
        labels: Labels,
    ) -> Process {
        let total_memory = rustix::system::sysinfo();
        Process {
            clock: Clock::new(),
            free,
            facts,
            logger,
            listening,
            total_memory: total_memory.totalram as usize * total_memory.mem_unit as usize,
            oom: OomScore::default(),
            title,
            labels,
            watchdog: None,
        }
    }

    fn show_title(&self, config: &Config) {
        let Some((title, name)) = &self.title else { return };
        let Some(text) = config.process_title(&config.proc_title_template, name) else { return };
        if let Err(error) = title.set(&text) {
            let text = format!("Can't set the process title: {}", os_text(&error));
            self.logger.log(Level::Warning, &text);
        }
    }

    fn set_oom_score(&mut self, config: &Config) -> Result<(), String> {
        let [primary, replica, _] = config.oom_score_adj_values.0;
        let value = if config.replicaof.0.is_some() { replica } else { primary };
        let score = match config.oom_score_adj {
            OomScoreAdj::No => Score::Restored,
            OomScoreAdj::Relative => Score::Relative(value),
            OomScoreAdj::Absolute => Score::Absolute(value),
        };
        self.oom.set(score).map_err(|text| {
            self.logger.log(Level::Warning, &text);
            "Failed to set current oom_score_adj. Check server logs.".to_owned()
        })
    }
}

fn micros(usage: &Usage) -> (u64, u64) {
    (usage.system_time().num_microseconds() as u64, usage.user_time().num_microseconds() as u64)
}

/// Resident pages of the process, from the kernel's table.
fn resident_bytes() -> usize {
    let statm = fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages = statm.split(' ').nth(1).and_then(|pages| pages.parse::<usize>().ok());
    pages.unwrap_or(0) * rustix::param::page_size()
}

impl ChangeDir for Process {
    fn change_dir(&mut self, path: &[u8]) -> Result<Vec<u8>, String> {
        change_dir(path)
    }
}

impl Apply for Process {
    fn apply(&mut self, effect: Effect, config: &Config) -> Result<(), String> {
        match effect {
            Effect::Bind => self.listening.listen(config, "Failed to bind to specified addresses."),
            Effect::Port => {
                self.listening.listen(config, "Unable to listen on this port. Check server logs.")
            }
            Effect::MaxClients => {
                let limit = crate::runtime::limits::adjust_open_files(config.maxclients);
                match limit.clients {
                    Some(clients) if clients >= config.maxclients => Ok(()),
                    Some(clients) => Err(format!(
                        "The operating system is not able to handle the specified number of \
                         clients, try with {clients}"
                    )),
                    None => Err("The operating system is not able to handle the specified number \
                                 of clients, try with 1"
                        .to_owned()),
                }
            }
            Effect::AllocatorThread => memory::set_background_thread(config.jemalloc_bg_thread)
                .map_err(|text| {
                    let text = format!("Can't start or stop the allocator's thread: {text}");
                    self.logger.log(Level::Warning, &text);
                    "The allocator refused. Check server logs.".to_owned()
                }),
            Effect::OomScore => self.set_oom_score(config),
            Effect::CrashHandlers => super::report::handle_crashes(config),
            Effect::Watchdog => {
                self.watchdog = super::report::watchdog(config, &self.logger, &self.labels)?;
                Ok(())
            }
            Effect::ProcTitle => {
                self.show_title(config);
                Ok(())
            }
            _ => Ok(()),
        }
    }
}

impl Host for Process {
    #[inline]
    fn tick(&mut self) -> Tick {
        self.clock.now()
    }

    fn settings(&mut self, config: &Config) {
        self.logger.set_level(config.loglevel);
        self.listening.adjust(config);
    }

    fn used_memory(&self) -> usize {
        memory::used_memory()
    }

    fn memory(&self) -> MemoryFigures {
        let stats = memory::allocator_stats().unwrap_or_default();
        MemoryFigures {
            used: memory::used_memory(),
            rss: resident_bytes(),
            allocated: stats.allocated,
            active: stats.active,
            resident: stats.resident,
            retained: stats.retained,
            total_system: self.total_memory,
        }
    }

    fn cpu(&self) -> CpuFigures {
        let of = |who| getrusage(who).map(|usage| micros(&usage)).unwrap_or_default();
        let (system, user) = of(UsageWho::RUSAGE_SELF);
        let (system_children, user_children) = of(UsageWho::RUSAGE_CHILDREN);
        let (system_main, user_main) = of(UsageWho::RUSAGE_THREAD);
        CpuFigures { system, user, system_main, user_main, system_children, user_children }
    }

    fn facts(&self) -> &ProcessFacts {
        &self.facts
    }

    fn listeners(&self, config: &Config) -> Vec<String> {
        self.listening.describe(config)
    }

    fn log(&mut self, level: Level, text: &str) {
        self.logger.log(level, text);
    }

    fn read_file(&mut self, path: &[u8]) -> Result<Vec<u8>, String> {
        super::files::read_file(path)
    }

    fn replace_file(&mut self, path: &[u8], contents: &[u8]) -> Result<(), String> {
        super::files::replace_file(path, contents)
    }

    fn sleep(&mut self, micros: u64) {
        std::thread::sleep(Duration::from_micros(micros));
        self.clock.resync();
    }

    fn discard(&mut self, garbage: Box<dyn Send>, objects: usize) {
        self.free.free(garbage, objects);
    }

    fn discarded(&self) -> (usize, u64) {
        (self.free.pending(), self.free.freed() as u64)
    }

    fn crash(&mut self) {
        // Refused only for unknown signals; then the client gets its reply.
        let _ = nix::sys::signal::raise(nix::sys::signal::Signal::SIGSEGV);
    }

    fn purge(&mut self) {
        if let Err(error) = memory::purge() {
            self.logger.log(Level::Warning, &format!("Can't purge the allocator: {error}"));
        }
    }

    fn print(&mut self, text: &str) {
        self.logger.raw(text);
    }

    fn allocator_setting(
        &mut self,
        name: &[u8],
        value: Option<i64>,
    ) -> Result<Option<i64>, String> {
        memory::setting(name, value)
    }

    fn allocator_text(
        &mut self,
        name: &[u8],
        value: Option<&[u8]>,
    ) -> Result<Option<String>, String> {
        memory::text_setting(name, value)
    }

    fn allocator_report(&mut self) -> String {
        memory::report()
    }

    fn new_pass(&mut self) -> Tick {
        if let Some(watchdog) = &self.watchdog {
            watchdog.beat();
        }
        self.clock.resync()
    }
}

/// The allocator, as INFO names it.
pub(super) const ALLOCATOR: &str = "jemalloc-5.3.0";

/// A random text of 40 hexadecimal digits.
fn random_id() -> Result<String, String> {
    let mut bytes = [0; 20];
    getrandom::fill(&mut bytes).map_err(|error| format!("Can't get random bytes: {error}"))?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// What does not change about the process.
/// # Errors
/// The system has no randomness.
pub(super) fn facts(supervised: &'static str) -> Result<ProcessFacts, String> {
    let uname = rustix::system::uname();
    let part = |text: &std::ffi::CStr| text.to_string_lossy().into_owned();
    Ok(ProcessFacts {
        pid: std::process::id(),
        run_id: random_id()?,
        replication_id: random_id()?,
        build_id: super::texts::build_id(),
        os: [part(uname.sysname()), part(uname.release()), part(uname.machine())].join(" "),
        multiplexing: "epoll",
        monotonic_clock: "POSIX clock_gettime",
        supervised,
        executable: std::env::current_exe()
            .map(|path| path.display().to_string())
            .unwrap_or_default(),
        allocator: ALLOCATOR,
    })
}
