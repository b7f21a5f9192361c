#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| httpclient_fuzz::calls(data));
