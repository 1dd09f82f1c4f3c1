//! Wiring of the process: boot, the command loop, shutdown.
