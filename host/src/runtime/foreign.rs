//! Third-party modules: they judge facts, in a smaller world, and are trusted with nothing.
//!
//! The host gives their rules a namespace (`module-name/rule`), drops verdicts that point outside the files of the
//! unit or name a rule they did not describe, caps their number, and never lets them waive or lower anything.

use std::collections::BTreeSet;

use anyhow::{Result, anyhow, bail};
use sha2::{Digest, Sha256};
use wasmtime::component::{Component, Linker};
use wasmtime::{Engine, Store};

use super::Halt;
use super::limits::{self, Limits, Stop};

mod world {
    #![allow(missing_docs, clippy::all, clippy::unwrap_used, clippy::expect_used, unreachable_pub)] // generated
    #[cfg(not(packaged))]
    wasmtime::component::bindgen!({ path: "../plugin/wit/judge", world: "module" });
    #[cfg(packaged)]
    wasmtime::component::bindgen!({ path: "prebuilt/wit/judge", world: "module" });
}

pub use world::exports::hallpass::judge::judge as api;

/// Most verdicts kept of one module in one run. More is a flood, and is reported as one.
pub const MOST_VERDICTS: usize = 1_000;
/// Longest message kept, in bytes.
const LONGEST_TEXT: usize = 2_000;
/// Longest name of a module or rule, in bytes.
const LONGEST_NAME: usize = 64;

/// A compiled third-party module.
pub struct Foreign {
    /// Its own name, checked.
    pub name: String,
    /// Its version, as it says.
    pub version: String,
    /// SHA-256 of the component, in hex.
    pub digest: String,
    /// Its rules.
    pub rules: Vec<api::Rule>,
    engine: Engine,
    halt: Halt,
    pre: world::ModulePre<Limits>,
}

impl std::fmt::Debug for Foreign {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Foreign").field("name", &self.name).finish_non_exhaustive()
    }
}

/// What a module said, after the host looked at it.
#[derive(Debug, Default)]
pub struct Verdicts {
    /// Verdicts that may be shown; `rule` is already namespaced.
    pub kept: Vec<api::Verdict>,
    /// Why others were dropped, one line each.
    pub dropped: Vec<String>,
}

/// SHA-256 in hex.
#[must_use]
pub fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|b| format!("{b:02x}")).collect()
}

/// Digest of several parts, 128 bits in hex: fingerprints of third-party findings.
#[must_use]
pub fn short_digest(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part.as_bytes());
    }
    hash.finalize().iter().take(16).map(|b| format!("{b:02x}")).collect()
}

fn well_named(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= LONGEST_NAME
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

impl Foreign {
    /// Compiles a module and asks it what it is.
    ///
    /// # Errors
    /// It imports something, lacks the interface, does not answer, or names itself like one of hallpass's classes.
    pub(super) fn load(engine: &Engine, halt: Halt, path: &str, bytes: &[u8]) -> Result<Self> {
        let component = Component::new(engine, bytes)
            .map_err(|e| anyhow!("{path} is not a WebAssembly component: {e}"))?;
        let pre = Linker::new(engine)
            .instantiate_pre(&component)
            .and_then(world::ModulePre::new)
            .map_err(|e| anyhow!("{path} is not a module that judges facts, or it imports something: {e}"))?;
        let mut module = Self {
            name: String::new(),
            version: String::new(),
            digest: digest(bytes),
            rules: Vec::new(),
            engine: engine.clone(),
            halt,
            pre,
        };
        let description = module
            .call(|guest, store| guest.call_describe(store))
            .map_err(|stop| anyhow!("{path}: `describe` was {stop}"))?;
        if description.facts_schema != "1" {
            bail!(
                "{path} was written for version {} of the facts schema, and this hallpass has version 1",
                description.facts_schema
            );
        }
        const OURS: [&str; 9] = [
            "secret",
            "identity",
            "lifetime",
            "scope",
            "anonymous",
            "third-party",
            "governance",
            "policy",
            "hallpass",
        ];
        if !well_named(&description.name) || OURS.contains(&description.name.as_str()) {
            bail!(
                "{path}: a module's name has 1 to {LONGEST_NAME} of a-z, 0-9 and -, and is none of hallpass's classes"
            );
        }
        for rule in &description.rules {
            if !well_named(&rule.id) {
                bail!("{path}: a rule's id has 1 to {LONGEST_NAME} of a-z, 0-9 and -");
            }
        }
        module.name = description.name;
        module.version = description.version.chars().take(LONGEST_NAME).collect();
        module.rules = description.rules;
        Ok(module)
    }

    /// A fresh instance for each call: what one unit left behind cannot reach the next.
    fn call<T>(
        &self,
        work: impl FnOnce(&api::Guest, &mut Store<Limits>) -> wasmtime::Result<T>,
    ) -> Result<T, Stop> {
        let mut store = Store::new(&self.engine, Limits::new(limits::FOREIGN_MEMORY));
        store.limiter(|limits| limits);
        Limits::watch(&mut store);
        Limits::begin(&mut store, limits::FOREIGN, Some(self.halt.clone()));
        let stopped =
            |store: &Store<Limits>, error: &wasmtime::Error| Stop::of(store, limits::FOREIGN, error);
        let module = match self.pre.instantiate(&mut store) {
            Ok(module) => module,
            Err(error) => return Err(stopped(&store, &error)),
        };
        work(module.hallpass_judge_judge(), &mut store).map_err(|error| stopped(&store, &error))
    }

    /// Judges the facts of one unit. `lengths` are the sizes of the unit's files, by path.
    ///
    /// # Errors
    /// The module was stopped.
    pub fn judge(&self, facts: &[u8], length_of: &dyn Fn(&str) -> Option<usize>) -> Result<Verdicts, Stop> {
        let verdicts = self.call(|guest, store| guest.call_judge(store, facts))?;
        Ok(self.vet(verdicts, length_of))
    }

    /// Judges the facts of every unit.
    ///
    /// # Errors
    /// The module was stopped.
    pub fn review(
        &self,
        units: &[Vec<u8>],
        length_of: &dyn Fn(&str) -> Option<usize>,
    ) -> Result<Verdicts, Stop> {
        let mut all = Vec::with_capacity(units.iter().map(|u| u.len() + 1).sum::<usize>() + 2);
        all.push(b'[');
        for (index, unit) in units.iter().filter(|u| !u.is_empty()).enumerate() {
            if index > 0 {
                all.push(b',');
            }
            all.extend_from_slice(unit);
        }
        all.push(b']');
        let verdicts = self.call(|guest, store| guest.call_review(store, &all))?;
        Ok(self.vet(verdicts, length_of))
    }

    fn vet(&self, verdicts: Vec<api::Verdict>, length_of: &dyn Fn(&str) -> Option<usize>) -> Verdicts {
        let known: BTreeSet<&str> = self.rules.iter().map(|r| r.id.as_str()).collect();
        let mut answer = Verdicts::default();
        let count = verdicts.len();
        let (mut forged, mut outside) = (0_usize, 0_usize);
        for mut verdict in verdicts {
            if !known.contains(verdict.rule.as_str()) {
                forged += 1;
                continue;
            }
            let fits = length_of(&verdict.path).is_some_and(|length| {
                verdict.at.start <= verdict.at.end && verdict.at.end as usize <= length
            });
            if !fits {
                outside += 1;
                continue;
            }
            if answer.kept.len() == MOST_VERDICTS {
                answer.dropped.push(format!("{} findings of {count} kept, the rest dropped", MOST_VERDICTS));
                break;
            }
            verdict.rule = format!("{}/{}", self.name, verdict.rule);
            verdict.message = cut(&verdict.message);
            verdict.help = verdict.help.as_deref().map(cut);
            answer.kept.push(verdict);
        }
        if forged > 0 {
            answer.dropped.push(format!("{forged} findings of rules it did not describe dropped"));
        }
        if outside > 0 {
            answer.dropped.push(format!("{outside} findings outside the files they name dropped"));
        }
        answer
    }
}

fn cut(text: &str) -> String {
    let mut end = text.len().min(LONGEST_TEXT);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text[..end].to_owned()
}
