//! Where a rule puts what it decided: a finding, or why there is none.

use std::collections::BTreeSet;

use super::{At, Meta};
use crate::finding::{Confidence, Pass, RelatedSpot, Severity, Spot};
use crate::remedy::Remedy;
use crate::span::Source;

/// A finding in the making. Its fields are filled by the builder methods.
#[derive(Clone, Debug)]
pub struct Draft {
    pub(crate) at: Spot,
    pub(crate) route: String,
    pub(crate) severity: Severity,
    pub(crate) confidence: Confidence,
    pub(crate) message: String,
    pub(crate) help: Option<String>,
    pub(crate) related: Vec<RelatedSpot>,
    pub(crate) content: Vec<String>,
    pub(crate) subjects: BTreeSet<String>,
    pub(crate) remedies: Vec<(Spot, Remedy)>,
    pub(crate) lesser: bool,
    pub(crate) everywhere: bool,
}

impl Draft {
    /// Takes in what is said of another value at the same place.
    pub(crate) fn join(&mut self, other: Self) {
        let weight = |draft: &Self| if draft.lesser { draft.severity.lower() } else { draft.severity };
        if weight(&other) > weight(self) {
            (self.severity, self.lesser) = (other.severity, other.lesser);
        }
        self.confidence = self.confidence.max(other.confidence);
        let new = |part: &String| !self.content.contains(part);
        let content: Vec<String> = other.content.into_iter().filter(new).collect();
        self.content.extend(content);
        self.subjects.extend(other.subjects);
        for related in other.related {
            if self.related.iter().all(|r| r.spot != related.spot) {
                self.related.push(related);
            }
        }
        for remedy in other.remedies {
            if !self.remedies.contains(&remedy) {
                self.remedies.push(remedy);
            }
        }
    }

    /// Another severity than the page's.
    pub fn severity(&mut self, severity: Severity) -> &mut Self {
        self.severity = severity;
        self
    }

    /// Another confidence than the page's.
    pub fn confidence(&mut self, confidence: Confidence) -> &mut Self {
        self.confidence = confidence;
        self
    }

    /// What was judged is one cause wherever in the tree it stands: the places are those of one finding.
    pub fn everywhere(&mut self) -> &mut Self {
        self.everywhere = true;
        self
    }

    /// What to do, beyond the rule's page.
    pub fn help(&mut self, help: impl Into<String>) -> &mut Self {
        self.help = Some(help.into());
        self
    }

    /// What was judged, where order matters or containment means nothing: a value tag, a statement's shape.
    pub fn judged(&mut self, parts: impl IntoIterator<Item = impl Into<String>>) -> &mut Self {
        self.content.extend(parts.into_iter().map(Into::into));
        self
    }

    /// What was judged as a set whose growth widens the finding: actions, resources, subjects.
    pub fn covers(&mut self, subjects: impl IntoIterator<Item = impl Into<String>>) -> &mut Self {
        self.subjects.extend(subjects.into_iter().map(Into::into));
        self
    }

    /// Another place that explains it.
    pub fn related(&mut self, note: impl Into<String>, spot: Spot) -> &mut Self {
        self.related.push(RelatedSpot { spot, note: note.into() });
        self
    }

    /// What would mend it, at the finding's own place.
    pub fn remedy(&mut self, remedy: Remedy) -> &mut Self {
        let at = self.at.clone();
        self.remedies.push((at, remedy));
        self
    }

    /// What would mend it, at another place.
    pub fn remedy_at(&mut self, at: Spot, remedy: Remedy) -> &mut Self {
        self.remedies.push((at, remedy));
        self
    }

    /// It rests on one non-default alternative: one severity lower.
    pub fn lesser(&mut self, lesser: bool) -> &mut Self {
        self.lesser |= lesser;
        self
    }
}

/// What one rule decided.
#[derive(Debug)]
pub struct Verdicts<'m> {
    id: &'m str,
    severity: Severity,
    confidence: Confidence,
    trace: bool,
    /// Findings.
    pub drafts: Vec<Draft>,
    /// Why it said nothing, kept only while tracing.
    pub passes: Vec<Pass>,
}

impl<'m> Verdicts<'m> {
    /// Nothing decided yet.
    #[must_use]
    pub fn new(meta: &Meta, trace: bool) -> Self {
        Self::of(meta.id, meta.severity, meta.confidence, trace)
    }

    /// The same, of a rule without a page.
    pub(crate) fn of(id: &'m str, severity: Severity, confidence: Confidence, trace: bool) -> Self {
        Self { id, severity, confidence, trace, drafts: Vec::new(), passes: Vec::new() }
    }

    /// A finding at a fact's place. The places related to the fact come along.
    pub fn report(&mut self, at: &At<'_>, message: impl Into<String>) -> &mut Draft {
        let place = at.place();
        let related =
            place.related.iter().map(|r| RelatedSpot { spot: at.spot(r.source), note: r.note.clone() });
        let related = related.collect();
        let draft = self.report_spot(at.spot(place.source()), place.route.0.clone(), message);
        draft.related = related;
        draft.lesser = at.fact.lesser;
        draft
    }

    /// A finding at another source of the fact's unit, with the fact's route.
    pub fn report_at(&mut self, at: &At<'_>, source: Source, message: impl Into<String>) -> &mut Draft {
        let own = at.spot(at.place().source());
        let spot = at.spot(source);
        let draft = self.report(at, message);
        if spot != own {
            draft.at = spot;
        }
        draft
    }

    /// A finding at any place.
    pub fn report_spot(&mut self, at: Spot, route: String, message: impl Into<String>) -> &mut Draft {
        self.drafts.push(Draft {
            at,
            route,
            severity: self.severity,
            confidence: self.confidence,
            message: message.into(),
            help: None,
            related: Vec::new(),
            content: Vec::new(),
            subjects: BTreeSet::new(),
            remedies: Vec::new(),
            lesser: false,
            everywhere: false,
        });
        let last = self.drafts.len() - 1;
        &mut self.drafts[last]
    }

    /// Why a fact this rule looked at is fine; printed by `hallpass why`.
    pub fn pass(&mut self, at: &At<'_>, why: impl Into<String>) {
        if self.trace {
            self.passes.push(Pass {
                rule: self.id.to_owned(),
                at: at.spot(at.place().source()),
                why: why.into(),
            });
        }
    }
}
