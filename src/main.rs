//! `ferrous-server`: arguments, configuration, exit code.

fn main() {}
