//! Functions and operators. An alternative of an argument is an alternative of the result.

use std::sync::Arc;

use super::reference::{below, group, is_namespace, subscription};
use super::text::{concatenated, lettered, of_known};
use super::{Evaluator, file_of};
use crate::dialect::resolve;
use crate::dialect::values::{default_of, map_alternatives, one_of, text_of, through};
use crate::document::{Node, bicep, json};
use crate::fact::{Datum, Known, Piece, Text, Why};
use crate::span::Source;

/// Functions whose results only the platform knows.
/// Source: <https://learn.microsoft.com/azure/azure-resource-manager/templates/template-functions>.
const COMPUTED: [&str; 24] = [
    "guid",
    "uniquestring",
    "newguid",
    "deployment",
    "environment",
    "deployer",
    "pickzones",
    "providers",
    "dataurituri",
    "datauri",
    "datauritostring",
    "indexof",
    "lastindexof",
    "intersection",
    "min",
    "max",
    "parsecidr",
    "cidrsubnet",
    "cidrhost",
    "toobject",
    "groupby",
    "sort",
    "reduce",
    "objectkeys",
];

impl Evaluator<'_> {
    /// The value of a node with a tag.
    pub(super) fn call(&mut self, tag: &str, node: &Node) -> Datum {
        let at = self.place(node);
        let items = node.items();
        match (tag, items) {
            (bicep::NAME, [name]) => self.named(name.text().unwrap_or_default(), at),
            (bicep::PROPERTY, [of, name]) => self.property(of, name.text().unwrap_or_default(), at),
            (bicep::INDEX, [of, which]) => self.item(of, which, at),
            (bicep::NESTED, [_, name]) => self.named(name.text().unwrap_or_default(), at),
            (bicep::TEXT, parts) => {
                let parts = parts.iter().map(|part| self.value(part)).collect();
                concatenated(at, parts)
            }
            (bicep::FOR, _) => self.looped(node, at),
            (bicep::METHOD, [of, name, arguments @ ..]) => {
                let name = name.text().unwrap_or_default().to_ascii_lowercase();
                match is_namespace(of) {
                    true => self.function(&name, arguments, at),
                    false => self.method(of, &name, arguments, at),
                }
            }
            ("if", [condition, when, otherwise]) => {
                let (when, otherwise) = (self.value(when), self.value(otherwise));
                self.chosen(condition, when, otherwise, at)
            }
            _ => self.function(tag, items, at),
        }
    }

    /// A function of a resource, such as `storage.listKeys()`, or of a namespace of the template's own.
    fn method(&mut self, of: &Node, name: &str, arguments: &[Node], at: Source) -> Datum {
        let full = format!("{}.{name}", self.slice(of).to_lowercase());
        if self.template.functions.contains_key(&full) {
            return self.own_function(&full, arguments, at);
        }
        self.signs(name, arguments);
        Datum::unknown(at, Why::Computed(format!("{}.{name}()", self.slice(of))))
    }

    /// Keeps what a shared access signature is asked for with.
    fn signs(&mut self, name: &str, arguments: &[Node]) {
        if name.starts_with("list") && name.ends_with("sas") {
            let values: Vec<Datum> = arguments.iter().map(|argument| self.value(argument)).collect();
            let is_map = |value: &&Datum| matches!(default_of(value).value, Known::Map(_));
            self.signed.extend(values.iter().filter(is_map).map(|value| default_of(value).clone()));
        }
    }

    fn own_function(&mut self, name: &str, arguments: &[Node], at: Source) -> Datum {
        let Some(function) = self.template.functions.get(name).copied() else {
            return Datum::unknown(at, Why::NotInTree(name.to_owned()));
        };
        let values: Vec<Datum> = arguments.iter().map(|argument| self.value(argument)).collect();
        match self.apply(function, &values) {
            Some(value) => through(value, at),
            None => Datum::unknown(at, Why::Expression(name.to_owned())),
        }
    }

    fn function(&mut self, name: &str, items: &[Node], at: Source) -> Datum {
        if self.template.functions.contains_key(name) {
            return self.own_function(name, items, at);
        }
        match name {
            "not" | "and" | "or" | "equals" | "$unequal" | "$alike" | "$unlike" | "empty" | "contains"
            | "less" | "lessorequals" | "greater" | "greaterorequals" | "startswith" | "endswith"
            | "bool" => {
                return self.judged(name, items, at);
            }
            "map" | "filter" => return self.transformed(name, items, at),
            _ if name.starts_with("list") => {
                self.signs(name, items);
                return Datum::unknown(at, Why::Computed(format!("{name}()")));
            }
            _ => {}
        }
        let values: Vec<Datum> = items.iter().map(|item| self.value(item)).collect();
        self.plain_function(name, &values, at)
    }

    fn plain_function(&mut self, name: &str, values: &[Datum], at: Source) -> Datum {
        let first = values.first();
        let known = |index: usize| values.get(index).and_then(|v| default_of(v).known()).map(str::to_owned);
        let text = |text: Text| Datum::new(at, Known::Text(text));
        let expression = || Datum::unknown(at, Why::Expression(name.trim_start_matches('$').to_owned()));
        match name {
            "parameters" => known(0).map_or_else(expression, |name| self.parameter(&name, at)),
            "variables" => first.map_or_else(expression, |name| self.each_variable(name, at)),
            "copyindex" => self.index(values, at),
            "lambdavariables" => known(0).map_or_else(expression, |name| self.named(&name, at)),
            "concat" => match first.map(|v| &default_of(v).value) {
                Some(Known::List(_)) => lists(values, at),
                _ => concatenated(at, values.to_vec()),
            },
            "add" if values.iter().all(|v| matches!(default_of(v).value, Known::Text(_))) => {
                concatenated(at, values.to_vec())
            }
            "format" => self.formatted(values, at),
            "tolower" => first.map_or_else(expression, |v| lettered(v, |t| t.to_lowercase())),
            "toupper" => first.map_or_else(expression, |v| lettered(v, |t| t.to_uppercase())),
            "string" | "any" | "base64" | "uri" | "int" | "array" | "json" | "xml" => {
                self.converted(name, values, at)
            }
            "trim" => {
                first.map_or_else(expression, |v| of_known(v, name, |t| Known::Text(Text::literal(t.trim()))))
            }
            "replace" => match (first, known(1), known(2)) {
                (Some(of), Some(from), Some(to)) => lettered_with(of, &from, &to),
                _ => expression(),
            },
            "split" => match (first, known(1)) {
                (Some(of), Some(mark)) if !mark.is_empty() => of_known(of, name, |t| {
                    Known::List(
                        t.split(mark.as_str())
                            .map(|p| Datum::new(of.at, Known::Text(Text::literal(p))))
                            .collect(),
                    )
                }),
                _ => expression(),
            },
            "join" => match (first.map(|v| &default_of(v).value), known(1)) {
                (Some(Known::List(items)), Some(mark)) => {
                    let gap = Datum::new(at, Known::Text(Text::literal(mark)));
                    let parts = items.iter().enumerate().flat_map(|(index, part)| {
                        (index > 0).then(|| gap.clone()).into_iter().chain([part.clone()])
                    });
                    concatenated(at, parts.collect())
                }
                _ => expression(),
            },
            "first" | "last" => first.map_or_else(expression, |v| ending(v, name == "first", at)),
            "createarray" => Datum::new(at, Known::List(values.to_vec())),
            "createobject" => {
                let pairs = values.chunks_exact(2).filter_map(|pair| match pair {
                    [key, value] => Some((text_of(key), key.at, value.clone())),
                    _ => None,
                });
                Datum::new(at, Known::Map(pairs.collect()))
            }
            "union" | "shallowmerge" | "flatten" => united(values, at),
            "coalesce" => values.iter().find(|v| v.value != Known::Null).cloned().unwrap_or_else(expression),
            "trygetvalue" | "tryget" => expression(),
            "null" => Datum::new(at, Known::Null),
            "true" | "false" => Datum::new(at, Known::Bool(name == "true")),
            "range" => match (
                known(0).and_then(|n| n.parse::<i64>().ok()),
                known(1).and_then(|n| n.parse::<i64>().ok()),
            ) {
                (Some(from), Some(count)) if (0..=super::MAX_ITEMS as i64).contains(&count) => {
                    let numbers =
                        (0..count).map(|n| Datum::new(at, Known::Number(from.saturating_add(n).to_string())));
                    Datum::new(at, Known::List(numbers.collect()))
                }
                _ => expression(),
            },
            "length" => match first.map(|v| &default_of(v).value) {
                Some(Known::List(items)) => Datum::new(at, Known::Number(items.len().to_string())),
                Some(Known::Text(text)) => match text.known() {
                    Some(known) => Datum::new(at, Known::Number(known.chars().count().to_string())),
                    None => expression(),
                },
                _ => expression(),
            },
            "items" => first.map_or_else(expression, |v| pairs(v, at)),
            "add" | "sub" | "mul" | "div" | "mod" | "$minus" => {
                counted(name, values, at).unwrap_or_else(expression)
            }
            "take" | "skip" | "substring" | "padleft" => cut(name, values, at).unwrap_or_else(expression),
            "resourceid"
            | "subscriptionresourceid"
            | "tenantresourceid"
            | "managementgroupresourceid"
            | "extensionresourceid" => text(self.identified(name, values)),
            "subscription" => described(at, subscription(), "subscriptionId", "subscription"),
            "resourcegroup" => described(at, group(), "name", "resource group"),
            "managementgroup" => {
                let mut id = Text::literal("/providers/Microsoft.Management/managementGroups/");
                match first {
                    Some(name) => id.append(&text_of(name)),
                    None => id.push_hole(Why::Variable("management group".to_owned())),
                }
                described(at, id, "name", "management group")
            }
            "tenant" => described(at, Text::literal("/"), "tenantId", "tenant"),
            "reference" => {
                let of = first.map(|v| text_of(v).to_string()).unwrap_or_default();
                Datum::unknown(at, Why::Computed(of.rsplit('/').next().unwrap_or_default().to_owned()))
            }
            "utcnow" => Datum::unknown(at, Why::Expression("utcNow".to_owned())),
            "datetimeadd" => match first {
                Some(from) => {
                    let plus = Datum::new(at, Known::Text(Text::literal("+")));
                    concatenated(
                        at,
                        [vec![from.clone(), plus], values.get(1).cloned().into_iter().collect()].concat(),
                    )
                }
                None => expression(),
            },
            "datetimetoepoch" | "datetimefromepoch" => first.cloned().unwrap_or_else(expression),
            "loadtextcontent" | "loadjsoncontent" | "loadyamlcontent" | "loadfileasbase64" => {
                self.loaded(name, known(0).as_deref(), at)
            }
            "readenvironmentvariable" | "externalinput" => values
                .get(1)
                .cloned()
                .unwrap_or_else(|| Datum::unknown(at, Why::Variable(known(0).unwrap_or_default()))),
            "uricomponent" | "uricomponenttostring" | "base64tostring" | "base64tojson" => expression(),
            _ if COMPUTED.contains(&name) || name == "getsecret" => expression(),
            "" | "$spread" | "$lambda" | "lambda" => expression(),
            other => self.unsupported(at, format!("the function `{other}`")),
        }
    }

    /// The variable of a name, or one of several where the name is.
    fn each_variable(&mut self, name: &Datum, at: Source) -> Datum {
        let open = matches!(name.value, Known::OneOf { open: true, .. });
        let mut of = Vec::new();
        for (one, case, lesser) in name.alternatives() {
            let value = match one.known() {
                Some(known) => self.variable(known, at),
                None => Datum::unknown(at, Why::Expression("variables".to_owned())),
            };
            of.push((value, case, !lesser));
        }
        one_of(at, of, open)
    }

    /// Functions that give what they are given in another form.
    fn converted(&mut self, name: &str, values: &[Datum], at: Source) -> Datum {
        let Some(value) = values.first() else { return Datum::unknown(at, Why::Expression(name.to_owned())) };
        match name {
            "array" if !matches!(default_of(value).value, Known::List(_)) => {
                Datum::new(at, Known::List(vec![value.clone()]))
            }
            "uri" => concatenated(at, values.to_vec()),
            "json" => map_alternatives(value, |plain| match plain.known() {
                Some("null") => Datum::new(plain.at, Known::Null),
                Some(known) => {
                    let mark = crate::document::Scalar::verbatim(known, crate::document::Style::Quoted, 0);
                    // What stands in the text has the text's own place: its bytes are not those of the file.
                    match json::read_embedded(&mark) {
                        Some(node) => at_place(Datum::from_plain_node(plain.at.file, &node), plain.at),
                        None => match known {
                            "true" | "false" => Datum::new(plain.at, Known::Bool(known == "true")),
                            _ => Datum { value: Known::Text(Text::literal(known)), ..plain.clone() },
                        },
                    }
                }
                None => plain.clone(),
            }),
            _ => value.clone(),
        }
    }

    /// `resourceId('Microsoft.A/b', 'name')`, with groups and subscriptions before the type, or a scope.
    fn identified(&mut self, name: &str, values: &[Datum]) -> Text {
        let is_type = |value: &&Datum| {
            text_of(value).known().is_some_and(|t| t.contains('.') && t.contains('/') && !t.starts_with('/'))
        };
        let at = values.iter().position(|value| is_type(&value));
        let Some(at) = at else { return Text::hole(Why::Expression(name.to_owned())) };
        let kind = values.get(at).map(text_of).unwrap_or_default().to_string();
        let mut full = Text::default();
        for (index, part) in values.iter().skip(at + 1).enumerate() {
            if index > 0 {
                full.push("/");
            }
            full.append(&text_of(part));
        }
        match name {
            "extensionresourceid" => below(values.first().map(text_of).unwrap_or_default(), &kind, &full),
            "tenantresourceid" | "managementgroupresourceid" => below(Text::default(), &kind, &full),
            "subscriptionresourceid" => below(subscription(), &kind, &full),
            _ => self.resource_id(&kind, &full),
        }
    }

    /// What a file of the tree holds.
    fn loaded(&mut self, name: &str, path: Option<&str>, at: Source) -> Datum {
        let asked = path.and_then(|path| resolve(self.file().folder(), path));
        let found = asked.as_deref().and_then(|path| self.unit.file(path));
        let Some(found) = found.and_then(|file| file_of(self.unit, file.id)) else {
            return Datum::unknown(at, Why::NotInTree(path.unwrap_or("a file").to_owned()));
        };
        match found.document.nodes().first() {
            Some(node) if name == "loadjsoncontent" || name == "loadyamlcontent" => {
                Datum::from_plain_node(found.id, node)
            }
            _ => Datum::unknown(at, Why::Expression(name.to_owned())),
        }
    }
}

/// A value whose parts all stand at one place.
fn at_place(value: Datum, at: Source) -> Datum {
    let value_of = match value.value {
        Known::List(items) => Known::List(items.into_iter().map(|item| at_place(item, at)).collect()),
        Known::Map(entries) => {
            Known::Map(entries.into_iter().map(|(key, _, item)| (key, at, at_place(item, at))).collect())
        }
        other => other,
    };
    Datum { at, via: Vec::new(), value: value_of }
}

/// Lists one behind the other; what is not known stands as one item.
fn lists(values: &[Datum], at: Source) -> Datum {
    let items = values.iter().flat_map(|value| default_of(value).items().to_vec()).collect();
    Datum::new(at, Known::List(items))
}

/// Maps in which later ones win, or lists.
fn united(values: &[Datum], at: Source) -> Datum {
    let mut all: Vec<Datum> = Vec::new();
    for value in values {
        match &default_of(value).value {
            Known::List(items) => all.extend(items.iter().cloned()),
            _ => all.push(default_of(value).clone()),
        }
    }
    if !all.iter().any(|value| matches!(value.value, Known::Map(_))) || values.len() < all.len() {
        return match all.as_slice() {
            [only] if matches!(only.value, Known::Unknown(_)) => only.clone(),
            _ => Datum::new(at, Known::List(all)),
        };
    }
    let mut entries = Vec::new();
    for value in &all {
        match &value.value {
            Known::Map(more) => entries.extend(more.iter().cloned()),
            Known::Unknown(why) => entries.push((Text::hole(why.clone()), value.at, value.clone())),
            _ => {}
        }
    }
    Datum::new(at, Known::Map(entries))
}

fn lettered_with(value: &Datum, from: &str, to: &str) -> Datum {
    map_alternatives(value, |plain| match &plain.value {
        Known::Text(text) => {
            let pieces = text.0.iter().map(|piece| match piece {
                Piece::Literal(literal) => Piece::Literal(literal.replace(from, to)),
                hole => hole.clone(),
            });
            Datum { value: Known::Text(Text(pieces.collect())), ..plain.clone() }
        }
        _ => plain.clone(),
    })
}

/// The first or last item of a list.
fn ending(value: &Datum, first: bool, at: Source) -> Datum {
    map_alternatives(value, |plain| match &plain.value {
        Known::List(items) => {
            let item = if first { items.first() } else { items.last() };
            item.cloned().unwrap_or_else(|| Datum::new(at, Known::Null))
        }
        _ => Datum::unknown(at, Why::Expression(if first { "first" } else { "last" }.to_owned())),
    })
}

/// `items(object)`: `{key, value}` of each entry.
fn pairs(value: &Datum, at: Source) -> Datum {
    map_alternatives(value, |plain| match &plain.value {
        Known::Map(entries) => {
            let pair = |(key, place, value): &(Text, Source, Datum)| {
                let key = Datum::new(*place, Known::Text(key.clone()));
                let named = |name: &str, value: Datum| (Text::literal(name), *place, value);
                Datum::new(*place, Known::Map(vec![named("key", key), named("value", value.clone())]))
            };
            Datum::new(at, Known::List(entries.iter().map(pair).collect()))
        }
        _ => Datum::unknown(at, Why::Expression("items".to_owned())),
    })
}

/// An object with an id and what else is asked of it.
fn described(at: Source, id: Text, name: &str, what: &str) -> Datum {
    let entry = |key: &str, value: Known| (Text::literal(key), at, Datum::new(at, value));
    let hole = |key: &str| Known::Unknown(Why::Variable(format!("{what} {key}")));
    let entries = vec![
        entry("id", Known::Text(id)),
        entry(name, hole(name)),
        entry("location", hole("location")),
        entry("tenantId", hole("tenantId")),
        entry("displayName", hole("displayName")),
        entry("name", hole("name")),
        entry("tags", hole("tags")),
        entry("properties", hole("properties")),
    ];
    Datum::new(at, Known::Map(entries))
}

fn counted(name: &str, values: &[Datum], at: Source) -> Option<Datum> {
    let numbers: Option<Vec<i64>> = values.iter().map(|v| default_of(v).known()?.parse().ok()).collect();
    let number = match (name, numbers?.as_slice()) {
        ("$minus", [a]) => a.checked_neg(),
        ("add", [a, b]) => a.checked_add(*b),
        ("sub", [a, b]) => a.checked_sub(*b),
        ("mul", [a, b]) => a.checked_mul(*b),
        ("div", [a, b]) => a.checked_div(*b),
        ("mod", [a, b]) => a.checked_rem(*b),
        _ => None,
    }?;
    Some(Datum::new(at, Known::Number(number.to_string())))
}

/// A part of a text or list.
fn cut(name: &str, values: &[Datum], at: Source) -> Option<Datum> {
    let number = |index: usize| values.get(index).and_then(|v| default_of(v).known()?.parse::<usize>().ok());
    let of = default_of(values.first()?);
    let first = number(1)?;
    if let Known::List(items) = &of.value {
        let items = match name {
            "take" => items.iter().take(first).cloned().collect(),
            "skip" => items.iter().skip(first).cloned().collect(),
            _ => return None,
        };
        return Some(Datum::new(at, Known::List(items)));
    }
    let text: Arc<str> = of.known()?.into();
    let characters = text.chars();
    let part: String = match name {
        "take" => characters.take(first).collect(),
        "skip" => characters.skip(first).collect(),
        "substring" => characters.skip(first).take(number(2).unwrap_or(usize::MAX)).collect(),
        _ => return None,
    };
    Some(Datum { value: Known::Text(Text::literal(part)), ..of.clone() })
}
