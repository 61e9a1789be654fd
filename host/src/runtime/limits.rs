//! What one call may use, and how a call that used more is reported.

use std::time::Duration;

use wasmtime::{ResourceLimiter, Store, Trap, UpdateDeadline};

use super::Halt;

/// Most memory of one instance, in bytes. A 16 MiB YAML file at the node limit needs about 400 MiB; twice that is a
/// hostile input, not a large one.
pub(super) const MEMORY: usize = 1 << 30;
/// Most memory of one third-party instance.
pub(super) const FOREIGN_MEMORY: usize = 64 << 20;
/// Most table elements: the module's own table has a few thousand.
const TABLE: usize = 100_000;

/// Time for one unit, whatever its size. Ordinary units take milliseconds; this is for a loaded machine.
const BASE: Duration = Duration::from_secs(10);
/// More time for each MiB of input.
const PER_MIB: Duration = Duration::from_secs(2);
/// Time for one call of a third-party module.
pub(super) const FOREIGN: Duration = Duration::from_secs(10);

/// The time for a unit of `bytes`.
pub(super) fn deadline(bytes: usize) -> Duration {
    BASE + PER_MIB * u32::try_from(bytes >> 20).unwrap_or(u32::MAX)
}

/// The same as a number of epochs.
fn epochs(time: Duration) -> u64 {
    u64::try_from(time.as_millis() / super::TICK.as_millis()).unwrap_or(u64::MAX).max(1)
}

/// Denies growth above the limit, and remembers that it did: the guest only sees a failed allocation.
#[derive(Debug)]
pub(crate) struct Limits {
    memory: usize,
    refused: bool,
    /// What ends a call before its deadline, if it is one that may be ended.
    halt: Option<Halt>,
    halted: bool,
    /// Epochs left of the call's time.
    left: u64,
}

impl Limits {
    pub(super) fn new(memory: usize) -> Self {
        Self { memory, refused: false, halt: None, halted: false, left: 0 }
    }

    /// Begins a call that may take `time`. Every epoch is a look at the time left and at `halt`.
    pub(super) fn begin(store: &mut Store<Self>, time: Duration, halt: Option<Halt>) {
        let limits = store.data_mut();
        limits.halt = halt;
        limits.halted = false;
        limits.left = epochs(time);
        store.set_epoch_deadline(1);
    }

    /// Makes [`Self::begin`] hold for a store.
    pub(super) fn watch(store: &mut Store<Self>) {
        store.epoch_deadline_callback(|mut context| {
            let limits = context.data_mut();
            limits.left = limits.left.saturating_sub(1);
            limits.halted = limits.halt.as_ref().is_some_and(Halt::asked);
            Ok(match limits.halted || limits.left == 0 {
                true => UpdateDeadline::Interrupt,
                false => UpdateDeadline::Continue(1),
            })
        });
    }
}

impl ResourceLimiter for Limits {
    fn memory_growing(
        &mut self,
        _current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let allowed = desired <= self.memory;
        self.refused |= !allowed;
        Ok(allowed)
    }

    fn table_growing(
        &mut self,
        _current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        Ok(desired <= TABLE)
    }
}

/// Why a call did not answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Stop {
    /// It took too long.
    #[error("stopped after {0} s")]
    Deadline(u64),
    /// What it was about has changed meanwhile.
    #[error("ended for a newer one")]
    Halted,
    /// It wanted more memory than it may have.
    #[error("stopped at the memory limit of {0} MiB")]
    Memory(usize),
    /// It trapped: a panic or worse. The guest's own words are not repeated, since they may quote input.
    #[error("stopped by a fault inside the module ({0})")]
    Trap(String),
}

impl Stop {
    /// What stopped a call on `store`.
    pub(super) fn of(store: &Store<Limits>, time: Duration, error: &wasmtime::Error) -> Self {
        if store.data().refused {
            return Self::Memory(store.data().memory >> 20);
        }
        if store.data().halted {
            return Self::Halted;
        }
        match error.downcast_ref::<Trap>() {
            Some(Trap::Interrupt) => Self::Deadline(time.as_secs()),
            Some(trap) => Self::Trap(trap.to_string()),
            None => Self::Trap("no answer".to_owned()),
        }
    }
}
