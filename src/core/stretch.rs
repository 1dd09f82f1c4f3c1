//! Stretches: executions of one brief command, one behind the other, are timed together.
//!
//! A reading of the clock and what is done with it take as long as a brief command does (some 40 of
//! 100 ns). So up to eight executions of the same command that follow one another in a
//! client's pipeline share one reading. What they took in all is exact, and so are the counts; each
//! is taken to have run as long as the others, unless one must have been far longer than usual.
//!
//! Holds: nobody sees an open stretch: it ends before any other command executes, and with the
//! input of the client. With a slow log or latency threshold below a millisecond every execution
//! is timed by itself.

#[cfg(test)]
mod tests;

use super::command::{Command, Flags, Group};
use super::registry::CommandId;
use super::world::World;

/// Executions that share a reading, at most. Behind them the clock is a few microseconds old.
const LONGEST: u32 = 8;

/// A threshold below this asks about single executions.
const FINE_NANOS: u64 = 1_000_000;

/// A reply longer than this says that there was work to do.
const BRIEF_REPLY: usize = 256;

/// Arguments of more bytes than this are work to do.
const BRIEF_ARGUMENTS: usize = 256;

/// The stretch that is going on.
#[derive(Debug, Default)]
pub struct Stretch {
    /// The next execution is followed by one of the same command.
    pub(super) followed: bool,
    command: Option<CommandId>,
    count: u32,
}

/// Whether a command, by its declaration, takes little time whatever the data: then only its
/// arguments and its reply can make it longer.
pub(super) fn is_brief(row: &Command) -> bool {
    let data = matches!(row.group, Group::Generic | Group::String | Group::Hash | Group::List)
        || matches!(row.group, Group::Set | Group::SortedSet);
    let grouped = data || row.group == Group::Connection;
    let steady = row.flags.has(Flags::FAST) || row.complexity == "O(1)";
    grouped && steady && !row.flags.has(Flags::BLOCKING)
}

/// Whether the arguments are short. `argv` is not empty.
#[inline]
pub(super) fn are_brief(argv: &[&[u8]]) -> bool {
    // They mostly lie one behind the other.
    let (first, last) = (argv[0], argv[argv.len() - 1]);
    let reach = (last.as_ptr() as usize).wrapping_sub(first.as_ptr() as usize);
    reach < BRIEF_ARGUMENTS && last.len() < BRIEF_ARGUMENTS
}

impl World {
    /// Begins an execution: another command ends the stretch. True if the execution may be timed
    /// together with the next.
    #[inline]
    pub(super) fn enter_stretch(&mut self, command: CommandId) -> bool {
        let followed = std::mem::take(&mut self.stretch.followed);
        if self.stretch.count > 0 && self.stretch.command != Some(command) {
            // The unit that begins counts this time as its own.
            self.end_stretch();
        }
        followed && self.stretch.count + 1 < LONGEST && self.observe.slow_nanos >= FINE_NANOS
    }

    /// Leaves an execution that answered so many bytes untimed, if it was brief.
    #[inline]
    pub(super) fn extend_stretch(&mut self, command: CommandId, answered: usize) -> bool {
        let brief = answered <= BRIEF_REPLY;
        if brief {
            self.stretch.command = Some(command);
            self.stretch.count += 1;
        }
        brief
    }

    /// Ends the stretch with an execution that was timed, so that `nanos` is the time of all:
    /// counts them. Returns the time of the last.
    #[inline]
    pub(super) fn close_stretch(&mut self, command: CommandId, nanos: u64, failed: bool) -> u64 {
        let count = 1 + u64::from(std::mem::take(&mut self.stretch.count));
        let histograms = self.observe.histograms;
        self.stats.command(command).note(count, nanos, failed, histograms)
    }

    /// The client's input is over.
    #[inline]
    pub(super) fn leave_stretch(&mut self) {
        // The command that was to follow may not have run.
        self.stretch.followed = false;
        if self.stretch.count > 0 {
            self.stats.command_nanos += self.end_stretch();
        }
    }

    /// Ends a stretch behind which nothing follows. Returns the time it took.
    #[cold]
    fn end_stretch(&mut self) -> u64 {
        let count = u64::from(std::mem::take(&mut self.stretch.count));
        let Some(command) = self.stretch.command.filter(|_| count > 0) else { return 0 };
        let began = self.latest.mono_ns;
        self.latest = self.host.tick();
        let nanos = self.latest.mono_ns.saturating_sub(began);
        let histograms = self.observe.histograms;
        self.stats.command(command).note(count, nanos, false, histograms);
        nanos
    }
}
