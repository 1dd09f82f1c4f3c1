#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| ferrous::sim::restore::function_restore(data));
