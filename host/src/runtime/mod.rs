//! The wasmtime host of the rule module and of third-party modules.
//!
//! Invariants: the linker is empty, so a module reaches nothing but the bytes it is handed; every call has a deadline
//! and a memory limit; an instance that trapped is never entered again.

mod artefact;
mod bindings;
mod configuration;
mod foreign;
mod halt;
mod limits;
mod pool;
mod worker;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use anyhow::{Context, Result, anyhow};
use wasmtime::component::{Component, Linker};
use wasmtime::{Config, Engine};

pub use bindings::rules as contract;
pub use foreign::{Foreign, MOST_VERDICTS, Verdicts, api as foreign_api, digest, short_digest};
pub use halt::Halt;
pub use limits::Stop;
pub use pool::Pool;
pub use worker::Worker;

/// How often deadlines are looked at.
const TICK: Duration = Duration::from_millis(10);

/// The component as built, for `plugin export`.
pub static COMPONENT: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/rules.wasm"));

/// The compiled rule module. Cheap to share; its [`Pool`] lends each thread a [`Worker`].
pub struct Runtime {
    engine: Engine,
    rules: bindings::RulesPre<limits::Limits>,
    /// Compiles third-party modules. Made for the first: most runs have none, and a compiler costs every start.
    compiling: OnceLock<Engine>,
    halt: Halt,
    ticking: Arc<AtomicBool>,
    /// Last: what ran there is gone by then.
    _hold: Option<artefact::Hold>,
}

impl Runtime {
    /// Loads the embedded module.
    ///
    /// # Errors
    /// The embedded artefact does not fit this processor and the binary was built without `jit`.
    pub fn embedded() -> Result<Self> {
        let (engine, component, hold) = Self::load()?;
        let linker = Linker::new(&engine);
        let pre = linker
            .instantiate_pre(&component)
            .and_then(bindings::RulesPre::new)
            .map_err(|e| anyhow!("the embedded rule module does not fit this host: {e}"))?;
        let ticking = Arc::new(AtomicBool::new(true));
        tick(&engine, &ticking);
        Ok(Self {
            engine,
            rules: pre,
            compiling: OnceLock::new(),
            halt: Halt::default(),
            ticking,
            _hold: hold,
        })
    }

    fn load() -> Result<(Engine, Component, Option<artefact::Hold>)> {
        let mut config = configuration::engine_configuration();
        config.enable_compiler(false);
        artefact::prepare(&mut config);
        let engine = started(&config)?;
        match artefact::load(&engine) {
            Ok((component, hold)) => Ok((engine, component, hold)),
            Err(_) if cfg!(feature = "jit") => {
                let engine = started(&configuration::engine_configuration())?;
                let component = Component::new(&engine, COMPONENT)
                    .map_err(|e| anyhow!("cannot compile the embedded rule module: {e}"))?;
                Ok((engine, component, None))
            }
            Err(error) => Err(anyhow!("the embedded rule module does not fit this processor: {error}")),
        }
    }

    /// Ends what the workers of this runtime are at.
    #[must_use]
    pub fn halt(&self) -> Halt {
        self.halt.clone()
    }

    /// Workers with this configuration.
    ///
    /// # Errors
    /// Problems of the configuration, or an instance cannot be made.
    pub fn pool(&self, settings: contract::Settings) -> Result<Pool<'_>, Refused> {
        Pool::new(self, settings)
    }

    /// Compiles a third-party module.
    ///
    /// # Errors
    /// It is not a component, imports something, or lacks the `judge` interface.
    pub fn foreign(&self, name: &str, bytes: &[u8]) -> Result<Foreign> {
        let engine = match self.compiling.get() {
            Some(engine) => engine,
            None => {
                let engine = started(&configuration::engine_configuration())?;
                tick(&engine, &self.ticking);
                self.compiling.get_or_init(|| engine)
            }
        };
        Foreign::load(engine, self.halt(), name, bytes)
    }
}

impl Drop for Runtime {
    fn drop(&mut self) {
        self.ticking.store(false, Ordering::Relaxed);
    }
}

impl std::fmt::Debug for Runtime {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Runtime").finish_non_exhaustive()
    }
}

/// Why a worker could not be made.
#[derive(Debug)]
pub enum Refused {
    /// The configuration has problems.
    Problems(Vec<contract::Problem>),
    /// The module stopped while it was configured.
    Stopped(Stop),
}

/// An engine.
fn started(config: &Config) -> Result<Engine> {
    Engine::new(config).map_err(|e| anyhow!(e.to_string())).context("cannot start the WebAssembly engine")
}

/// Advances the engine's epoch until the runtime is dropped.
fn tick(engine: &Engine, ticking: &Arc<AtomicBool>) {
    let engine = engine.weak();
    let ticking = Arc::clone(ticking);
    std::thread::spawn(move || {
        while ticking.load(Ordering::Relaxed) {
            std::thread::sleep(TICK);
            match engine.upgrade() {
                Some(engine) => engine.increment_epoch(),
                None => return,
            }
        }
    });
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::{Runtime, Stop, contract};
    use crate::command::explain::plain_settings;

    #[test]
    fn a_call_is_ended_for_a_newer_one_and_the_worker_goes_on() {
        let runtime = Runtime::embedded().unwrap();
        let pool = runtime.pool(plain_settings("2026-01-15")).unwrap();
        let text = "resource \"a\" \"b\" {\n  name = \"some words that are read\"\n}\n".repeat(100_000);
        let file = |text: &str| contract::Source {
            path: "main.tf".to_owned(),
            bytes: text.as_bytes().to_vec(),
            member: true,
        };
        runtime.halt().ask();
        let ended = pool.with(|worker| worker.check("main.tf", &[file(&text)])).unwrap();
        assert_eq!(ended.unwrap_err(), Stop::Halted);
        runtime.halt().rest();
        let key = "resource \"aws_iam_access_key\" \"k\" {\n  user = \"u\"\n}\n";
        let answer = pool.with(|worker| worker.check("main.tf", &[file(key)])).unwrap().unwrap();
        assert!(!answer.findings.is_empty());
    }

    /// Only one can run the artefact where it lies; what the other copied goes back to the allocator when it ends.
    #[test]
    fn two_may_run_beside_each_other_and_end_in_any_order() {
        for _ in 0..3 {
            let first = Runtime::embedded().unwrap();
            let second = Runtime::embedded().unwrap();
            drop(first);
            let third = Runtime::embedded().unwrap();
            drop(second);
            let said = third.pool(plain_settings("2026-01-15")).unwrap();
            assert!(said.with(|worker| worker.describe()).unwrap().is_ok());
            // What is allocated now may lie where code was.
            assert_eq!(vec![1_u8; 64 << 20].iter().filter(|byte| **byte == 1).count(), 64 << 20);
        }
    }
}
