#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| ferrous::data::fuzz::intset_ops(data));
