//! What a name stands for: a parameter, a variable, a resource; and how resources are called.

use super::Evaluator;
use crate::dialect::arm::template::{Scope, get, symbol};
use crate::dialect::values::{MAX_ALTERNATIVES, default_of, map_alternatives, one_of, text_of, through};
use crate::document::{Node, bicep};
use crate::fact::{Case, Datum, Known, Text, Why};
use crate::span::Source;

/// Most resources around a resource.
const MAX_PARENTS: usize = 8;

impl Evaluator<'_> {
    /// A name of Bicep: the innermost thing that it may be.
    pub(super) fn named(&mut self, name: &str, at: Source) -> Datum {
        let lower = name.to_lowercase();
        if let Some((_, value)) = self.locals.iter().rev().find(|(local, _)| *local == lower) {
            return through(value.clone(), at);
        }
        if self.template.parameter(name).is_some() {
            return self.parameter(name, at);
        }
        if self.template.variables.contains_key(&lower) {
            return self.variable(name, at);
        }
        match self.template.named(name) {
            Some(_) => Datum::unknown(at, Why::Computed(name.to_owned())),
            None => Datum::unknown(at, Why::NotInTree(name.to_owned())),
        }
    }

    pub(super) fn parameter(&mut self, name: &str, at: Source) -> Datum {
        let value =
            self.remember(format!("parameter {}", name.to_lowercase()), at, |this| this.set(name, at));
        through(value, at)
    }

    /// What a parameter is worth: what it is given, what files say, its default, or one of the values that it allows.
    fn set(&mut self, name: &str, at: Source) -> Datum {
        let lower = name.to_lowercase();
        if let Some(given) = self.given.as_ref().and_then(|given| given.get(&lower)) {
            return given.clone();
        }
        let Some(entry) = self.template.parameter(name) else {
            return Datum::unknown(at, Why::NotInTree(name.to_owned()));
        };
        let node = &entry.value;
        let default = get(node, "defaultValue").map(|node| self.value(node));
        // Whoever calls a template and gives it nothing leaves the default.
        if self.given.is_some() {
            return default.unwrap_or_else(|| Datum::unknown(at, Why::Variable(name.to_owned())));
        }
        let mut of: Vec<(Datum, Case, bool)> = Vec::new();
        let stated = self.files.get(&lower).cloned().unwrap_or_default();
        let allowed = get(node, "allowedValues").map(Node::items).unwrap_or_default();
        if stated.is_empty() && !allowed.is_empty() && allowed.len() <= MAX_ALTERNATIVES {
            for node in allowed {
                let value = self.value(node);
                let known = value.text().unwrap_or_default();
                let is_default = default.as_ref().and_then(Datum::text).is_some_and(|d| d == known);
                // The default is what a reader looks for.
                let value = default.clone().filter(|_| is_default).unwrap_or(value);
                of.push((value, Case::of(name, known.to_string()), is_default));
            }
            return one_of(self.place(node), of, false);
        }
        of.extend(default.map(|value| (value, Case::of(name, "default"), true)));
        of.extend(stated.into_iter().map(|value| {
            let file = super::file_of(self.unit, value.at.file).map_or("", |file| file.path.as_str());
            let case = Case::of(name, file);
            (value, case, true)
        }));
        if let [only] = of.as_mut_slice() {
            only.1 = Case::always();
        }
        match of.first() {
            None => Datum::unknown(at, Why::Variable(name.to_owned())),
            Some((first, _, _)) => one_of(first.at, of, true),
        }
    }

    pub(in crate::dialect::arm) fn variable(&mut self, name: &str, at: Source) -> Datum {
        let lower = name.to_lowercase();
        let Some(node) = self.template.variables.get(&lower).copied() else {
            return Datum::unknown(at, Why::NotInTree(name.to_owned()));
        };
        let value = self.remember(format!("variable {lower}"), at, |this| match get(node, "input") {
            Some(_) if get(node, "count").is_some() => {
                this.copied(node).map_or_else(|| Datum::new(at, Known::Null), |(_, _, value)| value)
            }
            _ => this.value(node),
        });
        through(value, at)
    }

    /// A property of something.
    pub(super) fn property(&mut self, of: &Node, name: &str, at: Source) -> Datum {
        if let Some(resource) =
            symbol(of).filter(|symbol| !self.is_local(symbol)).and_then(|s| self.template.named(s))
        {
            return match name {
                "id" => Datum::new(at, Known::Text(self.id(resource))),
                "name" => Datum::new(at, Known::Text(self.own_name(resource))),
                "type" => {
                    let kind =
                        self.template.resources.get(resource).map(|r| r.kind.clone()).unwrap_or_default();
                    Datum::new(at, Known::Text(Text::literal(kind)))
                }
                _ => Datum::unknown(at, Why::Computed(format!("{}.{name}", symbol(of).unwrap_or_default()))),
            };
        }
        let of = self.value(of);
        through(map_alternatives(&of, |value| inside(value, name, at)), at)
    }

    fn is_local(&self, name: &str) -> bool {
        let lower = name.to_lowercase();
        self.locals.iter().any(|(local, _)| *local == lower)
    }

    /// An item of a list, or a property whose name is worked out.
    pub(super) fn item(&mut self, of: &Node, which: &Node, at: Source) -> Datum {
        if symbol(of)
            .filter(|symbol| !self.is_local(symbol))
            .is_some_and(|s| self.template.named(s).is_some())
        {
            return Datum::unknown(at, Why::Computed(symbol(of).unwrap_or_default().to_owned()));
        }
        let which = self.value(which);
        let of = self.value(of);
        let Some(known) = default_of(&which).known().map(str::to_owned) else {
            return self.any_item(&of, &which, at);
        };
        let value = map_alternatives(&of, |value| match &value.value {
            Known::List(items) => match known.parse::<usize>().ok().and_then(|index| items.get(index)) {
                Some(item) => item.clone(),
                None => Datum::unknown(at, Why::Unsupported("an index beyond its list".to_owned())),
            },
            _ => inside(value, &known, at),
        });
        match &which.value {
            // Another key would be another value.
            Known::OneOf { .. } if value.value != Known::Null => {
                self.each_key(&of, &which, at).unwrap_or(value)
            }
            _ => through(value, at),
        }
    }

    /// A key that is one of several gives one of several values.
    fn each_key(&mut self, of: &Datum, which: &Datum, at: Source) -> Option<Datum> {
        let Known::Map(_) = &default_of(of).value else { return None };
        let mut found = Vec::new();
        for (key, case, lesser) in which.alternatives() {
            let value = default_of(of).get_ignoring_case(key.known()?)?;
            found.push((through(value.clone(), at), case, !lesser));
        }
        let open = matches!(which.value, Known::OneOf { open: true, .. });
        Some(one_of(at, found, open))
    }

    /// A key that is not known may be any.
    fn any_item(&mut self, of: &Datum, which: &Datum, at: Source) -> Datum {
        let why = match &default_of(which).value {
            Known::Unknown(why) => why.clone(),
            _ => Why::Expression("a key".to_owned()),
        };
        let entries = match &default_of(of).value {
            Known::Map(entries) => entries.iter().map(|(k, _, v)| (k.to_string(), v.clone())).collect(),
            Known::List(items) => {
                items.iter().enumerate().map(|(i, v)| (i.to_string(), v.clone())).collect::<Vec<_>>()
            }
            _ => Vec::new(),
        };
        if entries.is_empty() || entries.len() > MAX_ALTERNATIVES {
            return Datum::unknown(at, why);
        }
        let choice = why.to_string();
        let of = entries.into_iter().map(|(key, value)| (value, Case::of(choice.clone(), key), false));
        one_of(at, of.collect(), false)
    }

    /// The name that a resource has, with those of the resources around it.
    pub(in crate::dialect::arm) fn full_name(&mut self, resource: usize) -> Text {
        let mut names = vec![self.own_name(resource)];
        let mut at = resource;
        for _ in 0..MAX_PARENTS {
            let Some(parent) = self.template.resources.get(at).and_then(|r| r.parent) else { break };
            names.push(self.own_name(parent));
            at = parent;
        }
        let mut all = Text::default();
        for (index, name) in names.iter().rev().enumerate() {
            if index > 0 {
                all.push("/");
            }
            all.append(name);
        }
        all
    }

    /// The name that a resource states.
    pub(in crate::dialect::arm) fn own_name(&mut self, resource: usize) -> Text {
        let Some(found) = self.template.resources.get(resource) else { return Text::default() };
        let Some(name) = get(found.node, "name") else {
            return Text::literal(found.symbol.unwrap_or_default());
        };
        let at = self.place(name);
        let key = format!("name {resource}");
        // In a loop the name differs from round to round.
        match self.locals.is_empty() {
            true => text_of(&self.remember(key, at, |this| this.value(name))),
            false => text_of(&self.value(name)),
        }
    }

    /// The id of a resource; the subscription and the group that it lies in are not known.
    pub(in crate::dialect::arm) fn id(&mut self, resource: usize) -> Text {
        let kind = self.template.resources.get(resource).map(|r| r.kind.clone()).unwrap_or_default();
        let name = self.full_name(resource);
        let scope = self.template.resources.get(resource).and_then(|r| get(r.node, "scope"));
        let above = scope.map(|scope| self.value(scope)).map(|value| text_of(&value));
        let above = above.filter(|text| text.prefix().starts_with('/'));
        above.map_or_else(|| self.resource_id(&kind, &name), |above| below(above, &kind, &name))
    }

    /// The id that a type and a name come to.
    pub(in crate::dialect::arm) fn resource_id(&mut self, kind: &str, name: &Text) -> Text {
        match kind.to_ascii_lowercase().as_str() {
            "microsoft.management/managementgroups" => {
                let mut id = Text::literal("/providers/Microsoft.Management/managementGroups/");
                id.append(name);
                return id;
            }
            "microsoft.resources/subscriptions" => {
                let mut id = Text::literal("/subscriptions/");
                id.append(name);
                return id;
            }
            "microsoft.resources/resourcegroups" | "microsoft.resources/subscriptions/resourcegroups" => {
                let mut id = subscription();
                id.push("/resourceGroups/");
                id.append(name);
                return id;
            }
            _ => {}
        }
        let above = match self.template.scope {
            Scope::Group => group(),
            Scope::Subscription => subscription(),
            Scope::Management | Scope::Tenant => Text::default(),
        };
        below(above, kind, name)
    }
}

/// `/providers/Microsoft.A/b/name` below a scope; names of resources inside others stand among the types.
pub(super) fn below(mut above: Text, kind: &str, name: &Text) -> Text {
    above.push("/providers/");
    let types: Vec<&str> = kind.split('/').collect();
    let names: Vec<&str> = name.known().map(|name| name.split('/').collect()).unwrap_or_default();
    if types.len() == names.len() + 1 {
        above.push(types.first().copied().unwrap_or_default());
        for (kind, name) in types.iter().skip(1).zip(&names) {
            above.push(&format!("/{kind}/{name}"));
        }
        return above;
    }
    above.push(kind);
    above.push("/");
    above.append(name);
    above
}

/// The subscription that is deployed to.
pub(in crate::dialect::arm) fn subscription() -> Text {
    let mut id = Text::literal("/subscriptions/");
    id.push_hole(Why::Variable("subscription".to_owned()));
    id
}

/// The resource group that is deployed to.
pub(in crate::dialect::arm) fn group() -> Text {
    let mut id = subscription();
    id.push("/resourceGroups/");
    id.push_hole(Why::Variable("resource group".to_owned()));
    id
}

/// A property of a value.
fn inside(value: &Datum, name: &str, at: Source) -> Datum {
    match &value.value {
        Known::Map(entries) => match value.get_ignoring_case(name) {
            Some(found) => found.clone(),
            // What is spread in, and is not known, may hold it.
            None => match entries.iter().find_map(|(key, _, _)| key.why()) {
                Some(why) => Datum::unknown(at, why.clone()),
                None => Datum::new(at, Known::Null),
            },
        },
        Known::Unknown(Why::Computed(of)) => Datum::unknown(at, Why::Computed(format!("{of}.{name}"))),
        Known::Unknown(why) => Datum::unknown(at, why.clone()),
        Known::Null => Datum::new(at, Known::Null),
        _ => Datum::unknown(at, Why::Expression(format!("a property `{name}`"))),
    }
}

/// Whether a node is a call of a namespace of Bicep itself: `az.resourceGroup()`.
pub(super) fn is_namespace(node: &Node) -> bool {
    node.tag.as_deref() == Some(bicep::NAME)
        && matches!(node.items().first().and_then(Node::text), Some("az" | "sys"))
}
