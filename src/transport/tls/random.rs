//! The random numbers of a ClientHello, drawn in one system call instead of three.
//!
//! They are its random value, its session identifier and the order of its extensions: none of them is
//! secret, but all must differ from session to session. So nothing is drawn ahead for longer than one
//! call on one thread, and a process that forks hands nothing on. Keys do not come from here: the
//! provider makes them from its own source.

use core::cell::{Cell, OnceCell};

use rustls::crypto::{GetRandomFailed, SecureRandom};

use super::provider;

/// As many bytes as a ClientHello takes.
const HELLO: usize = 32 + 32 + 2;

/// The provider's generator, which [`ahead`] spares some calls.
#[derive(Debug)]
pub(super) struct Random;

/// Drawn and not used: the bytes from `used` on.
struct Drawn {
    bytes: [u8; HELLO],
    used: usize,
}

std::thread_local! {
    /// Empty but within [`ahead`].
    static DRAWN: Cell<Option<Drawn>> = const { Cell::new(None) };

    /// Each thread asks the provider once. Were it once for all threads, a fork's child could wait for
    /// one that it does not have.
    static SYSTEM: OnceCell<&'static dyn SecureRandom> = const { OnceCell::new() };
}

impl SecureRandom for Random {
    fn fill(&self, buf: &mut [u8]) -> Result<(), GetRandomFailed> {
        let drawn = DRAWN.try_with(|drawn| {
            let mut rest = drawn.take()?;
            let unused = rest.bytes.get(rest.used..rest.used + buf.len())?;
            buf.copy_from_slice(unused);
            rest.used += buf.len();
            drawn.set(Some(rest));
            Some(())
        });
        match drawn {
            Ok(Some(())) => Ok(()),
            // What was not enough is not used at all.
            _ => system().fill(buf),
        }
    }
}

/// Runs `work`, which begins one session, with its randomness drawn at once.
pub(super) fn ahead<T>(work: impl FnOnce() -> T) -> T {
    /// Forgets what is left, also where `work` panics.
    struct Forget;
    impl Drop for Forget {
        fn drop(&mut self) {
            let _ = DRAWN.try_with(Cell::take);
        }
    }
    let _forget = Forget;
    let mut bytes = [0; HELLO];
    // Without it each draw is a call of its own, and says itself what fails.
    if system().fill(&mut bytes).is_ok() {
        let _ = DRAWN.try_with(|drawn| drawn.set(Some(Drawn { bytes, used: 0 })));
    }
    work()
}

/// The provider's own generator.
fn system() -> &'static dyn SecureRandom {
    let asked = || provider::plain().secure_random;
    // At the end of a thread there is nothing of its own any more.
    SYSTEM.try_with(|system| *system.get_or_init(asked)).unwrap_or_else(|_| asked())
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;
    use alloc::vec::Vec;

    fn draw(size: usize) -> Vec<u8> {
        let mut buf = vec![0; size];
        Random.fill(&mut buf).unwrap();
        buf
    }

    fn left() -> Option<usize> {
        let drawn = DRAWN.take();
        let left = drawn.as_ref().map(|drawn| HELLO - drawn.used);
        DRAWN.set(drawn);
        left
    }

    #[test]
    fn no_byte_is_used_twice_or_kept() {
        let mut seen = Vec::new();
        for _ in 0..2 {
            ahead(|| {
                for size in [32, 2, 32] {
                    let before = left().unwrap();
                    seen.push(draw(size));
                    assert_eq!(left(), Some(before - size));
                }
            });
            assert_eq!(left(), None);
            seen.push(draw(32));
        }
        let long: Vec<_> = seen.iter().filter(|bytes| bytes.len() == 32).collect();
        for (place, bytes) in long.iter().enumerate() {
            assert!(!long[..place].contains(bytes));
        }
    }

    #[test]
    fn more_than_was_drawn_comes_from_the_system() {
        ahead(|| {
            draw(60);
            assert_ne!(draw(32), [0; 32]);
            assert_eq!(left(), None);
            assert_ne!(draw(32), [0; 32]);
        });
    }

    #[test]
    fn a_panic_leaves_nothing() {
        assert!(std::panic::catch_unwind(|| ahead(|| panic!("on purpose"))).is_err());
        assert_eq!(left(), None);
    }
}
