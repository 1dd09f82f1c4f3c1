//! Signals after which the process ends.
//!
//! Holds: the process ends with the signal that it got, whatever becomes of the report.
//! Threads: one report at a time; a second thread in trouble waits for the end.
#![allow(unsafe_code)]

use std::io::{self, Read};
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicUsize, Ordering};
use std::thread;

use nix::libc;
use nix::sys::pthread::pthread_self;
use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, Signal, raise, sigaction};

use super::stack::{Frame, Labels, Note};

/// What is handled.
const SIGNALS: [Signal; 5] =
    [Signal::SIGSEGV, Signal::SIGBUS, Signal::SIGFPE, Signal::SIGILL, Signal::SIGABRT];

/// How long a report may take, in steps of [`STEP_NS`].
const STEPS: u32 = 1000;
const STEP_NS: i64 = 10_000_000;

/// What a thread looked like when it got a fatal signal.
#[derive(Clone, Debug)]
pub struct Fatal {
    /// The signal's number.
    pub signal: i32,
    /// Why it came.
    pub code: i32,
    /// The address that could not be used, for SIGSEGV and SIGBUS.
    pub address: Option<usize>,
    /// Process and user that sent it, if one did.
    pub sender: Option<(i32, u32)>,
    /// The thread, as [`this_thread`] names it.
    pub thread: usize,
    /// The calls that the thread was in, innermost first.
    pub frames: Vec<Frame>,
    /// Its registers.
    pub registers: Vec<(&'static str, u64)>,
}

/// Written by the handler, read by the reporter.
static NOTE: Note = Note::new();
static SIGNAL: AtomicI32 = AtomicI32::new(0);
static CODE: AtomicI32 = AtomicI32::new(0);
static ADDRESS: AtomicUsize = AtomicUsize::new(0);
static THREAD: AtomicUsize = AtomicUsize::new(0);
static SENDER: (AtomicI32, AtomicI32) = (AtomicI32::new(0), AtomicI32::new(0));
static REGISTERS: [AtomicUsize; 32] = [const { AtomicUsize::new(0) }; 32];
/// A thread is in the handler.
static BUSY: AtomicBool = AtomicBool::new(false);
/// The report is out.
static TOLD: AtomicBool = AtomicBool::new(false);
/// What the handler writes to, to wake the reporter.
static WAKE: OnceLock<OwnedFd> = OnceLock::new();

#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
mod machine {
    use nix::libc;

    pub(super) const NAMES: [&str; 18] = [
        "RAX", "RBX", "RCX", "RDX", "RDI", "RSI", "RBP", "RSP", "R8", "R9", "R10", "R11", "R12",
        "R13", "R14", "R15", "RIP", "EFL",
    ];
    const PLACES: [libc::c_int; 18] = [
        libc::REG_RAX,
        libc::REG_RBX,
        libc::REG_RCX,
        libc::REG_RDX,
        libc::REG_RDI,
        libc::REG_RSI,
        libc::REG_RBP,
        libc::REG_RSP,
        libc::REG_R8,
        libc::REG_R9,
        libc::REG_R10,
        libc::REG_R11,
        libc::REG_R12,
        libc::REG_R13,
        libc::REG_R14,
        libc::REG_R15,
        libc::REG_RIP,
        libc::REG_EFL,
    ];

    pub(super) fn registers(context: &libc::ucontext_t) -> [u64; 18] {
        PLACES.map(|place| context.uc_mcontext.gregs[place as usize] as u64)
    }
}

#[cfg(all(target_os = "linux", target_arch = "aarch64"))]
mod machine {
    use nix::libc;

    pub(super) const NAMES: [&str; 32] = [
        "X0", "X1", "X2", "X3", "X4", "X5", "X6", "X7", "X8", "X9", "X10", "X11", "X12", "X13",
        "X14", "X15", "X16", "X17", "X18", "X19", "X20", "X21", "X22", "X23", "X24", "X25", "X26",
        "X27", "X28", "X29", "X30", "PC",
    ];

    pub(super) fn registers(context: &libc::ucontext_t) -> [u64; 32] {
        let mut all = [0; 32];
        all[..31].copy_from_slice(&context.uc_mcontext.regs);
        all[31] = context.uc_mcontext.pc;
        all
    }
}

#[cfg(not(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64"))))]
mod machine {
    use nix::libc;

    pub(super) const NAMES: [&str; 0] = [];

    pub(super) fn registers(_: &libc::ucontext_t) -> [u64; 0] {
        []
    }
}

/// A number for the calling thread, different from those of all other threads of the process.
pub fn this_thread() -> usize {
    pthread_self() as usize
}

/// Runs on the thread in trouble, on its alternate stack.
extern "C" fn handler(signal: libc::c_int, info: *mut libc::siginfo_t, context: *mut libc::c_void) {
    if BUSY.swap(true, Ordering::AcqRel) {
        // Another thread is being reported; it ends the process for us. Our own handler failed if
        // it is the same one: the default action follows when we return.
        if SIGNAL.load(Ordering::Relaxed) != signal {
            wait();
        }
        return;
    }
    SIGNAL.store(signal, Ordering::Relaxed);
    THREAD.store(this_thread(), Ordering::Relaxed);
    // SAFETY: with SA_SIGINFO the kernel hands over both structures, valid during the call.
    let (info, context) = unsafe { (&*info, &*context.cast::<libc::ucontext_t>()) };
    CODE.store(info.si_code, Ordering::Relaxed);
    if info.si_code <= 0 {
        // SAFETY: a signal that a process has sent carries its sender.
        let (pid, uid) = unsafe { (info.si_pid(), info.si_uid()) };
        SENDER.0.store(pid, Ordering::Relaxed);
        SENDER.1.store(uid as i32, Ordering::Relaxed);
    } else {
        // SAFETY: a signal that the kernel made for a fault carries an address.
        ADDRESS.store(unsafe { info.si_addr() } as usize, Ordering::Relaxed);
    }
    for (cell, value) in REGISTERS.iter().zip(machine::registers(context)) {
        cell.store(value as usize, Ordering::Relaxed);
    }
    NOTE.take();
    if let Some(wake) = WAKE.get()
        && rustix::io::write(wake, &[1]).is_ok()
    {
        wait();
    }
    // The action is the default one again (SA_RESETHAND): this ends the process. For a fault the
    // instruction that failed would do, too.
    let _ = Signal::try_from(signal).map(raise);
}

/// Waits until the report is out, but not for ever.
fn wait() {
    for _ in 0..STEPS {
        if TOLD.load(Ordering::Acquire) {
            return;
        }
        let step = rustix::time::Timespec { tv_sec: 0, tv_nsec: STEP_NS };
        let _ = rustix::thread::nanosleep(&step);
    }
}

/// Starts the thread that reports. `report` is called at most once, on that thread, while the one
/// in trouble stands still.
///
/// # Errors
/// The system has no thread or descriptor left, or this was called before.
pub fn prepare(labels: Labels, report: impl FnOnce(&Fatal) + Send + 'static) -> io::Result<()> {
    let (mut heard, wake) = UnixStream::pair()?;
    debug_assert!(wake.as_raw_fd() >= 0);
    WAKE.set(wake.into()).map_err(|_| io::Error::other("there is a reporter already"))?;
    thread::Builder::new().name("crash".into()).spawn(move || {
        if heard.read_exact(&mut [0]).is_ok() {
            report(&noted(&labels));
        }
        TOLD.store(true, Ordering::Release);
    })?;
    Ok(())
}

/// What the handler has noted.
fn noted(labels: &Labels) -> Fatal {
    let get = |cell: &AtomicI32| cell.load(Ordering::Relaxed);
    let (signal, code) = (get(&SIGNAL), get(&CODE));
    let faulty = code > 0 && [libc::SIGSEGV, libc::SIGBUS].contains(&signal);
    let values = REGISTERS.iter().map(|cell| cell.load(Ordering::Relaxed) as u64);
    Fatal {
        signal,
        code,
        address: faulty.then(|| ADDRESS.load(Ordering::Relaxed)),
        thread: THREAD.load(Ordering::Relaxed),
        sender: (code <= 0).then(|| (get(&SENDER.0), get(&SENDER.1) as u32)),
        frames: NOTE.frames(labels),
        registers: machine::NAMES.into_iter().zip(values).collect(),
    }
}

/// Handles the signals from now on, or leaves them to the system.
///
/// # Errors
/// The system's.
pub fn handle(on: bool) -> io::Result<()> {
    let action = if on {
        let flags =
            SaFlags::SA_NODEFER | SaFlags::SA_ONSTACK | SaFlags::SA_RESETHAND | SaFlags::SA_SIGINFO;
        SigAction::new(SigHandler::SigAction(handler), flags, SigSet::empty())
    } else {
        SigAction::new(SigHandler::SigDfl, SaFlags::empty(), SigSet::empty())
    };
    for signal in SIGNALS {
        // SAFETY: the handler touches atomics, makes system calls that are safe in handlers, and
        // walks the stack of its own thread. The old action is not used.
        unsafe { sigaction(signal, &action) }.map_err(io::Error::from)?;
    }
    Ok(())
}
