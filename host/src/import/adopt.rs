//! Results become findings of a run: where they are is looked up in its files, the module says what they are.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use anyhow::{Result, anyhow, bail};

use super::place::{self, Lines, Part, Where};
use super::sarif::{Descriptor, Found, Location, Message, Run};
use super::{Anchor, Import, Imported, ImportedRule, address, short};
use crate::report::counted;
use crate::report::text::{Masker, plain};
use crate::runtime::{Worker, contract};
use crate::scan::{Job, Outcome};
use crate::source::Read;

/// Results handed to the module in one call: each call has one deadline.
const AT_ONCE: usize = 1_024;
/// Most results of one sort that are named when they are left out.
const NAMED: usize = 3;

/// Adds the results to a run, before it is reviewed. Those that their tools suppress stand apart until it is over.
pub(crate) fn add(
    worker: &mut Worker<'_>,
    job: &Job<'_>,
    import: &Import,
    outcome: &mut Outcome,
) -> Result<()> {
    let mut words = Words { masker: Masker::of(job, outcome), cleaned: BTreeMap::new() };
    let mut files = Files { job, import, read: BTreeMap::new() };
    let mut counts = BTreeSet::new();
    for (file, run) in &import.runs {
        let (results, left_out) = files.sorted(run, outcome);
        let mut imported = tool(run, worker, &mut words);
        // A tool that found nothing had its say all the same.
        let chunks: Vec<_> =
            if results.is_empty() { vec![&[][..]] } else { results.chunks(AT_ONCE).collect() };
        for chunk in chunks {
            let outside = |result: &Placing<'_>| files.outside(run, result, &words, outcome);
            let handed: Vec<contract::Outside> = chunk.iter().map(outside).collect();
            let adopted = worker.adopt(&run.tool.driver.name, &handed).map_err(|stop| {
                anyhow!("--import {file}: the rule module failed while it looked at it: {stop}")
            })?;
            let adopted = match adopted {
                Ok(adopted) => adopted,
                Err(why) => bail!("--import {file}: {why}"),
            };
            imported.name = adopted.name;
            for ((result, handed), finding) in chunk.iter().zip(&handed).zip(adopted.findings) {
                let found = result.found;
                if !imported.rules.contains_key(&finding.rule) {
                    let rule = run.rule(found).map(|rule| described(rule, worker, &mut words));
                    imported.rules.insert(finding.rule.clone(), rule.unwrap_or_default());
                }
                let print = finding.fingerprint.clone();
                match found.suppressed() {
                    Some(why) => {
                        let why = words.clean(worker, &why);
                        let by = if why.is_empty() { String::new() } else { format!(": {why}") };
                        let by = format!("suppressed by {}{by}", plain(&imported.tool));
                        outcome.suppressions.entry(print.clone()).or_insert(by);
                    }
                    None => drop(counts.insert(print.clone())),
                }
                outcome.anchors.entry(print).or_insert_with(|| Anchor {
                    lines: String::from_utf8_lossy(&handed.lines).into_owned(),
                    unchanged: found.baseline_state.as_deref() == Some("unchanged"),
                });
                outcome.findings.push(finding);
            }
        }
        match outcome.imported.iter_mut().find(|tool| tool.name == imported.name) {
            Some(tool) => tool.rules.extend(imported.rules),
            None => outcome.imported.push(imported),
        }
        let file = words.clean(worker, file);
        for (why, what) in left_out {
            let results = counted(what.len(), "result is", "results are");
            let named = words.named(worker, &what);
            outcome.troubles.push(format!("import {file}: {results} left out, {why}{named}"));
        }
    }
    // What one result has suppressed and another has not counts.
    outcome.suppressions.retain(|print, _| !counts.contains(print));
    Ok(())
}

/// A result with its place.
struct Placing<'r> {
    found: &'r Found,
    at: contract::Spot,
    part: Option<Part>,
}

fn tool(run: &Run, worker: &mut Worker<'_>, words: &mut Words) -> Imported {
    let driver = &run.tool.driver;
    let version = driver.semantic_version.as_ref().or(driver.version.as_ref());
    Imported {
        tool: words.clean(worker, &driver.name),
        version: version.map_or_else(String::new, |version| words.clean(worker, version)),
        home: address(driver.information_uri.as_deref()).map(|home| words.clean(worker, &home)),
        ..Imported::default()
    }
}

fn described(rule: &Descriptor, worker: &mut Worker<'_>, words: &mut Words) -> ImportedRule {
    let mut text = |message: &Option<Message>| {
        let text = message.as_ref()?.text.as_deref()?.trim();
        (!text.is_empty()).then(|| words.clean(worker, text))
    };
    ImportedRule {
        title: text(&rule.short_description).map(|title| title.lines().next().unwrap_or_default().to_owned()),
        about: text(&rule.full_description),
        help: text(&rule.help),
        home: address(rule.help_uri.as_deref()).map(|home| words.clean(worker, &home)),
    }
}

/// Takes secrets out of words that somebody else wrote.
struct Words {
    /// Those of the tree.
    masker: Masker,
    /// Words that were cleaned before: rules and suppressions repeat them.
    cleaned: BTreeMap<String, String>,
}

impl Words {
    /// Without secrets of the tree; the module takes out what has the shape of one.
    fn masked(&self, text: &str) -> String {
        self.masker.text(&short(text))
    }

    /// Without either.
    fn clean(&mut self, worker: &mut Worker<'_>, text: &str) -> String {
        if let Some(known) = self.cleaned.get(text) {
            return known.clone();
        }
        let masked = self.masked(text);
        let clean = match worker.shown(std::slice::from_ref(&masked)) {
            Ok(shown) => shown.into_iter().next().flatten().unwrap_or(masked),
            // Nothing is shown that nobody looked at.
            Err(_) => String::new(),
        };
        self.cleaned.insert(text.to_owned(), clean.clone());
        clean
    }

    /// The first few of what is left out.
    fn named(&mut self, worker: &mut Worker<'_>, what: &[String]) -> String {
        let some = what.iter().filter(|what| !what.is_empty()).take(NAMED);
        let names: Vec<String> = some.map(|what| format!("`{}`", self.clean(worker, what))).collect();
        let more = if what.len() > names.len() { " …" } else { "" };
        if names.is_empty() { String::new() } else { format!(": {}{more}", names.join(", ")) }
    }
}

/// Where a result is.
enum Placed {
    At(contract::Spot, Option<Part>),
    /// In a file of the tree that was not asked for.
    NotAsked,
    /// Why, and what is said of the place.
    LeftOut(&'static str, String),
}

/// The files of the tree that results name.
struct Files<'a> {
    job: &'a Job<'a>,
    import: &'a Import,
    read: BTreeMap<String, Option<(Lines, Vec<contract::Span>)>>,
}

impl Files<'_> {
    /// The results that are about this tree, and by why they are left out, what is said of the places of others.
    fn sorted<'r>(
        &mut self,
        run: &'r Run,
        outcome: &Outcome,
    ) -> (Vec<Placing<'r>>, BTreeMap<&'static str, Vec<String>>) {
        let (mut results, mut left_out) = (Vec::new(), BTreeMap::<_, Vec<String>>::new());
        for found in run.results.iter().filter(|found| found.is_finding()) {
            match self.placed(run, found.locations.first(), outcome) {
                Placed::At(at, part) => results.push(Placing { found, at, part }),
                Placed::NotAsked => {}
                Placed::LeftOut(why, what) => left_out.entry(why).or_default().push(what),
            }
        }
        (results, left_out)
    }

    fn placed(&mut self, run: &Run, location: Option<&Location>, outcome: &Outcome) -> Placed {
        let physical = location.and_then(|location| location.physical_location.as_ref());
        let Some((physical, file)) = physical.and_then(|place| Some((place, run.file(place)?))) else {
            return Placed::LeftOut("no file is named", String::new());
        };
        let path = match place::of(run, file, &self.import.root) {
            Where::Inside(path) => path,
            Where::Outside(written) => return Placed::LeftOut("not about this tree", written),
            Where::Endless(written) => {
                return Placed::LeftOut("relative to a base that is relative to itself", written);
            }
            Where::Git(written) => return Placed::LeftOut("about what git keeps for itself", written),
        };
        let asked = |start: &PathBuf| Path::new(&path).starts_with(start);
        if !self.import.scope.starts.iter().any(asked) {
            return Placed::NotAsked;
        }
        let disk = self.import.root.join(&path);
        let path = self.job.files.names.name(&disk).map_or(path, str::to_owned);
        let columns = run.column_kind.as_deref();
        let part = physical.region.and_then(|region| self.lines(&path, outcome)?.0.part(region, columns));
        let at = part.as_ref().map_or(0..0, |part| part.at.clone());
        Placed::At(
            contract::Spot { path, at: contract::Span { start: narrow(at.start), end: narrow(at.end) } },
            part,
        )
    }

    /// A file, and what of it is secret.
    fn lines(&mut self, path: &str, outcome: &Outcome) -> Option<&(Lines, Vec<contract::Span>)> {
        let files = self.job.files;
        let read = self.read.entry(path.to_owned()).or_insert_with(|| match files.read(path) {
            Read::Text(bytes) => {
                let masks = outcome.masks_of(path, &bytes);
                Some((Lines::of(bytes), masks))
            }
            Read::Binary(_) | Read::Refused(_) => None,
        });
        read.as_ref()
    }

    fn outside(
        &mut self,
        run: &Run,
        result: &Placing<'_>,
        words: &Words,
        outcome: &Outcome,
    ) -> contract::Outside {
        let Placing { found, at: spot, part } = result;
        let rule = run.rule(found);
        let related: Vec<contract::Related> = found
            .locations
            .iter()
            .skip(1)
            .chain(&found.related_locations)
            .filter_map(|location| {
                let note = location.message.as_ref().and_then(|message| message.text.clone());
                let note = words.masked(note.as_deref().unwrap_or("here as well"));
                match self.placed(run, Some(location), outcome) {
                    Placed::At(at, Some(_)) => Some(contract::Related { at, note }),
                    _ => None,
                }
            })
            .collect();
        let (mut lines, mut named, mut hidden) = (Vec::new(), None, Vec::new());
        if let Some((part, (file, masks))) = part.as_ref().zip(self.lines(&spot.path, outcome)) {
            lines = file.bytes.get(part.lines.clone()).unwrap_or_default().to_vec();
            let inner = |at: usize| {
                u32::try_from(at.clamp(part.lines.start, part.lines.end) - part.lines.start)
                    .unwrap_or(u32::MAX)
            };
            let span = |from: usize, to: usize| contract::Span { start: inner(from), end: inner(to) };
            named = part.exact.then(|| span(part.at.start, part.at.end));
            let whole = contract::Span { start: narrow(part.lines.start), end: narrow(part.lines.end) };
            let touching = crate::report::text::touching(masks, whole);
            hidden = touching.iter().map(|mask| span(mask.start as usize, mask.end as usize)).collect();
        }
        let help = rule.and_then(|rule| address(rule.help_uri.as_deref()));
        contract::Outside {
            rule: found.rule_name(rule),
            at: spot.clone(),
            level: found.level(rule),
            score: found.score(rule),
            precision: found.precision(rule),
            message: words.masked(&found.message(rule)),
            help: help.map(|address| words.masked(&format!("see {address}"))),
            lines,
            named,
            hidden,
            prints: found.prints(),
            related,
        }
    }
}

fn narrow(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}
