#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| ferrous::scripting::lib::fuzz::cjson_decode(data));
