//! Between the engine's types and the contract's. Nothing is decided here.

use std::collections::BTreeMap;
use std::sync::Arc;

use hallpass_rules::dialect::{Ask, Outline};
use hallpass_rules::finding::{self as f, identity};
use hallpass_rules::framework::Framework;
use hallpass_rules::ledger;
use hallpass_rules::policy::{Policy, PolicyRow, Problem};
use hallpass_rules::remedy::Safety;
use hallpass_rules::span::ByteSpan;
use hallpass_rules::{Answer, Input};

use crate::component::exports::hallpass::rules::checker as wit;

pub(crate) fn input(source: wit::Source) -> Input {
    Input { path: source.path, bytes: Arc::from(source.bytes), member: source.member }
}

pub(crate) fn handed(file: wit::DetectorFile) -> hallpass_rules::detect::Handed {
    hallpass_rules::detect::Handed { path: file.path, asked: file.asked, bytes: file.content }
}

pub(crate) fn extended(file: wit::Extended) -> hallpass_rules::policy::Extended {
    hallpass_rules::policy::Extended { path: file.path, bytes: file.content }
}

pub(super) fn span_out(span: ByteSpan) -> wit::Span {
    wit::Span { start: span.start, end: span.end }
}

pub(super) fn span_in(span: wit::Span) -> ByteSpan {
    ByteSpan::new(span.start as usize, span.end as usize)
}

pub(crate) fn spot_out(spot: f::Spot) -> wit::Spot {
    wit::Spot { path: spot.path, at: span_out(spot.span) }
}

fn spot_in(spot: wit::Spot) -> f::Spot {
    f::Spot { path: spot.path, span: span_in(spot.at) }
}

pub(crate) fn severity_out(severity: f::Severity) -> wit::Severity {
    match severity {
        f::Severity::Info => wit::Severity::Info,
        f::Severity::Low => wit::Severity::Low,
        f::Severity::Medium => wit::Severity::Medium,
        f::Severity::High => wit::Severity::High,
        f::Severity::Critical => wit::Severity::Critical,
    }
}

pub(crate) fn severity_in(severity: wit::Severity) -> f::Severity {
    match severity {
        wit::Severity::Info => f::Severity::Info,
        wit::Severity::Low => f::Severity::Low,
        wit::Severity::Medium => f::Severity::Medium,
        wit::Severity::High => f::Severity::High,
        wit::Severity::Critical => f::Severity::Critical,
    }
}

pub(crate) fn confidence_out(confidence: f::Confidence) -> wit::Confidence {
    match confidence {
        f::Confidence::Low => wit::Confidence::Low,
        f::Confidence::Medium => wit::Confidence::Medium,
        f::Confidence::High => wit::Confidence::High,
    }
}

pub(crate) fn confidence_in(confidence: wit::Confidence) -> f::Confidence {
    match confidence {
        wit::Confidence::Low => f::Confidence::Low,
        wit::Confidence::Medium => f::Confidence::Medium,
        wit::Confidence::High => f::Confidence::High,
    }
}

pub(crate) fn standard(framework: &Framework) -> wit::Standard {
    wit::Standard {
        key: framework.key.clone(),
        name: framework.name.clone(),
        version: framework.version.clone(),
        source: framework.source.clone(),
        note: framework.note(),
        whole: framework.whole,
        entries: framework
            .entries
            .iter()
            .map(|entry| wit::Entry {
                id: entry.id.clone(),
                title: entry.title.clone(),
                address: framework.address(entry),
                rules: framework.reaching(entry).map(str::to_owned).collect(),
                not_checked: entry.not_checked.clone(),
            })
            .collect(),
    }
}

pub(crate) fn problem(problem: Problem) -> wit::Problem {
    wit::Problem { path: problem.path, at: problem.at.map(span_out), message: problem.message }
}

pub(crate) fn outlined(outline: Outline) -> wit::Outlined {
    let asks = outline
        .asks
        .into_iter()
        .map(|ask| match ask {
            Ask::File(path) => wit::Ask::File(path),
            Ask::AnyOf(paths) => wit::Ask::AnyOf(paths),
            Ask::Directory { path, suffixes } => wit::Ask::FilesOf(wit::Directory { path, suffixes }),
        })
        .collect();
    wit::Outlined { unit: outline.unit, asks, takes: outline.takes }
}

pub(crate) fn edit(edit: f::FixEdit) -> wit::Edit {
    wit::Edit { at: spot_out(edit.spot), replacement: edit.replacement }
}

pub(crate) fn fix(fix: f::Fix) -> wit::Fix {
    wit::Fix {
        title: fix.title,
        safe: fix.safety == Safety::Safe,
        edits: fix.edits.into_iter().map(edit).collect(),
        mends: spot_out(fix.mends),
    }
}

fn fix_in(fix: wit::Fix) -> f::Fix {
    f::Fix {
        title: fix.title,
        safety: if fix.safe { Safety::Safe } else { Safety::Unsafe },
        edits: fix
            .edits
            .into_iter()
            .map(|e| f::FixEdit { spot: spot_in(e.at), replacement: e.replacement })
            .collect(),
        mends: spot_in(fix.mends),
    }
}

pub(crate) fn finding_out(finding: f::Finding) -> wit::Finding {
    wit::Finding {
        rule: finding.rule,
        severity: severity_out(finding.severity),
        confidence: confidence_out(finding.confidence),
        at: spot_out(finding.at),
        route: finding.route,
        message: finding.message,
        help: finding.help,
        related: finding
            .related
            .into_iter()
            .map(|r| wit::Related { at: spot_out(r.spot), note: r.note })
            .collect(),
        places: finding.places.into_iter().map(spot_out).collect(),
        fixes: finding.fixes.into_iter().map(fix).collect(),
        pending: finding.pending.iter().filter_map(|p| serde_json::to_string(p).ok()).collect(),
        place_id: finding.place_id,
        content_id: finding.content_id,
        subjects: finding.subjects.into_iter().collect(),
        fingerprint: finding.fingerprint,
    }
}

pub(crate) fn finding_in(finding: wit::Finding) -> f::Finding {
    f::Finding {
        rule: finding.rule,
        severity: severity_in(finding.severity),
        confidence: confidence_in(finding.confidence),
        at: spot_in(finding.at),
        route: finding.route,
        message: finding.message,
        help: finding.help,
        related: finding
            .related
            .into_iter()
            .map(|r| f::RelatedSpot { spot: spot_in(r.at), note: r.note })
            .collect(),
        places: finding.places.into_iter().map(spot_in).collect(),
        fixes: finding.fixes.into_iter().map(fix_in).collect(),
        pending: finding.pending.iter().filter_map(|p| serde_json::from_str(p).ok()).collect(),
        place_id: finding.place_id,
        content_id: finding.content_id,
        subjects: finding.subjects.into_iter().collect(),
        fingerprint: finding.fingerprint,
    }
}

pub(crate) fn compared((change, severity): (identity::Change, Option<f::Severity>)) -> wit::Compared {
    let index = |index: Option<usize>| index.and_then(|index| u32::try_from(index).ok());
    wit::Compared {
        kind: match change.kind {
            identity::Kind::Known => wit::Change::Known,
            identity::Kind::Changed => wit::Change::Changed,
            identity::Kind::Widened => wit::Change::Widened,
            identity::Kind::Moved => wit::Change::Moved,
            identity::Kind::New => wit::Change::New,
            identity::Kind::Fixed => wit::Change::Fixed,
        },
        old: index(change.old),
        new: index(change.new),
        severity: severity.map(severity_out),
    }
}

/// A rule that the policy makes.
pub(crate) fn own(policy: &Policy, row: &PolicyRow) -> wit::Rule {
    let frameworks = row
        .frameworks
        .iter()
        .flat_map(|(name, ids)| ids.iter().map(|id| wit::Framework { name: name.clone(), id: id.clone() }));
    wit::Rule {
        id: row.id.clone(),
        title: row.title.clone(),
        severity: severity_out(row.severity),
        confidence: wit::Confidence::High,
        waivable: row.waivable,
        since: String::new(),
        frameworks: frameworks.collect(),
        preview: false,
        aliases: Vec::new(),
        page: row.page(),
        written: Some(wit::Spot { path: policy.path_of(row.file).to_owned(), at: span_out(row.span) }),
    }
}

pub(crate) fn outside(result: wit::Outside) -> f::outside::Outside {
    f::outside::Outside {
        rule: result.rule,
        at: spot_in(result.at),
        level: result.level,
        score: result.score,
        precision: result.precision,
        message: result.message,
        help: result.help,
        lines: result.lines,
        named: result.named.map(span_in),
        hidden: result.hidden.into_iter().map(span_in).collect(),
        prints: result.prints,
        related: result
            .related
            .into_iter()
            .map(|r| f::RelatedSpot { spot: spot_in(r.at), note: r.note })
            .collect(),
    }
}

fn coverage_out(entry: f::Coverage) -> wit::Coverage {
    wit::Coverage {
        path: entry.path,
        status: match entry.status {
            f::Status::Checked => wit::Status::Checked,
            f::Status::Skipped => wit::Status::Skipped,
            f::Status::Failed => wit::Status::Failed,
        },
        why: entry.why,
        at: entry.at.map(span_out),
        must_check: entry.must_check,
        dialects: entry.dialects,
        unknown: entry
            .unknown
            .into_iter()
            .map(|u| wit::Unresolved { at: span_out(u.span), why: u.why })
            .collect(),
        silent: entry.silent.into_iter().map(|(reason, count)| wit::Silence { reason, count }).collect(),
    }
}

fn coverage_in(entry: wit::Coverage) -> f::Coverage {
    f::Coverage {
        path: entry.path,
        status: match entry.status {
            wit::Status::Checked => f::Status::Checked,
            wit::Status::Skipped => f::Status::Skipped,
            wit::Status::Failed => f::Status::Failed,
        },
        why: entry.why,
        at: entry.at.map(span_in),
        must_check: entry.must_check,
        dialects: entry.dialects,
        unknown: entry
            .unknown
            .into_iter()
            .map(|u| f::Unresolved { span: span_in(u.at), why: u.why })
            .collect(),
        silent: entry.silent.into_iter().map(|s| (s.reason, s.count)).collect::<BTreeMap<_, _>>(),
    }
}

fn pass(pass: f::Pass) -> wit::Pass {
    wit::Pass { rule: pass.rule, at: spot_out(pass.at), why: pass.why }
}

/// Facts as JSON; no bytes at all for a unit of which nothing is said, so that a tree of plain text costs nothing.
fn facts(facts: &hallpass_rules::fact::UnitFacts) -> Vec<u8> {
    if facts.say_nothing() {
        return Vec::new();
    }
    serde_json::to_vec(facts).unwrap_or_default()
}

pub(crate) fn answer(answer: Answer) -> wit::Answer {
    wit::Answer {
        findings: answer.findings.into_iter().map(finding_out).collect(),
        coverage: answer.coverage.into_iter().map(coverage_out).collect(),
        masks: answer.masks.into_iter().map(spot_out).collect(),
        secrets: answer.secrets.into_iter().map(spot_out).collect(),
        facts: facts(&answer.facts),
        passes: answer.passes.into_iter().map(pass).collect(),
    }
}

/// Facts of units, as `check` gave them.
pub(crate) fn facts_in(units: &[Vec<u8>]) -> Vec<hallpass_rules::fact::UnitFacts> {
    units.iter().filter_map(|bytes| serde_json::from_slice(bytes).ok()).collect()
}

pub(crate) fn tree(tree: wit::Tree) -> ledger::Tree {
    ledger::Tree {
        units: facts_in(&tree.units),
        coverage: tree.coverage.into_iter().map(coverage_in).collect(),
        findings: tree.findings.into_iter().map(finding_in).collect(),
        tools: tree.tools,
        whole: tree.whole,
        secrets: tree.secrets,
        proposed: tree.proposed.map(guardrail),
    }
}

pub(crate) fn guardrail(version: wit::Guardrail) -> ledger::Guardrail {
    let held = |source: wit::Source| (source.path, source.bytes);
    ledger::Guardrail {
        config: version.config.map(held),
        extended: version.extended.into_iter().map(extended).collect(),
        baseline: version.baseline.map(held),
        detectors: version.detectors.into_iter().map(held).collect(),
        units: facts_in(&version.units),
    }
}

pub(crate) fn reviewed(review: ledger::Review) -> wit::Reviewed {
    wit::Reviewed {
        findings: review.findings.into_iter().map(finding_out).collect(),
        waived: review
            .waived
            .into_iter()
            .map(|w| wit::Waived { fingerprint: w.fingerprint, by: w.by, until: w.until })
            .collect(),
        passes: review.passes.into_iter().map(pass).collect(),
        not_judged: review.not_judged,
        renamed: review.renamed.into_iter().map(problem).collect(),
    }
}
