//! The built module in the host's runtime, as a [`Checker`]: what the pages say is what ships.

#![allow(clippy::expect_used, clippy::panic)] // a test that cannot run says so by panicking

use std::cell::OnceCell;
use std::rc::Rc;
use std::sync::{Arc, LazyLock};

use hallpass::runtime::{Pool, Refused, Runtime, Stop, Worker, contract as wit};
use hallpass_rules::dialect::{Ask, Outline};
use hallpass_rules::finding::{
    Confidence, Coverage, Finding, Fix, FixEdit, Pending, RelatedSpot, Severity, Spot, Status, Unresolved,
};
use hallpass_rules::ledger::{Guardrail, Review, Tree, Waived};
use hallpass_rules::remedy::Safety;
use hallpass_rules::span::ByteSpan;
use hallpass_rules::{Answer, Input, Recognition};

use hallpass_book::checker::{Checker, TODAY};

/// One runtime for all tests of a process, as the binary has one.
static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::embedded().expect("the embedded module loads"));

type Shared = Rc<Pool<'static>>;

thread_local! {
    /// The workers without a configuration, which nearly every example shares: its patterns are compiled once.
    static PLAIN: OnceCell<Shared> = const { OnceCell::new() };
}

/// A worker of the built module.
pub struct Built(Shared);

impl std::fmt::Debug for Built {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Built").finish_non_exhaustive()
    }
}

impl Built {
    /// The module with all rules.
    ///
    /// # Errors
    /// What is wrong with the configuration.
    ///
    /// # Panics
    /// The module cannot be run.
    pub fn configure(config: Option<&[u8]>) -> Result<Box<dyn Checker>, String> {
        let shared = match config {
            Some(_) => pool(config)?,
            None => PLAIN.with(|plain| {
                Rc::clone(plain.get_or_init(|| pool(None).expect("no configuration has no problems")))
            }),
        };
        Ok(Box::new(Self(shared)))
    }
}

/// What the built module says of edits of a file: pairs of what stands once in it and what takes its place.
///
/// # Errors
/// Why they are not sound.
///
/// # Panics
/// The module cannot be run, or what is replaced is not in the file.
pub fn prove(path: &str, text: &str, edits: &[(&str, &str)]) -> Result<(), String> {
    let offset = |at: usize| u32::try_from(at).expect("a small file");
    let edits: Vec<wit::Edit> = edits
        .iter()
        .map(|(old, new)| {
            let start = text.find(old).expect("it stands in the file");
            let at = wit::Span { start: offset(start), end: offset(start + old.len()) };
            wit::Edit { at: wit::Spot { path: path.to_owned(), at }, replacement: (*new).to_owned() }
        })
        .collect();
    let file = wit::Source { path: path.to_owned(), bytes: text.as_bytes().to_vec(), member: true };
    let pool = pool(None).expect("no configuration has no problems");
    pool.with(|worker| worker.prove(&file, &edits)).expect("a worker").expect("no stop")
}

fn pool(config: Option<&[u8]>) -> Result<Shared, String> {
    let settings = wit::Settings {
        today: TODAY.to_string(),
        config: config.map(|bytes| wit::Source {
            path: "hallpass.toml".to_owned(),
            bytes: bytes.to_vec(),
            member: true,
        }),
        extended: Vec::new(),
        select: Vec::new(),
        ignore: Vec::new(),
        preview: true,
        fail_on: None,
        min_confidence: Some(wit::Confidence::Low),
        trace: false,
        key: b"tests".to_vec(),
        detectors: Vec::new(),
    };
    match RUNTIME.pool(settings) {
        Ok(pool) => Ok(Rc::new(pool)),
        Err(Refused::Problems(problems)) => {
            Err(problems.iter().map(|p| p.message.as_str()).collect::<Vec<_>>().join("; "))
        }
        Err(Refused::Stopped(stop)) => panic!("the module stopped: {stop}"),
    }
}

impl Built {
    fn call<T>(&self, question: impl FnOnce(&mut Worker<'static>) -> Result<T, Stop>) -> T {
        self.0.with(|worker| question(worker)).expect("a worker").expect("an answer")
    }
}

impl Checker for Built {
    fn recognise(&self, path: &str) -> Recognition {
        let answer = self.call(|worker| worker.recognise(path));
        Recognition { must_check: answer.must_check, grouped: answer.grouped }
    }

    fn outline(&self, path: &str, bytes: &Arc<[u8]>) -> Outline {
        let file = wit::Source { path: path.to_owned(), bytes: bytes.to_vec(), member: true };
        let outlined = self.call(|worker| worker.outline(&file));
        let ask = |ask| match ask {
            wit::Ask::File(path) => Ask::File(path),
            wit::Ask::AnyOf(paths) => Ask::AnyOf(paths),
            wit::Ask::FilesOf(folder) => Ask::Directory { path: folder.path, suffixes: folder.suffixes },
        };
        Outline {
            unit: outlined.unit,
            asks: outlined.asks.into_iter().map(ask).collect(),
            takes: outlined.takes,
        }
    }

    fn check(&self, key: &str, inputs: &[Input]) -> Answer {
        let answer = self.call(|worker| worker.check(key, &sources(inputs)));
        let facts = match answer.facts.as_slice() {
            [] => hallpass_rules::fact::UnitFacts::default(),
            json => serde_json::from_slice(json).expect("facts of the schema"),
        };
        Answer {
            findings: answer.findings.into_iter().map(finding_in).collect(),
            coverage: answer.coverage.into_iter().map(coverage_in).collect(),
            masks: answer.masks.into_iter().map(spot_in).collect(),
            secrets: answer.secrets.into_iter().map(spot_in).collect(),
            facts,
            passes: Vec::new(),
        }
    }

    fn review(&self, tree: Tree) -> Review {
        let json = |unit| serde_json::to_vec(unit).expect("facts are data");
        let tree = wit::Tree {
            units: tree.units.iter().filter(|u| !u.say_nothing()).map(json).collect(),
            coverage: tree.coverage.into_iter().map(coverage_out).collect(),
            findings: tree.findings.into_iter().map(finding_out).collect(),
            tools: tree.tools,
            whole: tree.whole,
            secrets: tree.secrets,
            proposed: tree.proposed.map(guardrail),
        };
        let reviewed = self.call(|worker| worker.review(&tree));
        let waived = |w: wit::Waived| Waived { fingerprint: w.fingerprint, by: w.by, until: w.until };
        Review {
            findings: reviewed.findings.into_iter().map(finding_in).collect(),
            waived: reviewed.waived.into_iter().map(waived).collect(),
            passes: Vec::new(),
            not_judged: reviewed.not_judged,
            renamed: Vec::new(),
        }
    }

    fn weakened(&self, before: Guardrail, after: Guardrail) -> Vec<Finding> {
        let [before, after] = [before, after].map(guardrail);
        let found = self.call(|worker| worker.weakened(&before, &after, &[], &[]));
        found.into_iter().map(finding_in).collect()
    }

    fn mend(&self, key: &str, inputs: &[Input], finding: Finding) -> Vec<Fix> {
        let finding = finding_out(finding);
        let fixes = self.call(|worker| worker.mend(key, &sources(inputs), &[finding]));
        fixes.into_iter().flatten().map(fix_in).collect()
    }
}

fn guardrail(of: Guardrail) -> wit::Guardrail {
    let source = |(path, bytes)| wit::Source { path, bytes, member: true };
    let json = |unit| serde_json::to_vec(unit).expect("facts are data");
    wit::Guardrail {
        config: of.config.map(source),
        extended: Vec::new(),
        baseline: of.baseline.map(source),
        detectors: of.detectors.into_iter().map(source).collect(),
        units: of.units.iter().map(json).collect(),
    }
}

fn sources(inputs: &[Input]) -> Vec<wit::Source> {
    let source = |i: &Input| wit::Source { path: i.path.clone(), bytes: i.bytes.to_vec(), member: i.member };
    inputs.iter().map(source).collect()
}

fn span_in(span: wit::Span) -> ByteSpan {
    ByteSpan { start: span.start, end: span.end }
}

fn span_out(span: ByteSpan) -> wit::Span {
    wit::Span { start: span.start, end: span.end }
}

fn spot_in(spot: wit::Spot) -> Spot {
    Spot { path: spot.path, span: span_in(spot.at) }
}

fn spot_out(spot: Spot) -> wit::Spot {
    wit::Spot { path: spot.path, at: span_out(spot.span) }
}

fn fix_in(fix: wit::Fix) -> Fix {
    let edit = |e: wit::Edit| FixEdit { spot: spot_in(e.at), replacement: e.replacement };
    Fix {
        title: fix.title,
        safety: if fix.safe { Safety::Safe } else { Safety::Unsafe },
        edits: fix.edits.into_iter().map(edit).collect(),
        mends: spot_in(fix.mends),
    }
}

fn fix_out(fix: Fix) -> wit::Fix {
    let edit = |e: FixEdit| wit::Edit { at: spot_out(e.spot), replacement: e.replacement };
    wit::Fix {
        title: fix.title,
        safe: fix.safety == Safety::Safe,
        edits: fix.edits.into_iter().map(edit).collect(),
        mends: spot_out(fix.mends),
    }
}

fn finding_in(f: wit::Finding) -> Finding {
    let related = |r: wit::Related| RelatedSpot { spot: spot_in(r.at), note: r.note };
    let pending = |p: &String| -> Pending { serde_json::from_str(p).expect("a remedy of the schema") };
    Finding {
        rule: f.rule,
        severity: match f.severity {
            wit::Severity::Info => Severity::Info,
            wit::Severity::Low => Severity::Low,
            wit::Severity::Medium => Severity::Medium,
            wit::Severity::High => Severity::High,
            wit::Severity::Critical => Severity::Critical,
        },
        confidence: match f.confidence {
            wit::Confidence::Low => Confidence::Low,
            wit::Confidence::Medium => Confidence::Medium,
            wit::Confidence::High => Confidence::High,
        },
        at: spot_in(f.at),
        route: f.route,
        message: f.message,
        help: f.help,
        related: f.related.into_iter().map(related).collect(),
        places: f.places.into_iter().map(spot_in).collect(),
        fixes: f.fixes.into_iter().map(fix_in).collect(),
        pending: f.pending.iter().map(pending).collect(),
        place_id: f.place_id,
        content_id: f.content_id,
        subjects: f.subjects.into_iter().collect(),
        fingerprint: f.fingerprint,
    }
}

fn finding_out(f: Finding) -> wit::Finding {
    let related = |r: RelatedSpot| wit::Related { at: spot_out(r.spot), note: r.note };
    let pending = |p: &Pending| serde_json::to_string(p).expect("a remedy is data");
    wit::Finding {
        rule: f.rule,
        severity: match f.severity {
            Severity::Info => wit::Severity::Info,
            Severity::Low => wit::Severity::Low,
            Severity::Medium => wit::Severity::Medium,
            Severity::High => wit::Severity::High,
            Severity::Critical => wit::Severity::Critical,
        },
        confidence: match f.confidence {
            Confidence::Low => wit::Confidence::Low,
            Confidence::Medium => wit::Confidence::Medium,
            Confidence::High => wit::Confidence::High,
        },
        at: spot_out(f.at),
        route: f.route,
        message: f.message,
        help: f.help,
        related: f.related.into_iter().map(related).collect(),
        places: f.places.into_iter().map(spot_out).collect(),
        fixes: f.fixes.into_iter().map(fix_out).collect(),
        pending: f.pending.iter().map(pending).collect(),
        place_id: f.place_id,
        content_id: f.content_id,
        subjects: f.subjects.into_iter().collect(),
        fingerprint: f.fingerprint,
    }
}

fn coverage_in(c: wit::Coverage) -> Coverage {
    Coverage {
        path: c.path,
        status: match c.status {
            wit::Status::Checked => Status::Checked,
            wit::Status::Skipped => Status::Skipped,
            wit::Status::Failed => Status::Failed,
        },
        why: c.why,
        at: c.at.map(span_in),
        must_check: c.must_check,
        dialects: c.dialects,
        unknown: c.unknown.into_iter().map(|u| Unresolved { span: span_in(u.at), why: u.why }).collect(),
        silent: c.silent.into_iter().map(|s| (s.reason, s.count)).collect(),
    }
}

fn coverage_out(c: Coverage) -> wit::Coverage {
    wit::Coverage {
        path: c.path,
        status: match c.status {
            Status::Checked => wit::Status::Checked,
            Status::Skipped => wit::Status::Skipped,
            Status::Failed => wit::Status::Failed,
        },
        why: c.why,
        at: c.at.map(span_out),
        must_check: c.must_check,
        dialects: c.dialects,
        unknown: c
            .unknown
            .into_iter()
            .map(|u| wit::Unresolved { at: span_out(u.span), why: u.why })
            .collect(),
        silent: c.silent.into_iter().map(|(reason, count)| wit::Silence { reason, count }).collect(),
    }
}
