#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| ferrous::scripting::lib::fuzz::cmsgpack_unpack(data));
