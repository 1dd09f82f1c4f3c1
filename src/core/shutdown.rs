//! The end of the server: asked for by a command or by a signal, and carried out or not.

use super::host::Level;
use super::world::World;
use crate::config::SignalFlags;

/// A signal that asks the server to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StopSignal {
    /// SIGTERM.
    Terminate,
    /// SIGINT.
    Interrupt,
}

impl World {
    /// A signal has come. The end follows with the timer, unless it is called off before.
    pub fn signal_stop(&mut self, signal: StopSignal) {
        let name = match signal {
            StopSignal::Terminate => "SIGTERM",
            StopSignal::Interrupt => "SIGINT",
        };
        self.log(Level::Warning, &format!("Received {name} scheduling shutdown..."));
        self.stop_asked = Some(signal);
    }

    /// Carries out what a signal has asked for.
    pub(super) fn obey_signal(&mut self) {
        if self.shutdown || self.cron_paused {
            return;
        }
        let options = match self.stop_asked {
            None => return,
            Some(StopSignal::Terminate) => self.config.shutdown_on_sigterm,
            Some(StopSignal::Interrupt) => self.config.shutdown_on_sigint,
        };
        self.stop(options);
    }

    /// Ends the server if nothing stands against it: then no command follows. What stood against it
    /// is in the log.
    pub fn stop(&mut self, options: SignalFlags) -> bool {
        self.log(Level::Notice, "User requested shutdown...");
        if options.has(SignalFlags::SAVE) {
            // There are no snapshots yet, and whoever insists on one must not lose data.
            if !options.has(SignalFlags::FORCE) {
                self.log(Level::Warning, "Error trying to save the DB, can't exit.");
                let text = "Errors trying to shut down the server. Check the logs for more \
                            information.";
                self.log(Level::Warning, text);
                self.stop_asked = None;
                return false;
            }
            self.log(Level::Warning, "Error trying to save the DB. Exit anyway.");
        }
        self.shutdown = true;
        true
    }

    /// Calls off an end that was asked for and has not begun. False if there is none.
    pub fn abort_stop(&mut self) -> bool {
        let asked = !self.shutdown && self.stop_asked.take().is_some();
        if asked {
            self.log(Level::Notice, "Shutdown manually aborted.");
        }
        asked
    }
}
