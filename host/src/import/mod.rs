//! `--import FILE.sarif`: what other tools found goes the way of our own findings, through waivers, the baseline, `--base`,
//! `--fail-on` and every report.
//!
//! The host reads the file and says where in the tree each result is; the module names it, says how bad it is and what it is
//! known by. Invariant: a result that is left out is counted and told, and no word of the file is shown before secrets are
//! taken out of it.

mod before;
mod lists;
mod place;
mod sarif;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use anyhow::{Result, anyhow, bail};

use crate::report::text::{Masker, plain};
use crate::runtime::{Worker, contract};
use crate::scan::{Job, Outcome};
use crate::source::{MAX_FILE_BYTES, Read, Root, Scope, bounded, regular};
use place::{Lines, Part, Where};
use sarif::{Descriptor, Found, Location, Run};

pub(crate) use before::known;

/// Largest file, in bytes. Code scanning takes far smaller ones.
const LARGEST: u64 = MAX_FILE_BYTES;
/// Results handed to the module in one call: each call has one deadline.
const AT_ONCE: usize = 1_024;
/// Longest message, help or note that is kept, in bytes.
const LONGEST_TEXT: usize = 2_000;
/// Most results of one sort that are named when they are left out.
const NAMED: usize = 3;

/// Results of other tools, as read.
#[derive(Debug)]
pub struct Import {
    /// Each run, and the file that it is of.
    runs: Vec<(String, Run)>,
    root: PathBuf,
    scope: Scope,
}

/// A tool that had a say.
#[derive(Clone, Debug, Default)]
pub struct Imported {
    /// What its rules begin with.
    pub name: String,
    /// What it calls itself.
    pub tool: String,
    /// Its version, as it says.
    pub version: String,
    /// Where it is at home, an `https:` address.
    pub home: Option<String>,
    /// The rules that it found something by.
    pub rules: BTreeMap<String, ImportedRule>,
}

/// What a tool says of a rule.
#[derive(Clone, Debug, Default)]
pub struct ImportedRule {
    /// One line.
    pub title: Option<String>,
    /// What it means.
    pub about: Option<String>,
    /// What to do.
    pub help: Option<String>,
    /// Where it is explained, an `https:` address.
    pub home: Option<String>,
}

/// What a finding of another tool was known by, to look for it in the base of a change.
#[derive(Clone, Debug)]
pub struct Anchor {
    /// The lines that it names.
    lines: String,
    /// Its tool held it against an earlier run of its own, and found it there.
    unchanged: bool,
}

impl Import {
    /// Reads the files that the command line names.
    ///
    /// # Errors
    /// One cannot be read, or is no SARIF of the version that is read: which, where, and what is wrong.
    pub(crate) fn read(paths: &[PathBuf], root: &Root, scope: &Scope) -> Result<Option<Self>> {
        let mut runs = Vec::new();
        for path in paths {
            let name = path.display().to_string();
            // Who writes `--import <(…)` waits for it; what stands in the tree is not the user's word.
            let read = if root.holds(path) { regular } else { bounded };
            let bytes = read(path, LARGEST).map_err(|why| anyhow!("--import {name}: {why}"))?;
            let read = sarif::read(&bytes).map_err(|why| anyhow!("--import {name}:{why}"))?;
            runs.extend(read.into_iter().map(|run| (name.clone(), run)));
        }
        let import = Self { runs, root: root.path.clone(), scope: scope.clone() };
        Ok((!paths.is_empty()).then_some(import))
    }
}

/// Adds the results to a run, before it is reviewed. Those that their tools suppress stand apart until it is over.
pub(crate) fn add(
    worker: &mut Worker<'_>,
    job: &Job<'_>,
    import: &Import,
    outcome: &mut Outcome,
) -> Result<()> {
    let masker = Masker::of(job, outcome);
    let mut files = Files { job, import, read: BTreeMap::new() };
    let mut counted = BTreeSet::new();
    for (file, run) in &import.runs {
        let mut left_out: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        let mut results = Vec::new();
        for found in run.results.iter().filter(|found| found.is_finding()) {
            match files.placed(run, found.locations.first(), outcome) {
                Placed::At(spot, part) => results.push((found, spot, part)),
                Placed::NotAsked => {}
                Placed::LeftOut(why, what) => left_out.entry(why).or_default().push(what),
            }
        }
        let tool = &run.tool.driver;
        let mut imported = Imported {
            tool: masker.text(&short(&tool.name)),
            version: masker.text(&short(
                tool.semantic_version.as_ref().or(tool.version.as_ref()).unwrap_or(&String::new()),
            )),
            home: address(tool.information_uri.as_deref()),
            ..Imported::default()
        };
        // A tool that found nothing had its say all the same.
        let chunks: Vec<_> =
            if results.is_empty() { vec![&[][..]] } else { results.chunks(AT_ONCE).collect() };
        for chunk in chunks {
            let handed: Vec<contract::Outside> = chunk
                .iter()
                .map(|(found, spot, part)| files.outside(run, found, spot, part.as_ref(), &masker, outcome))
                .collect();
            let adopted = worker.adopt(&tool.name, &handed).map_err(|stop| {
                anyhow!("--import {file}: the rule module failed while it looked at it: {stop}")
            })?;
            let adopted = match adopted {
                Ok(adopted) => adopted,
                Err(why) => bail!("--import {file}: {why}"),
            };
            imported.name = adopted.name;
            for ((found, ..), (handed, finding)) in chunk.iter().zip(handed.iter().zip(adopted.findings)) {
                let print = finding.fingerprint.clone();
                if let Some(rule) = run.rule(found) {
                    imported.rules.entry(finding.rule.clone()).or_insert_with(|| described(rule, &masker));
                } else {
                    imported.rules.entry(finding.rule.clone()).or_default();
                }
                match found.suppressed() {
                    Some(why) => {
                        let why = masker.text(&short(&why));
                        let by = if why.is_empty() { String::new() } else { format!(": {why}") };
                        let by = format!("suppressed by {}{by}", plain(&imported.tool));
                        outcome.suppressions.entry(print.clone()).or_insert(by);
                    }
                    None => drop(counted.insert(print.clone())),
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
        for (why, what) in left_out {
            let named = named(worker, &what, &masker);
            let results = crate::report::counted(what.len(), "result is", "results are");
            outcome.troubles.push(format!("import {file}: {results} left out, {why}{named}"));
        }
    }
    // What one result has suppressed and another has not counts.
    outcome.suppressions.retain(|print, _| !counted.contains(print));
    Ok(())
}

/// The first few of what is left out.
fn named(worker: &mut Worker<'_>, what: &[String], masker: &Masker) -> String {
    let some: Vec<String> =
        what.iter().filter(|what| !what.is_empty()).take(NAMED).map(|what| short(what)).collect();
    if some.is_empty() {
        return String::new();
    }
    let shown = worker.shown(&some).unwrap_or_default();
    let names: Vec<String> = some
        .into_iter()
        .zip(shown)
        .map(|(what, shown)| format!("`{}`", masker.text(&shown.unwrap_or(what))))
        .collect();
    let more = if what.len() > names.len() { " …" } else { "" };
    format!(": {}{more}", names.join(", "))
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
    fn placed(&mut self, run: &Run, location: Option<&Location>, outcome: &Outcome) -> Placed {
        let physical = location.and_then(|location| location.physical_location.as_ref());
        let Some((physical, file)) = physical.and_then(|place| Some((place, run.file(place)?))) else {
            return Placed::LeftOut("they name no file", String::new());
        };
        let path = match place::of(run, file, &self.import.root) {
            Where::Inside(path) => path,
            Where::Outside(written) => return Placed::LeftOut("they are not about this tree", written),
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
        found: &Found,
        spot: &contract::Spot,
        part: Option<&Part>,
        masker: &Masker,
        outcome: &Outcome,
    ) -> contract::Outside {
        let rule = run.rule(found);
        let related: Vec<contract::Related> = found
            .locations
            .iter()
            .skip(1)
            .chain(&found.related_locations)
            .filter_map(|location| {
                let note = location.message.as_ref().and_then(|message| message.text.clone());
                let note = masker.text(&short(note.as_deref().unwrap_or("here as well")));
                match self.placed(run, Some(location), outcome) {
                    Placed::At(at, Some(_)) => Some(contract::Related { at, note }),
                    _ => None,
                }
            })
            .collect();
        let (mut lines, mut named, mut hidden) = (Vec::new(), None, Vec::new());
        if let Some((part, (file, masks))) = part.zip(self.lines(&spot.path, outcome)) {
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
            message: masker.text(&short(&found.message(rule))),
            help: help.map(|address| masker.text(&format!("see {address}"))),
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

fn described(rule: &Descriptor, masker: &Masker) -> ImportedRule {
    let text = |message: &Option<sarif::Message>| {
        let text = message.as_ref()?.text.as_deref()?.trim();
        (!text.is_empty()).then(|| masker.text(&short(text)))
    };
    ImportedRule {
        title: text(&rule.short_description).map(|title| title.lines().next().unwrap_or_default().to_owned()),
        about: text(&rule.full_description),
        help: text(&rule.help),
        home: address(rule.help_uri.as_deref()).map(|home| masker.text(&home)),
    }
}

/// An address that a browser may be sent to; nothing of any other.
fn address(uri: Option<&str>) -> Option<String> {
    let uri = uri?.trim();
    let fits = |c: char| c.is_ascii_graphic() && !"\"'<>\\`{}|^()[]".contains(c);
    (uri.starts_with("https://") && uri.len() < 512 && uri.chars().all(fits)).then(|| uri.to_owned())
}

/// A text that is no longer than it should be.
fn short(text: &str) -> String {
    let mut end = text.len().min(LONGEST_TEXT);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_of_the_web_are_kept() {
        assert_eq!(address(Some("https://docs.example/a#b")).as_deref(), Some("https://docs.example/a#b"));
        for other in
            ["http://x", "javascript:alert(1)", "https://x\"onload=", "https://x\u{1b}[", "https://a b", ""]
        {
            assert_eq!(address(Some(other)), None, "{other}");
        }
    }

    #[test]
    fn long_words_are_cut_between_two_characters() {
        assert_eq!(short(&"é".repeat(LONGEST_TEXT)).len(), LONGEST_TEXT);
        assert_eq!(short("a"), "a");
    }
}
