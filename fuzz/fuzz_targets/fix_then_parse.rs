#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| distkey::fuzz::fix_then_parse(data));
