//! Templates: what they are handed, and what those of this tree do with it.
//! Source: <https://learn.microsoft.com/azure/devops/pipelines/process/templates>.

use super::job::Job;
use super::scope::Scope;
use super::variable::given;
use super::{Walk, branches, recognise};
use crate::dialect::{SourceFile, resolve};
use crate::document::Node;
use crate::fact::{Body, ContextId, Origin, Sink, Why};

/// Templates inside templates, followed this deep; people nest four.
const MAX_NESTING: usize = 8;
/// Items of templates that are looked at on behalf of one file: a pipeline that uses one long template in every step must
/// stay linear.
const MAX_FOLLOWED: usize = 50_000;
/// Most templates that one file asks for; the platform allows a hundred files for a run.
const MAX_ASKED: usize = 200;

/// A path, and the name of the repository it stands in; none for this one.
pub(super) fn parts(text: &str) -> (&str, Option<&str>) {
    match text.trim().rsplit_once('@') {
        Some((path, "self")) => (path, None),
        Some((path, alias)) => (path, Some(alias)),
        None => (text.trim(), None),
    }
}

/// The path from the tree's root of a template that a file names: from the repository's root, or from the file's folder.
fn path_of(file: &SourceFile, text: &str) -> Option<String> {
    let (path, alias) = parts(text);
    if alias.is_some() || path.is_empty() || path.contains("${{") || path.contains("$(") {
        return None;
    }
    let path = path.replace('\\', "/");
    match path.strip_prefix('/') {
        Some(path) => resolve(recognise::repository_root(&file.path), path),
        None => resolve(file.folder(), &path),
    }
}

/// The templates that a file asks for.
pub(super) fn paths(file: &SourceFile, root: &Node) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = vec![root];
    while let Some(node) = rest.pop() {
        rest.extend(node.items());
        for entry in node.entries() {
            rest.push(&entry.value);
            if entry.name() == "template" && found.len() < MAX_ASKED {
                found.extend(entry.value.text().and_then(|text| path_of(file, text)));
            }
        }
    }
    found
}

impl<'u> Walk<'_, 'u> {
    /// Lowers the use of a template. `item` is the map that names it.
    pub(super) fn template(
        &mut self,
        within: ContextId,
        job: Option<&Job>,
        scope: &mut Scope,
        item: &Node,
        node: &Node,
    ) {
        let datum = scope.resolve(node);
        let Some(text) = datum.known().map(ToOwned::to_owned) else {
            let why = datum.text().and_then(|t| t.why().cloned());
            let why =
                why.unwrap_or_else(|| Why::Unsupported("which of several templates is used".to_owned()));
            return self.unknown(self.source(node.span), why);
        };
        let component = self.template_component(&text, node);
        let with = branches::first(item, "parameters");
        if let Some(component) = component {
            let is = component.is.clone();
            let mut place = self.out.place(self.source(node.span));
            if let Some(repository) = parts(&text).1.and_then(|alias| self.repositories.get(alias)) {
                place = place.with("its version is stated here", repository.at);
            }
            self.state(within, place, Origin::Stated, Body::Component(component));
            for (entry, case) in with.map(branches::entries).unwrap_or_default() {
                self.under(&case, |walk| {
                    walk.flows(within, job, scope, &entry.value, || Sink::Recipient(is.clone()));
                    walk.slot(within, entry.name(), &entry.value);
                });
            }
        }
        // Steps, jobs and stages that are handed over run as well.
        for (entry, case) in with.map(branches::entries).unwrap_or_default() {
            self.under(&case, |walk| walk.inline(within, job, scope, &entry.value));
        }
        if parts(&text).1.is_none() {
            self.follow(within, job, scope, &text, with, node);
        }
    }

    /// Steps, jobs, stages or variables that stand in a parameter.
    pub(super) fn inline(&mut self, within: ContextId, job: Option<&Job>, scope: &mut Scope, list: &Node) {
        let items = branches::items(list);
        let any = |is: fn(&Node) -> bool| items.iter().any(|(item, _)| is(item));
        let names = |key: &str| items.iter().any(|(item, _)| item.get(key).is_some());
        if names("stage") {
            self.stages(within, scope, list);
        } else if names("job") || names("deployment") {
            self.jobs(within, "", scope, list);
        } else if any(recognise::is_step) {
            self.steps(within, job, scope, list);
        } else {
            // Objects may hold them deeper down.
            for (entry, _) in branches::entries(list) {
                if !entry.value.items().is_empty() || !entry.value.entries().is_empty() {
                    self.inline(within, job, scope, &entry.value);
                }
            }
        }
    }

    /// Looks at what a template of this tree does with what it is handed.
    fn follow(
        &mut self,
        within: ContextId,
        job: Option<&Job>,
        scope: &mut Scope,
        text: &str,
        with: Option<&Node>,
        node: &Node,
    ) {
        let at = self.source(node.span);
        if self.depth >= MAX_NESTING {
            return self.unknown(at, Why::Limit(format!("templates nested more than {MAX_NESTING} deep")));
        }
        let path = path_of(self.file, text);
        let Some(callee) = path.and_then(|path| self.files.get(path.as_str()).copied()) else {
            return self.unknown(at, Why::NotInTree(text.to_owned()));
        };
        let Some(root) = callee.document.nodes().first() else { return };
        let sets_variables = root.get("variables").is_some() && job.is_none();
        if with.is_none() && !sets_variables {
            return;
        }
        if !self.counts(1 + root.entries().len() + with.map_or(0, |with| with.entries().len()), node) {
            return;
        }
        let parameters = given(callee.id, root, self.file.id, scope, with);
        let mut inner = scope.lend(callee.id, parameters);
        let file = std::mem::replace(&mut self.file, callee);
        let caller = self.caller;
        let called_at = self.called_at;
        self.caller = caller.or(Some(file.id));
        self.called_at = called_at.or(Some(at));
        self.depth += 1;
        self.body(within, job, &mut inner, root);
        self.depth -= 1;
        self.caller = caller;
        self.called_at = called_at;
        self.file = file;
        scope.take_back(inner);
    }

    /// Counts items of templates; says whether more may be looked at.
    pub(super) fn counts(&mut self, items: usize, node: &Node) -> bool {
        if self.caller.is_none() && self.depth == 0 && items <= 1 {
            return true;
        }
        self.followed += items;
        if self.followed < MAX_FOLLOWED {
            return true;
        }
        // Only files of the unit itself are accounted for: the limit is said where the outermost template is used.
        let at = self.called_at.unwrap_or(self.source(node.span));
        self.out.unknown(at, Why::Limit(format!("{MAX_FOLLOWED} items of templates")));
        false
    }
}
