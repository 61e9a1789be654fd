//! Takes actions out of a rule of a role: whole verbs, resources or groups, never more than asked for.

use std::collections::BTreeSet;

use crate::document::Node;
use crate::remedy::{Rendered, Safety};
use crate::span::ByteSpan;

use super::super::rbac::{Combination, Rule};
use super::surgery::Surgery;
use super::{Target, here, not_here, too_many};

/// Most actions of a rule that is edited.
const MAX_ACTIONS: usize = 4_096;

pub(super) fn render(target: &Target<'_>, remove: &[String]) -> Rendered {
    let is_rule = |node: &Node| node.get("verbs").is_some() && node.get("resources").is_some();
    let Some(node) = target.around(is_rule) else {
        return not_here("no rule of a role stands at this place");
    };
    let rule = Rule::of(node);
    let all: Vec<Combination> = rule.combinations().take(MAX_ACTIONS + 1).collect();
    if all.len() > MAX_ACTIONS || all.iter().any(|c| c.group.is_none() || c.action.has_hole()) {
        return not_here("the rule holds more than groups, resources and verbs");
    }
    let unwanted: BTreeSet<&str> = remove.iter().map(String::as_str).collect();
    let is_unwanted = |c: &Combination| c.action.known().is_some_and(|a| unwanted.contains(a));
    let asked = all.iter().filter(|c| is_unwanted(c)).count();
    if asked == 0 {
        return not_here("the rule does not state these actions");
    }
    for (key, part) in PARTS {
        let Some(list) = node.get(key).filter(|list| here(list)) else { continue };
        // An item goes if everything it allows is unwanted; that must take away all that was asked for.
        let gone: Vec<usize> = (0..list.items().len())
            .filter(|index| {
                let mut own = all.iter().filter(|c| part(c) == Some(*index)).peekable();
                own.peek().is_some() && own.all(is_unwanted)
            })
            .collect();
        let taken = all.iter().filter(|c| part(c).is_some_and(|i| gone.contains(&i))).count();
        if taken != asked || gone.len() == list.items().len() {
            continue;
        }
        let Some(mut surgery) = Surgery::new(target) else { return too_many() };
        if take_out(&mut surgery, list, &gone).is_none() {
            continue;
        }
        let names: Vec<&str> = gone.iter().filter_map(|i| list.items().get(*i)?.text()).collect();
        let start = node.span.start.saturating_sub(surgery.document().start);
        let kept: BTreeSet<String> =
            all.iter().filter(|c| !is_unwanted(c)).map(|c| c.action.to_string()).collect();
        return surgery.finish(
            &format!("take {} out of {key}", names.join(", ")),
            Safety::Unsafe,
            |_, after| {
                let rule = after.iter().find_map(|n| rule_at(n, start));
                let actions = rule.map(|n| Rule::of(n).actions(MAX_ACTIONS + 1)).unwrap_or_default();
                actions.iter().map(ToString::to_string).collect::<BTreeSet<_>>() == kept
            },
        );
    }
    not_here("taking these actions out would take others along, or leave an empty list")
}

/// Which of an action's three list items a list holds.
type Part = fn(&Combination) -> Option<usize>;

const PARTS: [(&str, Part); 3] =
    [("verbs", |c| Some(c.verb)), ("resources", |c| Some(c.resource)), ("apiGroups", |c| c.group)];

/// The rule that begins at an offset. The edits stand inside it, so that its start stays.
fn rule_at(node: &Node, start: u32) -> Option<&Node> {
    let mut at = node;
    loop {
        if at.span.start == start && at.get("verbs").is_some() {
            return Some(at);
        }
        let holds = |n: &&Node| here(n) && n.span.start <= start && start < n.span.end.max(n.span.start + 1);
        at = at.entries().iter().map(|e| &e.value).chain(at.items()).find(holds)?;
    }
}

/// Takes items out of a list, in the style it is written in.
fn take_out(surgery: &mut Surgery<'_>, list: &Node, gone: &[usize]) -> Option<()> {
    let spans: Vec<ByteSpan> = list.items().iter().map(|item| surgery.outer(item.span)).collect();
    let first = spans.first()?.start as usize;
    let before = surgery.slice(surgery.line_start(first), first).trim();
    // A dash on a line of its own, or the first item behind its key's line in JSON or flow style.
    let block =
        before == "-" && !surgery.slice(surgery.document().start as usize, first).trim_end().ends_with('[');
    if block { lines(surgery, &spans, gone) } else { between_commas(surgery, &spans, gone) }
}

fn lines(surgery: &mut Surgery<'_>, spans: &[ByteSpan], gone: &[usize]) -> Option<()> {
    for index in gone {
        let span = spans.get(*index)?;
        let (start, end) = (span.start as usize, span.end as usize);
        let line = surgery.line_start(start);
        if surgery.slice(line, start).trim() != "-" || surgery.slice(start, end).contains('\n') {
            return None;
        }
        let line_end = surgery.line_end(end);
        let rest = surgery.slice(end, line_end).trim();
        if !rest.is_empty() && !rest.starts_with('#') {
            return None;
        }
        let file_ends = surgery.slice(line_end, line_end + 1).is_empty();
        let span = if file_ends && line > 0 {
            ByteSpan::new(line - 1, line_end)
        } else {
            ByteSpan::new(line, line_end + 1)
        };
        surgery.replace(span, String::new());
    }
    Some(())
}

fn between_commas(surgery: &mut Surgery<'_>, spans: &[ByteSpan], gone: &[usize]) -> Option<()> {
    let mut index = 0;
    while index < spans.len() {
        if !gone.contains(&index) {
            index += 1;
            continue;
        }
        let run = (index..spans.len()).take_while(|i| gone.contains(i)).count();
        let (start, end) = match spans.get(index + run) {
            Some(next) => (spans.get(index)?.start, next.start),
            None => (spans.get(index.checked_sub(1)?)?.end, spans.last()?.end),
        };
        let cut = surgery.slice(start as usize, end as usize);
        if cut.contains('#') || cut.contains("//") {
            return None;
        }
        surgery.replace(ByteSpan { start, end }, String::new());
        index += run;
    }
    Some(())
}
