#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| ferrous::scripting::lib::fuzz::struct_unpack(data));
