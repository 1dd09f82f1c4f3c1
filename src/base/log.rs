//! Levels of the log.

/// How much a line matters; `loglevel` names the lowest that is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// For developers.
    Debug,
    /// Much, and seldom useful.
    Verbose,
    /// What a production server tells.
    Notice,
    /// Something is wrong.
    Warning,
}
