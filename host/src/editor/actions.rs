//! What can be done about findings: fixes that the module writes and proves, waivers, and the page of the rule.

use std::collections::BTreeMap;

use lsp_types::{CodeAction, CodeActionKind, CodeActionParams, Command, Diagnostic, WorkspaceEdit};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::answers::offset;
use super::capabilities::{EXPLAIN, FIX_ALL};
use super::diagnostics::found;
use super::edits::{self, Change};
use super::registering;
use super::session::Session;
use super::tree::OpenTree;
use super::waiving;
use crate::command::check::FixKind;
use crate::command::fix::Mender;
use crate::report::text::plain;
use crate::runtime::contract::{Edit, Finding, Fix, Source, Span};
use crate::scan::{self, Outcome};

/// Most findings for which actions are worked out at once: each may mean a check.
const MOST: usize = 8;

/// What an action is about, to work out its edit when somebody asks for it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Wanted {
    what: What,
    uri: String,
    /// The fingerprint of a finding, or the name of an entry of the inventory.
    about: String,
    start: u32,
    end: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum What {
    Waive,
    Remove,
    Register,
    FixAll,
}

/// Whether the editor asks for actions of a kind.
fn asks_for(only: Option<&[CodeActionKind]>, kind: &str) -> bool {
    only.is_none_or(|only| {
        only.iter().any(|wanted| {
            let wanted = String::from(wanted.clone());
            wanted.is_empty() || kind == wanted || kind.starts_with(&format!("{wanted}."))
        })
    })
}

/// The actions for a part of a document.
pub(super) fn of(session: &Session<'_>, params: &CodeActionParams) -> Vec<CodeAction> {
    let uri = params.text_document.uri.to_string();
    let (Some((tree, name)), Some(_)) = (session.home(&uri), session.documents.get(&uri)) else {
        return Vec::new();
    };
    let only = params.context.only.as_deref();
    let desk = Workshop { session, tree, uri: &uri, name: &name };
    let mut actions = Vec::new();
    if asks_for(only, "quickfix") {
        let start = offset(session, &uri, params.range.start);
        let end = offset(session, &uri, params.range.end);
        let given = &params.context.diagnostics;
        actions.extend(desk.quick_fixes(start, end, given));
        actions.extend(desk.registrations(start, end));
    }
    // What mends the whole document is worked out for whoever asks for just that.
    if only.is_some() && asks_for(only, FIX_ALL) {
        actions.extend(desk.fix_all());
    }
    actions
}

/// An action with its edit.
pub(super) fn resolved(session: &Session<'_>, mut action: CodeAction) -> CodeAction {
    let wanted = action.data.clone().and_then(|data| serde_json::from_value::<Wanted>(data).ok());
    if let Some(wanted) = wanted
        && let Some((tree, name)) = session.home(&wanted.uri)
    {
        let desk = Workshop { session, tree, uri: &wanted.uri, name: &name };
        action.edit = desk.edit(&wanted);
    }
    action
}

/// Works on one document.
struct Workshop<'a, 'r> {
    session: &'a Session<'r>,
    tree: &'a OpenTree<'r>,
    uri: &'a str,
    name: &'a str,
}

impl Workshop<'_, '_> {
    /// What can be done about the findings of a part.
    fn quick_fixes(&self, start: usize, end: usize, given: &[Diagnostic]) -> Vec<CodeAction> {
        let Some((_, _, outcome)) = self.tree.asking() else { return Vec::new() };
        let touches = |span: &Span| span.start as usize <= end && start <= span.end as usize;
        let mut here: Vec<(Span, Finding)> = found(outcome, self.name)
            .into_iter()
            .filter(|(span, _)| touches(span))
            .map(|(s, f)| (s, f.clone()))
            .collect();
        here.truncate(MOST);
        let mended = self.mended(here.iter().map(|(_, finding)| finding.clone()).collect());
        let mut actions = Vec::new();
        for ((span, finding), mended) in here.iter().zip(mended) {
            let diagnostic = self.diagnostic(given, finding);
            let fixes =
                mended.fixes.iter().filter(|fix| fix.mends.path == self.name && fix.mends.at == *span);
            let mut preferred = true;
            for fix in fixes {
                let Some(edit) = self.proven(fix) else { continue };
                let is_preferred = (fix.safe && std::mem::take(&mut preferred)).then_some(true);
                let unsafe_word = if fix.safe { "" } else { " (may need work elsewhere)" };
                actions.push(CodeAction {
                    edit: Some(edit),
                    is_preferred,
                    ..action(format!("{}{unsafe_word}", plain(&fix.title)), diagnostic.clone())
                });
            }
            actions.extend(self.waiver_actions(*span, finding, &diagnostic));
        }
        actions
    }

    /// What waives a finding, what takes the waiver away that it is about, and the page of its rule.
    fn waiver_actions(
        &self,
        span: Span,
        finding: &Finding,
        diagnostic: &Option<Vec<Diagnostic>>,
    ) -> Vec<CodeAction> {
        let wanted = |what| Wanted {
            what,
            uri: self.uri.to_owned(),
            about: finding.fingerprint.clone(),
            start: span.start,
            end: span.end,
        };
        let rule = self.tree.description().and_then(|d| d.rules.iter().find(|rule| rule.id == finding.rule));
        let mut actions = Vec::new();
        // Whether it is a waiver that can go shows only when it is tried, which is soon done.
        let removes = self.edit(&wanted(What::Remove));
        if let Some(edit) = removes {
            actions.push(CodeAction {
                edit: Some(edit),
                is_preferred: Some(true),
                ..action("remove this waiver".to_owned(), diagnostic.clone())
            });
        }
        if rule.is_none_or(|rule| rule.waivable) {
            let title = format!("waive {} with an owner, a reason and a date", finding.rule);
            let made = self.later(wanted(What::Waive), action(plain(&title), diagnostic.clone()));
            actions.extend(made);
        }
        if rule.is_some() {
            let title = format!("explain {}", plain(&finding.rule));
            actions.push(CodeAction {
                command: Some(Command {
                    title: title.clone(),
                    command: EXPLAIN.to_owned(),
                    arguments: Some(vec![json!(finding.rule)]),
                    ..Command::default()
                }),
                ..action(title, diagnostic.clone())
            });
        }
        actions
    }

    /// What enters identities, credentials and endpoints of a part into the registry.
    fn registrations(&self, start: usize, end: usize) -> Vec<CodeAction> {
        let narrow = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        let offered = |id: String| {
            let title = format!("add {} to the registry", plain(&id));
            let (uri, start, end) = (self.uri.to_owned(), narrow(start), narrow(end));
            let wanted = Wanted { what: What::Register, uri, about: id, start, end };
            self.later(wanted, action(title, None))
        };
        registering::missing(self.tree, self.name, start, end).into_keys().filter_map(offered).collect()
    }

    /// An action whose edit is worked out when somebody takes it, if the editor can ask for it then.
    fn later(&self, wanted: Wanted, action: CodeAction) -> Option<CodeAction> {
        match self.session.client.resolves {
            true => Some(CodeAction { data: serde_json::to_value(&wanted).ok(), ..action }),
            false => Some(CodeAction { edit: Some(self.edit(&wanted)?), ..action }),
        }
    }

    fn edit(&self, wanted: &Wanted) -> Option<WorkspaceEdit> {
        if wanted.what == What::FixAll {
            return self.all_fixes();
        }
        let span = Span { start: wanted.start, end: wanted.end };
        if wanted.what == What::Register {
            let entries =
                registering::missing(self.tree, self.name, wanted.start as usize, wanted.end as usize);
            return registering::registers(self.session, self.tree, entries.get(&wanted.about)?);
        }
        let outcome = self.tree.outcome.as_ref()?;
        let (_, finding) = found(outcome, self.name)
            .into_iter()
            .find(|(at, finding)| *at == span && finding.fingerprint == wanted.about)?;
        let edit = match wanted.what {
            What::Waive => waiving::waives(self.session, self.tree, self.name, span, finding),
            _ => waiving::removes(self.session, self.tree, self.name, span, finding),
        };
        edit.ok().flatten()
    }

    fn fix_all(&self) -> Option<CodeAction> {
        let wanted =
            Wanted { what: What::FixAll, uri: self.uri.to_owned(), about: String::new(), start: 0, end: 0 };
        let title = "fix everything that can be fixed safely".to_owned();
        let kind = Some(CodeActionKind::Custom(FIX_ALL.into()));
        self.later(wanted, CodeAction { kind, ..action(title, None) })
    }

    /// The safe fixes of a document that stay inside of it and beside each other.
    fn all_fixes(&self) -> Option<WorkspaceEdit> {
        let (pool, job, outcome) = self.tree.asking()?;
        let of_file = outcome.findings.iter().filter(|finding| {
            std::iter::once(&finding.at).chain(&finding.places).any(|place| place.path == self.name)
        });
        let mut findings = self.mended(of_file.cloned().collect());
        for finding in &mut findings {
            finding.fixes.retain(|fix| fix.edits.iter().all(|edit| edit.at.path == self.name));
        }
        let chosen = Outcome { findings, coverage: outcome.coverage.clone(), ..Outcome::default() };
        let mender = Mender { pool, modules: &[], job: &job };
        let files: Vec<(String, Vec<Change>)> = mender
            .edits(&chosen, FixKind::Safe)
            .ok()?
            .into_iter()
            .map(|(path, edits)| (path, changes(edits)))
            .collect();
        (!files.is_empty()).then(|| edits::of(self.session, self.tree, files))
    }

    /// Findings with what mends them.
    fn mended(&self, findings: Vec<Finding>) -> Vec<Finding> {
        let Some((pool, job, outcome)) = self.tree.asking() else { return findings };
        scan::mended(pool, &job, outcome, findings.clone()).unwrap_or(findings)
    }

    /// The edits of a fix, if they change what they touch and nothing else.
    fn proven(&self, fix: &Fix) -> Option<WorkspaceEdit> {
        let (pool, ..) = self.tree.asking()?;
        let mut by_file: BTreeMap<&str, Vec<&Edit>> = BTreeMap::new();
        for edit in &fix.edits {
            by_file.entry(&edit.at.path).or_default().push(edit);
        }
        for (path, edits) in &by_file {
            if self.tree.is_transcoded(path) {
                return None;
            }
            let file = Source { path: (*path).to_owned(), bytes: self.tree.bytes(path), member: true };
            let edits: Vec<Edit> = edits.iter().map(|edit| (*edit).clone()).collect();
            match pool.with(|worker| worker.prove(&file, &edits)) {
                Ok(Ok(Ok(()))) => {}
                _ => return None,
            }
        }
        let files = by_file.into_iter().map(|(path, edits)| {
            (path.to_owned(), edits.into_iter().map(|edit| (edit.at.at, edit.replacement.clone())).collect())
        });
        (!fix.edits.is_empty()).then(|| edits::of(self.session, self.tree, files))
    }

    /// The diagnostics of the editor that are about a finding.
    fn diagnostic(&self, given: &[Diagnostic], finding: &Finding) -> Option<Vec<Diagnostic>> {
        let print = |diagnostic: &&Diagnostic| {
            let print =
                diagnostic.data.as_ref().and_then(|data| data.get("fingerprint")).and_then(Value::as_str);
            print == Some(finding.fingerprint.as_str())
        };
        let about: Vec<Diagnostic> = given.iter().filter(print).cloned().collect();
        (!about.is_empty()).then_some(about)
    }
}

fn action(title: String, diagnostics: Option<Vec<Diagnostic>>) -> CodeAction {
    CodeAction { title, kind: Some(CodeActionKind::QuickFix), diagnostics, ..CodeAction::default() }
}

fn changes(edits: BTreeMap<(usize, usize), String>) -> Vec<Change> {
    let narrow = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    edits
        .into_iter()
        .map(|((start, end), by)| (Span { start: narrow(start), end: narrow(end) }, by))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_asked_for_by_what_they_begin_with() {
        let only = |kind: &str| vec![CodeActionKind::Custom(kind.to_owned().into())];
        assert!(asks_for(None, FIX_ALL));
        assert!(asks_for(Some(&only("source.fixAll")), FIX_ALL));
        assert!(asks_for(Some(&only("source")), FIX_ALL));
        assert!(!asks_for(Some(&only("source.fix")), FIX_ALL));
        assert!(!asks_for(Some(&only("source.organizeImports")), FIX_ALL));
        assert!(asks_for(Some(&[CodeActionKind::QuickFix]), "quickfix"));
    }
}
