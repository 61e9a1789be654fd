//! Facts written by hand, for the tests of rules.

#![allow(clippy::unwrap_used)] // only tests are built with it

use jiff::civil::date;

use crate::fact::{
    Body, Case, Component, Context, ContextId, ContextKind, Credential, Evidence, Fact, FactId, Flow, Grant,
    Identity, Lifetime, LifetimeClass, Link, LinkKind, Naming, Need, Origin, Pin, Place, Ref, Route,
    Safeguard, SafeguardKind, Selection, Sink, Storage, Text, UnitFacts, Value, Why,
};
use crate::policy::Policy;
use crate::rule::{Verdicts, World};
use crate::span::{ByteSpan, FileId, Source};

/// A unit of one file. Each fact stands ten bytes after the one before it, so that `@20` in a result is the third.
#[derive(Debug)]
pub(crate) struct Sample(pub(crate) UnitFacts);

/// The source that begins at this byte.
pub(crate) fn source(at: usize) -> Source {
    Source::new(FileId(0), ByteSpan::new(at, at + 5))
}

impl Sample {
    /// A file with its context.
    pub(crate) fn new(path: &str) -> Self {
        let mut sample = Self(UnitFacts { files: vec![path.to_owned()], ..UnitFacts::default() });
        sample.push(None, ContextKind::File, path);
        sample
    }

    fn push(&mut self, parent: Option<ContextId>, kind: ContextKind, name: &str) -> ContextId {
        let id = ContextId(u32::try_from(self.0.contexts.len()).unwrap());
        self.0.contexts.push(Context {
            id,
            parent,
            order: id.0,
            kind,
            name: name.to_owned(),
            at: Place::default(),
            started_by: None,
            runs_code_of: None,
            environment: None,
            tier: None,
            needs_complete: false,
        });
        id
    }

    /// A context inside another.
    pub(crate) fn context(&mut self, parent: ContextId, kind: ContextKind, name: &str) -> ContextId {
        self.push(Some(parent), kind, name)
    }

    /// A job or workload of the file, whose needs are all known.
    pub(crate) fn actor(&mut self, kind: ContextKind, name: &str) -> ContextId {
        let id = self.context(ContextId(0), kind, name);
        self.0.contexts[id.0 as usize].needs_complete = true;
        id
    }

    /// A stated fact.
    pub(crate) fn state(&mut self, within: ContextId, body: Body) -> &mut Fact {
        let index = self.0.facts.len();
        self.0.facts.push(Fact {
            id: FactId(u32::try_from(index).unwrap()),
            body,
            at: Place::new(source(index * 10), Route(format!("fact/{index}"))),
            origin: Origin::Stated,
            within,
            when: Case::always(),
            lesser: false,
        });
        self.0.facts.last_mut().unwrap()
    }
}

/// A platform's default, documented nowhere in particular.
pub(crate) fn platform_default() -> Origin {
    Origin::PlatformDefault { source: "the manual".to_owned() }
}

/// What a rule says of these units: `severity @offset message`, and `fixes …` by remedy.
pub(crate) fn judge(rule: &str, units: &[&Sample]) -> Vec<String> {
    let units: Vec<UnitFacts> = units.iter().map(|s| s.0.clone()).collect();
    let policy = Policy::default();
    let world = World::of(&units, &policy, date(2026, 11, 24));
    let rule = crate::rule::find(rule).unwrap();
    let mut out = Verdicts::new(&rule.meta, true);
    (rule.judge)(&world, &mut out);
    out.drafts
        .iter()
        .map(|d| {
            let severity = if d.lesser { d.severity.lower() } else { d.severity };
            format!("{severity:?} @{} {}", d.at.span.start, d.message).to_lowercase()
        })
        .collect()
}

/// A name whose scope nobody knows.
pub(crate) fn named(platform: &str, kind: &str, name: &str) -> Ref {
    Ref::new(platform, kind, [Text::hole(Why::Variable("scope".to_owned()))], name)
}

/// A known value.
pub(crate) fn known<T>(value: T) -> Value<T> {
    Value::known(value, source(0))
}

/// A standing cloud key kept in a store.
pub(crate) fn cloud_key(name: &str) -> Credential {
    Credential {
        is: named("github", "secret", name),
        issuer: "aws".to_owned(),
        kind: "cloud-key".to_owned(),
        title: "AWS key".to_owned(),
        storage: Storage::StoreReference,
        lifetime: known(Lifetime::Unbounded),
        class: LifetimeClass::StandingKey,
        rotation: None,
        not_before: None,
        ca: false,
        scope: None,
        evidence: Evidence::NotVerifiable,
        secret: Vec::new(),
        tag: None,
        detector: None,
        federation: Some("role-to-assume with the job's OIDC token".to_owned()),
    }
}

/// A credential goes somewhere.
pub(crate) fn flow(what: Ref, to: Sink) -> Body {
    Body::Flow(Flow { what: Selection::One(what), to })
}

/// A grant of actions on everything.
pub(crate) fn grant(holder: Ref, actions: &[&str]) -> Body {
    Body::Grant(Grant {
        holder,
        effect: crate::fact::Effect::Allow,
        actions: actions.iter().map(|a| Text::literal(*a)).collect(),
        actions_except: false,
        resources: vec![Text::literal("*")],
        resources_except: false,
        principals: Vec::new(),
        conditions: Vec::new(),
        approval: crate::fact::Approval::None,
    })
}

/// An action that must be allowed.
pub(crate) fn need(action: &str) -> Body {
    Body::Need(Need { holder: None, action: Text::literal(action), because: "it does".to_owned() })
}

/// An identity.
pub(crate) fn identity(is: Ref, name: Naming) -> Body {
    Body::Identity(Identity::plain(is, "service account", name))
}

/// Two entities belong together.
pub(crate) fn link(from: Ref, kind: LinkKind, to: Ref) -> Body {
    Body::Link(Link { from, to, kind })
}

/// A protection.
pub(crate) fn safeguard(kind: SafeguardKind, protects: Option<Ref>, on: bool) -> Body {
    Body::Safeguard(Safeguard { kind, protects: protects.map(Selection::One), on: known(on) })
}

/// Outside code.
pub(crate) fn component(is: Ref, pin: Pin) -> Body {
    Body::Component(Component { is, kind: "action".to_owned(), pin, released: None, first_party: false })
}
