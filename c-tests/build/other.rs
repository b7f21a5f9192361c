//! Another library in Rust, which a program may use beside httpclient.

/// So much of the standard library that it is linked: a panic, caught.
#[no_mangle]
pub extern "C" fn other_answer() -> i32 {
    std::panic::set_hook(Box::new(|_| ()));
    std::panic::catch_unwind(|| {
        if std::env::args().count() > 0 {
            panic!("on purpose");
        }
        0
    })
    .map_or(42, |answer| answer)
}
