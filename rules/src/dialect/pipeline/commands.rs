//! What the commands of scripts do, as facts: the credentials they make, the roles they give, what they publish without
//! identity, the downloads they run, and where the secrets go that they read. Lowered once for every dialect that has
//! scripts: a dialect says what the words of its scripts mean ([`Surroundings`]) and states what comes back.

use super::component;
use super::credential::credential;
use super::files::Written;
use super::value::value;
use crate::command::leak::{self, Held, To, Traced};
use crate::command::{self, Called, Set, download, grant, mint, publish};
use crate::dialect::Lowering;
use crate::document::script::{Extent, Script, Word};
use crate::fact::{
    Approval, Body, Credential, Datum, Effect, Flow, Grant, Identity, Lifetime, MINTED, Naming, Origin,
    Place, Ref, Safeguard, SafeguardKind, Selection, Sink, Storage, Text, Value, Why,
};
use crate::span::{FileId, Source};

/// What a dialect knows of the words of a script.
pub(crate) trait Surroundings: Held {
    /// A word's value.
    fn word(&self, script: &Script, word: &Word) -> Datum;
}

/// Where a script stands.
pub(crate) struct Site<'s> {
    pub(crate) file: FileId,
    /// Where something of its job is unique: the pipeline's path and the job.
    pub(crate) unique: [Text; 2],
    pub(crate) script: &'s Script,
    /// Whether PowerShell runs it.
    pub(crate) powershell: bool,
    /// Where an earlier script of the same shell began to print what it runs.
    pub(crate) traced: Option<Source>,
}

/// A fact to be stated.
pub(crate) struct Stated {
    pub(crate) at: Place,
    pub(crate) origin: Origin,
    pub(crate) body: Body,
}

impl Site<'_> {
    fn source(&self, at: Extent) -> Source {
        Source::new(self.file, self.script.span(at))
    }
}

/// What the commands of a script do.
pub(crate) struct Does {
    pub(crate) stated: Vec<Stated>,
    /// The secrets that they write to files.
    pub(crate) written: Vec<Written>,
    /// Where the shell began to print what it runs, if it still does when the script ends.
    pub(crate) traced: Option<Source>,
}

/// What the commands of a script do. What is not known is said to be so.
pub(crate) fn facts(out: &mut Lowering<'_>, site: &Site<'_>, around: &dyn Surroundings) -> Does {
    let commands = command::called(site.script);
    let mut stated = Vec::new();
    minted(out, site, &commands, around, &mut stated);
    granted(out, site, &commands, around, &mut stated);
    published(out, site, &commands, &mut stated);
    downloaded(out, site, &commands, around, &mut stated);
    let (written, traced) = leaked(out, site, &commands, around, &mut stated);
    Does { stated, written, traced }
}

/// Credentials that go on working when the script has ended.
fn minted(
    out: &mut Lowering<'_>,
    site: &Site<'_>,
    commands: &[Called<'_>],
    around: &dyn Surroundings,
    stated: &mut Vec<Stated>,
) {
    for found in mint::mints(commands) {
        let row = found.row;
        let command = site.source(found.at);
        let mut at = out.place(command);
        let (lifetime, origin) = match &found.length {
            Some((length, word)) => {
                let datum = around.word(site.script, word);
                let lifetime = value(&datum, "a length of time", |text| length.lifetime(text.known()?));
                if let Value::Unknown { why, source } = &lifetime {
                    out.unknown(*source, why.clone());
                }
                if datum.at.file != site.file || !command.span.contains(datum.at.span) {
                    at = at.with("how long it works", datum.at);
                }
                (lifetime, Origin::Stated)
            }
            None => match row.default {
                Some(seconds) => {
                    let lifetime = Lifetime::PlatformDefault { seconds: Some(seconds) };
                    (Value::known(lifetime, command), Origin::PlatformDefault { source: row.source.clone() })
                }
                None => (Value::known(Lifetime::Unbounded, command), Origin::Stated),
            },
        };
        let is = Ref::new(&*row.platform, MINTED, site.unique.clone(), row.command());
        let body = Credential {
            title: row.what.clone(),
            class: row.class,
            ..credential(is, &row.platform, MINTED, Storage::Generated, lifetime)
        };
        stated.push(Stated { at, origin, body: Body::Credential(body) });
    }
}

/// Roles that amount to full control.
fn granted(
    out: &mut Lowering<'_>,
    site: &Site<'_>,
    commands: &[Called<'_>],
    around: &dyn Surroundings,
    stated: &mut Vec<Stated>,
) {
    for found in grant::grants(commands) {
        let row = found.row;
        let datum = around.word(site.script, &found.role);
        let mut actions = Vec::new();
        for (alternative, _, lesser) in datum.alternatives() {
            match alternative.known() {
                Some(name) if !lesser => {
                    actions.extend(row.role(name).map(|role| Text::literal(&*role.action)))
                }
                Some(_) => {}
                None => {
                    let why = Why::Unsupported(format!("which role `{}` gives", row.command()));
                    out.unknown(site.source(found.role.at), why);
                }
            }
        }
        if actions.is_empty() {
            continue;
        }
        let body = Grant {
            holder: Ref::new(&*row.platform, &*row.holder, site.unique.clone(), row.command()),
            effect: Effect::Allow,
            actions,
            actions_except: false,
            resources: vec![Text::literal("*")],
            resources_except: false,
            principals: Vec::new(),
            conditions: Vec::new(),
            approval: Approval::None,
        };
        let at = out.place(site.source(found.at));
        stated.push(Stated { at, origin: Origin::Stated, body: Body::Grant(body) });
    }
}

/// What is published without identity.
fn published(out: &mut Lowering<'_>, site: &Site<'_>, commands: &[Called<'_>], stated: &mut Vec<Stated>) {
    for found in publish::published(commands) {
        let body = Identity::plain(
            Ref::new(&*found.row.platform, "publisher", site.unique.clone(), found.row.command()),
            "publisher",
            Naming::Anonymous,
        );
        let at = out.place(site.source(found.at));
        stated.push(Stated { at, origin: Origin::Stated, body: Body::Identity(body) });
    }
}

/// Downloads that run as they come.
fn downloaded(
    out: &mut Lowering<'_>,
    site: &Site<'_>,
    commands: &[Called<'_>],
    around: &dyn Surroundings,
    stated: &mut Vec<Stated>,
) {
    let downloads = download::downloads(commands);
    if downloads.is_empty() {
        return;
    }
    let set = Set::by(commands, site.script);
    for found in downloads {
        let address = around.word(site.script, &found.address);
        let text = match address.text().filter(|text| text.known().is_some()) {
            Some(text) => text,
            // What the script itself says of the address, it says better than the settings.
            None => set
                .word(site.script, &found.address)
                .or_else(|| address.text())
                .unwrap_or_else(|| Text::hole(Why::Unsupported("one of several addresses".to_owned()))),
        };
        let at = out.place(site.source(found.at));
        let component = component::script(&text).unwrap_or_else(|| component::script_from_elsewhere(&text));
        stated.push(Stated { at, origin: Origin::Stated, body: Body::Component(component) });
    }
}

/// Where secrets go.
fn leaked(
    out: &mut Lowering<'_>,
    site: &Site<'_>,
    commands: &[Called<'_>],
    around: &dyn Surroundings,
    stated: &mut Vec<Stated>,
) -> (Vec<Written>, Option<Source>) {
    let mut written = Vec::new();
    let mut said = None;
    let began = |traced| match traced {
        Traced::Before => site.traced,
        Traced::From(at) => Some(site.source(at)),
    };
    let before = site.traced.map(|_| Traced::Before);
    let (leaks, traced) = leak::leaks(site.script, commands, around, site.powershell, before);
    for leak in leaks {
        let at = site.source(leak.at);
        let what = Selection::One(leak.what.clone());
        let to = match leak.to {
            To::Log { encoded } => {
                if encoded {
                    // The platform hides what it knows, and this is something else.
                    let body = masking_off(what.clone(), at);
                    stated.push(Stated { at: out.place(at), origin: Origin::Stated, body });
                }
                Sink::Log
            }
            To::Address => Sink::Url,
            To::Argument { command, instead } => Sink::Argument { command, instead },
            To::Image => Sink::ImageLayer,
            To::File { path, name } => {
                written.push(Written { path, name, what: leak.what, at });
                continue;
            }
            To::Trace { from } => {
                if said.replace(from) != Some(from)
                    && let Some(from) = began(from)
                {
                    let body = Safeguard {
                        kind: SafeguardKind::DebugTrace,
                        protects: Some(what),
                        on: Value::known(true, from),
                    };
                    let place = out.place(from).with("it prints a secret here", at);
                    stated.push(Stated { at: place, origin: Origin::Stated, body: Body::Safeguard(body) });
                }
                continue;
            }
        };
        let at = out.place(at);
        stated.push(Stated { at, origin: Origin::Stated, body: Body::Flow(Flow { what, to }) });
    }
    (written, traced.and_then(began))
}

fn masking_off(what: Selection, at: Source) -> Body {
    Body::Safeguard(Safeguard {
        kind: SafeguardKind::Masking,
        protects: Some(what),
        on: Value::known(false, at),
    })
}
