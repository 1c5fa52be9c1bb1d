#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| jukebox_fuzz_harness::zip(bytes));
