//! The commands, one directory per group.
