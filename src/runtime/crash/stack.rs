//! The calls that a thread is in.
#![allow(unsafe_code)]

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Calls noted at most.
const DEPTH: usize = 100;

/// Names by the address of a function, beside the names of symbols.
pub type Labels = BTreeMap<usize, String>;

/// A call: where it goes on, and the function that it is in, with names as far as they are known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    address: usize,
    name: String,
    place: Option<String>,
    label: Option<String>,
}

impl fmt::Display for Frame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} [{:#x}]", self.name, self.address)?;
        if let Some(label) = &self.label {
            write!(f, " ({label})")?;
        }
        if let Some(place) = &self.place {
            write!(f, " at {place}")?;
        }
        Ok(())
    }
}

/// Addresses that a signal handler has noted: of the call, and of the start of its function.
#[derive(Debug)]
pub(super) struct Note {
    len: AtomicUsize,
    calls: [(AtomicUsize, AtomicUsize); DEPTH],
}

impl Note {
    pub(super) const fn new() -> Note {
        let calls = [const { (AtomicUsize::new(0), AtomicUsize::new(0)) }; DEPTH];
        Note { len: AtomicUsize::new(0), calls }
    }

    /// Notes the calls of the calling thread. Allocates nothing and takes no lock of ours.
    pub(super) fn take(&self) {
        let mut len = 0;
        let note = |frame: &backtrace::Frame| {
            let Some((call, function)) = self.calls.get(len) else { return false };
            call.store(frame.ip() as usize, Ordering::Relaxed);
            function.store(frame.symbol_address() as usize, Ordering::Relaxed);
            len += 1;
            true
        };
        // SAFETY: the crate asks for one caller at a time because of caches for names; only
        // addresses are read here. What the unwinder itself reads does not change while we run.
        unsafe { backtrace::trace_unsynchronized(note) };
        self.len.store(len, Ordering::Release);
    }

    /// Names what was noted. On a thread in good health only.
    pub(super) fn frames(&self, labels: &Labels) -> Vec<Frame> {
        let len = self.len.load(Ordering::Acquire).min(DEPTH);
        self.calls[..len]
            .iter()
            .map(|(call, function)| {
                let (call, function) =
                    (call.load(Ordering::Relaxed), function.load(Ordering::Relaxed));
                name(call, labels.get(&function).cloned())
            })
            .collect()
    }
}

/// Finds the names of a call. Of calls that the compiler has merged it is the outermost.
fn name(address: usize, label: Option<String>) -> Frame {
    let (mut name, mut place) = ("??".to_owned(), None);
    // The call is before the place at which it goes on.
    backtrace::resolve(address.wrapping_sub(1) as *mut _, |symbol| {
        if let Some(found) = symbol.name() {
            name = format!("{found:#}");
        }
        let (file, line) = (symbol.filename().and_then(|file| file.file_name()), symbol.lineno());
        place = file.zip(line).map(|(file, line)| format!("{}:{line}", file.display()));
    });
    Frame { address, name, place, label }
}

/// The calls that the calling thread is in.
pub fn here(labels: &Labels) -> Vec<Frame> {
    let note = Box::new(Note::new());
    note.take();
    note.frames(labels)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[inline(never)]
    fn a_function_of_ours(labels: &Labels) -> Vec<Frame> {
        let mut frames = here(labels);
        frames.truncate(DEPTH); // after the call, so that it is a call
        frames
    }

    #[test]
    fn calls_are_named_by_symbol_and_label() {
        let labels = Labels::from([(a_function_of_ours as *const () as usize, "ours".to_owned())]);
        let frames = a_function_of_ours(&labels);
        let shown: Vec<String> = frames.iter().map(Frame::to_string).collect();
        let found = shown.iter().find(|line| line.contains("a_function_of_ours"));
        assert!(found.is_some_and(|line| line.contains("(ours)")), "{shown:#?}");
    }
}
