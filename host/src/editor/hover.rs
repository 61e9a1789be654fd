//! What is known of the place under the pointer: findings, rules that are named there, and identities with who answers for
//! them.

use lsp_types::{Contents, Hover, MarkupContent, MarkupKind};
use serde_json::Value;

use super::diagnostics::found;
use super::session::Session;
use super::tree::OpenTree;
use super::words;
use crate::report::text::plain;
use crate::report::{rule_url, severity_name};
use crate::runtime::contract::{Description, Finding, Rule, Span};

/// What a comment to hallpass begins with.
const COMMENT: &[u8] = b"hallpass:";
/// What means something to Markdown inside of a line.
const MARKUP: [char; 14] = ['\\', '`', '*', '_', '[', ']', '<', '>', '#', '&', '!', '~', '|', '$'];
/// Most identities shown for one place.
const MOST: usize = 4;

/// How the editor wants it written.
#[derive(Clone, Copy)]
struct Style {
    markdown: bool,
}

impl Style {
    /// Words of somebody else: what they quote is code, and nothing else is markup.
    fn words(self, text: &str) -> String {
        let text = plain(text);
        let parts: Vec<&str> = text.split('`').collect();
        if !self.markdown {
            return text;
        }
        let paired = parts.len() % 2 == 1;
        let written = parts.iter().enumerate().map(|(index, part)| match index % 2 == 1 && paired {
            true => self.code(part),
            false => part
                .chars()
                .flat_map(|c| MARKUP.contains(&c).then_some('\\').into_iter().chain([c]))
                .collect(),
        });
        written.collect::<Vec<String>>().join(if paired { "" } else { "\\`" })
    }

    fn code(self, text: &str) -> String {
        match self.markdown {
            true if text.contains('`') => format!("`` {} ``", text.replace("``", "` `")),
            true => format!("`{text}`"),
            false => text.to_owned(),
        }
    }

    fn strong(self, text: &str) -> String {
        if self.markdown { format!("**{text}**") } else { text.to_owned() }
    }

    fn rule(self, rule: &Rule) -> String {
        match self.markdown {
            true => format!("[`{}`]({})", rule.id, rule_url(rule)),
            false => format!("{} ({})", rule.id, rule_url(rule)),
        }
    }
}

/// What is known of a byte of a document.
pub(super) fn at(session: &Session<'_>, uri: &str, offset: usize) -> Option<Hover> {
    let (tree, name) = session.home(uri)?;
    let document = session.documents.get(uri)?;
    let text = document.text.as_slice();
    let style = Style { markdown: session.client.markdown };
    let mut parts: Vec<String> = Vec::new();
    let mut range: Option<Span> = None;
    // While a policy cannot be read, its words are known all the same.
    if let Some((at, said)) = words::at(tree, &name, text, offset) {
        range = Some(span(at));
        parts.push(said.lines().map(|line| style.words(line)).collect::<Vec<_>>().join("\n"));
    }
    if let Some(description) = tree.description() {
        if let Some((span, rule)) = rule_at(tree, description, &name, text, offset) {
            range.get_or_insert(span);
            parts.push(of_rule(rule, style));
        }
        for (span, finding) in tree.outcome.iter().flat_map(|outcome| found(outcome, &name)) {
            if holds(span, offset) {
                range.get_or_insert(span);
                parts.push(of_finding(description, finding, style));
            }
        }
    }
    let mut identities = of_identities(tree, &name, offset, style);
    if let Some((span, _)) = identities.first() {
        range.get_or_insert(*span);
    }
    parts.extend(identities.drain(..).map(|(_, text)| text));
    let value = parts.join("\n\n---\n\n");
    let kind = if style.markdown { MarkupKind::Markdown } else { MarkupKind::PlainText };
    let shown = range?;
    Some(Hover {
        contents: Contents::MarkupContent(MarkupContent { kind, value }),
        range: Some(document.lines.range(text, shown, session.client.encoding)),
    })
}

fn span(at: std::ops::Range<usize>) -> Span {
    let narrow = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    Span { start: narrow(at.start), end: narrow(at.end) }
}

fn holds(span: Span, offset: usize) -> bool {
    let (start, end) = (span.start as usize, span.end as usize);
    (start..end).contains(&offset) || start == offset || end == offset
}

/// The rule whose name stands at a place, where names of rules mean something: in the policy and in comments to hallpass.
fn rule_at<'d>(
    tree: &OpenTree<'_>,
    description: &'d Description,
    name: &str,
    text: &[u8],
    offset: usize,
) -> Option<(Span, &'d Rule)> {
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'/');
    let start = text.get(..offset)?.iter().rposition(|byte| !is_part(byte)).map_or(0, |at| at + 1);
    let end = text.get(offset..)?.iter().position(|byte| !is_part(byte)).map_or(text.len(), |at| offset + at);
    let line = text.get(..start)?.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    let is_policy = tree.config().is_some_and(|config| config.path == name);
    let in_comment =
        || text.get(line..start).is_some_and(|line| line.windows(COMMENT.len()).any(|w| w == COMMENT));
    if !is_policy && !in_comment() {
        return None;
    }
    let word = std::str::from_utf8(text.get(start..end)?).ok()?;
    let rule = rule(description, word)?;
    Some((span(start..end), rule))
}

/// A rule by one of its names.
fn rule<'d>(description: &'d Description, name: &str) -> Option<&'d Rule> {
    let own = description.rules.iter().find(|rule| rule.id == name);
    own.or_else(|| description.rules.iter().find(|rule| rule.aliases.iter().any(|alias| alias == name)))
}

/// A rule's page, without its examples.
pub(super) fn page(description: &Description, name: &str) -> Option<String> {
    rule(description, name).map(|rule| of_rule(rule, Style { markdown: true }))
}

fn of_rule(rule: &Rule, style: Style) -> String {
    // Of a rule that the policy makes, the page is the policy's.
    let page = match &rule.written {
        Some(_) => rule.page.lines().map(plain).collect::<Vec<_>>().join("\n"),
        None => rule.page.clone(),
    };
    let told = page.split("\n## Examples").next().unwrap_or_default().trim_end();
    format!("{} · {}\n\n{told}", style.rule(rule), severity_name(rule.severity))
}

fn of_finding(description: &Description, finding: &Finding, style: Style) -> String {
    let rule = rule(description, &finding.rule);
    let named = rule.map_or_else(|| style.code(&finding.rule), |rule| style.rule(rule));
    let head = format!("{} {named}", style.strong(severity_name(finding.severity)));
    let mut lines = vec![head, style.words(&finding.message)];
    lines.extend(finding.help.iter().map(|help| {
        let lines: Vec<String> = help.lines().map(|line| style.words(line)).collect();
        format!("help: {}", lines.join("  \n"))
    }));
    let ours = rule.filter(|rule| rule.written.is_none());
    lines.extend(ours.and_then(|rule| part(&rule.page, "Why it matters")).map(str::to_owned));
    lines.push(format!("fingerprint {}", style.code(&finding.fingerprint)));
    lines.join("\n\n")
}

/// What stands below a heading of a page.
fn part<'p>(page: &'p str, heading: &str) -> Option<&'p str> {
    let (_, rest) = page.split_once(&format!("\n## {heading}\n"))?;
    Some(rest.split("\n## ").next().unwrap_or_default().trim())
}

/// Identities, credentials and endpoints that are made or used at a place.
fn of_identities(tree: &OpenTree<'_>, name: &str, offset: usize, style: Style) -> Vec<(Span, String)> {
    let entries = tree.inventory().and_then(|json| json.get("entries")).and_then(Value::as_array);
    let span = |at: &Value| {
        let end = |key: &str| u32::try_from(at.get("span")?.get(key)?.as_u64()?).ok();
        (at.get("path")?.as_str()? == name).then_some(Span { start: end("start")?, end: end("end")? })
    };
    let mut shown: Vec<(Span, String)> = Vec::new();
    for entry in entries.into_iter().flatten() {
        let list = |key: &str| entry.get(key).and_then(Value::as_array).into_iter().flatten();
        let places = list("places").chain(list("uses")).chain(entry.get("row"));
        let here =
            places.filter_map(span).filter(|span| holds(*span, offset)).min_by_key(|s| s.end - s.start);
        if let Some(span) = here {
            shown.push((span, of_identity(entry, style)));
        }
    }
    // The narrowest first: that is what the pointer is on.
    shown.sort_by_key(|(span, _)| span.end - span.start);
    shown.truncate(MOST);
    shown
}

/// The questions of an audit, and what the tree says to them.
fn of_identity(entry: &Value, style: Style) -> String {
    let text = |key: &str| entry.get(key).and_then(Value::as_str).unwrap_or_default();
    let class = style.strong(text("class"));
    let mut lines =
        vec![format!("{class} {} ({})", style.code(&plain(text("id"))), style.words(text("kind")))];
    let questions =
        [("owner", "owner"), ("purpose", "why"), ("until", "until"), ("revocation", "switched off by")];
    for (key, asked) in questions {
        let answer = entry.get(key).and_then(|answer| answer.get("is")).and_then(Value::as_str);
        lines.push(format!("- {asked}: {}", answer.map_or_else(|| "?".to_owned(), |said| style.words(said))));
    }
    let words = |key: &str| -> Vec<String> {
        let items = entry.get(key).and_then(Value::as_array).into_iter().flatten();
        items.filter_map(Value::as_str).map(|word| style.words(word)).collect()
    };
    for (key, title) in [
        ("lifetimes", "lifetime"),
        ("scope", "scope"),
        ("stores", "kept in"),
        ("environments", "environments"),
    ] {
        let words = words(key);
        if !words.is_empty() {
            lines.push(format!("- {title}: {}", words.join(", ")));
        }
    }
    let rights = entry.get("rights").and_then(Value::as_array).into_iter().flatten();
    let actions: Vec<String> = rights
        .filter_map(|right| right.get("actions").and_then(Value::as_array))
        .flatten()
        .filter_map(Value::as_str)
        .take(MOST)
        .map(|action| style.code(&plain(action)))
        .collect();
    if !actions.is_empty() {
        lines.push(format!("- may: {}", actions.join(", ")));
    }
    let uses = entry.get("uses").and_then(Value::as_array).map_or(0, Vec::len);
    lines.push(format!("- used in: {}", crate::report::counted(uses, "place", "places")));
    lines.join("\n")
}
