//! Another library in Rust, which a program may use beside httpclient.

/// So much of the standard library that it is linked.
#[unsafe(no_mangle)]
pub extern "C" fn other_answer() -> i32 {
    std::panic::catch_unwind(|| std::env::args().count() as i32).unwrap_or(-1)
}
