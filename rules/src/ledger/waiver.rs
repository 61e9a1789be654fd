//! Waivers: rows of `hallpass.toml` bound to a fingerprint, and comments bound to the line they stand at.
//!
//! Only a waiver that is complete, in date and under its ceiling silences anything; every other stays visible to the
//! rules of the waiver stage, together with what is wrong with it.

use std::collections::{BTreeMap, BTreeSet};

use jiff::ToSpan;
use jiff::civil::Date;

use super::{Waived, inline};
use crate::fact::{Day, Note, Route, UnitFacts};
use crate::finding::identity::{HEX_DIGITS, digest};
use crate::finding::{Finding, Spot, outside};
use crate::policy::names::{self, quoted};
use crate::policy::{Policy, Problem, Selection, WaiverRow, Written, rows, select};
use crate::rule::world::spot;
use crate::rule::{Named, RULES, find};
use crate::span::{ByteSpan, Source};

/// Why a waiver's date does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DateTrouble {
    /// Its last day is over.
    Past {
        /// The last day.
        until: Date,
    },
    /// It lasts longer than the ceiling admits.
    TooFar {
        /// The last day.
        until: Date,
        /// The latest day that would do.
        latest: Date,
        /// The ceiling in days.
        days: u32,
    },
}

/// A waiver and how it fared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiver {
    /// The comment or row.
    pub at: Spot,
    /// Its logical address.
    pub route: String,
    /// The rule or class it names, as written; empty if it names none.
    pub names: String,
    /// The finding it is bound to; `None` for a comment, which is bound to its line.
    pub fingerprint: Option<String>,
    /// What is missing or malformed, each as a sentence; such a waiver silences nothing.
    pub problems: Vec<String>,
    /// What is wrong with its date; such a waiver silences nothing.
    pub date: Option<DateTrouble>,
    /// Who, why and until when, in one line.
    pub by: String,
    /// Its last day as written; empty if it has none.
    pub until: String,
    /// Whether it matches a finding, whether or not it holds.
    pub used: bool,
    /// Whether the rules it names ran, so that matching nothing means something.
    pub judged: bool,
    /// Why nothing that it names can be found, whatever stands in the tree.
    pub idle: Option<String>,
    covers: Option<Covers>,
}

/// What a comment speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Covers {
    line: ByteSpan,
    block: Option<ByteSpan>,
}

impl Waiver {
    /// Whether it silences what it matches.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.problems.is_empty() && self.date.is_none()
    }

    /// What a finding about it is bound to: the waiver's own words.
    #[must_use]
    pub fn words(&self) -> [String; 3] {
        [self.names.clone(), self.fingerprint.clone().unwrap_or_default(), self.by.clone()]
    }
}

/// What [`settle`] came to.
#[derive(Debug, Default)]
pub(crate) struct Settled {
    /// Every waiver of the tree.
    pub(crate) waivers: Vec<Waiver>,
    /// The findings that a waiver accepts.
    pub(crate) waived: Vec<Waived>,
}

/// Whose silence means that there was nothing to say.
#[derive(Debug, Default)]
pub(crate) struct Ran<'a> {
    /// Rules of ours and of the policy that had a say in the tree.
    pub(crate) rules: Vec<Named<'a>>,
    /// Rules that were to have one.
    pub(crate) chosen: Vec<Named<'a>>,
    /// Other tools, by what their rules begin with; `None` where findings were left out as unsure.
    pub(crate) tools: Option<&'a [String]>,
}

/// Reads the waivers of the tree and matches them with the findings.
pub(crate) fn settle(
    policy: &Policy,
    today: Date,
    units: &[UnitFacts],
    findings: &[Finding],
    ran: &Ran<'_>,
) -> Settled {
    // What the command line leaves out for once says nothing of a waiver.
    let active = policy.select(RULES, Selection::default()).unwrap_or_default();
    let active = active.named().chain(ran.chosen.iter().copied()).map(|rule| rule.id).collect();
    let reader = Reader { policy, today, findings, ran, active };
    let mut waivers: Vec<Waiver> = policy.waivers().iter().map(|row| reader.row(row)).collect();
    for unit in units {
        for note in &unit.notes {
            reader.comment(unit, note, &mut waivers);
        }
    }
    waivers.sort_by(|a, b| (&a.at, &a.route).cmp(&(&b.at, &b.route)));
    // A file that several units read brings its comments several times.
    waivers.dedup_by(|a, b| a.at == b.at && a.route == b.route && a.by == b.by);
    let index = Index::of(&waivers);
    let mut waived = Vec::new();
    let mut used = vec![false; waivers.len()];
    for finding in findings {
        let matching = index.matching(policy, &waivers, finding);
        for at in &matching.all {
            if let Some(used) = used.get_mut(*at) {
                *used = true;
            }
        }
        if let Some(waiver) = matching.accepting.and_then(|at| waivers.get(at)) {
            waived.push(Waived {
                fingerprint: finding.fingerprint.clone(),
                by: waiver.by.clone(),
                until: waiver.until.clone(),
            });
        }
    }
    for (waiver, used) in waivers.iter_mut().zip(used) {
        waiver.used = used;
    }
    Settled { waivers, waived }
}

/// What is to be said of the names in comments, once of each.
pub(crate) fn renamed(units: &[UnitFacts]) -> Vec<Problem> {
    let mut said: BTreeMap<String, Problem> = BTreeMap::new();
    for unit in units {
        for note in &unit.notes {
            for name in inline::read(&note.text).into_iter().flat_map(|read| read.names) {
                let Some(message) = names::renamed(RULES, &name) else { continue };
                let at = spot(unit, note.source);
                let problem = Problem { path: at.path, at: Some(at.span), message };
                let first = said.entry(name).or_insert_with(|| problem.clone());
                if problem < *first {
                    *first = problem;
                }
            }
        }
    }
    said.into_values().collect()
}

/// What a waiver says of itself, whichever way it was written.
struct Claims<'w> {
    owner: Option<&'w str>,
    reason: Option<&'w str>,
    ticket: Option<&'w str>,
    until: Option<&'w str>,
    break_glass: bool,
    /// What the last day is called where it stands.
    date_field: &'static str,
}

struct Reader<'a> {
    policy: &'a Policy,
    today: Date,
    findings: &'a [Finding],
    ran: &'a Ran<'a>,
    /// Rules that the policy lets run, or that run.
    active: BTreeSet<&'a str>,
}

impl Reader<'_> {
    fn row(&self, row: &WaiverRow) -> Waiver {
        let text = |field: &Option<Written>| field.as_ref().map(|w| w.text.trim().to_owned());
        let (owner, reason, ticket, until) =
            (text(&row.owner), text(&row.reason), text(&row.ticket), text(&row.expires));
        let claims = Claims {
            owner: owner.as_deref(),
            reason: reason.as_deref(),
            ticket: ticket.as_deref(),
            until: until.as_deref(),
            break_glass: row.break_glass,
            date_field: "expires",
        };
        let mut problems = Vec::new();
        let fingerprint = text(&row.fingerprint);
        match fingerprint.as_deref() {
            None | Some("") => problems.push(
                "it is bound to no finding: add its `fingerprint` as `hallpass check --report json` prints it"
                    .to_owned(),
            ),
            Some(print) if !is_fingerprint(print) => {
                problems.push(format!("its `fingerprint` is not {HEX_DIGITS} hex digits"));
            }
            Some(_) => {}
        }
        let names = text(&row.rule).unwrap_or_default();
        let span = row.rule.as_ref().or(row.fingerprint.as_ref()).map_or(row.span, |w| w.span);
        // What is no fingerprint may be anything, a secret too: it is repeated nowhere.
        let item = fingerprint.clone().filter(|p| is_fingerprint(p));
        let item = item.unwrap_or_else(|| digest([names.as_str(), claims.reason.unwrap_or("")]));
        let route = Route::root().key("waiver").item(&item).0;
        let at = Spot { path: self.policy.path_of(row.file).to_owned(), span };
        let mut waiver = self.waiver(at, route, names, &claims, problems);
        waiver.fingerprint = Some(fingerprint.unwrap_or_default().to_ascii_lowercase());
        waiver
    }

    fn comment(&self, unit: &UnitFacts, note: &Note, out: &mut Vec<Waiver>) {
        let Some(read) = inline::read(&note.text) else { return };
        let claims = Claims {
            owner: read.owner.as_deref(),
            reason: read.reason.as_deref(),
            ticket: read.ticket.as_deref(),
            until: read.until.as_deref(),
            break_glass: read.break_glass,
            date_field: "until",
        };
        let at = spot(unit, note.source);
        let covers = spot(unit, Source::new(note.source.file, note.covers)).span;
        let names = if read.names.is_empty() { vec![String::new()] } else { read.names.clone() };
        for name in names {
            let route = Route::root().key("hallpass").item(&name).0;
            let mut waiver = self.waiver(at.clone(), route, name, &claims, read.problems.clone());
            waiver.covers = Some(Covers { line: covers, block: note.block });
            out.push(waiver);
        }
    }

    fn waiver(
        &self,
        at: Spot,
        route: String,
        names: String,
        claims: &Claims<'_>,
        mut problems: Vec<String>,
    ) -> Waiver {
        // An instruction that was not understood has one problem, not five more of what it does not say.
        let understood = !names.is_empty() || problems.is_empty();
        let mut date = None;
        if understood {
            problems.extend(self.name_problem(&names));
            for (field, value) in [("owner", claims.owner), ("reason", claims.reason)] {
                if value.is_none_or(|v| v.trim().is_empty()) {
                    problems.push(format!("it has no `{field}`"));
                }
            }
            match claims.until {
                None | Some("") => problems.push(format!("it has no `{}` date", claims.date_field)),
                Some(text) => match Day::read(text) {
                    Err(why) => problems.push(format!("its `{}` is {why}", claims.date_field)),
                    Ok(Day(until)) => date = self.date_trouble(until, claims.break_glass),
                },
            }
        }
        let (judged, idle) = (self.judged(&names), self.idle(&names));
        Waiver {
            at,
            route,
            by: by(claims),
            until: claims.until.unwrap_or_default().trim().to_owned(),
            names,
            fingerprint: None,
            problems,
            date,
            used: false,
            judged,
            idle,
            covers: None,
        }
    }

    /// The rules that a waiver names, whether or not they run.
    fn meant<'n>(&'n self, names: &'n str) -> impl Iterator<Item = Named<'n>> {
        let own = self.policy.rules().iter().map(|row| row.named());
        select::ours().chain(own).filter(move |rule| rule.is_called(names))
    }

    /// Whether the rules that a waiver names had a say.
    fn judged(&self, names: &str) -> bool {
        let ran = |rule: &Named<'_>| self.ran.rules.iter().any(|other| other.id == rule.id);
        if !names.contains('/') {
            // Of a class, every rule that runs at all.
            let mut active = self.meant(names).filter(|rule| self.active.contains(rule.id)).peekable();
            return active.peek().is_some() && active.all(|rule| ran(&rule));
        }
        let tool = names.split('/').next().unwrap_or_default();
        let of_tool = || self.ran.tools.into_iter().flatten().any(|name| name == tool);
        self.meant(names).any(|rule| ran(&rule)) || of_tool()
    }

    /// Why nothing that a waiver names can be found.
    fn idle(&self, names: &str) -> Option<String> {
        let mut meant = self.meant(names).peekable();
        if meant.peek().is_some() {
            let silent = meant.all(|rule| !self.active.contains(rule.id));
            let none = || match names.contains('/') {
                true => "its rule does not run",
                false => "no rule of that class runs",
            };
            return silent.then(|| format!("{}: the policy leaves it out, or does not ask for it", none()));
        }
        let (tool, _) = names.split_once('/')?;
        let unheard = self.ran.tools.is_some_and(|tools| tools.iter().all(|name| name != tool));
        // Who admits rule modules may have one of that name.
        let foreign = outside::is_name(names) && self.policy.plugins().is_empty();
        let idle = unheard && foreign && self.findings.iter().all(|finding| finding.rule != names);
        idle.then(|| {
            let tool = quoted(tool);
            format!("no rule has that name, and no report of {tool} is imported (`--import FILE.sarif`)")
        })
    }

    fn name_problem(&self, names: &str) -> Option<String> {
        if names.is_empty() {
            return Some("it names no `rule`".to_owned());
        }
        if let Some(rule) = find(names).filter(|r| !r.meta.waivable) {
            return Some(format!("`{}` cannot be waived", rule.meta.id));
        }
        if !is_waivable(self.policy, names) {
            return Some(format!("`{names}` cannot be waived: its row says so"));
        }
        // Rules of third-party modules and of other tools are known by what they found; where there are such modules, a
        // name that nothing bears may be one of theirs that found nothing, and a tool may have no say in this run.
        let foreign = !self.policy.plugins().is_empty()
            || outside::is_name(names)
            || self.findings.iter().any(|f| f.rule == names);
        self.policy.selector(RULES, names).err().filter(|_| !foreign)
    }

    fn date_trouble(&self, until: Date, break_glass: bool) -> Option<DateTrouble> {
        if until < self.today {
            return Some(DateTrouble::Past { until });
        }
        let days = self.policy.waiver_days(break_glass);
        let latest = self.today.saturating_add(i64::from(days.min(36_500)).days());
        (until > latest).then_some(DateTrouble::TooFar { until, latest, days })
    }
}

fn is_fingerprint(text: &str) -> bool {
    text.len() == HEX_DIGITS && text.bytes().all(|b| b.is_ascii_hexdigit())
}

/// `owner until date: reason (ticket)`.
fn by(claims: &Claims<'_>) -> String {
    let field = |value: Option<&str>| value.unwrap_or("").trim().to_owned();
    let mut line = format!("{} until {}: {}", field(claims.owner), field(claims.until), field(claims.reason));
    if let Some(ticket) = claims.ticket.map(str::trim).filter(|t| !t.is_empty()) {
        line.push_str(&format!(" ({ticket})"));
    }
    if claims.break_glass {
        line.push_str(" [break-glass]");
    }
    line
}

/// Waivers by what they are bound to.
struct Index<'w> {
    by_fingerprint: BTreeMap<&'w str, Vec<usize>>,
    /// By path, then by the first byte of the covered line. Lines do not overlap.
    by_line: BTreeMap<&'w str, BTreeMap<u32, Vec<usize>>>,
    by_block: BTreeMap<(&'w str, ByteSpan), Vec<usize>>,
}

/// The waivers that speak of a finding.
struct Matching {
    all: Vec<usize>,
    /// One that holds, if every place of the finding has one.
    accepting: Option<usize>,
}

impl<'w> Index<'w> {
    fn of(waivers: &'w [Waiver]) -> Self {
        let mut index =
            Self { by_fingerprint: BTreeMap::new(), by_line: BTreeMap::new(), by_block: BTreeMap::new() };
        for (at, waiver) in waivers.iter().enumerate() {
            if let Some(print) = waiver.fingerprint.as_deref().filter(|p| !p.is_empty()) {
                index.by_fingerprint.entry(print).or_default().push(at);
            }
            let Some(covers) = waiver.covers else { continue };
            let path = waiver.at.path.as_str();
            index.by_line.entry(path).or_default().entry(covers.line.start).or_default().push(at);
            if let Some(block) = covers.block {
                index.by_block.entry((path, block)).or_default().push(at);
            }
        }
        index
    }

    fn matching(&self, policy: &Policy, waivers: &[Waiver], finding: &Finding) -> Matching {
        let waivable = is_waivable(policy, &finding.rule);
        let named = |at: &usize| waivers.get(*at).is_some_and(|w| names_rule(&w.names, &finding.rule));
        let holding = |at: &usize| waivable && waivers.get(*at).is_some_and(Waiver::holds);
        let rows = self.by_fingerprint.get(finding.fingerprint.as_str()).into_iter().flatten().copied();
        let mut all: Vec<usize> = rows.filter(named).collect();
        let mut accepting = all.iter().copied().find(|at| holding(at));
        let mut every_place = true;
        let mut by_comment = None;
        for place in std::iter::once(&finding.at).chain(&finding.places) {
            let here: Vec<usize> = self.at(waivers, place).into_iter().filter(named).collect();
            let held = here.iter().copied().find(|at| holding(at));
            every_place &= held.is_some();
            by_comment = by_comment.or(held);
            all.extend(here);
        }
        accepting = accepting.or(by_comment.filter(|_| every_place));
        Matching { all, accepting }
    }

    /// Comments that speak of this place: it begins in what they cover, or is the block under it.
    fn at(&self, waivers: &[Waiver], place: &Spot) -> Vec<usize> {
        let path = place.path.as_str();
        let line = self.by_line.get(path).and_then(|lines| lines.range(..=place.span.start).next_back());
        let on_line = line.into_iter().flat_map(|(_, at)| at).copied().filter(|at| {
            let covers = waivers.get(*at).and_then(|w| w.covers);
            covers.is_some_and(|c| place.span.start < c.line.end)
        });
        let block = self.by_block.get(&(path, place.span)).into_iter().flatten().copied();
        let mut found: Vec<usize> = on_line.chain(block).collect();
        found.sort_unstable();
        found.dedup();
        found
    }
}

/// Whether a waiver's word names the rule: its id, a former id, or its class.
fn names_rule(word: &str, rule: &str) -> bool {
    match find(rule) {
        Some(rule) => rule.named().is_called(word),
        None => word == rule || (word == rows::CLASS && rows::is_name(rule)),
    }
}

/// Whether waivers may silence a rule, ours or of the policy.
fn is_waivable(policy: &Policy, rule: &str) -> bool {
    find(rule).is_none_or(|rule| rule.meta.waivable) && policy.rule(rule).is_none_or(|row| row.waivable)
}

impl std::fmt::Display for Waiver {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.names.is_empty() {
            f.write_str("this waiver")
        } else {
            write!(f, "the waiver of {}", quoted(&self.names))
        }
    }
}
