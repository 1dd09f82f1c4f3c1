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
use crate::config::{Apply, ChangeDir, Config, Effect};
use crate::core::host::{CpuFigures, Host, MemoryFigures, ProcessFacts};
use crate::runtime::clock::Clock;
use crate::runtime::free::FreeThread;
use crate::runtime::memory;

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
}

impl Process {
    /// The running process.
    pub(super) fn new(
        facts: ProcessFacts,
        logger: Arc<Logger>,
        listening: Box<dyn Listening>,
    ) -> std::io::Result<Process> {
        let total_memory = rustix::system::sysinfo();
        Ok(Process {
            clock: Clock::new(),
            free: FreeThread::start()?,
            facts,
            logger,
            listening,
            total_memory: total_memory.totalram as usize * total_memory.mem_unit as usize,
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

    fn purge(&mut self) {
        if let Err(error) = memory::purge() {
            self.logger.log(Level::Warning, &format!("Can't purge the allocator: {error}"));
        }
    }

    fn new_pass(&mut self) -> Tick {
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
pub(super) fn facts() -> Result<ProcessFacts, String> {
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
        supervised: "no",
        executable: std::env::current_exe()
            .map(|path| path.display().to_string())
            .unwrap_or_default(),
        allocator: ALLOCATOR,
    })
}
