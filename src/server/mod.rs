//! Wiring of the process: boot, the command loop, shutdown.

mod boot;
mod daemon;
mod files;
mod host;
mod last_words;
mod listening;
mod logger;
mod report;
mod service;
mod texts;

pub use boot::run;
