//! What may stand at a place of the policy: keys and values of the schema that the module publishes, and names of rules; and,
//! in a comment to hallpass, names of rules and what a waiver says.

use lsp_types::{CompletionItem, CompletionItemKind, CompletionItemTextEdit, Documentation, TextEdit};
use serde_json::Value;

use super::schema::{self, DEEPEST, is_table, open_keys, properties, property, text, words};
use super::session::Session;
use super::tree::OpenTree;
use crate::runtime::contract::{Description, Span};

/// What a comment to hallpass begins with, and how one is written.
pub(super) const COMMENT: &str = "hallpass:";
pub(super) const FIELDS: [(&str, &str); 4] = [
    ("until=", "the last day, as YYYY-MM-DD"),
    ("owner=", "who answers for it"),
    ("reason=", "why it is needed"),
    ("ticket=", "where it is discussed"),
];
/// Where something is written.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Site {
    /// The tables around it, outermost first.
    pub(super) tables: Vec<String>,
    /// The key whose value it is.
    key: Option<String>,
    /// What stands there already, up to the pointer.
    begun: String,
    /// It stands between quotes.
    quoted: bool,
    /// It is the name of a table.
    header: bool,
}

/// What may stand at a byte of a document.
pub(super) fn at(session: &Session<'_>, uri: &str, offset: usize) -> Vec<CompletionItem> {
    let Some(((tree, name), document)) = session.home(uri).zip(session.documents.get(uri)) else {
        return Vec::new();
    };
    let Some(before) = document.text.get(..offset).and_then(|text| std::str::from_utf8(text).ok()) else {
        return Vec::new();
    };
    let line = before.rsplit('\n').next().unwrap_or_default();
    let mut offered = Vec::new();
    let begun = if is_policy(tree, &name) && !line.trim_start().starts_with('#') {
        let site = Site::of(before);
        if let Some((schema, description)) = tree.schema() {
            offered = in_policy(&site, schema, description);
        }
        site.begun
    } else if let Some((_, said)) = line.rsplit_once(COMMENT) {
        let begun = said.rsplit([' ', '(', ',']).next().unwrap_or_default().to_owned();
        offered = in_comment(said, tree.description());
        begun
    } else {
        String::new()
    };
    let narrow = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    let span = Span { start: narrow(offset - begun.len()), end: narrow(offset) };
    let range = document.lines.range(&document.text, span, session.client.encoding);
    offered.retain(|item| item.label.starts_with(&begun) || item.label.contains(&format!("/{begun}")));
    for item in &mut offered {
        let new_text = item.insert_text.take().unwrap_or_else(|| item.label.clone());
        item.text_edit = Some(CompletionItemTextEdit::TextEdit(TextEdit { range, new_text }));
    }
    offered
}

/// Whether a file is the policy, or would be one once it can be read.
pub(super) fn is_policy(tree: &OpenTree<'_>, name: &str) -> bool {
    tree.config().is_some_and(|config| config.path == name)
        || name.rsplit('/').next() == Some("hallpass.toml")
}

impl Site {
    /// Reads it from the text before the pointer.
    pub(super) fn of(before: &str) -> Self {
        let mut tables = Vec::new();
        let (earlier, line) = before.rsplit_once('\n').unwrap_or(("", before));
        let mut open: Option<String> = None;
        for line in earlier.lines().map(str::trim) {
            if let Some(header) = line.strip_prefix('[').filter(|_| open.is_none()) {
                let header = header.trim_start_matches('[').split(']').next().unwrap_or_default();
                tables = header.split('.').map(|part| part.trim().trim_matches('"').to_owned()).collect();
            } else if let Some((key, value)) = line.split_once('=').filter(|_| open.is_none()) {
                // A list that goes on behind its line.
                let goes_on = value.trim().starts_with('[') && !value.contains(']');
                open = goes_on.then(|| key.trim().trim_matches('"').to_owned());
            } else if line.contains(']') {
                open = None;
            }
        }
        let quoted = line.matches('"').count() % 2 == 1;
        let trimmed = line.trim_start();
        if let Some(header) = trimmed.strip_prefix('[').filter(|_| open.is_none() && !line.contains('=')) {
            let header = header.trim_start_matches('[');
            let (outer, begun) = header.rsplit_once('.').unwrap_or(("", header));
            let tables = outer.split('.').filter(|part| !part.is_empty()).map(str::to_owned).collect();
            return Self { tables, key: None, begun: begun.to_owned(), quoted, header: true };
        }
        let (key, value) = match (open, line.split_once('=')) {
            (Some(key), _) => (Some(key), line),
            (None, Some((key, value))) => (Some(key.trim().trim_matches('"').to_owned()), value),
            (None, None) => (None, line),
        };
        let begun = match quoted {
            true => value.rsplit('"').next().unwrap_or_default(),
            false => value
                .rsplit(|c: char| c.is_whitespace() || matches!(c, '[' | ',' | '{'))
                .next()
                .unwrap_or_default(),
        };
        Self { tables, key, begun: begun.to_owned(), quoted, header: false }
    }
}

fn in_policy(site: &Site, root: &Value, description: &Description) -> Vec<CompletionItem> {
    let Some(node) = schema::table(root, &site.tables) else { return Vec::new() };
    let named = site.tables.last().map_or("", String::as_str);
    let mut offered = Vec::new();
    match &site.key {
        None => {
            for (key, said) in properties(root, node) {
                if !site.header || is_table(root, said) {
                    offered.push(item(key, CompletionItemKind::Property, text(said), None));
                }
            }
            // Tables whose keys are names of rules.
            if !site.header && open_keys(root, node) && named == "severity" {
                offered.extend(rules(Some(description), site.quoted));
            }
        }
        Some(key) => {
            if let Some(value) = property(root, node, key) {
                for (word, said) in words(root, value, DEEPEST) {
                    let quotes =
                        if site.quoted || matches!(word.as_str(), "true" | "false") { "" } else { "\"" };
                    let insert = format!("{quotes}{word}{quotes}");
                    offered.push(item(&word, CompletionItemKind::Value, said, Some(insert)));
                }
            }
            if ["rule", "select", "ignore", "rules"].contains(&key.as_str()) {
                offered.extend(rules(Some(description), site.quoted));
            }
        }
    }
    offered
}

fn in_comment(said: &str, description: Option<&Description>) -> Vec<CompletionItem> {
    let said = said.trim_start();
    match said.split_once('(') {
        None => vec![item(
            "allow(",
            CompletionItemKind::Keyword,
            Some("accepts what stands here".to_owned()),
            None,
        )],
        Some((_, names)) if !names.contains(')') => rules(description, true),
        Some((_, fields)) => {
            let missing = FIELDS.iter().filter(|(field, _)| !fields.contains(field));
            missing
                .map(|(field, why)| item(field, CompletionItemKind::Field, Some((*why).to_owned()), None))
                .collect()
        }
    }
}

fn rules(description: Option<&Description>, quoted: bool) -> Vec<CompletionItem> {
    let rules = description.map(|description| description.rules.as_slice()).unwrap_or_default();
    let quotes = if quoted { "" } else { "\"" };
    let named = rules.iter().map(|rule| {
        let insert = format!("{quotes}{}{quotes}", rule.id);
        item(
            &rule.id,
            CompletionItemKind::EnumMember,
            Some(crate::report::text::plain(&rule.title)),
            Some(insert),
        )
    });
    named.collect()
}

fn item(
    label: &str,
    kind: CompletionItemKind,
    said: Option<String>,
    insert: Option<String>,
) -> CompletionItem {
    CompletionItem {
        label: label.to_owned(),
        kind: Some(kind),
        documentation: said.map(Documentation::String),
        insert_text: insert,
        ..CompletionItem::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn site(before: &str) -> (String, Option<String>, String) {
        let site = Site::of(before);
        (site.tables.join("."), site.key, site.begun)
    }

    #[test]
    fn the_place_is_read_from_what_stands_before() {
        let plain = |tables: &str, key: Option<&str>, begun: &str| {
            (tables.to_owned(), key.map(str::to_owned), begun.to_owned())
        };
        assert_eq!(site("fai"), plain("", None, "fai"));
        assert_eq!(site("fail-on = \"me"), plain("", Some("fail-on"), "me"));
        assert_eq!(site("[ceilings]\ncl"), plain("ceilings", None, "cl"));
        assert_eq!(site("[[waiver]]\nrule = \""), plain("waiver", Some("rule"), ""));
        assert_eq!(site("[rules]\nignore = [\n  \"scope\",\n  \"id"), plain("rules", Some("ignore"), "id"));
        assert_eq!(site("[rules.sev"), plain("rules", None, "sev"));
        assert_eq!(site("preview = t"), plain("", Some("preview"), "t"));
    }

    #[test]
    fn a_comment_is_completed_part_by_part() {
        let labels = |said: &str| -> Vec<String> {
            in_comment(said, None).into_iter().map(|item| item.label).collect()
        };
        assert_eq!(labels(" al"), ["allow("]);
        assert_eq!(labels(" allow(scope) owner=x "), ["until=", "reason=", "ticket="]);
        assert!(labels(" allow(sc").is_empty());
    }
}
