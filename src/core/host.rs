//! What the core needs from the process around it. A simulation implements it with memory.

use crate::base::time::Tick;
use crate::config::{Apply, Config};

pub use crate::base::log::Level;

/// Memory figures, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MemoryFigures {
    /// Allocated by the program.
    pub used: usize,
    /// Resident in RAM.
    pub rss: usize,
    /// Allocated, as the allocator counts it.
    pub allocated: usize,
    /// In pages that hold allocations.
    pub active: usize,
    /// Held by the allocator.
    pub resident: usize,
    /// Kept by the allocator without being backed by RAM.
    pub retained: usize,
    /// RAM of the machine.
    pub total_system: usize,
}

/// Processor time, in microseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CpuFigures {
    /// In the kernel, whole process.
    pub system: u64,
    /// In user space, whole process.
    pub user: u64,
    /// In the kernel, the command thread.
    pub system_main: u64,
    /// In user space, the command thread.
    pub user_main: u64,
    /// In the kernel, children that ended.
    pub system_children: u64,
    /// In user space, children that ended.
    pub user_children: u64,
}

/// Facts of the process that do not change.
#[derive(Clone, Debug, Default)]
pub struct ProcessFacts {
    /// Process id.
    pub pid: u32,
    /// 40 hexadecimal digits, drawn at start.
    pub run_id: String,
    /// System, release and machine, as `uname` gives them.
    pub os: String,
    /// Name of the polling mechanism.
    pub multiplexing: &'static str,
    /// Path of the executable.
    pub executable: String,
    /// The first 40 hexadecimal digits by which replicas know this history of writes.
    pub replication_id: String,
    /// Identifies the build.
    pub build_id: String,
    /// Which clock durations are measured by.
    pub monotonic_clock: &'static str,
    /// The service manager that was told about the start, or `no`.
    pub supervised: &'static str,
    /// Name of the allocator.
    pub allocator: &'static str,
}

/// See the module. All calls come from the command thread.
pub trait Host: Apply {
    /// The clocks. Called once per execution unit.
    fn tick(&mut self) -> Tick;
    /// Bytes allocated now: exact, and cheap enough for every command.
    fn used_memory(&self) -> usize;
    /// All memory figures; may take microseconds.
    fn memory(&self) -> MemoryFigures;
    /// Processor time used so far.
    fn cpu(&self) -> CpuFigures;
    /// Facts of the process.
    fn facts(&self) -> &ProcessFacts;
    /// The clocks at the start of a pass of the loop: may be dearer and more exact than
    /// [`Host::tick`].
    fn new_pass(&mut self) -> Tick {
        self.tick()
    }
    /// Takes over what the configuration says about the process beyond effects (log level, limits).
    fn settings(&mut self, config: &Config);
    /// The listeners, as INFO describes them: `name=tcp,bind=127.0.0.1,port=6379`.
    fn listeners(&self, config: &Config) -> Vec<String>;
    /// Writes a line to the log, if the level is high enough.
    fn log(&mut self, level: Level, text: &str);
    /// The contents of a file; empty if there is none.
    /// # Errors
    /// The system's text.
    fn read_file(&mut self, path: &[u8]) -> Result<Vec<u8>, String>;
    /// Puts a file in place of another, so that after a crash one of them is there whole.
    /// # Errors
    /// The system's text.
    fn replace_file(&mut self, path: &[u8], contents: &[u8]) -> Result<(), String>;
    /// Stops the command thread for a while (DEBUG SLEEP).
    fn sleep(&mut self, micros: u64);
    /// Drops something on another thread; it counts as `objects` things.
    fn discard(&mut self, garbage: Box<dyn Send>, objects: usize);
    /// Number of things given to [`Host::discard`] that are not dropped yet, and that were.
    fn discarded(&self) -> (usize, u64);
    /// Ends the process by SIGSEGV (DEBUG SEGFAULT).
    fn crash(&mut self);
    /// Gives unused memory back to the system (MEMORY PURGE).
    fn purge(&mut self);
    /// Writes a text to the standard output.
    fn print(&mut self, text: &str);
    /// The reading of a setting of the allocator, after writing it if a value is given; `None` if
    /// it can be written only.
    /// # Errors
    /// The system's text.
    fn allocator_setting(&mut self, name: &[u8], value: Option<i64>)
    -> Result<Option<i64>, String>;
    /// The same for settings that are texts; the value `VOID` makes the allocator act.
    /// # Errors
    /// The system's text.
    fn allocator_text(
        &mut self,
        name: &[u8],
        value: Option<&[u8]>,
    ) -> Result<Option<String>, String>;
    /// The allocator's own report.
    fn allocator_report(&mut self) -> String;
}
