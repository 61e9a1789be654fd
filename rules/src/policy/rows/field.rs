//! The fields that a row may ask about: those of the published facts schema, so that there is no second list of them.
//!
//! A row sees through what facts are wrapped in: a value with alternatives, what a registry row says, a partly known text.
//! What is no business of a policy has no field: places, numbers of facts, and whatever belongs to a secret.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde_json::Value as Json;

/// The ten bodies, as JSON names them, and what each is called in the schema.
pub(crate) const BODIES: [(&str, &str); 10] = [
    ("credential", "Credential"),
    ("identity", "Identity"),
    ("grant", "Grant"),
    ("trust", "Trust"),
    ("endpoint", "Endpoint"),
    ("component", "Component"),
    ("flow", "Flow"),
    ("need", "Need"),
    ("safeguard", "Safeguard"),
    ("link", "Link"),
];

/// Types of the schema without a field: places and numbers, and what belongs to a secret.
const HIDDEN: [&str; 7] = ["Source", "Place", "FactId", "FileId", "ContextId", "Case", "ValueTag"];
/// Where it happens; what a context does not say is that of the one around it.
pub(crate) const WITHIN: &str = "within";
/// How it came to be.
const ORIGIN: &str = "origin";
/// What of a context a row may ask.
const OF_CONTEXT: [&str; 6] = ["kind", "name", "started_by", "runs_code_of", "environment", "tier"];

/// What may stand in a field.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Kind {
    /// A text of which parts may be unknown.
    Text,
    /// A text that is known.
    Word,
    /// One of some words, perhaps with more to it: `pin.tag`.
    Choice(Vec<String>, Table),
    /// How long something works: one of some words that also counts as a duration.
    Lifetime(Vec<String>, Table),
    /// True or false.
    Flag,
    /// Seconds.
    Seconds,
    /// A day.
    Date,
    /// The name of an entity, and its parts.
    Entity(Table),
    /// Fields of its own.
    Table(Table),
    /// Several.
    List(Box<Kind>),
    /// Known, one of several, or unknown.
    Value(Box<Kind>),
    /// What a registry row says.
    Said(Box<Kind>),
}

/// Fields by name.
pub(crate) type Table = BTreeMap<String, Field>;

/// A field.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Field {
    pub(crate) kind: Kind,
    /// What the schema says of it.
    pub(crate) about: String,
}

impl Kind {
    /// What a row sees: without what it sees through.
    pub(crate) fn seen(&self) -> &Self {
        match self {
            Self::Value(inner) | Self::Said(inner) => inner.seen(),
            other => other,
        }
    }

    /// The fields below, if there are any.
    pub(crate) fn fields(&self) -> Option<&Table> {
        match self.seen() {
            Self::Table(table) | Self::Entity(table) | Self::Choice(_, table) | Self::Lifetime(_, table) => {
                Some(table).filter(|table| !table.is_empty())
            }
            _ => None,
        }
    }

    /// What it is, for messages.
    pub(crate) fn name(&self) -> &'static str {
        match self.seen() {
            Self::Text | Self::Word => "a text",
            Self::Choice(..) => "one of some words",
            Self::Lifetime(..) => "a lifetime",
            Self::Flag => "true or false",
            Self::Seconds => "a duration",
            Self::Date => "a date",
            Self::Entity(_) => "the name of an entity",
            Self::Table(_) | Self::Value(_) | Self::Said(_) => "a table",
            Self::List(_) => "a list",
        }
    }
}

static FIELDS: LazyLock<BTreeMap<&'static str, Table>> = LazyLock::new(|| {
    let schema = schemars::schema_for!(crate::fact::UnitFacts).to_value();
    let reader = Reader { definitions: schema.get("$defs").unwrap_or(&Json::Null) };
    let shared = reader.shared();
    let of = |name: &str| {
        let mut table = reader.table(reader.definition(name));
        table.extend(shared.clone());
        table
    };
    BODIES.iter().map(|(body, name)| (*body, of(name))).collect()
});

/// The fields of a body.
pub(crate) fn of(body: &str) -> Option<&'static Table> {
    FIELDS.get(body)
}

/// Builds the table now.
pub(crate) fn warm() {
    LazyLock::force(&FIELDS);
}

struct Reader<'s> {
    definitions: &'s Json,
}

impl<'s> Reader<'s> {
    fn definition(&self, name: &str) -> &'s Json {
        self.definitions.get(name).unwrap_or(&Json::Null)
    }

    /// Fields that every fact has.
    fn shared(&self) -> Table {
        let mut context = self.table(self.definition("Context"));
        context.retain(|name, _| OF_CONTEXT.contains(&name.as_str()));
        let about = "Where it happens: what the innermost place that says so says.".to_owned();
        let within = Field { kind: Kind::Table(context), about };
        let origin = self.definition("Fact").pointer("/properties/origin");
        let origin = origin.and_then(|schema| Some((ORIGIN.to_owned(), self.field(schema)?)));
        std::iter::once((WITHIN.to_owned(), within)).chain(origin).collect()
    }

    fn table(&self, schema: &Json) -> Table {
        let properties = schema.get("properties").and_then(Json::as_object).into_iter().flatten();
        properties.filter_map(|(name, schema)| Some((name.clone(), self.field(schema)?))).collect()
    }

    fn field(&self, schema: &Json) -> Option<Field> {
        let about = schema.get("description").and_then(Json::as_str).unwrap_or_default().to_owned();
        Some(Field { kind: self.kind(schema)?, about })
    }

    fn kind(&self, schema: &Json) -> Option<Kind> {
        if let Some(name) = schema.get("$ref").and_then(Json::as_str) {
            return self.named(name.rsplit('/').next().unwrap_or_default());
        }
        if let Some(choices) = schema.get("anyOf").and_then(Json::as_array) {
            return choices.iter().find_map(|schema| self.kind(schema));
        }
        if let Some(variants) = schema.get("oneOf").and_then(Json::as_array) {
            return self.variants(variants);
        }
        let types = match schema.get("type") {
            Some(Json::Array(types)) => types.iter().filter_map(Json::as_str).find(|t| *t != "null"),
            other => other.and_then(Json::as_str),
        };
        match types? {
            "string" if schema.get("format").and_then(Json::as_str) == Some("date") => Some(Kind::Date),
            "string" => Some(Kind::Word),
            "integer" => Some(Kind::Seconds),
            "boolean" => Some(Kind::Flag),
            "array" => Some(Kind::List(Box::new(self.kind(schema.get("items")?)?))),
            "object" => {
                let properties = schema.get("properties")?;
                let said = properties.get("is").filter(|_| properties.get("at").is_some());
                match said {
                    Some(said) => Some(Kind::Said(Box::new(self.kind(said)?))),
                    None => Some(Kind::Table(self.table(schema))),
                }
            }
            _ => None,
        }
    }

    fn named(&self, name: &str) -> Option<Kind> {
        let definition = self.definition(name);
        match name {
            "Text" => Some(Kind::Text),
            "Ref" => Some(Kind::Entity(self.table(definition))),
            "Lifetime" => match self.kind(definition)? {
                Kind::Choice(words, table) => Some(Kind::Lifetime(words, table)),
                other => Some(other),
            },
            name if HIDDEN.contains(&name) => None,
            _ => self.kind(definition),
        }
    }

    fn variants(&self, variants: &[Json]) -> Option<Kind> {
        let known = variants.iter().find_map(|variant| variant.pointer("/properties/known/properties/value"));
        if let Some(value) = known {
            return Some(Kind::Value(Box::new(self.kind(value)?)));
        }
        let (mut words, mut table) = (Vec::new(), Table::new());
        for variant in variants {
            let listed = variant.get("enum").and_then(Json::as_array).into_iter().flatten();
            words.extend(
                variant.get("const").into_iter().chain(listed).filter_map(Json::as_str).map(str::to_owned),
            );
            let properties = variant.get("properties").and_then(Json::as_object).into_iter().flatten();
            for (word, schema) in properties {
                words.push(word.clone());
                if let Some(kind) = self.kind(schema) {
                    let about = variant.get("description").and_then(Json::as_str).unwrap_or_default();
                    table.insert(word.clone(), Field { kind, about: about.to_owned() });
                }
            }
        }
        Some(Kind::Choice(words, table))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::condition::{OPERATORS, fits};
    use super::*;

    fn at<'t>(table: &'t Table, path: &str) -> Option<&'t Kind> {
        let mut kinds = path.split('.');
        let mut kind = &table.get(kinds.next()?)?.kind;
        for name in kinds {
            kind = &kind.fields()?.get(name)?.kind;
        }
        Some(kind.seen())
    }

    #[test]
    fn fields_are_those_of_the_facts_schema() {
        let credential = of("credential").unwrap();
        assert!(matches!(at(credential, "lifetime"), Some(Kind::Lifetime(..))));
        assert_eq!(at(credential, "lifetime.max-age.seconds"), Some(&Kind::Seconds));
        assert_eq!(at(credential, "lifetime.expires"), Some(&Kind::Date));
        assert_eq!(at(credential, "not_before"), Some(&Kind::Date));
        assert_eq!(at(credential, "is.platform"), Some(&Kind::Word));
        assert_eq!(at(credential, "is.name"), Some(&Kind::Text));
        assert_eq!(at(credential, "ca"), Some(&Kind::Flag));
        assert_eq!(at(of("grant").unwrap(), "actions"), Some(&Kind::List(Box::new(Kind::Text))));
        assert_eq!(at(of("identity").unwrap(), "record.expires"), Some(&Kind::Date));
        assert!(matches!(at(of("component").unwrap(), "pin.tag"), Some(Kind::Text)));
        assert!(matches!(at(of("flow").unwrap(), "to.login.platform"), Some(Kind::Word)));
        for (body, _) in BODIES {
            let table = of(body).unwrap();
            assert!(matches!(at(table, "within.tier"), Some(Kind::Choice(..))), "{body}");
            assert!(table.len() > 2, "{body}");
        }
    }

    #[test]
    fn what_belongs_to_a_secret_has_no_field() {
        let credential = of("credential").unwrap();
        for hidden in ["secret", "tag", "at", "id"] {
            assert!(!credential.contains_key(hidden), "{hidden}");
        }
    }

    /// `lifetime.over = "90d"` is the operator, `is.platform` the field: no name may be both.
    #[test]
    fn no_field_below_another_is_called_like_an_operator_that_goes_with_it() {
        let mut open: Vec<&Kind> = Vec::new();
        for (body, _) in BODIES {
            open.extend(of(body).unwrap().values().map(|field| &field.kind));
        }
        while let Some(kind) = open.pop() {
            for (name, field) in kind.fields().into_iter().flatten() {
                assert!(!OPERATORS.contains(&name.as_str()) || !fits(name, kind), "{name}");
                open.push(&field.kind);
            }
        }
    }
}
