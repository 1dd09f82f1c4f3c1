//! What the engine still knows when the process ends: INFO, the clients, the command at hand.
//!
//! Holds: the command thread stands still, or is the one that asks, while its state is read.
//! Not here: the report around it.
#![allow(unsafe_code)]

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicPtr, AtomicUsize, Ordering};

use super::logger::Logger;
use crate::base::text::push_repr;
use crate::config::{Flags, ROWS};
use crate::core::engine::Engine;
use crate::runtime::crash::fatal::this_thread;

/// The engine of the process, once it serves.
static ENGINE: AtomicPtr<Engine> = AtomicPtr::new(std::ptr::null_mut());
/// The thread that it belongs to.
static THREAD: AtomicUsize = AtomicUsize::new(0);
/// The command that has panicked.
static PANICKED: Mutex<Option<Current>> = Mutex::new(None);

/// Bytes of an argument that are shown.
const ARG_MAX: usize = 128;

/// The command at hand and its client, in words.
struct Current {
    client: String,
    args: Vec<String>,
}

/// From now on this engine, which belongs to the calling thread and stays where it is until the
/// process ends, is asked for last words.
pub(super) fn listen_to(engine: &mut Engine) {
    THREAD.store(this_thread(), Ordering::Release);
    ENGINE.store(engine, Ordering::Release);
}

/// Words on the command that `engine` executes. Called while it does: on its thread, or while that
/// stands still.
fn current(engine: &Engine) -> Option<Current> {
    let world = &engine.world;
    let at_hand = world.at_hand?;
    // SAFETY: set for the time that the command executes, during which the session and the
    // arguments stay where they are; the caller says that this time is not over.
    let session = unsafe { &*at_hand.session };
    // SAFETY: the same; they were a slice of this length.
    let argv = unsafe { std::slice::from_raw_parts(at_hand.argv, at_hand.argc) };
    let id = session.last_command?;
    let words = |(index, arg): (usize, &&[u8])| {
        let mut quoted = Vec::new();
        push_repr(&mut quoted, &arg[..arg.len().min(ARG_MAX)]);
        format!("argv[{index}]: '{}'", String::from_utf8_lossy(&quoted))
    };
    Some(Current {
        client: session.describe(&world.registry, world.now()),
        args: world.registry.get(id).row.shown(argv).iter().enumerate().map(words).collect(),
    })
}

/// Notes the command at hand before a panic of the command thread takes it down.
pub(super) fn note_panic() {
    let engine = ENGINE.load(Ordering::Acquire);
    if engine.is_null() || THREAD.load(Ordering::Acquire) != this_thread() {
        return;
    }
    // SAFETY: the engine stays where it is, and the thread that it belongs to is here.
    let noted = current(unsafe { &*engine });
    if let Ok(mut panicked) = PANICKED.lock() {
        *panicked = noted;
    }
}

/// What is known after `thread` got a fatal signal and stands still.
pub(super) fn after_signal(thread: usize, logger: &Logger) {
    let engine = ENGINE.load(Ordering::Acquire);
    if engine.is_null() {
        return;
    }
    if THREAD.load(Ordering::Acquire) != thread {
        logger.raw("\nNot on the command thread, which goes on: no state of the server.\n");
        return;
    }
    // SAFETY: the engine stays where it is, and its thread waits in the signal handler. It may be
    // in the middle of a change: then this thread fails as well, and the process ends as it would
    // have.
    let engine = unsafe { &mut *engine };
    let current = current(engine);
    sections(engine, current, logger);
}

/// What is known after the command thread has panicked, and came to rest.
pub(super) fn after_panic(engine: &mut Engine, logger: &Logger) {
    let current = PANICKED.lock().ok().and_then(|mut panicked| panicked.take());
    sections(engine, current, logger);
}

fn sections(engine: &mut Engine, current: Option<Current>, logger: &Logger) {
    // The engine may be in the middle of something. A further panic is no news.
    std::panic::set_hook(Box::new(|_| {}));
    let mut section = |heading: &str, words: &mut dyn FnMut(&mut Engine) -> String| {
        logger.raw(&format!("\n------ {heading} ------\n"));
        let text = catch_unwind(AssertUnwindSafe(|| words(engine)));
        logger.raw(text.as_deref().unwrap_or("The state is broken.\n"));
    };
    section("INFO OUTPUT", &mut crate::commands::info_everything);
    section("CLIENT LIST OUTPUT", &mut |engine| clients(engine, current.as_ref()));
    if let Some(Current { client, args }) = &current {
        let argc = args.len();
        section("CURRENT CLIENT INFO", &mut |_| {
            format!("{client}\nargc: '{argc}'\n{}\n", args.join("\n"))
        });
    }
    section("CONFIG DEBUG OUTPUT", &mut |engine| settings(engine));
}

/// The lines of CLIENT LIST. The executing client is not among the others.
fn clients(engine: &Engine, current: Option<&Current>) -> String {
    let world = &engine.world;
    let mut all: Vec<_> = world.sessions.iter().collect();
    all.sort_by_key(|session| session.id.0);
    let lines = all.iter().map(|session| session.describe(&world.registry, world.now()) + "\n");
    current.iter().map(|current| format!("{}\n", current.client)).chain(lines).collect()
}

/// The directives that matter when something has gone wrong.
fn settings(engine: &Engine) -> String {
    let config = &engine.world.config;
    let rows = ROWS.iter().filter(|row| row.flags.has(Flags::DEBUG));
    let line = |row| String::from_utf8_lossy(&config.shown(row)).into_owned();
    rows.map(|row| format!("{} {}\n", row.name, line(row))).collect()
}
