//! A tree in which documents are open: files on disk with what is open in their place, workers with its policy, and what all
//! of it came to.
//!
//! Invariant: nothing is judged here. What is said of a document is what `hallpass check` would say of the tree if every open
//! document were saved.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use anyhow::Result;
use serde_json::Value;

use super::ground::{Ground, Update};
use super::options::Options;
use crate::command::setup::{Common, Tree, processors};
use crate::command::{detectors, explain, policy};
use crate::inventory;
use crate::report::text::{Sources, line_column};
use crate::runtime::contract::{self, Description, Problem, Settings};
use crate::runtime::{Foreign, Pool, Refused, Runtime, Stop};
use crate::scan::{Cache, Job, Outcome, Standing};
use crate::source::{Entry, Read, Root, Scope, slashes};

/// One tree.
#[derive(Debug)]
pub(super) struct OpenTree<'r> {
    runtime: &'r Runtime,
    pub(super) ground: Ground,
    tree: Tree,
    /// What is open, by its path from the root.
    open: BTreeMap<String, Vec<u8>>,
    judge: Option<Judge<'r>>,
    standing: Option<Standing>,
    /// What the tree came to the last time.
    pub(super) outcome: Option<Outcome>,
    inventory: OnceCell<Option<Value>>,
    /// What a policy may say, and the rules that there are, where no policy is in force.
    schema: OnceCell<Option<(Value, Description)>>,
    /// What is wrong with its policy now.
    pub(super) problems: Vec<Problem>,
    /// What its user should hear once.
    pub(super) remarks: Vec<String>,
    changed: BTreeSet<String>,
    unlisted: bool,
    /// The open documents that were checked before the rest of the tree, which was not yet.
    ahead: Option<BTreeMap<String, Vec<u8>>>,
    /// Whether all of it was looked at once.
    seen: bool,
}

/// Who judges: workers with the tree's policy, and the modules that it admits.
#[derive(Debug)]
struct Judge<'r> {
    pool: Pool<'r>,
    modules: Vec<Foreign>,
    /// For which rows of the policy they were loaded.
    admitted: Vec<contract::Admitted>,
    description: Description,
    cache: Option<Cache>,
}

impl<'r> OpenTree<'r> {
    pub(super) fn of(runtime: &'r Runtime, ground: Ground) -> Self {
        let root = ground.root().clone();
        Self {
            runtime,
            ground,
            tree: Tree::of_buffer(root, String::new(), Vec::new()),
            open: BTreeMap::new(),
            judge: None,
            standing: None,
            outcome: None,
            inventory: OnceCell::new(),
            schema: OnceCell::new(),
            problems: Vec::new(),
            remarks: Vec::new(),
            changed: BTreeSet::new(),
            unlisted: true,
            ahead: None,
            seen: false,
        }
    }

    /// The root.
    pub(super) fn root(&self) -> &Path {
        &self.ground.root().path
    }

    /// The name of a file, as findings have it.
    pub(super) fn name(&self, path: &str) -> String {
        let known = self.tree.files.names.name(&self.root().join(path));
        known.map_or_else(|| path.to_owned(), str::to_owned)
    }

    /// Where a file of a finding is.
    pub(super) fn disk(&self, name: &str) -> PathBuf {
        self.tree.files.names.disk(name).map_or_else(|| self.root().join(name), Path::to_path_buf)
    }

    /// A document was opened or changed, by its path from the root, or closed.
    pub(super) fn put(&mut self, path: &str, text: Option<&[u8]>) {
        let name = self.name(path);
        let buffers = &mut self.tree.files.buffers;
        match text {
            Some(text) => {
                // Whether it is a file to check is seen when the files are listed.
                self.unlisted |= self.open.insert(path.to_owned(), text.to_vec()).is_none();
                buffers.insert(name.clone(), text.to_vec());
            }
            None => {
                self.unlisted |= self.open.remove(path).is_some();
                buffers.remove(&name);
            }
        }
        self.changed.insert(name);
    }

    /// Whatever is on disk may have changed.
    pub(super) fn look_at_disk(&mut self) {
        self.unlisted = true;
    }

    /// A file on disk has another content.
    pub(super) fn changed_on_disk(&mut self, path: &str) {
        let name = self.name(path);
        if !self.open.contains_key(path) {
            self.changed.insert(name);
        }
    }

    /// Whether a file is open, by its path from the root.
    pub(super) fn is_open(&self, path: &str) -> bool {
        self.open.contains_key(path)
    }

    /// Whether what is known is out of date.
    pub(super) fn is_due(&self) -> bool {
        self.unlisted || !self.changed.is_empty()
    }

    /// Whether it is a folder that was not looked at yet.
    pub(super) fn is_unseen(&self) -> bool {
        !self.seen && matches!(self.ground, Ground::Folder { .. })
    }

    /// Checks the open documents of a folder that was not looked at yet: what they come to without the rest of it.
    ///
    /// # Errors
    /// The module cannot run at all.
    pub(super) fn update_open(&mut self, options: &Options) -> Result<Update> {
        let Ground::Folder { root, .. } = &self.ground else { return Ok(Update::Done) };
        let known = self.ahead.as_ref() == Some(&self.open);
        if self.open.is_empty() || known {
            return Ok(Update::Done);
        }
        let starts = self
            .open
            .keys()
            .map(PathBuf::from)
            .filter(|start| root.path.join(start).symlink_metadata().is_ok());
        let scope = Scope { starts: starts.collect(), whole: false };
        self.tree = self.walked(root, scope);
        if self.govern(options)? == Update::Halted {
            return Ok(Update::Halted);
        }
        let Some(judge) = &self.judge else { return Ok(Update::Done) };
        self.tree.job(&judge.pool, processors())?;
        let job = self.tree.job_again(processors());
        let Some(standing) = Standing::of(&judge.pool, &job)? else { return Ok(Update::Halted) };
        let Some(outcome) = standing.outcome(&judge.pool, &[], &job)? else { return Ok(Update::Halted) };
        self.outcome = Some(outcome);
        self.ahead = Some(self.open.clone());
        self.inventory = OnceCell::new();
        // The rest is listed next.
        self.unlisted = true;
        Ok(Update::Part)
    }

    /// A folder's files within a scope, with what is open.
    fn walked(&self, root: &Root, scope: Scope) -> Tree {
        let mut tree = Tree::walked(root.clone(), scope);
        for (path, text) in &self.open {
            let disk = root.path.join(path);
            let listed = tree.entries.iter().any(|entry| entry.disk == disk);
            // What lies on disk and was not listed is ignored; what does not is still to be saved.
            if !listed && disk.symlink_metadata().is_err() {
                tree.entries.push(Entry { path: path.clone(), disk });
            }
            tree.files.buffers.insert(path.clone(), text.clone());
        }
        tree.entries.sort_by(|a, b| (&a.path, &a.disk).cmp(&(&b.path, &b.disk)));
        tree
    }

    /// Lists the files.
    fn list(&mut self) {
        self.tree = match &self.ground {
            Ground::Text { root, path } => {
                let text = self.open.get(path).cloned().unwrap_or_default();
                Tree::of_buffer(root.clone(), path.clone(), text)
            }
            Ground::Folder { root, starts } => {
                let there = starts.iter().filter(|start| root.path.join(start).symlink_metadata().is_ok());
                let whole = starts.contains(Path::new(""));
                let scope = Scope { starts: there.cloned().collect(), whole };
                self.walked(root, scope)
            }
        };
    }

    /// Whether the policy, or a file that it names, is among what changed.
    fn policy_changed(&self) -> bool {
        let Some(judge) = &self.judge else { return true };
        let settings = judge.pool.settings();
        let config = settings.config.iter().map(|config| &config.path);
        let extended = settings.extended.iter().map(|file| &file.path);
        let read = settings.detectors.iter().map(|file| &file.path);
        config.chain(extended).chain(read).any(|path| self.changed.contains(path))
    }

    /// The settings, with what is open in place of what is on disk.
    fn settings(&self, options: &Options) -> Result<Settings> {
        let wanted =
            Common { config: options.config.clone(), today: options.today.clone(), detectors: Vec::new() };
        let mut settings = self.tree.settings(&wanted)?;
        // One that is open and was never saved is as good as one that was.
        let unsaved =
            |path: &&str| self.open.contains_key(*path) && self.root().join(path).symlink_metadata().is_err();
        if let Some(path) = policy::places().find(unsaved).filter(|_| options.config.is_none()) {
            if let Some(other) = &settings.config {
                anyhow::bail!("{} and {path} both hold a policy; keep one of them", other.path);
            }
            settings.config =
                Some(contract::Source { path: path.to_owned(), bytes: Vec::new(), member: true });
        }
        if let Some(config) = &mut settings.config
            && let Some(open) = self.open.get(&config.path)
        {
            config.bytes.clone_from(open);
        }
        Ok(settings)
    }

    fn configured(&self, settings: Settings) -> Result<Pool<'r>, Refused> {
        let read = |path: &str| match self.open.get(path) {
            Some(open) => Ok(open.clone()),
            None => self.tree.bytes(path),
        };
        detectors::configured(self.runtime, settings, read).map_err(|refused| refused.0)
    }

    /// Reads the policy. One that has problems leaves the one before in force, and says so.
    fn govern(&mut self, options: &Options) -> Result<Update> {
        let settings = match self.settings(options) {
            Ok(settings) => settings,
            Err(error) => {
                self.problems = vec![Problem { path: String::new(), at: None, message: error.to_string() }];
                return Ok(Update::Done);
            }
        };
        let pool = match self.configured(settings) {
            Ok(pool) => pool,
            Err(Refused::Problems(problems)) => {
                self.problems = problems;
                return Ok(Update::Done);
            }
            Err(Refused::Stopped(Stop::Halted)) => return Ok(Update::Halted),
            Err(Refused::Stopped(stop)) => {
                anyhow::bail!("the rule module could not be configured: {stop}");
            }
        };
        self.problems.clear();
        let same = self.judge.as_ref().is_some_and(|judge| judge.pool.settings() == pool.settings());
        if !same {
            let description = explain::described(&pool);
            if pool.halted() {
                return Ok(Update::Halted);
            }
            let cache = Cache::new(pool.settings(), None);
            let (modules, admitted) =
                self.judge.take().map(|judge| (judge.modules, judge.admitted)).unwrap_or_default();
            self.judge = Some(Judge { pool, modules, admitted, description: description?, cache });
            self.standing = None;
        }
        self.admit(options);
        Ok(Update::Done)
    }

    /// Loads the modules that the policy admits, where the tree is trusted.
    fn admit(&mut self, options: &Options) {
        let Some(judge) = &mut self.judge else { return };
        let wanted = &judge.pool.resolved().plugins;
        if !options.trusted {
            judge.modules.clear();
            judge.admitted.clear();
            if !wanted.is_empty() {
                self.remarks.push(
                    "the policy names rule modules; they do not run before the workspace is trusted (`trusted`)"
                        .to_owned(),
                );
            }
        } else if *wanted != judge.admitted {
            judge.admitted.clone_from(wanted);
            match self.tree.modules(self.runtime, judge.pool.resolved(), &[]) {
                Ok(modules) => judge.modules = modules,
                Err(why) => {
                    judge.modules.clear();
                    self.remarks.push(why.to_string());
                }
            }
        }
    }

    /// Makes what is known true.
    ///
    /// # Errors
    /// The module cannot run at all.
    pub(super) fn update(&mut self, options: &Options) -> Result<Update> {
        let listed = self.unlisted;
        if listed {
            self.list();
        }
        if listed || self.policy_changed() {
            let governed = self.govern(options)?;
            if governed == Update::Halted {
                return Ok(Update::Halted);
            }
        }
        let Some(judge) = &self.judge else {
            self.settled();
            return Ok(Update::Done);
        };
        if listed {
            // For the names of the files.
            self.tree.job(&judge.pool, processors())?;
        }
        let job = Job { cache: judge.cache.as_ref(), ..self.tree.job_again(processors()) };
        let looked = match self.standing.as_mut().filter(|_| !listed) {
            Some(standing) => {
                // What is typed is not worth keeping.
                let job = Job { cache: None, ..self.tree.job_again(processors()) };
                standing.look_again(&judge.pool, &job, &self.changed)?
            }
            None => match Standing::of(&judge.pool, &job)? {
                Some(standing) => {
                    self.standing = Some(standing);
                    true
                }
                None => false,
            },
        };
        let Some(standing) = self.standing.as_ref().filter(|_| looked) else { return Ok(Update::Halted) };
        let Some(outcome) = standing.outcome(&judge.pool, &judge.modules, &job)? else {
            return Ok(Update::Halted);
        };
        self.remarks.extend(outcome.troubles.iter().cloned());
        // A module that was stopped once would be stopped with every keystroke.
        let stopped = outcome.stopped.clone();
        self.outcome = Some(outcome);
        if let Some(judge) = &mut self.judge {
            judge.modules.retain(|module| !stopped.contains(&module.name));
        }
        self.settled();
        Ok(Update::Done)
    }

    fn settled(&mut self) {
        self.unlisted = false;
        self.changed.clear();
        self.ahead = None;
        self.seen = true;
        self.inventory = OnceCell::new();
    }

    /// What the module is, and the rules of the policy.
    pub(super) fn description(&self) -> Option<&Description> {
        self.judge.as_ref().map(|judge| &judge.description)
    }

    /// The schema of policies, and the rules that one may name.
    pub(super) fn schema(&self) -> Option<(&Value, &Description)> {
        let plain = || {
            let pool = self.runtime.pool(explain::plain_settings(explain::NO_DATE)).ok()?;
            let schema = explain::asked(&pool, |worker| worker.schema("config")).ok()??;
            Some((serde_json::from_str(&schema).ok()?, explain::described(&pool).ok()?))
        };
        let (schema, description) = self.schema.get_or_init(plain).as_ref()?;
        Some((schema, self.description().unwrap_or(description)))
    }

    /// The path of the policy.
    pub(super) fn config(&self) -> Option<&contract::Source> {
        self.judge.as_ref()?.pool.settings().config.as_ref()
    }

    /// The workers and the files, to ask about what is known.
    pub(super) fn asking(&self) -> Option<(&Pool<'r>, Job<'_>, &Outcome)> {
        Some((&self.judge.as_ref()?.pool, self.tree.job_again(processors()), self.outcome.as_ref()?))
    }

    /// Today, as the policy's dates are held against.
    pub(super) fn today(&self) -> Option<&str> {
        self.judge.as_ref().map(|judge| judge.pool.settings().today.as_str())
    }

    /// A file's bytes: what is open, else what is on disk. For places only.
    pub(super) fn bytes(&self, name: &str) -> Vec<u8> {
        match self.tree.files.read(name) {
            Read::Text(bytes) | Read::Binary(bytes) => bytes,
            Read::Refused(_) => Vec::new(),
        }
    }

    /// Whether a file is read in another encoding than it has on disk.
    pub(super) fn is_transcoded(&self, name: &str) -> bool {
        !self.tree.files.buffers.contains_key(name) && self.tree.files.is_transcoded(name)
    }

    /// What the tree would come to if a file read otherwise; the policy's file changes the policy. `None` if that was halted,
    /// or would not be read.
    ///
    /// # Errors
    /// The module cannot run at all.
    pub(super) fn tried(&self, name: &str, text: Vec<u8>) -> Result<Option<Outcome>> {
        let (Some(judge), Some(standing)) = (&self.judge, &self.standing) else { return Ok(None) };
        let settings = judge.pool.settings();
        if settings.config.as_ref().is_none_or(|config| config.path != name)
            && name != crate::command::policy::CONFIG
        {
            let mut files = self.tree.files.clone();
            files.buffers.insert(name.to_owned(), text);
            let job = Job { files: &files, ..self.tree.job_again(processors()) };
            let mut standing = standing.clone();
            let changed = BTreeSet::from([name.to_owned()]);
            return match standing.look_again(&judge.pool, &job, &changed)? {
                true => standing.outcome(&judge.pool, &[], &job),
                false => Ok(None),
            };
        }
        let config = contract::Source { path: name.to_owned(), bytes: text, member: true };
        let proposed = Settings { config: Some(config), ..settings.clone() };
        match self.configured(proposed) {
            Ok(pool) => standing.outcome(&pool, &[], &self.tree.job_again(processors())),
            Err(_) => Ok(None),
        }
    }

    /// The inventory, gathered when somebody asks.
    pub(super) fn inventory(&self) -> Option<&Value> {
        let gather = || {
            let (pool, job, outcome) = self.asking()?;
            let sources = Sources::new(&job, outcome);
            inventory::gather(pool, outcome, None, &sources).ok().map(|(_, json)| json)
        };
        self.inventory.get_or_init(gather).as_ref()
    }

    /// A problem of the policy, behind its place.
    pub(super) fn placed(&self, problem: &Problem) -> String {
        match &problem.at {
            Some(at) => {
                let bytes =
                    self.open.get(&problem.path).cloned().unwrap_or_else(|| self.bytes(&problem.path));
                let (line, column) = line_column(&bytes, at.start as usize);
                format!("{}:{line}:{column}: {}", problem.path, problem.message)
            }
            None if problem.path.is_empty() => problem.message.clone(),
            None => format!("{}: {}", problem.path, problem.message),
        }
    }

    /// The paths from the root of files on disk.
    pub(super) fn inner(&self, disk: &Path) -> Option<String> {
        disk.strip_prefix(self.root()).ok().map(slashes)
    }
}
