//! The handle kit: what a `hc_conn *` is, and how a call gets from it to what it stands for.
//!
//! A handle is a number in a pointer's clothes: the index of a slot in a table, the type of object, and the
//! slot's generation. It is never followed as a pointer; with 64 bits it is no address that could be, so
//! neither a collector nor a debugger takes it for one, and a program that follows it by mistake stops at once.
//! A slot counts its generation up when its object is removed, so a freed handle matches nothing (and a slot
//! that has used up its generations is retired), a handle of another type is seen by its type, and a foreign
//! pointer by its first byte. One compare-and-swap on the slot checks the generation and takes the slot for the
//! length of the call: for itself alone, where a slot that is taken is `Busy`, or together with others that
//! only look.
//!
//! A handle belongs to the process it was made in: what a fork's child does to one of its parent's could reach
//! the parent's streams, and wait for a lock that a thread held which the child does not have. So there it can
//! only be freed.
//!
//! Another copy of the library in the same process has a table of its own. Generations begin with a number that
//! comes from where the table lies, so one copy's handle is none of another's.
//!
//! Slots live in blocks that double in size and are never given back, so they can be reached without a lock.
//! The lock is for putting in and taking out, and a fork's child is never kept waiting for it.

use crate::capi::error::hc_error;
use crate::fork;
use crate::lock::{Lock, Renew};
use crate::memory::{collect, push};
use alloc::vec::Vec;
use core::cell::UnsafeCell;
#[cfg(target_pointer_width = "64")]
use core::mem::size_of;
use core::ptr;
use core::sync::atomic::{AtomicPtr, AtomicUsize, Ordering};

/// An opaque C type.
pub(crate) trait Opaque {
    /// What handles of it stand for, which may be one of several things.
    type Object: Held;
    /// The number of the type, 1 to 15. The first is 1, so that a small number is no handle.
    const TYPE: u8;
}

/// What stands behind the handles of a table.
pub(crate) trait Held: Send + Sized + 'static {
    /// The table of all of them.
    fn table() -> &'static Table<Self>;

    /// The number of its type: see [`Opaque::TYPE`].
    fn of_type(&self) -> u8;
}

/// The type of an object that several threads may look at, at the same time.
///
/// # Safety
/// `Content` is what stands behind its handles.
#[cfg(feature = "std")]
pub(crate) unsafe trait Shareable: Opaque {
    type Content: Sync;
}

struct Slot<H> {
    /// From the lowest bit: whether one call has taken the slot for itself, or nobody has a handle of it;
    /// whether that is so; how many calls share it; the generation.
    state: AtomicUsize,
    object: UnsafeCell<Option<Made<H>>>,
}

/// An object, and the process it was made in.
struct Made<H> {
    object: H,
    epoch: u64,
}

impl<H> Made<H> {
    /// The object, for any use but freeing it.
    fn of_this_process(&self) -> Result<&H, hc_error> {
        if self.epoch == fork::epoch() { Ok(&self.object) } else { Err(hc_error::HC_ERR_FORKED) }
    }
}

// SAFETY: `object` is changed only by whoever set the lowest bit of `state`, or took the slot out of the
// free list, where that bit is set; and what is held may move between threads. Several look at it only where
// its type is `Shareable`, and then that bit is not set.
unsafe impl<H: Held> Sync for Slot<H> {}

/// The lowest bit of a slot's state.
const TAKEN: usize = 1;
/// Nobody has a handle of the slot: it is in the free list, it rests, or it is retired. It is taken then, too.
const VACANT: usize = 2;
/// One more call that shares the slot.
const SHARER: usize = 4;
const SHARERS: usize = SHARED_MOST * SHARER;
/// So many calls can share a slot: more than there are threads.
const SHARED_MOST: usize = (1 << 16) - 1;

/// The state of a slot that nobody has taken.
const fn idle(generation: usize) -> usize {
    generation * (SHARERS + SHARER)
}

/// The generation in a slot's state.
const fn generation_in(state: usize) -> usize {
    state / (SHARERS + SHARER)
}

/// From the lowest bit: index, generation, type, mark.
const INDEX_BITS: u32 = if usize::BITS >= 64 { 24 } else { 16 };
const GENERATION_BITS: u32 = if usize::BITS >= 64 { 28 } else { 12 };
const GENERATION_SHIFT: u32 = INDEX_BITS;
const TYPE_SHIFT: u32 = GENERATION_SHIFT + GENERATION_BITS;
const GENERATIONS: usize = (1 << GENERATION_BITS) - 1;

/// The type, and with 64 bits a first byte that no address has: bits 47 to 63 of those are all alike.
const fn tag(kind: u8) -> usize {
    let mark = if usize::BITS >= 64 { 0x480 } else { 0 };
    mark | kind as usize
}

/// Slots of the first block; each further block has twice as many.
const FIRST: usize = 64;
const BLOCKS: usize = (INDEX_BITS - FIRST.trailing_zeros()) as usize;

/// A table of handles.
pub(crate) struct Table<H> {
    blocks: [AtomicPtr<Slot<H>>; BLOCKS],
    free: Lock<Free>,
}

/// The block of a slot and the place in it.
const fn place(index: usize) -> (usize, usize) {
    let block = (index / FIRST + 1).ilog2();
    (block as usize, index - FIRST * ((1 << block) - 1))
}

impl<H: Held> Table<H> {
    pub(crate) const fn new() -> Table<H> {
        // Half a cache line: a connection in use has two.
        #[cfg(target_pointer_width = "64")]
        const {
            assert!(size_of::<Slot<H>>() <= 32);
        }
        Table {
            blocks: [const { AtomicPtr::new(ptr::null_mut()) }; BLOCKS],
            free: Lock::new(Free { indices: Vec::new(), oldest: 0, slots: None }),
        }
    }

    fn slot(&'static self, index: usize) -> Option<&'static Slot<H>> {
        let (block, offset) = place(index);
        let slots = self.blocks.get(block)?.load(Ordering::Acquire);
        if slots.is_null() {
            return None;
        }
        // SAFETY: a non-null block is an array of FIRST << block slots that is never freed, and
        // `offset` is below that by `place`.
        Some(unsafe { &*slots.add(offset) })
    }

    /// Takes a slot out of the free list.
    fn take_free(&self) -> Result<usize, hc_error> {
        self.free.with(|free| {
            if free.oldest == free.indices.len() {
                self.grow(free)?;
            }
            let index = free.indices[free.oldest];
            free.oldest += 1;
            Ok(index as usize)
        })
    }

    /// How many slots there are.
    fn count(&self) -> usize {
        let blocks =
            self.blocks.iter().take_while(|block| !block.load(Ordering::Acquire).is_null());
        blocks.enumerate().map(|(block, _)| FIRST << block).sum()
    }

    /// The generation of new slots: one of the lower half, so that there are enough left.
    fn first_generation(&self) -> usize {
        // An odd number near the golden ratio spreads addresses that are near to each other.
        let spread = (ptr::from_ref(self).addr() as u64 >> 3).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        (spread >> (u64::BITS - (GENERATION_BITS - 1))) as usize
    }

    /// Adds a block of slots, all of them free.
    fn grow(&self, free: &mut Free) -> Result<(), hc_error> {
        let before = free.slots.unwrap_or_else(|| self.count());
        let (block, _) = place(before);
        let count = FIRST << block;
        if block == BLOCKS {
            return Err(hc_error::HC_ERR_NO_MEMORY);
        }
        free.indices.clear();
        free.oldest = 0;
        // Twice as many as slots, so that `put` moves entries only now and then.
        let reserved = free.indices.try_reserve_exact((before + count) * 2);
        let state = idle(self.first_generation()) | TAKEN | VACANT;
        let slots = collect(
            (0..count)
                .map(|_| Slot { state: AtomicUsize::new(state), object: UnsafeCell::new(None) }),
        );
        let (Ok(slots), Ok(())) = (slots, reserved) else {
            return Err(hc_error::HC_ERR_NO_MEMORY);
        };
        self.blocks[block].store(slots.leak().as_mut_ptr(), Ordering::Release);
        #[expect(clippy::disallowed_methods, reason = "room was reserved above")]
        free.indices.extend((before..before + count).map(|index| index as u32));
        free.slots = Some(before + count);
        Ok(())
    }
}

/// The free slots, first freed, first used again: a freed handle stays recognisable the longest.
struct Free {
    indices: Vec<u32>,
    /// Where the oldest entry is; the entries before it are spent.
    oldest: usize,
    /// Slots that exist; none where they are to be counted anew.
    slots: Option<usize>,
}

impl Free {
    fn put(&mut self, index: u32) {
        if self.indices.len() == self.indices.capacity() {
            self.indices.drain(..self.oldest);
            self.oldest = 0;
        }
        // `grow` reserved room for every slot; only a list that was begun anew may have none.
        let _ = push(&mut self.indices, index);
    }
}

impl Renew for Free {
    /// Forgets the free slots that the parent had, whatever of them was being changed; the child's own slots
    /// come from a new block.
    fn renew(&mut self) {
        core::mem::forget(core::mem::take(&mut self.indices));
        self.oldest = 0;
        self.slots = None;
    }
}

/// Gives an object a handle.
pub(crate) fn insert<T: Opaque>(object: T::Object) -> Result<*mut T, hc_error> {
    Ok(Vacancy::new()?.fill(object))
}

/// A slot for an object that is still to be made: for what must not fail once it has begun.
pub(crate) struct Vacancy<T: Opaque> {
    slot: &'static Slot<T::Object>,
    index: usize,
}

impl<T: Opaque> Vacancy<T> {
    /// Takes a slot.
    pub(crate) fn new() -> Result<Vacancy<T>, hc_error> {
        let table = T::Object::table();
        let index = table.take_free()?;
        let slot = table.slot(index).ok_or(hc_error::HC_ERR_NO_MEMORY)?;
        Ok(Vacancy { slot, index })
    }

    /// Puts the object there, and gives its handle.
    pub(crate) fn fill(self, object: T::Object) -> *mut T {
        debug_assert_eq!(object.of_type(), T::TYPE);
        let generation = generation_in(self.slot.state.load(Ordering::Acquire));
        // SAFETY: the slot was in the free list, so not even a number that was never issued can take it,
        // and it left the list under the lock, so this is the only thread that has it.
        unsafe { *self.slot.object.get() = Some(Made { object, epoch: fork::epoch() }) };
        self.slot.state.store(idle(generation), Ordering::Release);
        let handle = number(self.index, generation);
        // The slot is not free any more.
        core::mem::forget(self);
        handle
    }
}

impl<T: Opaque> Drop for Vacancy<T> {
    fn drop(&mut self) {
        T::Object::table().free.with(|free| free.put(self.index as u32));
    }
}

/// The handle of a slot.
fn number<T: Opaque>(index: usize, generation: usize) -> *mut T {
    let handle = tag(T::TYPE) << TYPE_SHIFT | generation << GENERATION_SHIFT | index;
    ptr::without_provenance_mut(handle)
}

/// A slot whose handle has ended, and which keeps its object for another one: what a connection does with the
/// slot of its last response. Only with 64 bits: fewer have too few generations to use one slot over and over.
pub(crate) struct Resting(AtomicUsize);

impl Resting {
    const NONE: usize = usize::MAX;

    /// Whether there is one.
    pub(crate) fn is_there(&self) -> bool {
        self.0.load(Ordering::Relaxed) != Self::NONE
    }

    pub(crate) const fn none() -> Resting {
        Resting(AtomicUsize::new(Self::NONE))
    }

    /// Ends the handle that was taken and keeps its slot, unless there is one already. The slot is not the
    /// caller's to give back then: it has to forget `consumed`.
    pub(crate) fn keep<H: Held>(&self, taken: &Taken<H>) -> bool {
        let room =
            usize::BITS >= 64 && self.0.load(Ordering::Relaxed) == Self::NONE && !taken.is_spent();
        if room {
            taken.end_handle();
            self.0.store(taken.index as usize, Ordering::Release);
        }
        room
    }

    /// A new handle for the object that is kept, if there is one.
    pub(crate) fn wake<T: Opaque>(&self) -> Option<*mut T> {
        let index = self.take()?;
        let slot = T::Object::table().slot(index)?;
        let generation = generation_in(slot.state.load(Ordering::Acquire));
        slot.state.store(idle(generation), Ordering::Release);
        Some(number(index, generation))
    }

    /// Gives the object out that is kept, and its slot back.
    pub(crate) fn remove<H: Held>(&self) -> Option<H> {
        let index = self.take()?;
        Taken { slot: H::table().slot(index)?, index: index as u32 }.remove()
    }

    fn take(&self) -> Option<usize> {
        match self.0.load(Ordering::Relaxed) {
            Self::NONE => None,
            _ => {
                Some(self.0.swap(Self::NONE, Ordering::AcqRel)).filter(|&index| index != Self::NONE)
            }
        }
    }
}

/// Where a handle points, if it is one of `T`; whether it still does, the slot's state tells.
fn locate<T: Opaque>(
    handle: *const T,
) -> Result<(&'static Slot<T::Object>, usize, usize), hc_error> {
    let handle = handle.addr();
    if handle == 0 {
        return Err(hc_error::HC_ERR_INVALID_ARGUMENT);
    }
    if handle >> TYPE_SHIFT != tag(T::TYPE) {
        return Err(hc_error::HC_ERR_INVALID_HANDLE);
    }
    let index = handle & ((1 << INDEX_BITS) - 1);
    let generation = handle >> GENERATION_SHIFT & GENERATIONS;
    let slot = T::Object::table().slot(index).ok_or(hc_error::HC_ERR_INVALID_HANDLE)?;
    Ok((slot, index, generation))
}

/// Why a slot in this state cannot be had by a handle of this generation.
#[cold]
fn refusal(state: usize, generation: usize) -> hc_error {
    match generation_in(state) == generation && state & VACANT == 0 {
        true => hc_error::HC_ERR_BUSY,
        false => hc_error::HC_ERR_INVALID_HANDLE,
    }
}

/// An object that this call has taken for itself; it is given back at the end.
pub(crate) struct Taken<H: Held> {
    slot: &'static Slot<H>,
    index: u32,
}

/// Takes what `handle` stands for. NULL is `HC_ERR_INVALID_ARGUMENT`.
// Every call begins with it: inlined, it takes 100 instructions of a small exchange less, and 22 KiB more.
#[inline(always)]
pub(crate) fn take<T: Opaque>(handle: *const T) -> Result<Taken<T::Object>, hc_error> {
    let taken = take_to_free(handle)?;
    taken.get()?;
    Ok(taken)
}

/// The same to free it: a fork's child may do that with what its parent has made.
#[inline(always)]
pub(crate) fn take_to_free<T: Opaque>(handle: *const T) -> Result<Taken<T::Object>, hc_error> {
    let (slot, index, generation) = locate(handle)?;
    let idle = idle(generation);
    match slot.state.compare_exchange(idle, idle | TAKEN, Ordering::AcqRel, Ordering::Acquire) {
        Ok(_) => {}
        Err(state) => return Err(refusal(state, generation)),
    }
    let taken = Taken { slot, index: index as u32 };
    match taken.made() {
        Ok(made) if made.object.of_type() == T::TYPE => Ok(taken),
        _ => Err(hc_error::HC_ERR_INVALID_HANDLE),
    }
}

/// An object that this call looks at, perhaps with others.
#[cfg(feature = "std")]
pub(crate) struct Shared<H: Held> {
    slot: &'static Slot<H>,
}

/// Takes what `handle` stands for together with whoever else looks at it. No thread waits for another one: it
/// is refused only where the handle is being freed.
#[cfg(feature = "std")]
pub(crate) fn share<T: Shareable>(handle: *const T) -> Result<Shared<T::Object>, hc_error> {
    let (slot, _, generation) = locate(handle)?;
    let more = |state: usize| {
        let free = generation_in(state) == generation && state & TAKEN == 0;
        (free && state & SHARERS != SHARERS).then_some(state + SHARER)
    };
    match slot.state.fetch_update(Ordering::AcqRel, Ordering::Acquire, more) {
        Ok(_) => {}
        Err(state) => return Err(refusal(state, generation)),
    }
    let shared = Shared { slot };
    shared.get().and_then(|object| match object.of_type() == T::TYPE {
        true => Ok(()),
        false => Err(hc_error::HC_ERR_INVALID_HANDLE),
    })?;
    Ok(shared)
}

#[cfg(feature = "std")]
impl<H: Held> Shared<H> {
    /// The object, for a look or a copy.
    pub(crate) fn get(&self) -> Result<&H, hc_error> {
        // SAFETY: this call is counted in the slot's state until `drop`, so nobody changes the object.
        let made = unsafe { (*self.slot.object.get()).as_ref() };
        made.ok_or(hc_error::HC_ERR_INVALID_HANDLE)?.of_this_process()
    }
}

#[cfg(feature = "std")]
impl<H: Held> Drop for Shared<H> {
    fn drop(&mut self) {
        self.slot.state.fetch_sub(SHARER, Ordering::Release);
    }
}

impl<H: Held> Taken<H> {
    fn made(&self) -> Result<&Made<H>, hc_error> {
        // SAFETY: this call has set the lowest bit of the slot's state, and clears it only in `drop`.
        unsafe { (*self.slot.object.get()).as_ref() }.ok_or(hc_error::HC_ERR_INVALID_HANDLE)
    }

    fn content(&mut self) -> &mut Option<Made<H>> {
        // SAFETY: as above, and `self` is borrowed mutably.
        unsafe { &mut *self.slot.object.get() }
    }

    /// The object, for a look or a copy.
    pub(crate) fn get(&self) -> Result<&H, hc_error> {
        self.made()?.of_this_process()
    }

    /// The object, to be changed.
    pub(crate) fn get_mut(&mut self) -> Result<&mut H, hc_error> {
        self.get()?;
        let made = self.content().as_mut().ok_or(hc_error::HC_ERR_INVALID_HANDLE)?;
        Ok(&mut made.object)
    }

    /// The object, to see what freeing it needs.
    pub(crate) fn before_freeing(&self) -> Result<&H, hc_error> {
        self.made().map(|made| &made.object)
    }

    /// Whether this process was forked after the object was made: its streams belong to the parent.
    pub(crate) fn is_parents(&self) -> bool {
        self.made().is_ok_and(|made| made.epoch != fork::epoch())
    }

    /// Whether the slot has had all the handles that it can have.
    fn is_spent(&self) -> bool {
        // Nobody else changes the state of a slot that is taken.
        generation_in(self.slot.state.load(Ordering::Relaxed)) == GENERATIONS
    }

    /// Has no handle of the slot match any more; it stays taken.
    fn end_handle(&self) {
        let next = (generation_in(self.slot.state.load(Ordering::Relaxed)) + 1) & GENERATIONS;
        self.slot.state.store(idle(next) | TAKEN | VACANT, Ordering::Release);
    }

    /// Ends the handle and gives the object out.
    pub(crate) fn remove(mut self) -> Option<H> {
        let object = self.content().take().map(|made| made.object);
        // A slot that is spent is retired: no handle is ever one that was freed.
        let spent = self.is_spent();
        self.end_handle();
        if !spent {
            H::table().free.with(|free| free.put(self.index));
        }
        // The slot is not this call's to give back any more.
        core::mem::forget(self);
        object
    }
}

/// Ends the handle of an object that needs no farewell.
pub(crate) fn free<T: Opaque>(handle: *const T) -> hc_error {
    take_to_free(handle).map_or_else(
        |code| code,
        |taken| {
            drop(taken.remove());
            hc_error::HC_OK
        },
    )
}

impl<H: Held> Drop for Taken<H> {
    fn drop(&mut self) {
        // Nobody else changes the state of a slot that is taken.
        let taken = self.slot.state.load(Ordering::Relaxed);
        self.slot.state.store(taken & !TAKEN, Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An opaque type, and what its handles stand for.
    #[derive(Debug, PartialEq)]
    struct Thing(usize);

    static THINGS: Table<Thing> = Table::new();

    /// One test of the table at a time.
    struct Alone;

    static ALONE: Lock<Alone> = Lock::new(Alone);

    impl Renew for Alone {
        fn renew(&mut self) {}
    }

    impl Held for Thing {
        fn table() -> &'static Table<Thing> {
            &THINGS
        }

        fn of_type(&self) -> u8 {
            1
        }
    }

    impl Opaque for Thing {
        type Object = Thing;
        const TYPE: u8 = 1;
    }

    #[cfg(feature = "std")]
    // SAFETY: there is nothing else in that table.
    unsafe impl Shareable for Thing {
        type Content = Thing;
    }

    /// A slot that rests keeps its object, and no handle that it had leads there.
    #[test]
    fn a_resting_slot_wakes_with_another_handle() {
        ALONE.with(|_| {
            let resting = Resting::none();
            assert_eq!(resting.wake::<Thing>(), None);
            let mut handles = Vec::new();
            handles.push(insert::<Thing>(Thing(7)).unwrap());
            for _ in 0..100 {
                let taken = take_to_free(*handles.last().unwrap()).unwrap();
                if !resting.keep(&taken) {
                    assert_eq!(usize::BITS, 32);
                    return;
                }
                core::mem::forget(taken);
                for old in &handles {
                    assert!(take(*old).is_err());
                }
                let woken = resting.wake().unwrap();
                assert!(!handles.contains(&woken));
                assert_eq!(*take(woken).unwrap().get().unwrap(), Thing(7));
                handles.push(woken);
            }
            let taken = take_to_free(*handles.last().unwrap()).unwrap();
            assert!(resting.keep(&taken));
            core::mem::forget(taken);
            assert_eq!(resting.remove(), Some(Thing(7)));
            assert_eq!(resting.remove::<Thing>(), None);
        });
    }

    /// The number that a vacant slot will have next is no handle yet.
    #[test]
    fn a_number_that_was_never_issued_is_invalid() {
        ALONE.with(|_| {
            let handle = insert::<Thing>(Thing(1)).unwrap();
            let (_, index, generation) = locate(handle).unwrap();
            assert_eq!(free(handle), hc_error::HC_OK);
            let next = number::<Thing>(index, generation + 1);
            assert_eq!(take(next).err(), Some(hc_error::HC_ERR_INVALID_HANDLE));
        });
    }

    /// A slot whose generations are used up is not used again.
    #[test]
    fn a_spent_slot_is_retired() {
        ALONE.with(|_| {
            let handle = insert::<Thing>(Thing(1)).unwrap();
            let (slot, index, _) = locate(handle).unwrap();
            slot.state.store(idle(GENERATIONS), Ordering::Release);
            let last = number::<Thing>(index, GENERATIONS);
            let taken = take_to_free(last).unwrap();
            assert!(!Resting::none().keep(&taken));
            drop(taken);
            assert_eq!(free(last), hc_error::HC_OK);
            let first = number::<Thing>(index, 0);
            for _ in 0..3 * FIRST {
                let other = insert::<Thing>(Thing(2)).unwrap();
                assert_ne!(locate(other).unwrap().1, index);
                assert_eq!(free(other), hc_error::HC_OK);
            }
            assert_eq!(take(last).err(), Some(hc_error::HC_ERR_INVALID_HANDLE));
            assert_eq!(take(first).err(), Some(hc_error::HC_ERR_INVALID_HANDLE));
        });
    }

    /// However many look at a handle, none is refused; only who wants it for itself is.
    #[cfg(feature = "std")]
    #[test]
    fn sharers_refuse_nobody_but_the_one_that_frees() {
        ALONE.with(|_| {
            let handle: *mut Thing = insert(Thing(1)).unwrap();
            let sharers: Vec<_> = (0..100).map(|_| share(handle).unwrap()).collect();
            assert_eq!(free(handle), hc_error::HC_ERR_BUSY);
            assert_eq!(share(handle).map(|_| ()), Ok(()));
            drop(sharers);
            let taken = take(handle).unwrap();
            assert_eq!(share(handle).map(|_| ()), Err(hc_error::HC_ERR_BUSY));
            drop(taken);
            assert_eq!(free(handle), hc_error::HC_OK);
            assert_eq!(share(handle).map(|_| ()), Err(hc_error::HC_ERR_INVALID_HANDLE));
            assert_eq!(free(handle), hc_error::HC_ERR_INVALID_HANDLE);
        });
    }

    #[test]
    fn places_cover_every_index_once() {
        let mut expected = (0, 0);
        for index in 0..100_000 {
            assert_eq!(place(index), expected, "{index}");
            expected.1 += 1;
            if expected.1 == FIRST << expected.0 {
                expected = (expected.0 + 1, 0);
            }
        }
    }
}
