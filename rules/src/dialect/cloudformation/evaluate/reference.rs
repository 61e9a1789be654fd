//! What a name stands for: a parameter, a pseudo parameter, a resource or one of its attributes.

use super::Evaluator;
use crate::dialect::cloudformation::intrinsic::Call;
use crate::dialect::cloudformation::tables;
use crate::dialect::values::{MAX_ALTERNATIVES, default_of, one_of};
use crate::document::Node;
use crate::fact::{Case, Datum, Known, Text, Why};
use crate::span::Source;

impl Evaluator<'_> {
    /// What `Ref` gives for a name.
    pub(super) fn reference(&mut self, name: &str, at: Source) -> Datum {
        if name == "AWS::NoValue" {
            return Datum::new(at, Known::Null);
        }
        if name.starts_with("AWS::") {
            return Datum::unknown(at, Why::Variable(name.to_owned()));
        }
        if self.template.parameters.contains_key(name) {
            return self.remember(format!("parameter {name}"), at, |this| this.parameter(name, at));
        }
        match self.template.kind(name) {
            Some(kind) => match tables::shape(kind) {
                Some(row) => self.pattern(row.r#ref.as_deref().unwrap_or("{name}"), name, at),
                None => Datum::unknown(at, Why::Computed(name.to_owned())),
            },
            // SAM makes the role of a function under a name of its own.
            None => match self.made_role(name) {
                Some(role) => Datum::new(at, Known::Text(role)),
                None => Datum::unknown(at, Why::NotInTree(name.to_owned())),
            },
        }
    }

    /// What a parameter is worth: its default, one of the values that it allows, or nothing that is known.
    fn parameter(&mut self, name: &str, at: Source) -> Datum {
        let Some(entry) = self.template.parameters.get(name).copied() else {
            return Datum::unknown(at, Why::Variable(name.to_owned()));
        };
        let node = &entry.value;
        let kind = node.get("Type").and_then(Node::text).unwrap_or_default();
        if kind.starts_with("AWS::SSM::Parameter::") {
            return Datum::unknown(at, Why::NotInTree(format!("the stored parameter of `{name}`")));
        }
        let is_list = kind == "CommaDelimitedList" || kind.starts_with("List<");
        let default = node.get("Default").map(|node| self.plain(node));
        let allowed = node.get("AllowedValues").map(Node::items).unwrap_or_default();
        let mut of = Vec::new();
        if !is_list && !allowed.is_empty() && allowed.len() <= MAX_ALTERNATIVES {
            for node in allowed {
                let value = self.plain(node);
                let known = value.text().unwrap_or_default();
                let is_default = default.as_ref().and_then(Datum::text).is_some_and(|d| d == known);
                // The default is what a reader looks for.
                let value = default.clone().filter(|_| is_default).unwrap_or(value);
                of.push((value, Case::of(name, known.to_string()), is_default));
            }
            return one_of(self.place(node), of, false);
        }
        match default {
            None => Datum::unknown(at, Why::Variable(name.to_owned())),
            Some(default) => {
                let value = if is_list { listed(&default) } else { default };
                let place = value.at;
                one_of(place, vec![(value, Case::always(), true)], true)
            }
        }
    }

    /// `!GetAtt Name.Attribute`, or `[Name, Attribute]`.
    pub(super) fn attribute(&mut self, call: Call<'_>, at: Source) -> Datum {
        let (name, attribute) = match (call.argument.text(), call.argument.items()) {
            (Some(text), _) => match text.split_once('.') {
                Some((name, attribute)) => (name.to_owned(), attribute.to_owned()),
                None => (text.to_owned(), String::new()),
            },
            (None, [name, attribute]) => {
                let attribute = default_of(&self.value(attribute)).text().unwrap_or_default();
                (name.text().unwrap_or_default().to_owned(), attribute.to_string())
            }
            _ => return self.unsupported(at, "a `Fn::GetAtt` of this form".to_owned()),
        };
        self.attribute_of(&name, &attribute, at)
    }

    /// An attribute of a resource.
    pub(super) fn attribute_of(&mut self, name: &str, attribute: &str, at: Source) -> Datum {
        let Some(kind) = self.template.kind(name) else {
            return match (self.made_role(name), attribute) {
                (Some(role), "Arn") => Datum::new(at, Known::Text(role_arn(&role))),
                _ => Datum::unknown(at, Why::NotInTree(format!("{name}.{attribute}"))),
            };
        };
        match tables::shape(kind).and_then(|row| row.attributes.get(attribute)) {
            Some(pattern) => self.pattern(pattern, name, at),
            None => Datum::unknown(at, Why::Computed(format!("{name}.{attribute}"))),
        }
    }

    /// The name that a resource has in its account. One without a name of its own is called by its logical id: the
    /// platform puts the stack before it and a random part behind it.
    pub(in crate::dialect::cloudformation) fn physical(&mut self, logical: &str, at: Source) -> Text {
        let Some(node) = self.template.resources.get(logical).copied() else { return Text::literal(logical) };
        let row = self.template.kind(logical).and_then(tables::shape);
        let named = row.and_then(|row| row.name.as_deref());
        let stated = named.and_then(|name| node.path(&["Properties", name]));
        let Some(stated) = stated else { return Text::literal(logical) };
        let value = self.remember(format!("name {logical}"), at, |this| this.value(stated));
        match &default_of(&value).value {
            Known::Null => Text::literal(logical),
            _ => default_of(&value).text().unwrap_or_else(|| Text::literal(logical)),
        }
    }

    /// An attribute by its pattern: `{name}` is the resource's name, `{Property}` a property, `{?account}` a hole,
    /// `{Url|host}` without scheme.
    fn pattern(&mut self, pattern: &str, logical: &str, at: Source) -> Datum {
        let mut text = Text::default();
        let mut rest = pattern;
        while let Some((before, more)) = rest.split_once('{') {
            text.push(before);
            let (name, after) = more.split_once('}').unwrap_or((more, ""));
            rest = after;
            if let Some(hole) = name.strip_prefix('?') {
                text.push_hole(Why::Variable(hole.to_owned()));
                continue;
            }
            if name == "name" {
                text.append(&self.physical(logical, at));
                continue;
            }
            let (name, host) = name.split_once('|').map_or((name, false), |(name, _)| (name, true));
            let node = self.template.resources.get(logical).and_then(|r| r.path(&["Properties", name]));
            let value = node.map(|node| self.value(node)).as_ref().map(default_of).and_then(Datum::text);
            match value {
                Some(value) if host => {
                    let known = value.known().map(|v| v.trim_start_matches("https://").trim_end_matches('/'));
                    text.append(&known.map_or_else(|| value.clone(), Text::literal));
                }
                Some(value) => text.append(&value),
                None => text.push_hole(Why::Computed(format!("{logical}.{name}"))),
            }
        }
        text.push(rest);
        Datum::new(at, Known::Text(text))
    }

    /// The name of a role that SAM makes for a function or state machine: `<LogicalId>Role`.
    /// Source: <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification-generated-resources-function.html>.
    fn made_role(&self, name: &str) -> Option<Text> {
        let owner = name.strip_suffix("Role")?;
        let kind = self.template.kind(owner)?;
        matches!(kind, "AWS::Serverless::Function" | "AWS::Serverless::StateMachine")
            .then(|| Text::literal(name))
    }
}

fn role_arn(name: &Text) -> Text {
    let mut arn = Text::literal("arn:aws:iam::");
    arn.push_hole(Why::Variable("account".to_owned()));
    arn.push(":role/");
    arn.append(name);
    arn
}

/// The items of a list that is written as one text with commas.
fn listed(default: &Datum) -> Datum {
    let Some(text) = default.known() else { return default.clone() };
    let item = |text: &str| Datum::new(default.at, Known::Text(Text::literal(text.trim())));
    let items = text.split(',').filter(|item| !item.trim().is_empty()).map(item).collect();
    Datum::new(default.at, Known::List(items))
}
