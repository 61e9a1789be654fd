//! One instance on one thread.

use std::time::Duration;

use anyhow::anyhow;
use wasmtime::Store;

use super::bindings::Rules;
use super::limits::{self, Limits, Stop};
use super::{Halt, Refused, Runtime, contract};

/// An instance of the rule module, replaced after a stop.
pub struct Worker<'r> {
    runtime: &'r Runtime,
    settings: contract::Settings,
    live: Live,
}

struct Live {
    store: Store<Limits>,
    rules: Rules,
}

impl std::fmt::Debug for Worker<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Worker").finish_non_exhaustive()
    }
}

/// What a finding counts for in the time that a call may take, in bytes.
const FINDING: usize = 4_096;
/// How often a start is tried. The kernel refuses to seal the module's memory image while something else, such as the
/// migration of a page, holds a part of it; it waits a moment itself before it says so.
const STARTS: usize = 4;

impl Live {
    fn start(runtime: &Runtime) -> anyhow::Result<Self> {
        let mut tried = 1;
        loop {
            match Self::start_once(runtime) {
                Err(_) if tried < STARTS => tried += 1,
                answer => return answer,
            }
        }
    }

    fn start_once(runtime: &Runtime) -> anyhow::Result<Self> {
        let mut store = Store::new(&runtime.engine, Limits::new(limits::MEMORY));
        store.limiter(|limits| limits);
        Limits::watch(&mut store);
        Limits::begin(&mut store, limits::deadline(0), None);
        let rules = runtime.rules.instantiate(&mut store).map_err(|e| anyhow!(e.to_string()))?;
        Ok(Self { store, rules })
    }

    fn call<T>(
        &mut self,
        bytes: usize,
        halt: Option<Halt>,
        work: impl FnOnce(&contract::Guest, &mut Store<Limits>) -> wasmtime::Result<T>,
    ) -> Result<T, Stop> {
        let time: Duration = limits::deadline(bytes);
        Limits::begin(&mut self.store, time, halt);
        work(self.rules.hallpass_rules_checker(), &mut self.store)
            .map_err(|error| Stop::of(&self.store, time, &error))
    }
}

impl<'r> Worker<'r> {
    pub(super) fn new(
        runtime: &'r Runtime,
        settings: &contract::Settings,
    ) -> Result<(Self, contract::Resolved), Refused> {
        let live = Live::start(runtime).map_err(|e| Refused::Stopped(Stop::Trap(e.to_string())))?;
        let mut worker = Self { runtime, settings: settings.clone(), live };
        let resolved = worker.configure()?;
        Ok((worker, resolved))
    }

    fn configure(&mut self) -> Result<contract::Resolved, Refused> {
        let settings = self.settings.clone();
        self.live
            // A worker that is not configured is none: this is not ended before its time.
            .call(0, None, |rules, store| rules.call_configure(store, &settings))
            .map_err(Refused::Stopped)?
            .map_err(Refused::Problems)
    }

    /// Calls the module; after a stop the instance is replaced, so that the next unit is checked as if nothing was.
    fn call<T>(
        &mut self,
        bytes: usize,
        work: impl FnOnce(&contract::Guest, &mut Store<Limits>) -> wasmtime::Result<T>,
    ) -> Result<T, Stop> {
        let answer = self.live.call(bytes, Some(self.runtime.halt()), work);
        if answer.is_err() {
            self.live = Live::start(self.runtime).map_err(|e| Stop::Trap(e.to_string()))?;
            if let Err(Refused::Stopped(stop)) = self.configure() {
                return Err(stop);
            }
        }
        answer
    }

    /// What is in the module.
    ///
    /// # Errors
    /// The call was stopped.
    pub fn describe(&mut self) -> Result<contract::Description, Stop> {
        self.call(0, |rules, store| rules.call_describe(store))
    }

    /// A JSON schema.
    ///
    /// # Errors
    /// The call was stopped.
    pub fn schema(&mut self, name: &str) -> Result<Option<String>, Stop> {
        self.call(0, |rules, store| rules.call_schema(store, name))
    }

    /// Every key in force of a configuration, or of none.
    ///
    /// # Errors
    /// The call was stopped. Inside: every problem of the configuration.
    pub fn effective(
        &mut self,
        config: Option<&contract::Source>,
        extended: &[contract::Extended],
    ) -> Result<Result<Vec<contract::Setting>, Vec<contract::Problem>>, Stop> {
        let bytes = config.map_or(0, |config| config.bytes.len());
        self.call(bytes, |rules, store| rules.call_effective(store, config, extended))
    }

    /// Files that a configuration extends and that are still to be handed over, as paths from the root.
    ///
    /// # Errors
    /// The call was stopped.
    pub fn extends(
        &mut self,
        config: &contract::Source,
        extended: &[contract::Extended],
    ) -> Result<Vec<String>, Stop> {
        self.call(config.bytes.len(), |rules, store| rules.call_extends(store, config, extended))
    }

    /// A generated value that the detector must find.
    ///
    /// # Errors
    /// The call was stopped.
    pub fn canary(&mut self, detector: &str, seed: u64) -> Result<Option<String>, Stop> {
        self.call(0, |rules, store| rules.call_canary(store, detector, seed))
    }

    /// A generated tree in which the rule must find something.
    ///
    /// # Errors
    /// The call was stopped.
    pub fn example(&mut self, rule: &str, seed: u64) -> Result<Option<Vec<contract::Source>>, Stop> {
        self.call(0, |rules, store| rules.call_example(store, rule, seed))
    }

    /// What a path says.
    ///
    /// # Errors
    /// The call was stopped.
    pub fn recognise(&mut self, path: &str) -> Result<contract::Recognition, Stop> {
        self.call(0, |rules, store| rules.call_recognise(store, path))
    }

    /// How paths are shown, where not as they are.
    ///
    /// # Errors
    /// The call was stopped.
    pub fn shown(&mut self, paths: &[String]) -> Result<Vec<Option<String>>, Stop> {
        let bytes = paths.iter().map(String::len).sum();
        self.call(bytes, |rules, store| rules.call_shown(store, paths))
    }

    /// The unit of a file and what it asks for.
    ///
    /// # Errors
    /// The call was stopped.
    pub fn outline(&mut self, file: &contract::Source) -> Result<contract::Outlined, Stop> {
        self.call(file.bytes.len(), |rules, store| rules.call_outline(store, file))
    }

    /// Checks one unit.
    ///
    /// # Errors
    /// The call was stopped: the unit is not checked.
    pub fn check(&mut self, key: &str, files: &[contract::Source]) -> Result<contract::Answer, Stop> {
        let bytes = files.iter().map(|f| f.bytes.len()).sum();
        self.call(bytes, |rules, store| rules.call_check(store, key, files))
    }

    /// What another tool found, as findings; or why it has no name to go by.
    ///
    /// # Errors
    /// The call was stopped.
    pub fn adopt(
        &mut self,
        tool: &str,
        results: &[contract::Outside],
    ) -> Result<Result<contract::Adopted, String>, Stop> {
        let bytes = results.iter().map(|result| result.lines.len() + result.message.len()).sum();
        self.call(bytes, |rules, store| rules.call_adopt(store, tool, results))
    }

    /// Judges the whole tree.
    ///
    /// # Errors
    /// The call was stopped: the tree is not reviewed.
    pub fn review(&mut self, tree: &contract::Tree) -> Result<contract::Reviewed, Stop> {
        let bytes = tree.units.iter().map(Vec::len).sum();
        self.call(bytes, |rules, store| rules.call_review(store, tree))
    }

    /// The inventory of a tree, as JSON; with the facts of an earlier version, also what came since.
    ///
    /// # Errors
    /// The call was stopped.
    pub fn inventory(
        &mut self,
        units: &[Vec<u8>],
        before: Option<&[Vec<u8>]>,
        secrets: &[Vec<u8>],
    ) -> Result<Vec<u8>, Stop> {
        let bytes = units.iter().chain(before.into_iter().flatten()).map(Vec::len).sum();
        self.call(bytes, |rules, store| rules.call_inventory(store, units, before, secrets))
    }

    /// Writes the pending remedies of findings: the fixes of each, in the same order.
    ///
    /// # Errors
    /// The call was stopped.
    pub fn mend(
        &mut self,
        key: &str,
        files: &[contract::Source],
        findings: &[contract::Finding],
    ) -> Result<Vec<Vec<contract::Fix>>, Stop> {
        let bytes = files.iter().map(|f| f.bytes.len()).sum();
        self.call(bytes, |rules, store| rules.call_mend(store, key, files, findings))
    }

    /// The fixes that are made together: none over others, or in a file that is to stay as it is.
    ///
    /// # Errors
    /// The call was stopped.
    pub fn choose(
        &mut self,
        findings: &[contract::Finding],
        unsafe_too: bool,
        stay: &[String],
    ) -> Result<contract::Chosen, Stop> {
        let bytes = findings.len() * FINDING;
        self.call(bytes, |rules, store| rules.call_choose(store, findings, unsafe_too, stay))
    }

    /// Edits that may each waive a rule's finding at a place by a comment, the nearest first.
    ///
    /// # Errors
    /// The call was stopped.
    pub fn waivers(
        &mut self,
        file: &contract::Source,
        at: contract::Span,
        rule: &str,
        terms: &contract::Terms,
    ) -> Result<Vec<contract::Edit>, Stop> {
        self.call(file.bytes.len(), |rules, store| rules.call_waivers(store, file, at, rule, terms))
    }

    /// Whether edits of a file change what they touch and nothing else; or why not.
    ///
    /// # Errors
    /// The call was stopped.
    pub fn prove(
        &mut self,
        file: &contract::Source,
        edits: &[contract::Edit],
    ) -> Result<Result<(), String>, Stop> {
        // It is read twice.
        let bytes = 2 * file.bytes.len();
        self.call(bytes, |rules, store| rules.call_prove(store, file, edits))
    }

    /// Holds the findings of two versions of a tree against each other.
    ///
    /// # Errors
    /// The call was stopped.
    pub fn compare(
        &mut self,
        old: &[contract::Finding],
        new: &[contract::Finding],
    ) -> Result<Vec<contract::Compared>, Stop> {
        let bytes = (old.len() + new.len()) * FINDING;
        self.call(bytes, |rules, store| rules.call_compare(store, old, new))
    }

    /// What of the later version of the guardrail is weaker than the earlier one, and what was widened without a review.
    /// `shared`: facts of the units that both have alike.
    ///
    /// # Errors
    /// The call was stopped.
    pub fn weakened(
        &mut self,
        before: &contract::Guardrail,
        after: &contract::Guardrail,
        shared: &[Vec<u8>],
        secrets: &[Vec<u8>],
    ) -> Result<Vec<contract::Finding>, Stop> {
        let units = [before, after].into_iter().flat_map(|version| &version.units);
        let bytes = units.chain(shared).map(Vec::len).sum();
        self.call(bytes, |rules, store| rules.call_weakened(store, before, after, shared, secrets))
    }
}
