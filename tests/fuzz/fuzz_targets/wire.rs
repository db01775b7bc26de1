#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| tsumugi_fuzzing::wire(data));
