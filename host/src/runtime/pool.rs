//! Workers with one configuration: made when a thread needs one, kept for the next.

use std::sync::{Mutex, PoisonError};

use super::{Refused, Runtime, Worker, artefact, contract};

/// Configured workers. A small run needs one, and does not pay for more.
pub struct Pool<'r> {
    runtime: &'r Runtime,
    settings: contract::Settings,
    resolved: contract::Resolved,
    idle: Mutex<Vec<Worker<'r>>>,
}

impl std::fmt::Debug for Pool<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pool").finish_non_exhaustive()
    }
}

impl<'r> Pool<'r> {
    /// Configures the first worker, and so checks the configuration.
    pub(super) fn new(runtime: &'r Runtime, settings: contract::Settings) -> Result<Self, Refused> {
        let (worker, resolved) = Worker::new(runtime, &settings)?;
        artefact::loaded();
        Ok(Self { runtime, settings, resolved, idle: Mutex::new(vec![worker]) })
    }

    /// What the workers are configured with.
    pub fn settings(&self) -> &contract::Settings {
        &self.settings
    }

    /// What the host needs to know of the configuration.
    pub fn resolved(&self) -> &contract::Resolved {
        &self.resolved
    }

    /// Whether what the workers are at is to end.
    pub fn halted(&self) -> bool {
        self.runtime.halt.asked()
    }

    /// Lends a worker.
    ///
    /// # Errors
    /// None is idle and another cannot be made.
    pub fn with<T>(&self, work: impl FnOnce(&mut Worker<'r>) -> T) -> Result<T, Refused> {
        let idle = || self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let waiting = idle().pop();
        let mut worker = match waiting {
            Some(worker) => worker,
            None => Worker::new(self.runtime, &self.settings)?.0,
        };
        let answer = work(&mut worker);
        idle().push(worker);
        Ok(answer)
    }
}
