//! What stable Rust lacks: memory that is asked for without an abort where there is none.
//!
//! The rest of the library takes memory by what is here and by `try_reserve`; clippy.toml forbids what
//! would abort instead.
#![allow(unsafe_code)]
#![cfg_attr(not(test), expect(clippy::disallowed_methods, reason = "room is reserved first"))]

use alloc::alloc::alloc;
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::alloc::Layout;
use core::fmt::{self, Write as _};
use core::mem::{ManuallyDrop, MaybeUninit};
use core::ops::Deref;
use core::ptr::NonNull;
use core::sync::atomic::{AtomicUsize, Ordering, fence};

/// There was no memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoMemory;

impl From<alloc::collections::TryReserveError> for NoMemory {
    fn from(_: alloc::collections::TryReserveError) -> NoMemory {
        NoMemory
    }
}

/// A box.
pub fn boxed<T>(value: T) -> Result<Box<T>, NoMemory> {
    Ok(Room::new()?.fill(value))
}

/// Memory for a value that is still to be made: for what must not fail once it has begun.
pub struct Room<T>(Box<MaybeUninit<T>>);

impl<T> Room<T> {
    /// Takes the memory.
    #[inline]
    pub fn new() -> Result<Room<T>, NoMemory> {
        let layout = Layout::new::<MaybeUninit<T>>();
        let memory = match layout.size() {
            0 => NonNull::dangling(),
            // SAFETY: the layout has a size.
            _ => NonNull::new(unsafe { alloc(layout) }.cast()).ok_or(NoMemory)?,
        };
        // SAFETY: what was allocated with the layout of the value, which may hold anything; or nothing was, since
        // it takes none.
        Ok(Room(unsafe { Box::from_raw(memory.as_ptr()) }))
    }

    /// Puts the value there.
    pub fn fill(mut self, value: T) -> Box<T> {
        self.0.write(value);
        // SAFETY: it holds a value now, and `MaybeUninit` is laid out as that is.
        unsafe { Box::from_raw(Box::into_raw(self.0).cast()) }
    }
}

/// Adds an element.
#[inline]
pub fn push<T>(list: &mut Vec<T>, value: T) -> Result<(), NoMemory> {
    let len = list.len();
    if len == list.capacity() {
        list.try_reserve(1)?;
    }
    // SAFETY: there is room for one more, which is written before it counts. (`Vec::push` would look again.)
    unsafe {
        list.as_mut_ptr().add(len).write(value);
        list.set_len(len + 1);
    }
    Ok(())
}

/// Adds copies of elements.
#[inline]
pub fn append<T: Copy>(list: &mut Vec<T>, values: &[T]) -> Result<(), NoMemory> {
    let len = list.len();
    if values.len() > list.capacity() - len {
        list.try_reserve(values.len())?;
    }
    // SAFETY: there is room for so many more, which are written before they count; the list is borrowed mutably,
    // so the values lie elsewhere.
    unsafe {
        list.as_mut_ptr().add(len).copy_from_nonoverlapping(values.as_ptr(), values.len());
        list.set_len(len + values.len());
    }
    Ok(())
}

/// Makes a list of bytes so long, with zeros behind those that there are, and takes memory for no more.
pub fn lengthen(list: &mut Vec<u8>, len: usize) -> Result<(), NoMemory> {
    list.try_reserve_exact(len.saturating_sub(list.len()))?;
    list.resize(len, 0);
    Ok(())
}

/// A copy.
pub fn copy<T: Copy>(values: &[T]) -> Result<Vec<T>, NoMemory> {
    let mut list = Vec::new();
    list.try_reserve_exact(values.len())?;
    list.extend_from_slice(values);
    Ok(list)
}

/// A copy with a NUL behind it, for C.
pub fn terminated(text: &[u8]) -> Result<Vec<u8>, NoMemory> {
    let mut list = Vec::new();
    list.try_reserve_exact(text.len() + 1)?;
    list.extend_from_slice(text);
    list.push(0);
    Ok(list)
}

/// A copy of a text with a NUL behind it, for C.
pub fn terminated_text(text: &str) -> Result<String, NoMemory> {
    let mut copy = String::new();
    copy.try_reserve_exact(text.len() + 1)?;
    copy.push_str(text);
    copy.push('\0');
    Ok(copy)
}

/// A copy of a text.
pub fn text(text: &str) -> Result<String, NoMemory> {
    let mut copy = String::new();
    copy.try_reserve_exact(text.len())?;
    copy.push_str(text);
    Ok(copy)
}

/// What an iterator gives.
pub fn collect<T>(values: impl Iterator<Item = T>) -> Result<Vec<T>, NoMemory> {
    let mut list = Vec::new();
    list.try_reserve_exact(values.size_hint().0)?;
    for value in values {
        push(&mut list, value)?;
    }
    Ok(list)
}

/// A composed text: `format(format_args!(...))`.
pub fn format(arguments: fmt::Arguments<'_>) -> Result<String, NoMemory> {
    let mut composed = Composed::default();
    composed.write_fmt(arguments).map_err(|_| NoMemory)?;
    Ok(composed.text)
}

/// A text that grows while there is memory.
#[derive(Default)]
pub struct Composed {
    /// The text so far.
    pub text: String,
}

impl fmt::Write for Composed {
    fn write_str(&mut self, piece: &str) -> fmt::Result {
        self.text.try_reserve(piece.len()).map_err(|_| fmt::Error)?;
        self.text.push_str(piece);
        Ok(())
    }
}

/// std's `Arc`, where another crate takes nothing else. Stable Rust has none that can fail, so as much memory
/// is asked for just before: only what other threads take meanwhile can still be missing then.
#[cfg(feature = "tls")]
pub fn arc<T>(value: T) -> Result<alloc::sync::Arc<T>, NoMemory> {
    drop(Room::<Owned<T>>::new()?);
    Ok(alloc::sync::Arc::new(value))
}

/// A value that several own together, and that goes with the last of them: std's `Arc`.
pub struct Counted<T>(NonNull<Owned<T>>);

/// A reference to such a value that does not keep it.
pub struct Weak<T>(NonNull<Owned<T>>);

struct Owned<T> {
    /// How many `Counted` there are; the value is gone when there are none.
    owners: AtomicUsize,
    /// How many `Weak` there are, and one more for all owners together; then the memory goes.
    references: AtomicUsize,
    value: ManuallyDrop<T>,
}

// SAFETY: it is shared as a reference is, and the last owner, on whatever thread, drops the value.
unsafe impl<T: Send + Sync> Send for Counted<T> {}
// SAFETY: likewise.
unsafe impl<T: Send + Sync> Sync for Counted<T> {}
// SAFETY: it can become an owner.
unsafe impl<T: Send + Sync> Send for Weak<T> {}
// SAFETY: likewise.
unsafe impl<T: Send + Sync> Sync for Weak<T> {}

#[cfg_attr(not(feature = "std"), allow(dead_code, reason = "only threads need all of it"))]
impl<T> Counted<T> {
    /// The first owner of a value.
    pub fn new(value: T) -> Result<Counted<T>, NoMemory> {
        Ok(CountedRoom::new()?.fill(value))
    }

    /// A reference that does not keep the value.
    pub fn downgrade(&self) -> Weak<T> {
        self.owned().references.fetch_add(1, Ordering::Relaxed);
        Weak(self.0)
    }

    fn owned(&self) -> &Owned<T> {
        // SAFETY: the memory is there as long as there is an owner, which `self` is.
        unsafe { self.0.as_ref() }
    }
}

/// As [`Room`], for a value with several owners.
pub struct CountedRoom<T>(Room<Owned<T>>);

impl<T> CountedRoom<T> {
    /// Takes the memory.
    pub fn new() -> Result<CountedRoom<T>, NoMemory> {
        Room::new().map(CountedRoom)
    }

    /// Puts the value there, and gives its first owner.
    pub fn fill(self, value: T) -> Counted<T> {
        let owned = self.0.fill(Owned {
            owners: AtomicUsize::new(1),
            references: AtomicUsize::new(1),
            value: ManuallyDrop::new(value),
        });
        Counted(NonNull::from(Box::leak(owned)))
    }
}

impl<T> Clone for Counted<T> {
    /// One more owner. There cannot be too many: each takes memory, and none is ever forgotten.
    fn clone(&self) -> Counted<T> {
        self.owned().owners.fetch_add(1, Ordering::Relaxed);
        Counted(self.0)
    }
}

impl<T: fmt::Debug> fmt::Debug for Counted<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<T> Deref for Counted<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.owned().value
    }
}

impl<T> Drop for Counted<T> {
    fn drop(&mut self) {
        if self.owned().owners.fetch_sub(1, Ordering::Release) == 1 {
            // What other owners did with the value is before this.
            fence(Ordering::Acquire);
            // The reference that all owners had together, which frees the memory also if the value's drop panics.
            let _last = Weak(self.0);
            // SAFETY: this was the last owner, and `Weak::upgrade` makes none out of none; so nobody else
            // looks at the value, now or later.
            unsafe { ManuallyDrop::drop(&mut (*self.0.as_ptr()).value) }
        }
    }
}

#[cfg_attr(not(feature = "std"), allow(dead_code, reason = "only threads need it"))]
impl<T> Weak<T> {
    /// An owner, if there is one still.
    pub fn upgrade(&self) -> Option<Counted<T>> {
        let more = |owners: usize| (owners > 0).then_some(owners + 1);
        let owners = &self.owned().owners;
        owners.fetch_update(Ordering::Acquire, Ordering::Relaxed, more).ok()?;
        Some(Counted(self.0))
    }

    /// Whether the value is gone.
    pub fn is_gone(&self) -> bool {
        self.owned().owners.load(Ordering::Relaxed) == 0
    }

    fn owned(&self) -> &Owned<T> {
        // SAFETY: the memory is there as long as there is a reference, which `self` is.
        unsafe { self.0.as_ref() }
    }
}

impl<T> Drop for Weak<T> {
    fn drop(&mut self) {
        if self.owned().references.fetch_sub(1, Ordering::Release) == 1 {
            // What others did with the memory is before this.
            fence(Ordering::Acquire);
            // SAFETY: it came from a box, and nothing refers to it any more. The value in it is not dropped.
            drop(unsafe { Box::from_raw(self.0.as_ptr()) });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;

    struct Bell<'a>(&'a AtomicUsize);

    impl Drop for Bell<'_> {
        fn drop(&mut self) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    #[test]
    fn the_last_owner_drops_the_value_once() {
        let drops = AtomicUsize::new(0);
        let first = Counted::new(Bell(&drops)).unwrap();
        let weak = first.downgrade();
        let second = first.clone();
        drop(first);
        assert!(!weak.is_gone());
        drop(weak.upgrade().unwrap());
        assert_eq!(drops.load(Ordering::Relaxed), 0);
        drop(second);
        assert_eq!(drops.load(Ordering::Relaxed), 1);
        assert!(weak.is_gone() && weak.upgrade().is_none());
    }

    #[test]
    fn a_box_is_a_box() {
        assert_eq!(*boxed([1_u64, 2, 3]).unwrap(), [1, 2, 3]);
        boxed(()).unwrap();
        assert_eq!(*Room::new().unwrap().fill([1_u64, 2]), [1, 2]);
        let drops = AtomicUsize::new(0);
        drop(boxed(Bell(&drops)).unwrap());
        assert_eq!(drops.load(Ordering::Relaxed), 1);
    }

    #[test]
    fn copies_are_alike() {
        assert_eq!(copy(b"abc").unwrap(), b"abc");
        assert_eq!(terminated(b"abc").unwrap(), b"abc\0");
        let mut list = copy(b"abc").unwrap();
        append(&mut list, b"d").unwrap();
        lengthen(&mut list, 5).unwrap();
        assert_eq!(list, b"abcd\0");
        assert_eq!(text("abc").unwrap(), "abc");
        assert_eq!(collect(1..4).unwrap(), vec![1, 2, 3]);
        assert_eq!(format(format_args!("{}-{:02x}", "a", 10)).unwrap(), "a-0a");
    }

    #[cfg(feature = "std")]
    #[test]
    fn owners_on_many_threads() {
        let drops = AtomicUsize::new(0);
        let first = Counted::new(Bell(&drops)).unwrap();
        std::thread::scope(|scope| {
            for _ in 0..4 {
                let (owner, weak) = (first.clone(), first.downgrade());
                scope.spawn(move || {
                    for _ in 0..1000 {
                        drop((owner.clone(), weak.upgrade(), owner.downgrade()));
                    }
                });
            }
        });
        drop(first);
        assert_eq!(drops.load(Ordering::Relaxed), 1);
    }
}
