//! Remedies as edits of a workflow. Comments, quotes and indentation stay; whatever is not written in the plain way
//! that an edit expects is left alone.

use memchr::memmem;

use super::component::Uses;
use super::tables::PERMISSIONS;
use super::{federate, login};
use crate::dialect::pipeline::layout::{Layout, Step, path_to};
use crate::dialect::{SourceFile, Unit};
use crate::document::{Node, Style};
use crate::fact::{Place, SafeguardKind};
use crate::remedy::{Edit, Remedy, Rendered, Safety};
use crate::span::ByteSpan;

/// Commands and actions that use the credential a checkout leaves behind. A file with one of them may break when the
/// credential is gone.
const USES_CHECKOUT_TOKEN: [&str; 8] = [
    "git push",
    "git fetch",
    "git pull",
    "git submodule",
    "auto-commit",
    "create-pull-request",
    "gh-pages",
    "semantic-release",
];

/// Writes a remedy at the place of the fact it mends.
pub(super) fn render(unit: &Unit, target: &Place, remedy: &Remedy) -> Rendered {
    let not = |why: &str| Rendered::NotHere(why.to_owned());
    let Some(file) = unit.files.get(target.file.0 as usize) else {
        return not("the file is not in the unit");
    };
    let Some(root) = file.document.nodes().first() else {
        return not("the file could not be read");
    };
    let layout = Layout::of(file);
    let path = path_to(root, target.span);
    let done = match remedy {
        Remedy::SetLifetime { .. } | Remedy::Switch { safeguard: SafeguardKind::DebugTrace, .. }
            if file.is_anchored(target.span) =>
        {
            return not("other places share this value by its anchor");
        }
        Remedy::SetLifetime { seconds } => set_lifetime(layout, &path, target.span, *seconds),
        Remedy::Narrow { remove } => narrow(layout, &path, target.span, remove),
        Remedy::StateLeast { keep } => state_least(layout, root, keep),
        Remedy::Switch { safeguard: SafeguardKind::PersistedCredential, on: false } => {
            forget_credential(layout, &path, target.span, uses_credential(unit, file))
        }
        Remedy::Switch { safeguard: SafeguardKind::DebugTrace, on: false } => {
            stop_tracing(layout, &path, target.span, |name| is_read(unit, file, name))
        }
        Remedy::PinTo { digest } => pin(layout, &path, target.span, digest),
        Remedy::Reference { name } => reference(layout, &path, target.span, name),
        Remedy::Federate { platform } => return federate::render(layout, root, &path, platform),
        _ => return not("GitHub Actions has no place for this"),
    };
    done.unwrap_or_else(|| not("the place is not written in a way that an edit can keep"))
}

fn edit(title: impl Into<String>, safety: Safety, edits: Vec<Edit>) -> Rendered {
    Rendered::Edit { title: title.into(), safety, edits }
}

/// The entry whose value stands at `span`, written there and not taken over by an alias.
fn entry_at<'p, 'n>(path: &'p [Step<'n>], span: ByteSpan) -> Option<&'p Step<'n>> {
    path.last().filter(|s| s.entry.value.span == span && s.entry.value.used_at.is_none())
}

fn set_lifetime(layout: Layout<'_>, path: &[Step<'_>], span: ByteSpan, seconds: u64) -> Option<Rendered> {
    let text = layout.text(span);
    let digits = text.trim_end_matches('s');
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let name = path.last().map_or("the lifetime", |s| s.entry.name());
    let written = format!("{seconds}{}", &text[digits.len()..]);
    let title = format!("set {name} to {written}");
    Some(edit(title, Safety::Safe, vec![layout.edit(span, written)]))
}

/// Takes permissions away: the entry's lines, or the whole of `write-all`.
fn narrow(layout: Layout<'_>, path: &[Step<'_>], span: ByteSpan, remove: &[String]) -> Option<Rendered> {
    let step = entry_at(path, span)?;
    let key = step.entry.name();
    if key == "permissions" && step.entry.value.scalar().is_some() {
        let column = layout.column(step.entry.key.span.start as usize)?;
        let colon = layout.after_colon(step.entry.key.span)?;
        let value = layout.quoted(span);
        let block = format!("{}{}contents: read", layout.newline(), " ".repeat(column + 2));
        let whole = ByteSpan::new(colon, value.end as usize);
        let title = "grant `contents: read` alone";
        return Some(edit(title, Safety::Unsafe, vec![layout.edit(whole, block)]));
    }
    let level = step.entry.value.text()?;
    if !remove.iter().any(|action| *action == format!("github:{key}:{level}")) {
        return None;
    }
    let permissions = path.iter().rev().nth(1).filter(|s| s.entry.name() == "permissions")?;
    let title = format!("take `{key}: {level}` away");
    let edits = match layout.is_flow(step.map) {
        true => vec![layout.edit(flow_entry(layout, step)?, "")],
        false => {
            let start = step.entry.key.span.start as usize;
            if !layout.leads_line(layout.quoted(step.entry.key.span).start as usize) {
                return None;
            }
            let lines = ByteSpan::new(layout.line_start(start), layout.line_end(span.end as usize));
            let mut edits = vec![layout.edit(lines, "")];
            if step.map.entries().len() == 1 {
                let colon = layout.after_colon(permissions.entry.key.span)?;
                edits.insert(0, layout.insert(colon, " {}"));
            }
            edits
        }
    };
    Some(edit(title, Safety::Safe, edits))
}

/// An entry of a map in braces, with the comma that separates it from its neighbour.
fn flow_entry(layout: Layout<'_>, step: &Step<'_>) -> Option<ByteSpan> {
    let entries = step.map.entries();
    let index = entries.iter().position(|e| e.key.span == step.entry.key.span)?;
    let start = layout.quoted(step.entry.key.span).start as usize;
    let end = layout.quoted(step.entry.value.span).end as usize;
    Some(match (entries.get(index + 1), index.checked_sub(1).and_then(|before| entries.get(before))) {
        (Some(next), _) => ByteSpan::new(start, layout.quoted(next.key.span).start as usize),
        (None, Some(before)) => ByteSpan::new(layout.quoted(before.value.span).end as usize, end),
        (None, None) => ByteSpan::new(start, end),
    })
}

/// A `permissions` block before `jobs`.
fn state_least(layout: Layout<'_>, root: &Node, keep: &[String]) -> Option<Rendered> {
    if root.get("permissions").is_some() || layout.is_flow(root) {
        return None;
    }
    let jobs = root.entry("jobs")?.key.span;
    let indent = " ".repeat(layout.column(jobs.start as usize)?);
    let mut scopes = vec![("contents", "read")];
    for action in keep {
        let (scope, level) = action.strip_prefix("github:")?.split_once(':')?;
        match scopes.iter_mut().find(|(known, _)| *known == scope) {
            // Writing includes reading.
            Some((_, known)) if level == "write" => *known = "write",
            Some(_) => {}
            None => scopes.push((scope, level)),
        }
    }
    let newline = layout.newline();
    let mut block = format!("{indent}permissions:{newline}");
    for (scope, level) in scopes {
        block.push_str(&format!("{indent}  {scope}: {level}{newline}"));
    }
    block.push_str(newline);
    // Comments right above `jobs` speak of the jobs: the block goes above them.
    let mut at = layout.line_start(jobs.start as usize);
    while let Some(above) = at.checked_sub(1).map(|end| layout.line_start(end)) {
        if !layout.line(above).trim_start().starts_with('#') {
            break;
        }
        at = above;
    }
    // What must stay is the rule's to know, and it asks only where it knows every need.
    let title = "state the least permissions for every job that states none";
    Some(edit(title, Safety::Safe, vec![layout.insert(at, block)]))
}

/// `persist-credentials: false` for a checkout.
fn forget_credential(
    layout: Layout<'_>,
    path: &[Step<'_>],
    span: ByteSpan,
    is_used: bool,
) -> Option<Rendered> {
    let input = PERMISSIONS.checkout.input.as_str();
    let safety = if is_used { Safety::Unsafe } else { Safety::Safe };
    let done = |edits| Some(edit(format!("set {input} to false"), safety, edits));
    let last = path.last()?;
    if last.entry.name().eq_ignore_ascii_case(input) {
        entry_at(path, span).filter(|_| layout.text(span) != "false")?;
        return done(vec![layout.edit(span, "false")]);
    }
    let action = Uses::read(last.entry.value.text()?);
    let is_checkout = action.table_name()?.eq_ignore_ascii_case(&PERMISSIONS.checkout.action);
    if last.entry.name() != "uses" || !is_checkout || last.entry.value.used_at.is_some() {
        return None;
    }
    let step = last.map;
    let newline = layout.newline();
    let with = step.entry("with").filter(|e| !e.value.is_null());
    if with.is_some_and(|w| login::input(Some(&w.value), input).is_some()) {
        // It is stated; the place to mend is the statement.
        return None;
    }
    if let Some(with) = with {
        let first = with.value.entries().first()?;
        let at = layout.quoted(first.key.span).start as usize;
        if layout.is_flow(&with.value) {
            return done(vec![layout.insert(at, format!("{input}: false, "))]);
        }
        let column = layout.leads_line(at).then(|| layout.column(at))??;
        let line = format!("{}{input}: false{newline}", " ".repeat(column));
        return done(vec![layout.insert(layout.line_start(at), line)]);
    }
    let uses = last.entry;
    let value_end = layout.quoted(uses.value.span).end as usize;
    if layout.is_flow(step) {
        return done(vec![layout.insert(value_end, format!(", with: {{ {input}: false }}"))]);
    }
    if step.entry("with").is_some() {
        return None;
    }
    let indent = " ".repeat(layout.column(uses.key.span.start as usize)?);
    let lines = format!("{newline}{indent}with:{newline}{indent}  {input}: false");
    done(vec![layout.insert(layout.content_end(value_end), lines)])
}

/// `false` for a variable that switches tracing on. Where the workflow reads the variable, steps may depend on it.
fn stop_tracing(
    layout: Layout<'_>,
    path: &[Step<'_>],
    span: ByteSpan,
    is_read: impl Fn(&str) -> bool,
) -> Option<Rendered> {
    let step = entry_at(path, span)?;
    let name = PERMISSIONS.debug.variables.get(step.entry.name())?;
    let safety = if is_read(name) { Safety::Unsafe } else { Safety::Safe };
    Some(edit(format!("set {name} to false"), safety, vec![layout.edit(span, "false")]))
}

/// Whether a file has a command or action that uses the credential a checkout leaves behind.
fn uses_credential(unit: &Unit, file: &SourceFile) -> bool {
    let found = |sign: &&str| memmem::find(&file.bytes, sign.as_bytes()).is_some();
    unit.answers.once(file.id, "checkout credential", || USES_CHECKOUT_TOKEN.iter().any(found))
}

/// Whether a variable is named anywhere but as the key of its value.
fn is_read(unit: &Unit, file: &SourceFile, name: &str) -> bool {
    let is_key = |end: usize| {
        let rest = file.bytes.get(end..).unwrap_or_default();
        let skip = rest.iter().take_while(|b| matches!(b, b'"' | b'\'' | b' ')).count();
        rest.get(skip) == Some(&b':')
    };
    unit.answers.once(file.id, name, || {
        memmem::find_iter(&file.bytes, name.as_bytes()).any(|at| !is_key(at + name.len()))
    })
}

/// The digest in place of the version, and the version as a comment.
fn pin(layout: Layout<'_>, path: &[Step<'_>], span: ByteSpan, digest: &str) -> Option<Rendered> {
    let step = entry_at(path, span).filter(|s| s.entry.name() == "uses")?;
    let text = layout.text(span);
    let (name, version) = text.rsplit_once('@')?;
    let end = layout.quoted(span).end as usize;
    let rest = ByteSpan::new(end, layout.content_end(end));
    let at = ByteSpan::new(span.start as usize + name.len() + 1, span.end as usize);
    let mut edits = vec![layout.edit(at, digest)];
    if layout.text(rest).trim().is_empty() && !layout.is_flow(step.map) {
        edits.push(layout.insert(end, format!(" # {version}")));
    }
    Some(edit(format!("pin {name} to {digest}"), Safety::Safe, edits))
}

/// A reference to a stored secret in place of a literal. The literal may be the only copy of the value.
fn reference(layout: Layout<'_>, path: &[Step<'_>], span: ByteSpan, name: &str) -> Option<Rendered> {
    let step = entry_at(path, span)?;
    if step.entry.value.scalar()?.style == Style::Block || layout.is_flow(step.map) {
        return None;
    }
    let title = format!("read it from the secret {name}");
    let edits = vec![layout.edit(layout.quoted(span), format!("${{{{ secrets.{name} }}}}"))];
    Some(edit(title, Safety::Unsafe, edits))
}
