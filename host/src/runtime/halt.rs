//! Ends calls whose answer nobody wants any more: an editor asks again with every keystroke.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Asks the calls of a runtime to end. A command never does; its calls end by their deadlines.
#[derive(Clone, Debug, Default)]
pub struct Halt(Arc<AtomicBool>);

impl Halt {
    /// From now on calls end, until [`Self::rest`].
    pub fn ask(&self) {
        self.0.store(true, Ordering::SeqCst);
    }

    /// Calls run again.
    pub fn rest(&self) {
        self.0.store(false, Ordering::SeqCst);
    }

    /// Whether calls are to end.
    #[must_use]
    pub fn asked(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}
