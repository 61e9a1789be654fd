//! Third-party modules judge the facts after hallpass's own rules.

use std::collections::BTreeMap;

use super::{Job, Outcome};
use crate::report::text::Masker;
use crate::runtime::{Foreign, Stop, Verdicts, contract};

/// Runs the modules over every unit and the tree, and adds what the host lets through.
pub(super) fn judge(
    modules: &[Foreign],
    job: &Job<'_>,
    lengths: &BTreeMap<String, usize>,
    outcome: &mut Outcome,
) {
    if modules.is_empty() {
        return;
    }
    let masker = Masker::of(job, outcome);
    let length_of = |path: &str| lengths.get(path).copied();
    for module in modules {
        let mut kept = Vec::new();
        let mut troubles: BTreeMap<String, usize> = BTreeMap::new();
        let mut take = |answer: Result<Verdicts, Stop>| match answer {
            Ok(verdicts) => {
                kept.extend(verdicts.kept);
                for line in verdicts.dropped {
                    *troubles.entry(line).or_default() += 1;
                }
                true
            }
            Err(stop) => {
                *troubles.entry(stop.to_string()).or_default() += 1;
                // A module that loops in one unit will loop in the next: it is not asked again.
                false
            }
        };
        let mut alive = true;
        for facts in &outcome.facts {
            alive = alive && take(module.judge(facts, &length_of));
        }
        if alive {
            alive = take(module.review(&outcome.facts, &length_of));
        }
        if !alive {
            outcome.stopped.push(module.name.clone());
        }
        for (line, count) in troubles {
            let times = if count > 1 { format!(" ({count} times)") } else { String::new() };
            outcome.troubles.push(format!("module `{}`: {line}{times}", module.name));
        }
        kept.truncate(crate::runtime::MOST_VERDICTS);
        outcome.findings.extend(kept.into_iter().map(|verdict| finding(module, verdict, &masker)));
        let rules = module.rules.iter().map(|r| format!("{}/{}", module.name, r.id)).collect();
        outcome.modules.push((module.name.clone(), module.version.clone(), module.digest.clone(), rules));
    }
}

fn finding(
    module: &Foreign,
    verdict: crate::runtime::foreign_api::Verdict,
    masker: &Masker,
) -> contract::Finding {
    use crate::runtime::foreign_api::Severity;
    let severity = match verdict.severity {
        Severity::Info => contract::Severity::Info,
        Severity::Low => contract::Severity::Low,
        Severity::Medium => contract::Severity::Medium,
        Severity::High => contract::Severity::High,
        Severity::Critical => contract::Severity::Critical,
    };
    let place_id = crate::runtime::short_digest(&[&verdict.rule, &verdict.path]);
    let judged: Vec<&str> = verdict.judged.iter().map(String::as_str).chain([module.name.as_str()]).collect();
    let content_id = crate::runtime::short_digest(&judged);
    contract::Finding {
        fingerprint: crate::runtime::short_digest(&[&place_id, &content_id]),
        rule: verdict.rule,
        severity,
        confidence: contract::Confidence::Medium,
        at: contract::Spot {
            path: verdict.path,
            at: contract::Span { start: verdict.at.start, end: verdict.at.end },
        },
        route: String::new(),
        message: masker.text(&verdict.message),
        help: verdict.help.as_deref().map(|h| masker.text(h)),
        related: Vec::new(),
        places: Vec::new(),
        fixes: Vec::new(),
        pending: Vec::new(),
        place_id,
        content_id,
        subjects: Vec::new(),
    }
}
