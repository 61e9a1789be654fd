//! The embedded artefact, run where it lies. `Component::deserialize` would copy it first, which costs every start the
//! time and memory of the whole artefact, though a run touches a small part of it; measured, it was two thirds of both.
//!
//! On x86-64 Linux the pages of the executable that hold the artefact become executable in place. Elsewhere, and where
//! the kernel refuses (a hardened one may), the artefact is copied.

use std::sync::atomic::{AtomicBool, Ordering};

use wasmtime::component::Component;
use wasmtime::{Config, Engine};

/// The page of x86-64, in bytes. The alignment also rounds the size up, so that no neighbour shares the last page.
#[repr(C, align(4096))]
struct OwnPages<T: ?Sized>(T);

/// The rule module, compiled for this machine's family by the build of this binary.
static NATIVE: &OwnPages<[u8]> = &OwnPages(*include_bytes!(concat!(env!("OUT_DIR"), "/rules.cwasm")));

/// Whether the artefact runs where it lies: only one engine at a time can have it so.
static TAKEN: AtomicBool = AtomicBool::new(false);

/// Holds the artefact for one engine; nothing of that engine may be left when it is dropped.
#[derive(Debug)]
#[cfg_attr(not(all(target_os = "linux", target_arch = "x86_64")), allow(dead_code))] // Elsewhere it is copied.
pub(super) struct Hold(());

impl Hold {
    #[cfg(all(target_os = "linux", target_arch = "x86_64"))]
    fn take() -> Option<Self> {
        // One that is made and not handed out would give it back.
        (!TAKEN.swap(true, Ordering::AcqRel)).then(|| Self(()))
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        TAKEN.store(false, Ordering::Release);
    }
}

/// Prepares an engine to run the artefact in place.
pub(super) fn prepare(config: &mut Config) {
    #[cfg(all(target_os = "linux", target_arch = "x86_64"))]
    config.with_custom_code_memory(Some(std::sync::Arc::new(in_place::Pages)));
    #[cfg(not(all(target_os = "linux", target_arch = "x86_64")))]
    let _ = config;
}

/// Loads the artefact, where it lies if nobody else holds it.
///
/// # Errors
/// It was compiled for another processor.
#[allow(unsafe_code)]
pub(super) fn load(engine: &Engine) -> wasmtime::Result<(Component, Option<Hold>)> {
    // SAFETY: the bytes were made by this binary's own build for the engine configuration of this binary, and lie in
    // its read-only data, which lives as long as the process and is never written.
    #[cfg(all(target_os = "linux", target_arch = "x86_64"))]
    if NATIVE.0.as_ptr().addr().is_multiple_of(rustix::param::page_size())
        && let Some(hold) = Hold::take()
        && let Ok(component) =
            unsafe { Component::deserialize_raw(engine, std::ptr::NonNull::from(&NATIVE.0)) }
    {
        return Ok((component, Some(hold)));
    }
    // SAFETY: the same bytes, copied.
    unsafe { Component::deserialize(engine, &NATIVE.0) }.map(|component| (component, None))
}

/// Gives back the pages that loading and the first instance read once, above all the memory's initial contents, of
/// which the engine keeps a copy. A page that is asked for again comes from the executable.
#[allow(unsafe_code)]
pub(super) fn loaded() {
    #[cfg(all(target_os = "linux", target_arch = "x86_64"))]
    // SAFETY: the pages are of the executable, never written, and hold nothing but the artefact (`OwnPages`).
    let _ = unsafe {
        let pages = std::ptr::from_ref(NATIVE).cast_mut();
        rustix::mm::madvise(pages.cast(), size_of_val(NATIVE), rustix::mm::Advice::LinuxDontNeed)
    };
}

#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
mod in_place {
    use rustix::mm::{MprotectFlags, mprotect};
    use wasmtime::CustomCodeMemory;

    use super::NATIVE;

    /// Changes the protection of the pages that hold compiled code: never writable and executable at once.
    pub(super) struct Pages;

    impl CustomCodeMemory for Pages {
        fn required_alignment(&self) -> usize {
            rustix::param::page_size()
        }

        #[allow(unsafe_code)]
        fn publish_executable(&self, start: *const u8, length: usize) -> wasmtime::Result<()> {
            // SAFETY: wasmtime hands over whole pages of code that it holds: of a mapping of its own, or of the
            // artefact, whose pages hold nothing else (`OwnPages`). Instruction caches of x86-64 need no flush.
            unsafe { mprotect(start.cast_mut().cast(), length, MprotectFlags::READ | MprotectFlags::EXEC)? };
            Ok(())
        }

        #[allow(unsafe_code)]
        fn unpublish_executable(&self, start: *const u8, length: usize) -> wasmtime::Result<()> {
            // What was copied goes back to the allocator, which writes into it; the artefact is never written.
            let lies_here = NATIVE.0.as_ptr_range().contains(&start);
            let flags =
                if lies_here { MprotectFlags::READ } else { MprotectFlags::READ | MprotectFlags::WRITE };
            // SAFETY: as above; no code runs from there any more.
            unsafe { mprotect(start.cast_mut().cast(), length, flags)? };
            Ok(())
        }
    }
}
