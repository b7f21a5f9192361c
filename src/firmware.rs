//! What stands below the library where there is no operating system: the heap of the C library, and an end
//! for what cannot go on.
//!
//! A program in Rust has both of its own; this is for firmware in C, which links the static library.
#![allow(unsafe_code)]

use core::alloc::{GlobalAlloc, Layout};
use core::ffi::c_void;
use core::panic::PanicInfo;
use core::ptr;

unsafe extern "C" {
    fn malloc(size: usize) -> *mut c_void;
    fn realloc(memory: *mut c_void, size: usize) -> *mut c_void;
    fn free(memory: *mut c_void);
    fn abort() -> !;
}

/// The heap of the C library.
struct CHeap;

/// What malloc aligns to, on every system that there is. Nothing in the library asks for more.
const ALIGNMENT: usize = 8;

// SAFETY: malloc and realloc give memory of that size, aligned so, or NULL; what asks for more is refused.
unsafe impl GlobalAlloc for CHeap {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if layout.align() > ALIGNMENT {
            return ptr::null_mut();
        }
        // SAFETY: any size may be asked for.
        unsafe { malloc(layout.size()).cast() }
    }

    unsafe fn dealloc(&self, memory: *mut u8, _: Layout) {
        // SAFETY: the caller vouches for it: it came from one of these.
        unsafe { free(memory.cast()) }
    }

    unsafe fn realloc(&self, memory: *mut u8, _: Layout, size: usize) -> *mut u8 {
        // SAFETY: the caller vouches for it: it came from one of these.
        unsafe { realloc(memory.cast(), size).cast() }
    }
}

#[global_allocator]
static HEAP: CHeap = CHeap;

#[panic_handler]
fn end(_: &PanicInfo<'_>) -> ! {
    // SAFETY: it takes nothing and never returns.
    unsafe { abort() }
}
