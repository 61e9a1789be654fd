//! Ctrl-C: a run stops taking up work, and reports what it has done. A second Ctrl-C ends it at once.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock};

use signal_hook::consts::SIGINT;
use signal_hook::flag;

/// How an interrupted run exits, as shells say it: 128 and the signal's number.
pub const EXIT: u8 = 130;

static ASKED: LazyLock<Arc<AtomicBool>> = LazyLock::new(Arc::default);

/// From now on Ctrl-C is an end in good order. Where the system does not let it be, it stays the system's own.
pub fn listen() {
    // In this order: the first one sees what the one before it left.
    let _ = flag::register_conditional_shutdown(SIGINT, i32::from(EXIT), Arc::clone(&ASKED));
    let _ = flag::register(SIGINT, Arc::clone(&ASKED));
}

/// Whether the run was asked to end.
#[must_use]
pub fn asked() -> bool {
    ASKED.load(Ordering::Relaxed)
}
