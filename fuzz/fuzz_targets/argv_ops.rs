#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| ferrous::sim::fuzz::commands_of(data));
