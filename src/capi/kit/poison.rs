//! A value that a panic makes unusable: what it has left half-changed is freed, and never looked at again.

use crate::capi::error::hc_error;

pub(crate) struct Poison<T> {
    value: T,
    /// Work is being done on the value; still so afterwards only if it panicked.
    at_work: bool,
}

impl<T> Poison<T> {
    pub(crate) const fn new(value: T) -> Poison<T> {
        Poison { value, at_work: false }
    }

    /// Does some work on the value.
    pub(crate) fn run<R>(&mut self, work: impl FnOnce(&mut T) -> R) -> Result<R, hc_error> {
        if self.at_work {
            return Err(hc_error::HC_ERR_PANIC);
        }
        self.at_work = true;
        let result = work(&mut self.value);
        self.at_work = false;
        Ok(result)
    }

    /// The value, if it is good.
    pub(crate) fn into_inner(self) -> Option<T> {
        if self.at_work { None } else { Some(self.value) }
    }
}

#[cfg(all(test, feature = "std"))]
mod tests {
    use super::*;
    use core::panic::AssertUnwindSafe;
    use std::panic::catch_unwind;

    #[test]
    fn a_panic_ends_its_use() {
        let mut value = Poison::new(1);
        assert_eq!(value.run(|value| *value += 1), Ok(()));
        let panics = || value.run(|_| panic!("on purpose")).unwrap_or(());
        catch_unwind(AssertUnwindSafe(panics)).unwrap_err();
        assert_eq!(value.run(|value| *value), Err(hc_error::HC_ERR_PANIC));
        assert_eq!(value.into_inner(), None);
        assert_eq!(Poison::new(2).into_inner(), Some(2));
    }
}
