//! A simulated process: the same core under a fake world, for tests.
