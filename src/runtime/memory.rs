//! The allocator: jemalloc, with an exact count of what is in use.
//!
//! Holds: [`used_memory`] is the sum of the usable sizes of all live allocations (jemalloc rounds a
//! request up to a size class, and that is what it really takes), once every thread is at rest.
//! Cost: about a nanosecond per allocation: the size class is computed from the layout, and the
//! count goes to a cache line that only this thread writes.
//! Threads: any; a thread that allocates here and frees there is counted right in the sum.
//! Not here: the peak (whoever reads `used_memory` keeps it).
#![allow(unsafe_code)]

use std::alloc::{GlobalAlloc, Layout};
use std::cell::Cell;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

// Miri runs no foreign code: there the count is checked over the allocator of the system. A
// sanitizer sees only what comes from that one, too.
#[cfg(any(miri, sanitized))]
use std::alloc::System as Jemalloc;
#[cfg(not(any(miri, sanitized)))]
use tikv_jemallocator::Jemalloc;

/// Threads with a slot of their own; later ones share one slot and pay for an atomic addition.
const SLOTS: usize = 128;

/// A thread's allocations minus its frees, modulo 2^64: a thread may free what others allocated.
#[repr(align(128))]
struct Slot(AtomicUsize);

static COUNTS: [Slot; SLOTS] = [const { Slot(AtomicUsize::new(0)) }; SLOTS];
static OVERFLOW: Slot = Slot(AtomicUsize::new(0));
/// Slots handed out, or more if there were more threads.
static CLAIMED: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    /// `const` and without a destructor: reaching it never allocates, also while a thread ends.
    static MINE: Cell<Option<&'static Slot>> = const { Cell::new(None) };
}

/// jemalloc behind a count. Declare it as the `#[global_allocator]` of the process.
#[derive(Clone, Copy, Debug, Default)]
pub struct CountingAllocator;

/// Adds `bytes` (a negative number as its two's complement).
#[inline]
fn count(bytes: usize) {
    match MINE.get() {
        // Only this thread writes the slot, so a load and a store lose nothing.
        Some(slot) => slot.0.store(slot.0.load(Relaxed).wrapping_add(bytes), Relaxed),
        None => count_first(bytes),
    }
}

#[cold]
fn count_first(bytes: usize) {
    // Looking first keeps the count of claims from running on without end.
    if CLAIMED.load(Relaxed) < SLOTS
        && let Some(slot) = COUNTS.get(CLAIMED.fetch_add(1, Relaxed))
    {
        MINE.set(Some(slot));
        slot.0.store(bytes, Relaxed);
        return;
    }
    OVERFLOW.0.fetch_add(bytes, Relaxed);
}

/// Bytes that jemalloc sets aside for `layout` (what `nallocx` says). O(1).
#[inline]
pub fn usable_size(layout: Layout) -> usize {
    let (size, align) = (layout.size(), layout.align());
    if cfg!(not(all(target_arch = "x86_64", target_os = "linux"))) {
        // The smallest class and the page size differ between platforms; ask.
        // SAFETY: the size is not 0 and the alignment is a power of two: `Layout` keeps that.
        return unsafe {
            tikv_jemalloc_sys::nallocx(size.max(1), tikv_jemalloc_sys::MALLOCX_ALIGN(align))
        };
    }
    if align <= 16 && align <= size {
        return size_class(size);
    }
    aligned_class(size, align)
}

/// The smallest size class that holds `size`: 8, multiples of 16 up to 128, then four per doubling,
/// and above 14 KiB whole pages (jemalloc 5.3.1's default, `disable_large_size_classes`).
#[inline]
const fn size_class(size: usize) -> usize {
    if size > SMALL_MAX {
        return (size + PAGE - 1) & !(PAGE - 1);
    }
    if size <= 8 {
        return 8;
    }
    let log = (2 * size - 1).ilog2();
    let step_log = if log < 7 { 4 } else { log - 3 };
    let step = (1_usize << step_log) - 1;
    (size + step) & !step
}

const PAGE: usize = 4096;
const SMALL_MAX: usize = 14 * 1024;
const LARGE_MIN: usize = 16 * 1024;

#[cold]
const fn aligned_class(size: usize, align: usize) -> usize {
    if align <= PAGE && size <= SMALL_MAX {
        let class = size_class((size + align - 1) & !(align - 1));
        if class < LARGE_MIN {
            return class;
        }
    }
    if size <= LARGE_MIN { LARGE_MIN } else { size_class(size) }
}

// SAFETY: every call goes to jemalloc with the caller's own arguments, whose contract is the same;
// counting allocates nothing and cannot unwind.
unsafe impl GlobalAlloc for CountingAllocator {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as the caller promised.
        let ptr = unsafe { Jemalloc.alloc(layout) };
        if !ptr.is_null() {
            count(usable_size(layout));
        }
        ptr
    }

    #[inline]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as the caller promised.
        let ptr = unsafe { Jemalloc.alloc_zeroed(layout) };
        if !ptr.is_null() {
            count(usable_size(layout));
        }
        ptr
    }

    #[inline]
    unsafe fn dealloc(&self, ptr: *mut u8, layout: Layout) {
        count(usable_size(layout).wrapping_neg());
        // SAFETY: as the caller promised.
        unsafe { Jemalloc.dealloc(ptr, layout) }
    }

    #[inline]
    unsafe fn realloc(&self, ptr: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        // SAFETY: as the caller promised.
        let moved = unsafe { Jemalloc.realloc(ptr, layout, new_size) };
        if !moved.is_null() {
            // SAFETY: the caller promises that the new size is valid with this alignment.
            let new = unsafe { Layout::from_size_align_unchecked(new_size, layout.align()) };
            count(usable_size(new).wrapping_sub(usable_size(layout)));
        }
        moved
    }
}

/// Bytes in use by the process's Rust allocations. One load per thread that ever allocated.
///
/// 0 unless [`CountingAllocator`] is the global allocator.
pub fn used_memory() -> usize {
    let claimed = CLAIMED.load(Relaxed).min(SLOTS);
    let own = COUNTS[..claimed].iter().map(|slot| slot.0.load(Relaxed));
    let sum = own.fold(OVERFLOW.0.load(Relaxed), usize::wrapping_add);
    // While another thread is between two stores, a free may be seen before its allocation.
    if (sum as isize) < 0 { 0 } else { sum }
}

/// jemalloc's own figures, in bytes (`allocator_*` of INFO, `MEMORY STATS`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AllocatorStats {
    /// In use by the program.
    pub allocated: usize,
    /// In pages that hold something in use.
    pub active: usize,
    /// Backed by memory, as far as jemalloc knows.
    pub resident: usize,
    /// Address space kept, without memory behind it.
    pub retained: usize,
}

/// Reads jemalloc's figures as of now. Some microseconds: not for the path of every command.
///
/// # Errors
/// jemalloc's, as text; they mean that it was built without statistics.
pub fn allocator_stats() -> Result<AllocatorStats, String> {
    use tikv_jemalloc_ctl::{epoch, stats};
    let read = || -> tikv_jemalloc_ctl::Result<AllocatorStats> {
        epoch::advance()?;
        Ok(AllocatorStats {
            allocated: stats::allocated::read()?,
            active: stats::active::read()?,
            resident: stats::resident::read()?,
            retained: stats::retained::read()?,
        })
    };
    read().map_err(|error| error.to_string())
}

/// Milliseconds after which freed pages are given back.
const DECAY_MS: isize = 1000;

/// Sets jemalloc up for a server; call it first thing in `main`, before other threads exist.
///
/// - Freed pages go back to the system about a second later (jemalloc's default is ten), so that
///   the resident size follows a mass deletion or a finished snapshot, yet a value that is replaced
///   at once costs no page fault.
/// - A background thread gives them back, so that the command thread never pays for it.
///
/// # Errors
/// The first setting that was refused, and why. The others have been made all the same.
pub fn configure() -> Result<(), String> {
    let mut result = set_decay();
    let background = set_background_thread(true);
    if result.is_ok() {
        result = background;
    }
    result
}

fn set_decay() -> Result<(), String> {
    // `arenas.*` is the default of arenas yet to come; arena 0 exists since the first allocation.
    for name in [c"arenas.dirty_decay_ms", c"arena.0.dirty_decay_ms"] {
        // SAFETY: the setting is of type ssize_t, which is `isize`.
        unsafe { tikv_jemalloc_ctl::raw::write(name.to_bytes_with_nul(), DECAY_MS) }
            .map_err(|error| format!("{}: {error}", name.to_string_lossy()))?;
    }
    Ok(())
}

/// Whether jemalloc purges in a thread of its own (`jemalloc-bg-thread`).
///
/// # Errors
/// The platform has no such thread, or it could not be started.
pub fn set_background_thread(on: bool) -> Result<(), String> {
    tikv_jemalloc_ctl::background_thread::write(on)
        .map_err(|error| format!("background_thread: {error}"))
}

/// Gives all free pages back at once (`MEMORY PURGE`). Milliseconds if there are many.
///
/// # Errors
/// jemalloc's, as text.
pub fn purge() -> Result<(), String> {
    // 4096 stands for all arenas (MALLCTL_ARENAS_ALL).
    // SAFETY: the name ends with a NUL, and this control takes neither an old nor a new value.
    let error = unsafe {
        tikv_jemalloc_sys::mallctl(
            c"arena.4096.purge".as_ptr(),
            std::ptr::null_mut(),
            std::ptr::null_mut(),
            std::ptr::null_mut(),
            0,
        )
    };
    match error {
        0 => Ok(()),
        code => Err(std::io::Error::from_raw_os_error(code).to_string()),
    }
}

/// The text of a code that jemalloc answered.
fn code_text(code: std::ffi::c_int) -> String {
    super::log::os_text(&std::io::Error::from_raw_os_error(code))
}

/// Reads a number among jemalloc's settings, after writing it if `value` is given. `None`: it can
/// be written only, and was.
///
/// # Errors
/// The system's text: there is no such setting, it is no number, or it cannot be written.
pub fn setting(name: &[u8], value: Option<i64>) -> Result<Option<i64>, String> {
    const NO_ENTRY: i32 = 2;
    const NOT_PERMITTED: i32 = 1;
    const INVALID: i32 = 22;
    let Ok(name) = std::ffi::CString::new(name) else { return Err(code_text(NO_ENTRY)) };
    // A setting that is the address of code is no number.
    if name.as_bytes().windows(5).any(|word| word == b"hooks") {
        return Err(code_text(INVALID));
    }
    let mut new = value.unwrap_or(0);
    let new_at = (&raw mut new).cast::<std::ffi::c_void>();
    // Numbers have 8, 4 or 1 bytes; jemalloc refuses a wrong size before it touches anything.
    for size in [8, 4, 2, 1] {
        let (written, from) =
            if value.is_some() { (size, new_at) } else { (0, std::ptr::null_mut()) };
        let mut old = 0_i64;
        let mut length = size;
        // SAFETY: the name ends with a NUL; `old` and `new` have at least `size` bytes, and
        // jemalloc reads and writes that many or none.
        let read = unsafe {
            let old_at = (&raw mut old).cast();
            tikv_jemalloc_sys::mallctl(name.as_ptr(), old_at, &raw mut length, from, written)
        };
        let code = if read == NOT_PERMITTED && value.is_some() {
            let (none, no_length) = (std::ptr::null_mut(), std::ptr::null_mut());
            // SAFETY: as above; nothing is read.
            let code =
                unsafe { tikv_jemalloc_sys::mallctl(name.as_ptr(), none, no_length, new_at, size) };
            if code == 0 {
                return Ok(None);
            }
            code
        } else {
            read
        };
        match code {
            0 => return Ok(Some(old)),
            INVALID => {}
            code => return Err(code_text(code)),
        }
    }
    Err(code_text(INVALID))
}

/// True if a setting of jemalloc is a text.
fn is_text(name: &str) -> bool {
    const OPTIONS: [&str; 9] = [
        "dss",
        "junk",
        "metadata_thp",
        "percpu_arena",
        "prof_prefix",
        "stats_interval_opts",
        "stats_print_opts",
        "thp",
        "zero_realloc",
    ];
    match name.split('.').collect::<Vec<_>>()[..] {
        ["version"] | ["config", "malloc_conf"] => true,
        ["opt", option] => OPTIONS.contains(&option),
        ["arena", arena, "dss"] => arena.parse::<u32>().is_ok(),
        _ => false,
    }
}

/// The same for settings that are texts. `VOID` as a value carries out what is an action and no
/// setting.
///
/// # Errors
/// The system's text: there is no such setting, or it is no text.
pub fn text_setting(name: &[u8], value: Option<&[u8]>) -> Result<Option<String>, String> {
    const NO_ENTRY: i32 = 2;
    const INVALID: i32 = 22;
    let (none, no_length) = (std::ptr::null_mut(), std::ptr::null_mut());
    let Ok(name) = std::ffi::CString::new(name) else { return Err(code_text(NO_ENTRY)) };
    if !name.to_str().is_ok_and(is_text) {
        let acts = value == Some(b"VOID");
        let (mut old, mut length) = (0_u64, size_of::<u64>());
        let (old_at, length_at) = match acts {
            true => (none, no_length),
            false => ((&raw mut old).cast(), &raw mut length),
        };
        // SAFETY: the name ends with a NUL; nothing is read, or not more than `old` has room for.
        let code = unsafe { tikv_jemalloc_sys::mallctl(name.as_ptr(), old_at, length_at, none, 0) };
        return match code {
            0 if acts => Ok(None),
            0 => Err(code_text(INVALID)),
            code => Err(code_text(code)),
        };
    }
    let mut old: *const std::ffi::c_char = std::ptr::null();
    let mut length = size_of_val(&old);
    // SAFETY: the name ends with a NUL; the setting is a text, of which jemalloc gives the address.
    let code = unsafe {
        let old_at = (&raw mut old).cast();
        tikv_jemalloc_sys::mallctl(name.as_ptr(), old_at, &raw mut length, none, 0)
    };
    if code != 0 || old.is_null() {
        return Err(code_text(code.max(1)));
    }
    // SAFETY: jemalloc's texts end with a NUL and last as long as the setting does.
    let text = unsafe { std::ffi::CStr::from_ptr(old) }.to_string_lossy().into_owned();
    if let Some(Ok(value)) = value.map(std::ffi::CString::new) {
        let mut new = value.as_ptr();
        // SAFETY: as above; jemalloc compares the text with the ones it knows, and keeps its own.
        // Whether it took the value shows when it is read again, as in Redis.
        let _ = unsafe {
            let new_at = (&raw mut new).cast();
            tikv_jemalloc_sys::mallctl(name.as_ptr(), none, no_length, new_at, size_of_val(&new))
        };
    }
    Ok(Some(text))
}

/// jemalloc's own report (`MEMORY MALLOC-STATS`). Milliseconds.
pub fn report() -> String {
    unsafe extern "C" fn add(to: *mut std::ffi::c_void, text: *const std::ffi::c_char) {
        // SAFETY: `to` is the text below, which nobody else uses meanwhile; jemalloc hands over a
        // text that ends with a NUL.
        let (to, text) = unsafe { (&mut *to.cast::<Vec<u8>>(), std::ffi::CStr::from_ptr(text)) };
        to.extend_from_slice(text.to_bytes());
    }
    let mut text: Vec<u8> = Vec::new();
    // SAFETY: `add` gets `text`, which outlives the call; no options is allowed.
    unsafe {
        tikv_jemalloc_sys::malloc_stats_print(Some(add), (&raw mut text).cast(), std::ptr::null());
    }
    String::from_utf8_lossy(&text).into_owned()
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicPtr;

    use super::*;

    fn jemalloc_says(layout: Layout) -> usize {
        let (size, align) = (layout.size(), layout.align());
        let flags =
            if align <= 16 && align <= size { 0 } else { tikv_jemalloc_sys::MALLOCX_ALIGN(align) };
        // SAFETY: the size is not 0.
        unsafe { tikv_jemalloc_sys::nallocx(size, flags) }
    }

    #[test]
    #[cfg_attr(miri, ignore = "calls jemalloc")]
    fn size_classes_are_those_of_jemalloc() {
        let around = (5..34_u32).flat_map(|log| {
            (0..8_usize).flat_map(move |eighth| {
                let at = (1_usize << log) + eighth * (1 << log) / 8;
                [at - 1, at, at + 1]
            })
        });
        for size in (1..40_000).chain(around) {
            for align in [1, 2, 4, 8, 16, 32, 64, 128, 512, 4096, 8192, 65536] {
                let layout = Layout::from_size_align(size, align).unwrap();
                assert_eq!(usable_size(layout), jemalloc_says(layout), "{layout:?}");
            }
        }
    }

    /// Runs `act` on a thread of its own and returns by how much that thread's count rose.
    fn counted(act: impl FnOnce() + Send + 'static) -> usize {
        let worker = std::thread::spawn(move || {
            count(0); // claims the slot
            let mine = || MINE.get().map_or(0, |slot| slot.0.load(Relaxed));
            let before = mine();
            act();
            mine().wrapping_sub(before)
        });
        worker.join().unwrap()
    }

    #[test]
    fn a_life_of_an_allocation_adds_up() {
        let layout = Layout::from_size_align(100, 8).unwrap();
        static GROWN: AtomicPtr<u8> = AtomicPtr::new(std::ptr::null_mut());
        let grown = counted(move || {
            // SAFETY: a valid layout.
            let ptr = unsafe { CountingAllocator.alloc(layout) };
            // SAFETY: allocated above with this layout.
            GROWN.store(unsafe { CountingAllocator.realloc(ptr, layout, 1000) }, Relaxed);
        });
        assert_eq!(grown, 1024);
        let freed = counted(move || {
            let ptr = GROWN.load(Relaxed);
            assert!(!ptr.is_null());
            // SAFETY: allocated on the thread above, which has been joined, with this size.
            unsafe { CountingAllocator.dealloc(ptr, Layout::from_size_align(1000, 8).unwrap()) };
        });
        assert_eq!(freed, 1024_usize.wrapping_neg());
        let none = counted(move || {
            // SAFETY: a valid layout; freed below with the same one.
            let ptr = unsafe { CountingAllocator.alloc_zeroed(layout) };
            // SAFETY: allocated above, 100 bytes long, with this layout.
            unsafe {
                assert!((0..100).all(|at| ptr.add(at).read() == 0));
                CountingAllocator.dealloc(ptr, layout);
            }
        });
        assert_eq!(none, 0);
    }

    #[test]
    #[cfg_attr(miri, ignore = "calls jemalloc")]
    fn jemalloc_takes_the_settings_and_reports_figures() {
        configure().unwrap();
        // SAFETY: the setting is of type ssize_t.
        let decay: isize =
            unsafe { tikv_jemalloc_ctl::raw::read(c"arena.0.dirty_decay_ms".to_bytes_with_nul()) }
                .unwrap();
        assert_eq!(decay, DECAY_MS);
        purge().unwrap();
        assert_eq!(setting(b"arenas.page", None), Ok(Some(4096)));
        assert_eq!(setting(b"arena.0.dirty_decay_ms", Some(500)), Ok(Some(DECAY_MS as i64)));
        assert_eq!(setting(b"arena.0.dirty_decay_ms", None), Ok(Some(500)));
        assert_eq!(setting(b"nonsense", None), Err("No such file or directory".to_owned()));
        assert_eq!(setting(b"arenas.page", Some(1)), Err("Operation not permitted".to_owned()));
        assert_eq!(setting(b"arena.0.extent_hooks", Some(1)), Err("Invalid argument".to_owned()));
        assert!(report().contains("jemalloc"));
        let stats = allocator_stats().unwrap();
        assert!(stats.resident >= stats.active && stats.active >= stats.allocated, "{stats:?}");
    }
}
