//! Data sources whose content follows from the configuration: policy documents, files, templates, identities.

use hcl_edit::structure::{Block, Body};

use super::{Evaluator, Key, Scope, default_of};
use crate::dialect::terraform::syntax::Located;
use crate::fact::{Datum, Known, Text, Why};
use crate::span::Source;

/// Attributes of a statement block and their names in a policy.
/// Source: <https://registry.terraform.io/providers/hashicorp/aws/latest/docs/data-sources/iam_policy_document>
/// The singular forms are refused by the provider; whoever writes them means the same.
const STATEMENT: [(&str, &str); 10] = [
    ("sid", "Sid"),
    ("effect", "Effect"),
    ("actions", "Action"),
    ("not_actions", "NotAction"),
    ("resources", "Resource"),
    ("not_resources", "NotResource"),
    ("action", "Action"),
    ("not_action", "NotAction"),
    ("resource", "Resource"),
    ("not_resource", "NotResource"),
];

impl<'u> Evaluator<'u> {
    /// An attribute of a data source that is more than its arguments.
    pub(in crate::dialect::terraform) fn data_attribute(
        &mut self,
        block: Located<'u, Block>,
        attribute: &str,
        scope: &Scope,
    ) -> Option<Datum> {
        if block.kind() != "data" {
            return None;
        }
        match (block.label(0), attribute) {
            ("aws_iam_policy_document", "json" | "minified_json") => {
                let each = scope.names.contains_key("each");
                let key = Key::Document(scope.instance, block.at());
                Some(match each {
                    true => self.policy_document(block, scope),
                    false => self.remember(key, block.at(), |this| this.policy_document(block, scope)),
                })
            }
            ("template_file", "rendered") => {
                let body = block.body();
                let template = self.value(body.attribute("template")?.value(), scope);
                let names = body.attribute("vars").map(|vars| self.value(vars.value(), scope));
                Some(self.rendered(&template, names))
            }
            ("local_file" | "local_sensitive_file", "content") => {
                let path = self.value(block.body().attribute("filename")?.value(), scope);
                Some(self.file(&path, None, scope, block.header()))
            }
            // Looked up by name: a policy of AWS that the table knows. Others have an account in their ARN.
            ("aws_iam_policy", "arn" | "id") => {
                let named = block.body().attribute("name").map(|name| self.value(name.value(), scope));
                let stated = block.body().attribute("arn").map(|arn| self.value(arn.value(), scope));
                stated.or_else(|| {
                    let name = default_of(named.as_ref()?);
                    let row = crate::dialect::aws_policy::managed::named(name.known()?)?;
                    Some(Datum { value: Known::Text(Text::literal(row.arn.clone())), ..name.clone() })
                })
            }
            ("google_iam_policy", "policy_data") => Some(self.body_value(block.body(), block.at(), scope, 0)),
            ("terraform_remote_state", _) => {
                let name = format!("data.terraform_remote_state.{}.{attribute}", block.label(1));
                Some(Datum::unknown(block.header(), Why::NotInTree(name)))
            }
            _ => None,
        }
    }

    /// The policy that a document's blocks make up, as if it had been written in JSON.
    fn policy_document(&mut self, block: Located<'u, Block>, scope: &Scope) -> Datum {
        let body = block.body();
        let mut statements = Vec::new();
        for name in ["source_policy_documents", "source_json"] {
            self.include(body, name, scope, &mut statements);
        }
        for (inner, place, expansion) in self.nested(body, "statement", scope) {
            statements.push(self.statement(inner, place, &expansion.scope));
        }
        for name in ["override_policy_documents", "override_json"] {
            let mut later = Vec::new();
            self.include(body, name, scope, &mut later);
            // A statement with the same Sid replaces the earlier one.
            let sids: Vec<&str> = later.iter().filter_map(|s| s.get("Sid")?.known()).collect();
            statements.retain(|s: &Datum| {
                s.get("Sid").and_then(Datum::known).is_none_or(|sid| !sids.contains(&sid))
            });
            statements.append(&mut later);
        }
        let at = block.at();
        let statements = Datum::new(at, Known::List(statements));
        Datum::new(at, Known::Map(vec![(Text::literal("Statement"), block.header(), statements)]))
    }

    /// The statements of included documents; one that cannot be read stays as an unknown statement.
    fn include(&mut self, body: Located<'u, Body>, name: &str, scope: &Scope, statements: &mut Vec<Datum>) {
        let Some(attribute) = body.attribute(name) else { return };
        let value = self.value(attribute.value(), scope);
        let documents = match &default_of(&value).value {
            Known::List(items) => items.clone(),
            Known::Null => Vec::new(),
            _ => vec![value],
        };
        for document in documents {
            let place = document.at;
            let parsed = self.parsed(&document).unwrap_or(document);
            match parsed.get("Statement") {
                Some(found) => statements.extend(found.items().iter().cloned()),
                None => {
                    let why = match &default_of(&parsed).value {
                        Known::Unknown(why) => why.clone(),
                        _ => Why::Unsupported("an included policy document".to_owned()),
                    };
                    statements.push(Datum::unknown(place, why));
                }
            }
        }
    }

    fn statement(&mut self, body: Located<'u, Body>, at: Source, scope: &Scope) -> Datum {
        let mut entries: Vec<(Text, Source, Datum)> = Vec::new();
        for (name, key) in STATEMENT {
            if let Some(attribute) = body.attribute(name) {
                let value = self.value(attribute.value(), scope);
                if !matches!(default_of(&value).value, Known::Null) {
                    entries.push((Text::literal(key), attribute.key(), value));
                }
            }
        }
        if !entries.iter().any(|(key, _, _)| key.known() == Some("Effect")) {
            entries.push((Text::literal("Effect"), at, Datum::new(at, Known::Text(Text::literal("Allow")))));
        }
        for (kind, key) in [("principals", "Principal"), ("not_principals", "NotPrincipal")] {
            let blocks = self.nested(body, kind, scope);
            if let Some((_, first, _)) = blocks.first() {
                let first = *first;
                let principals =
                    self.principals(blocks.into_iter().map(|(b, _, e)| (b, e.scope)).collect(), first);
                entries.push((Text::literal(key), first, principals));
            }
        }
        let conditions = self.nested(body, "condition", scope);
        if let Some((_, first, _)) = conditions.first() {
            let first = *first;
            let mut all = Vec::new();
            for (inner, place, expansion) in conditions {
                if let Some(entry) = self.condition(inner, place, &expansion.scope) {
                    all.push(entry);
                }
            }
            entries.push((Text::literal("Condition"), first, Datum::new(first, Known::Map(grouped(all)))));
        }
        Datum::new(at, Known::Map(entries))
    }

    fn principals(&mut self, blocks: Vec<(Located<'u, Body>, Scope)>, at: Source) -> Datum {
        let mut entries = Vec::new();
        for (body, scope) in blocks {
            let kind = body.attribute("type").map(|kind| self.value(kind.value(), &scope));
            let identifiers =
                body.attribute("identifiers").map(|list| (list.key(), self.value(list.value(), &scope)));
            let (Some(kind), Some((place, identifiers))) = (kind, identifiers) else { continue };
            let kind = default_of(&kind).clone();
            let name = match kind.known() {
                // `type = "*"` is the bare `"Principal": "*"`.
                Some("*") => "AWS",
                Some(name) => name,
                None => "",
            };
            let text = if name.is_empty() { kind.text().unwrap_or_default() } else { Text::literal(name) };
            entries.push((text, place, identifiers));
        }
        Datum::new(at, Known::Map(entries))
    }

    /// Operator, its place and the map of one key to its values.
    fn condition(
        &mut self,
        body: Located<'u, Body>,
        at: Source,
        scope: &Scope,
    ) -> Option<(Text, Source, Datum)> {
        let test = self.value(body.attribute("test")?.value(), scope);
        let variable = body.attribute("variable")?;
        let values = self.value(body.attribute("values")?.value(), scope);
        let key = self.value(variable.value(), scope);
        let operator = default_of(&test).text()?;
        let entry = (default_of(&key).text()?, key.at, values);
        Some((operator, at, Datum::new(at, Known::Map(vec![entry]))))
    }
}

/// Conditions of one operator become one map, as in JSON.
fn grouped(conditions: Vec<(Text, Source, Datum)>) -> Vec<(Text, Source, Datum)> {
    let mut groups: Vec<(Text, Source, Datum)> = Vec::new();
    for (operator, at, keys) in conditions {
        match groups.iter_mut().find(|(known, _, _)| *known == operator) {
            Some((_, _, Datum { value: Known::Map(entries), .. })) => {
                if let Known::Map(more) = keys.value {
                    entries.extend(more);
                }
            }
            _ => groups.push((operator, at, keys)),
        }
    }
    groups
}
