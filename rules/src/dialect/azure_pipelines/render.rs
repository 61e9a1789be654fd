//! Remedies as edits of a pipeline. Comments, quotes and indentation stay; whatever is not written in the plain way that an
//! edit expects is left alone.

use memchr::memmem;

use super::tables::{self, PIPELINES};
use super::{expression, logging};
use crate::dialect::pipeline::component::is_commit;
use crate::dialect::pipeline::edits::set_lifetime;
use crate::dialect::pipeline::layout::{Layout, Step, path_to};
use crate::dialect::{SourceFile, Unit, logins};
use crate::document::{Node, Style};
use crate::fact::{Place, SafeguardKind};
use crate::remedy::{Edit, Remedy, Rendered, Safety};
use crate::span::ByteSpan;

/// Commands that use the credential which a checkout leaves behind. A file with one of them may break when it is gone.
const USES_CHECKOUT_TOKEN: [&str; 5] = ["git push", "git fetch", "git pull", "git submodule", "git clone"];

/// Writes a remedy at the place of the fact it mends.
pub(super) fn render(unit: &Unit, target: &Place, remedy: &Remedy) -> Rendered {
    let not = |why: &str| Rendered::NotHere(why.to_owned());
    let Some(file) = unit.files.get(target.file.0 as usize) else {
        return not("the file is not in the unit");
    };
    let Some(root) = file.document.nodes().first() else {
        return not("the file could not be read");
    };
    if file.is_anchored(target.span) {
        return not("other places share this value by its anchor");
    }
    let layout = Layout::of(file);
    let path = path_to(root, target.span);
    let done = match remedy {
        Remedy::Switch { safeguard: SafeguardKind::PersistedCredential, on: false } => {
            forget_credential(layout, &path, target.span, uses_credential(unit, file))
        }
        Remedy::Switch { safeguard: SafeguardKind::DebugTrace, on: false } => {
            stop_tracing(layout, &path, target.span)
        }
        Remedy::Switch { safeguard: SafeguardKind::Masking, on: true } => mask(layout, target.span),
        Remedy::SetLifetime { seconds } => set_lifetime(layout, target.span, *seconds),
        Remedy::PinTo { digest } => pin(layout, &path, target.span, digest)
            .or_else(|| pin_repository(layout, root, &path, target.span, digest)),
        Remedy::Reference { name } => reference(layout, &path, target.span, name),
        Remedy::Federate { platform } => return federate(platform),
        _ => return not("Azure Pipelines has no place for this"),
    };
    done.unwrap_or_else(|| not("the place is not written in a way that an edit can keep"))
}

fn edit(title: impl Into<String>, safety: Safety, edits: Vec<Edit>) -> Option<Rendered> {
    Some(Rendered::Edit { title: title.into(), safety, edits })
}

/// The entry whose value stands at `span`, written there and not taken over by an alias.
fn entry_at<'p, 'n>(path: &'p [Step<'n>], span: ByteSpan) -> Option<&'p Step<'n>> {
    path.last().filter(|s| s.entry.value.span == span && s.entry.value.used_at.is_none())
}

fn uses_credential(unit: &Unit, file: &SourceFile) -> bool {
    let found = |sign: &&str| memmem::find(&file.bytes, sign.as_bytes()).is_some();
    unit.answers.once(file.id, "checkout credential", || USES_CHECKOUT_TOKEN.iter().any(found))
}

/// `persistCredentials: false`.
fn forget_credential(
    layout: Layout<'_>,
    path: &[Step<'_>],
    span: ByteSpan,
    is_used: bool,
) -> Option<Rendered> {
    let key = PIPELINES.checkout.key.as_str();
    let step = entry_at(path, span)?;
    if !step.entry.name().eq_ignore_ascii_case(key) || layout.text(span) == "false" {
        return None;
    }
    let safety = if is_used { Safety::Unsafe } else { Safety::Safe };
    edit(format!("set {key} to false"), safety, vec![layout.edit(span, "false")])
}

/// `false` for a variable that switches tracing on: the value of its entry, or of its item in a list.
fn stop_tracing(layout: Layout<'_>, path: &[Step<'_>], span: ByteSpan) -> Option<Rendered> {
    let step = entry_at(path, span)?;
    let name = match step.entry.name() {
        "value" => step.map.get("name")?.text()?,
        name => name,
    };
    if !tables::is_debug(name) {
        return None;
    }
    edit(format!("set {name} to false"), Safety::Safe, vec![layout.edit(span, "false")])
}

/// `issecret=true` in the command that sets a variable. Steps behind it no longer get the variable by themselves.
fn mask(layout: Layout<'_>, span: ByteSpan) -> Option<Rendered> {
    let text = layout.text(span);
    let all = logging::set_variables(text);
    let set = all.iter().find(|set| !set.secret)?;
    let secret = PIPELINES.logging.secret.as_str();
    let command = text.get(set.command.clone())?;
    let lower = command.to_ascii_lowercase();
    let start = span.start as usize + set.command.start;
    let title = format!("set {} as a secret variable", set.name);
    if let Some(at) = lower.find(&format!("{secret}=")) {
        let from = at + secret.len() + 1;
        let length = lower.get(from..)?.find([';', ']'])?;
        let value = ByteSpan::new(start + from, start + from + length);
        return edit(title, Safety::Unsafe, vec![layout.edit(value, "true")]);
    }
    let end = start + command.len() - 1;
    edit(title, Safety::Unsafe, vec![layout.insert(end, format!(";{secret}=true"))])
}

/// The digest behind an image's name and tag.
fn pin(layout: Layout<'_>, path: &[Step<'_>], span: ByteSpan, digest: &str) -> Option<Rendered> {
    let step = entry_at(path, span)?;
    if !matches!(step.entry.name(), "image" | "container") {
        return None;
    }
    let text = layout.text(span);
    let name = text.split_once('@').map_or(text, |(name, _)| name);
    if expression::is_filled(text) {
        return None;
    }
    let at = ByteSpan::new(span.start as usize + name.len(), span.end as usize);
    edit(format!("pin {name} to {digest}"), Safety::Safe, vec![layout.edit(at, format!("@{digest}"))])
}

/// The commit in place of the version of the repository that a template is taken from: all its templates share it.
fn pin_repository(
    layout: Layout<'_>,
    root: &Node,
    path: &[Step<'_>],
    span: ByteSpan,
    digest: &str,
) -> Option<Rendered> {
    let step = entry_at(path, span)?;
    if step.entry.name() != "template" || !is_commit(digest) {
        return None;
    }
    let alias = super::template::parts(step.entry.value.text()?).1?;
    let repositories = root.path(&["resources", "repositories"])?.items();
    let named = |node: &&Node| node.get("repository").and_then(Node::text) == Some(alias);
    let mut named = repositories.iter().filter(named);
    let (repository, None) = (named.next()?, named.next()) else { return None };
    let title = format!("pin the repository {alias} to {digest}");
    let Some(version) = repository.get("ref") else {
        // Below the entry that names it, in its own column.
        let name = repository.entry("repository")?;
        let column = layout.column(name.key.span.start as usize).filter(|_| !layout.is_flow(repository))?;
        let at = layout.content_end(name.value.span.end as usize);
        let line = format!("{}{}ref: {digest}", layout.newline(), " ".repeat(column));
        return edit(title, Safety::Safe, vec![layout.insert(at, line)]);
    };
    let scalar = version.scalar().filter(|_| version.used_at.is_none())?;
    if scalar.style == Style::Block || expression::is_filled(&scalar.text) {
        return None;
    }
    let end = layout.quoted(version.span).end as usize;
    let rest = ByteSpan::new(end, layout.content_end(end));
    let mut edits = vec![layout.edit(layout.quoted(version.span), digest)];
    if layout.text(rest).trim().is_empty() && !layout.is_flow(repository) {
        edits.push(layout.insert(end, format!(" # {}", scalar.text.trim_start_matches("refs/tags/"))));
    }
    edit(title, Safety::Safe, edits)
}

/// A reference to a secret variable in place of a literal. The literal may be the only copy of the value.
fn reference(layout: Layout<'_>, path: &[Step<'_>], span: ByteSpan, name: &str) -> Option<Rendered> {
    let step = entry_at(path, span)?;
    if step.entry.value.scalar()?.style == Style::Block || layout.is_flow(step.map) {
        return None;
    }
    let title = format!("read it from the secret variable {name}");
    edit(title, Safety::Unsafe, vec![layout.edit(layout.quoted(span), format!("$({name})"))])
}

/// What the step looks like when it uses a connection with federation.
fn federate(platform: &str) -> Rendered {
    let text = match platform {
        "azure" => {
            "# a service connection with workload identity federation: no secret is kept anywhere\n\
             - task: AzureCLI@2\n  inputs:\n    azureSubscription: <service connection>\n    scriptType: bash\n    \
             scriptLocation: inlineScript\n    inlineScript: |\n      az account show\n"
        }
        "aws" => {
            "# a service connection of the AWS toolkit that assumes a role with the job's OIDC token\n\
             - task: AWSShellScript@1\n  inputs:\n    awsCredentials: <service connection>\n    regionName: <region>\n    \
             scriptType: inline\n    inlineScript: |\n      aws sts get-caller-identity\n"
        }
        _ => {
            return match logins::federation(platform) {
                Some(text) => Rendered::Snippet(format!("use {text}, through a service connection")),
                None => Rendered::NotHere("no federation is known for this platform".to_owned()),
            };
        }
    };
    Rendered::Snippet(text.to_owned())
}
