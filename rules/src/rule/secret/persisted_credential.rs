//! A credential that stays on disk while other code runs, or goes out with what is stored.

use crate::fact::{Author, Context, Origin, Safeguard, SafeguardKind, Selection, Sink};
use crate::finding::Severity;
use crate::remedy::Remedy;
use crate::rule::analysis::{flows, workloads};
use crate::rule::{At, Verdicts, World};

pub(crate) fn judge(world: &World<'_>, out: &mut Verdicts<'_>) {
    let stored = workloads::by_context(
        world.flows().filter(|(_, f)| matches!(f.to, Sink::Artifact | Sink::Cache | Sink::ImageLayer)),
    );
    for (at, safeguard) in world.safeguards().filter(|(_, s)| s.kind == SafeguardKind::PersistedCredential) {
        let Some(on) = safeguard.on.possible().find(|p| *p.value) else {
            out.pass(&at, "nothing is left on disk");
            continue;
        };
        let job = workloads::actor(&at).map(|c| (at.unit, c.id));
        let goes_out = job.and_then(|key| {
            let mut flows = stored.get(&key)?.iter();
            flows.find(|(flow_at, flow)| {
                let later = flow_at.fact.within > at.fact.within;
                // Where steps are no contexts of their own, what is stored is what the job leaves.
                (later || flow_at.fact.within == key.1)
                    && safeguard.protects.as_ref().is_none_or(|what| *what == flow.what)
            })
        });
        let (severity, why) = if goes_out.is_some() {
            (Severity::High, "and the job stores it for others to download")
        } else if runs_outsiders_code(&at) {
            (Severity::High, "where code that an outsider proposed runs")
        } else if at.fact.origin == Origin::Stated {
            (Severity::Low, "for every later step of the job")
        } else {
            out.pass(
                &at,
                "the platform's default, and nothing shows that the file is read or leaves the job",
            );
            continue;
        };
        let draft = out.report_at(&at, on.source, format!("{} stays on disk {why}", subject(safeguard)));
        draft.severity(severity).lesser(on.lesser);
        draft.judged([why]);
        if let Some((flow, _)) = goes_out {
            draft.related("it leaves here", flow.spot(flow.place().source()));
        }
        draft.remedy(Remedy::Switch { safeguard: SafeguardKind::PersistedCredential, on: false });
    }
}

/// What stays there: a secret of the settings by its name, else what the checkout was done with.
fn subject(safeguard: &Safeguard) -> String {
    match &safeguard.protects {
        Some(what @ Selection::One(one)) if one.kind != "job" => flows::described(what),
        _ => "the credential of the checkout".to_owned(),
    }
}

/// Whether the job itself brings in code that an outsider proposed. Where the trigger already does, platforms hand out a
/// token without rights.
fn runs_outsiders_code(at: &At<'_>) -> bool {
    let outsiders = |c: &Context| {
        c.runs_code_of.as_ref().is_some_and(|author| author.possible().any(|p| *p.value == Author::Outsider))
    };
    let job = workloads::actor(at);
    job.is_some_and(outsiders) && !at.contexts().any(|c| job.is_none_or(|j| j.id != c.id) && outsiders(c))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use crate::fact::{Author, ContextKind, SafeguardKind, Sink};
    use crate::rule::analysis::sample::{Sample, flow, judge, known, named, platform_default, safeguard};

    fn said(default: bool, artifact: bool, outsider: bool) -> Vec<String> {
        let mut sample = Sample::new("ci.yml");
        let job = sample.actor(ContextKind::Job, "build");
        if outsider {
            sample.0.contexts[job.0 as usize].runs_code_of = Some(known(Author::Outsider));
        }
        let checkout = sample.context(job, ContextKind::Step, "checkout");
        let upload = sample.context(job, ContextKind::Step, "upload");
        let fact = sample.state(checkout, safeguard(SafeguardKind::PersistedCredential, None, true));
        if default {
            fact.origin = platform_default();
        }
        if artifact {
            sample.state(upload, flow(named("github", "token", "job"), Sink::Artifact));
        }
        judge("secret/persisted-credential", &[&sample])
            .into_iter()
            .map(|s| s.split(' ').next().unwrap().to_owned())
            .collect()
    }

    #[test]
    fn a_default_needs_somebody_who_reads_it() {
        assert!(said(true, false, false).is_empty());
        assert_eq!(said(false, false, false), ["low"]);
        assert_eq!(said(true, true, false), ["high"]);
        assert_eq!(said(true, false, true), ["high"]);
    }
}
