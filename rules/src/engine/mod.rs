//! The whole judgement, as functions of their arguments: recognise, outline, check a unit, review the tree.
//!
//! Invariant: no clock, files, network, environment or randomness. Same input, same output.

mod aside;
mod assemble;
#[cfg(test)]
mod bodies;
mod coverage;
mod declared;
mod notes;
mod scrub;
mod strings;
pub mod tree;
mod words;

use std::sync::Arc;

use jiff::civil::Date;

use crate::detect;
use crate::dialect::ownership::Keys;
use crate::dialect::{Ask, Claim, DIALECTS, Lowering, Outline, SourceFile, Unit, unread};
use crate::document::{Document, Format};
use crate::fact::UnitFacts;
use crate::finding::{Confidence, Coverage, Finding, Fix, Pass, Pending, Severity, Spot, identity, merge};
use crate::ledger;
use crate::policy::{Extended, Policy, Problem, Selected, Selection, extend, names};
use crate::remedy::Remedy;
use crate::rule::{Draft, Meta, Named, RULES, Scope, Stage, Verdicts, World};
use crate::span::{FileId, Source};

/// Everything a run depends on besides the files.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The date that expiries are held against.
    pub today: Date,
    /// Path and text of `hallpass.toml`.
    pub config: Option<(String, Vec<u8>)>,
    /// The files that it extends, as far as they are at hand.
    pub extended: Vec<Extended>,
    /// Only these rules or classes; empty for all.
    pub select: Vec<String>,
    /// Not these rules or classes.
    pub ignore: Vec<String>,
    /// Rules in preview run as well.
    pub preview: bool,
    /// The run is to fail from this severity on, whatever the configuration says; `None` leaves it to that.
    pub fail_on: Option<Severity>,
    /// Leave out findings less sure than this.
    pub min_confidence: Confidence,
    /// Keep why rules said nothing.
    pub trace: bool,
    /// Key of value tags: `HALLPASS_KEY` or the root commit id.
    pub key: Vec<u8>,
    /// Files of detectors in the format of gitleaks, as far as they are at hand.
    pub detectors: Vec<detect::Handed>,
}

impl Settings {
    /// Every rule and finding on a day, without configuration, trace or key.
    #[must_use]
    pub fn on(today: Date) -> Self {
        Self {
            today,
            config: None,
            extended: Vec::new(),
            select: Vec::new(),
            ignore: Vec::new(),
            preview: false,
            fail_on: None,
            min_confidence: Confidence::Low,
            trace: false,
            key: Vec::new(),
            detectors: Vec::new(),
        }
    }
}

/// What the path alone says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Recognition {
    /// It must be checked: leaving it out is a finding.
    pub must_check: bool,
    /// It may belong to a larger unit: call [`Engine::outline`].
    pub grouped: bool,
}

/// A file as the host hands it over.
#[derive(Clone, Debug)]
pub struct Input {
    /// Path from the root, with `/`.
    pub path: String,
    /// Its bytes.
    pub bytes: Arc<[u8]>,
    /// Whether the unit is about it.
    pub member: bool,
}

/// What one unit came to.
#[derive(Clone, Debug, Default)]
pub struct Answer {
    /// Findings of unit rules.
    pub findings: Vec<Finding>,
    /// One entry per member.
    pub coverage: Vec<Coverage>,
    /// Bytes that must not be displayed, of all files of the unit.
    pub masks: Vec<Spot>,
    /// Secrets among them that no ordinary word can be: their text is hidden wherever else it stands in the tree.
    pub secrets: Vec<Spot>,
    /// The facts, for the review.
    pub facts: UnitFacts,
    /// Why rules said nothing, while tracing.
    pub passes: Vec<Pass>,
}

/// The configured engine.
#[derive(Debug)]
pub struct Engine {
    policy: Policy,
    settings: Settings,
    selected: Selected,
    imported: detect::Imported,
    wanted: Vec<String>,
    /// Keys of tags that declare something.
    keys: Arc<Keys>,
}

impl Engine {
    /// Reads the configuration.
    ///
    /// # Errors
    /// Every problem of the configuration or of the rule selection, with place and advice.
    pub fn configure(settings: Settings) -> Result<Self, Vec<Problem>> {
        Self::configured(settings).map_err(|mut problems| {
            let scrubber = scrub::Scrubber::of_shapes();
            problems.iter_mut().for_each(|problem| scrubber.problem(problem));
            problems
        })
    }

    fn configured(mut settings: Settings) -> Result<Self, Vec<Problem>> {
        let chain = match &settings.config {
            Some((path, bytes)) => Some(extend::read(path, bytes, &settings.extended)?),
            None => None,
        };
        let wanted: Vec<String> = chain.iter().flat_map(extend::Chain::wanted).map(str::to_owned).collect();
        if !wanted.is_empty() {
            let (policy, imported) = (Policy::default(), detect::Imported::default());
            let keys = Keys::built_in();
            return Ok(Self { policy, settings, selected: Selected::default(), imported, wanted, keys });
        }
        let policy = chain.map_or_else(|| Ok(Policy::default()), extend::Chain::policy)?;
        let by = Selection {
            select: &settings.select,
            ignore: &settings.ignore,
            preview: settings.preview,
            fail_on: settings.fail_on,
            min_confidence: Some(settings.min_confidence),
        };
        let selected = policy.select(RULES, by)?;
        let files = std::mem::take(&mut settings.detectors);
        let imported = detect::Imported::read(&files, &policy)?;
        let keys = Arc::new(Keys::built_in().with(policy.keys()));
        Ok(Self { policy, settings, selected, imported, wanted, keys })
    }

    /// The policy in force.
    #[must_use]
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// Files that the configuration extends and that were not handed over, as paths from the root. While there are any,
    /// nothing is final.
    #[must_use]
    pub fn wanted(&self) -> &[String] {
        &self.wanted
    }

    /// Detectors of files that were handed over.
    #[must_use]
    pub fn imported(&self) -> &detect::Imported {
        &self.imported
    }

    /// What of those files is not honoured, fit for being shown.
    #[must_use]
    pub fn remarks(&self) -> Vec<Problem> {
        let scrubber = scrub::Scrubber::of_shapes();
        let mut remarks = self.imported.remarks().to_vec();
        remarks.iter_mut().for_each(|remark| scrubber.problem(remark));
        remarks
    }

    /// Names of rules that hold and are not their own, in the configuration and on the command line: what to write.
    #[must_use]
    pub fn renamed(&self) -> Vec<Problem> {
        let given = self.settings.select.iter().chain(&self.settings.ignore);
        let given = given.filter_map(|word| names::renamed(RULES, word));
        let given = given.map(|message| Problem { path: String::new(), at: None, message });
        self.policy.remarks().iter().cloned().chain(given).collect()
    }

    /// What the path alone says.
    #[must_use]
    pub fn recognise(path: &str) -> Recognition {
        let mut answer = Recognition::default();
        for dialect in DIALECTS {
            let claim = dialect.claim(path);
            answer.must_check |= claim == Claim::Path;
            answer.grouped |= claim != Claim::No && dialect.grouped(path);
        }
        answer
    }

    /// How a path is shown if it holds what has the shape of a token; `None` if it is shown as it is.
    #[must_use]
    pub fn shown(path: &str) -> Option<String> {
        detect::without_tokens(path)
    }

    /// The unit of a file and what it asks for.
    #[must_use]
    pub fn outline(path: &str, bytes: Arc<[u8]>) -> Outline {
        let file = SourceFile::read(FileId(0), path, bytes, true);
        let mut answer = Outline::default();
        for dialect in DIALECTS.iter().filter(|d| d.owns(&file)) {
            let outline = dialect.outline(&file);
            answer.unit = answer.unit.or(outline.unit);
            answer.asks.extend(outline.asks);
            answer.takes.extend(outline.takes);
        }
        answer.asks.sort();
        answer.asks.dedup();
        answer.asks.retain(|ask| !matches!(ask, Ask::File(own) if own == path));
        answer
    }

    /// Lowers and judges one unit.
    #[must_use]
    pub fn check(&self, key: &str, inputs: &[Input]) -> Answer {
        let unit = read_unit(key, inputs);
        let mut lowering = self.lower(&unit);
        let masks = detect::run(&unit, &mut lowering, &self.settings.key, &self.imported);
        notes::keep(&unit, &mut lowering);
        declared::state(&unit, &mut lowering);
        let mut covered = coverage::of_unit(&unit, &lowering);

        let mut facts = std::mem::take(&mut lowering.facts);
        let scrubber = scrub::Scrubber::new(&unit, &masks, &facts, &covered);
        scrubber.facts(&mut facts, &mut covered);

        let units = std::slice::from_ref(&facts);
        let world = World::of(units, &self.policy, self.settings.today);
        let (mut drafts, mut passes) = self.judge(&world, |meta| meta.scope == Scope::Unit);
        let (more, why) = self.judge_by_rows(&world);
        drafts.extend(more);
        passes.extend(why);
        let mut findings = assemble::findings(drafts, &self.policy, self.min_confidence());
        for finding in &mut findings {
            scrubber.judgement(finding);
            let advice = mend(&unit, finding);
            scrubber.remedies(finding, advice);
        }
        for entry in &mut covered {
            scrubber.coverage(entry);
        }
        for pass in &mut passes {
            scrubber.pass(pass);
        }
        let spot = |s: Source| crate::rule::world::spot(&facts, s);
        let secrets = detect::strong(&unit, &masks).map(spot).collect();
        let masks = detect::displayed(&unit, masks, !facts.facts.is_empty());
        let masks = masks.into_iter().map(spot).collect();
        Answer { findings, coverage: covered, masks, secrets, facts, passes }
    }

    /// Judges the whole tree: rules that join units, then waivers over the findings of all rules, then the rules that
    /// judge waivers. The answer holds every finding, those of the units included, each once.
    #[must_use]
    pub fn review(&self, input: ledger::Tree) -> ledger::Review {
        let mut units = input.units;
        units.extend(ledger::registry_facts(&self.policy));
        // Nobody who keeps no registry has to begin with the whole of it.
        if let Some(proposed) = input.proposed.as_ref().filter(|_| !self.policy.identities().is_empty()) {
            units.extend(ledger::proposed_facts(&self.policy, proposed));
        }
        let leaving = input.proposed.as_ref().map(|proposed| ledger::leaving(&self.policy, proposed));
        let leaving = leaving.unwrap_or_default();
        let mut world = World::of(&units, &self.policy, self.settings.today);
        world.leaving = &leaving;
        world.coverage = &input.coverage;
        let runs = |meta: &Meta| match meta.scope {
            Scope::Unit => false,
            Scope::Tree => true,
            Scope::WholeTree => input.whole,
        };
        let sure = self.min_confidence();
        let (drafts, mut passes) = self.judge(&world, |meta| meta.stage == Stage::Facts && runs(meta));
        let own = assemble::findings(drafts, &self.policy, sure);
        let given = input.findings.into_iter().filter(|finding| finding.confidence >= sure);
        let findings = merge(given.chain(own));

        // A rule that did not run, or findings left out as unsure, say nothing of whether a waiver is needed.
        let ran =
            self.selected.rules.iter().filter(|rule| rule.meta.scope == Scope::Unit || runs(&rule.meta));
        let ran = ran.map(|rule| rule.named()).chain(self.selected.rows.iter().map(|row| row.named()));
        let told = sure == Confidence::Low;
        let rules = ran.filter(|_| told).collect();
        let tools = told.then_some(input.tools.as_slice());
        let ran = ledger::Ran { rules, chosen: self.selected.named().collect(), tools };
        let settled = ledger::settle(&self.policy, self.settings.today, &units, &findings, &ran);
        world.waivers = &settled.waivers;
        let (drafts, more) = self.judge(&world, |meta| meta.stage == Stage::Waivers && runs(meta));
        passes.extend(more);
        let own = assemble::findings(drafts, &self.policy, sure);
        let mut review = ledger::Review {
            findings: merge(findings.into_iter().chain(own)),
            waived: settled.waived,
            passes,
            not_judged: self
                .selected
                .rules
                .iter()
                .filter(|rule| rule.meta.scope != Scope::Unit && !runs(&rule.meta))
                .map(|rule| rule.meta.id.to_owned())
                .collect(),
            renamed: ledger::renamed(&units),
        };
        ledger::pin_to_known(&units, &mut review.findings);
        // Facts of files are scrubbed of their own unit's secrets; the words of the configuration are not.
        let scrubber = scrub::Scrubber::of_texts(&input.secrets);
        for finding in &mut review.findings {
            scrubber.judgement(finding);
            scrubber.remedies(finding, None);
        }
        review.waived.iter_mut().for_each(|waived| scrubber.waived(waived));
        review.passes.iter_mut().for_each(|pass| scrubber.pass(pass));
        review
    }

    /// What of the later version of the guardrail is weaker than the earlier one, and what the change widens without a
    /// review, by the policy in force. `shared`: the units that both versions have alike. No finding shows the given texts of
    /// secrets.
    #[must_use]
    pub fn weakened(
        &self,
        before: &ledger::Guardrail,
        after: &ledger::Guardrail,
        shared: impl FnOnce() -> Vec<UnitFacts>,
        secrets: &[Vec<u8>],
    ) -> Vec<Finding> {
        let versions = ledger::Versions::of(before, after, shared);
        let of = |units| World::of(units, &self.policy, self.settings.today);
        let (earlier, mut world) = (of(&versions.before), of(&versions.after));
        let weakened = ledger::weakened(before, after, (&earlier, &world));
        world.weakened = &weakened;
        world.before = &versions.before;
        let (drafts, _) = self.judge(&world, |meta| meta.stage == Stage::Change);
        let mut findings = assemble::findings(drafts, &self.policy, self.min_confidence());
        let scrubber = scrub::Scrubber::of_texts(secrets);
        for finding in &mut findings {
            scrubber.judgement(finding);
            scrubber.remedies(finding, None);
        }
        findings
    }

    /// Holds the findings of two versions of a tree against each other; with the severity of what is graver where a change
    /// brings it, unless the policy says how severe it is.
    #[must_use]
    pub fn compare(&self, old: &[Finding], new: &[Finding]) -> Vec<(identity::Change, Option<Severity>)> {
        let graver = |change: &identity::Change| {
            let finding = new.get(change.new.filter(|_| change.kind == identity::Kind::New)?)?;
            let rule = crate::rule::find(&finding.rule)?;
            let there = self.policy.at_path(rule.named(), &finding.at.path).flatten();
            let set = there.or_else(|| self.policy.severity(rule.meta.id));
            rule.meta.severity_new.filter(|severity| set.is_none() && *severity > finding.severity)
        };
        identity::compare(old, new).into_iter().map(|change| (change, graver(&change))).collect()
    }

    /// Writes the remedies that review findings left pending, now that their unit is at hand: the fixes of each, in the
    /// same order. All at once, because the unit is read for each call.
    #[must_use]
    pub fn mend(&self, key: &str, inputs: &[Input], findings: Vec<Finding>) -> Vec<Vec<Fix>> {
        let unit = read_unit(key, inputs);
        let one = |mut finding: Finding| {
            finding.fixes.clear();
            // What is to be done by hand was said when the unit was checked.
            let _ = mend(&unit, &mut finding);
            finding.fixes.dedup();
            finding.fixes
        };
        findings.into_iter().map(one).collect()
    }

    fn lower<'u>(&self, unit: &'u Unit) -> Lowering<'u> {
        let mut out = Lowering::new(unit);
        out.keys = Arc::clone(&self.keys);
        for dialect in DIALECTS {
            if unit.files.iter().any(|f| dialect.owns(f)) {
                dialect.lower(unit, &mut out);
            }
        }
        unread::note(unit, &mut out);
        out
    }

    /// Findings less sure than this are left out: what the command line says, and what the policy says.
    fn min_confidence(&self) -> Confidence {
        self.policy
            .min_confidence()
            .map_or(self.settings.min_confidence, |p| p.max(self.settings.min_confidence))
    }

    fn judge(
        &self,
        world: &World<'_>,
        wanted: impl Fn(&Meta) -> bool,
    ) -> (Vec<(Named<'static>, Draft)>, Vec<Pass>) {
        let mut drafts = Vec::new();
        let mut passes = Vec::new();
        for &rule in self.selected.rules.iter().filter(|r| wanted(&r.meta)) {
            let mut verdicts = Verdicts::new(&rule.meta, self.settings.trace);
            (rule.judge)(world, &mut verdicts);
            drafts.extend(verdicts.drafts.into_iter().map(|d| (rule.named(), d)));
            passes.extend(verdicts.passes);
        }
        (drafts, passes)
    }

    /// The same, by the rules that the policy makes.
    fn judge_by_rows(&self, world: &World<'_>) -> (Vec<(Named<'_>, Draft)>, Vec<Pass>) {
        let mut drafts = Vec::new();
        let mut passes = Vec::new();
        let rows = self.selected.rows.iter().map(AsRef::as_ref);
        for (row, verdicts) in crate::rule::declared::judge(rows, world, self.settings.trace) {
            drafts.extend(verdicts.drafts.into_iter().map(|draft| (row.named(), draft)));
            passes.extend(verdicts.passes);
        }
        (drafts, passes)
    }
}

/// Reads the files of a unit, members first.
fn read_unit(key: &str, inputs: &[Input]) -> Unit {
    let mut ordered: Vec<&Input> = inputs.iter().collect();
    ordered.sort_by_key(|i| !i.member);
    let files = ordered
        .into_iter()
        .enumerate()
        .map(|(index, input)| {
            let id = FileId(u32::try_from(index).unwrap_or(u32::MAX));
            SourceFile::read(id, &input.path, Arc::clone(&input.bytes), input.member)
        })
        .collect();
    Unit { key: key.to_owned(), files, ..Unit::default() }
}

/// Turns pending remedies into fixes, as far as a dialect of the target file knows how. Returns what is to be done by
/// hand instead.
fn mend(unit: &Unit, finding: &mut Finding) -> Option<String> {
    let pending = std::mem::take(&mut finding.pending);
    let mut advice: Vec<String> = Vec::new();
    for wanted in pending {
        // What is known elsewhere is for the review to say.
        if matches!(wanted.remedy, Remedy::PinKnown { .. }) {
            finding.pending.push(wanted);
            continue;
        }
        match assemble::render(unit, &wanted) {
            assemble::Outcome::Fix(fix) => finding.fixes.push(fix),
            assemble::Outcome::Both(fix, text) => {
                finding.fixes.push(fix);
                advice.push(text);
            }
            assemble::Outcome::Advice(text) => advice.push(text),
            assemble::Outcome::NotHere => finding.pending.push(Pending { ..wanted }),
        }
    }
    (!advice.is_empty()).then(|| advice.join("\n"))
}

/// The format a path announces, for hosts that display files.
#[must_use]
pub fn format_of(path: &str) -> Format {
    Format::of_path(path)
}

/// Reads a document, for tests and tools.
#[must_use]
pub fn read_document(path: &str, bytes: &[u8]) -> Document {
    Document::read(Format::of_path(path), bytes)
}
