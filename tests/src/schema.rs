//! A JSON schema held against a value: as much of draft 2020-12 as the schemas that hallpass prints are written in. A word of a
//! schema that is not known here is told, so that none is passed over.

use serde_json::{Map, Value};

/// What says something to people only.
const REMARKS: [&str; 7] = ["$schema", "$defs", "title", "description", "default", "format", "examples"];
/// What [`Checker::check`] holds a value against.
const WORDS: [&str; 17] = [
    "$ref",
    "type",
    "const",
    "enum",
    "anyOf",
    "oneOf",
    "allOf",
    "properties",
    "required",
    "additionalProperties",
    "items",
    "prefixItems",
    "minItems",
    "maxItems",
    "uniqueItems",
    "minimum",
    "maximum",
];

/// Whatever of a value its schema does not admit, and whatever key it does not name: each with its place.
#[must_use]
pub fn violations(schema: &Value, value: &Value) -> Vec<String> {
    let checker = Checker { root: schema };
    let mut found = Vec::new();
    checker.check(schema, value, "", true, &mut found);
    found
}

struct Checker<'s> {
    root: &'s Value,
}

impl Checker<'_> {
    /// `whole`: nothing beside this schema speaks of the value, so that a key that it does not name is named nowhere.
    fn check(&self, schema: &Value, value: &Value, place: &str, whole: bool, found: &mut Vec<String>) {
        let schema = match schema {
            Value::Bool(true) => return,
            Value::Object(schema) => schema,
            _ => return found.push(format!("{place}: nothing may stand here")),
        };
        for word in schema.keys().filter(|w| !REMARKS.contains(&w.as_str()) && !WORDS.contains(&w.as_str())) {
            found.push(format!("{place}: the schema says `{word}`, which nobody looks at"));
        }
        let mut say = |what: String| found.push(format!("{place}: {what}"));
        if let Some(wanted) = schema.get("type").filter(|wanted| !is_of(wanted, value)) {
            say(format!("{wanted} wanted, not {value}"));
        }
        if schema.get("const").is_some_and(|only| only != value) {
            say(format!("{} wanted, not {value}", schema["const"]));
        }
        if schema.get("enum").and_then(Value::as_array).is_some_and(|all| !all.contains(value)) {
            say(format!("{value} is none of {}", schema["enum"]));
        }
        let number = |word: &str| schema.get(word).and_then(Value::as_f64).zip(value.as_f64());
        if number("minimum").is_some_and(|(least, is)| is < least)
            || number("maximum").is_some_and(|(most, is)| is > most)
        {
            say(format!("{value} is out of range"));
        }
        let others = ["$ref", "anyOf", "oneOf", "allOf"];
        let alone = whole && !others.iter().any(|word| schema.contains_key(*word));
        if let Some(name) = schema.get("$ref").and_then(Value::as_str) {
            match self.root.pointer(name.trim_start_matches('#')) {
                Some(inner) => {
                    self.check(inner, value, place, whole && !schema.contains_key("properties"), found)
                }
                None => found.push(format!("{place}: {name} is not there")),
            }
        }
        self.choices(schema, value, place, whole, found);
        match value {
            Value::Object(map) => self.object(schema, map, place, alone, found),
            Value::Array(items) => self.array(schema, items, place, found),
            _ => {}
        }
    }

    fn choices(
        &self,
        schema: &Map<String, Value>,
        value: &Value,
        place: &str,
        whole: bool,
        found: &mut Vec<String>,
    ) {
        let list = |word: &str| schema.get(word).and_then(Value::as_array).cloned().unwrap_or_default();
        let whole = whole && !schema.contains_key("properties");
        for inner in list("allOf") {
            self.check(&inner, value, place, false, found);
        }
        for word in ["anyOf", "oneOf"] {
            let choices = list(word);
            if choices.is_empty() {
                continue;
            }
            let tried: Vec<Vec<String>> = choices
                .iter()
                .map(|inner| {
                    let mut found = Vec::new();
                    self.check(inner, value, place, whole, &mut found);
                    found
                })
                .collect();
            let fitting = tried.iter().filter(|found| found.is_empty()).count();
            // The one that comes nearest says what is wrong.
            if fitting == 0 {
                found.extend(tried.into_iter().min_by_key(Vec::len).unwrap_or_default());
            } else if word == "oneOf" && fitting > 1 {
                found.push(format!("{place}: fits {fitting} of what may only be one"));
            }
        }
    }

    fn object(
        &self,
        schema: &Map<String, Value>,
        map: &Map<String, Value>,
        place: &str,
        alone: bool,
        found: &mut Vec<String>,
    ) {
        for needed in
            schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
        {
            if !map.contains_key(needed) {
                found.push(format!("{place}: `{needed}` is missing"));
            }
        }
        let known = schema.get("properties").and_then(Value::as_object);
        for (key, value) in map {
            let inner = format!("{place}/{key}");
            match (known.and_then(|known| known.get(key)), schema.get("additionalProperties")) {
                (Some(schema), _) | (None, Some(schema)) => self.check(schema, value, &inner, true, found),
                (None, None) if alone => found.push(format!("{inner}: the schema does not name it")),
                (None, None) => {}
            }
        }
    }

    fn array(&self, schema: &Map<String, Value>, items: &[Value], place: &str, found: &mut Vec<String>) {
        let count =
            |word: &str| schema.get(word).and_then(Value::as_u64).and_then(|n| usize::try_from(n).ok());
        if count("minItems").is_some_and(|n| items.len() < n)
            || count("maxItems").is_some_and(|n| items.len() > n)
        {
            found.push(format!("{place}: {} items", items.len()));
        }
        let twice =
            items.iter().enumerate().any(|(at, item)| items.iter().skip(at + 1).any(|other| other == item));
        if twice && schema.get("uniqueItems") == Some(&Value::Bool(true)) {
            found.push(format!("{place}: an item stands there twice"));
        }
        let first = schema.get("prefixItems").and_then(Value::as_array).cloned().unwrap_or_default();
        for (index, item) in items.iter().enumerate() {
            if let Some(inner) = first.get(index).or_else(|| schema.get("items")) {
                self.check(inner, item, &format!("{place}/{index}"), true, found);
            }
        }
    }
}

fn is_of(wanted: &Value, value: &Value) -> bool {
    match wanted {
        Value::Array(any) => any.iter().any(|wanted| is_of(wanted, value)),
        wanted => match wanted.as_str().unwrap_or_default() {
            "null" => value.is_null(),
            "boolean" => value.is_boolean(),
            "string" => value.is_string(),
            "number" => value.is_number(),
            "integer" => value.is_i64() || value.is_u64(),
            "array" => value.is_array(),
            "object" => value.is_object(),
            _ => false,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_does_not_fit_is_told_with_its_place() {
        let schema = json!({
            "type": "object", "required": ["a"],
            "properties": {"a": {"$ref": "#/$defs/number"}, "b": {"type": ["array", "null"], "items": {"enum": ["x"]}},
                "c": {"anyOf": [{"type": "null"}, {"type": "object", "properties": {"d": true}}]}},
            "$defs": {"number": {"type": "integer", "minimum": 0}},
        });
        let none: [&str; 0] = [];
        assert_eq!(violations(&schema, &json!({"a": 1, "b": null, "c": {"d": 1}})), none);
        assert_eq!(violations(&schema, &json!({"b": ["x"]})), [": `a` is missing"]);
        assert_eq!(
            violations(&schema, &json!({"a": -1, "e": 1})),
            ["/a: -1 is out of range", "/e: the schema does not name it"]
        );
        assert_eq!(violations(&schema, &json!({"a": 1, "b": ["y"]})), ["/b/0: \"y\" is none of [\"x\"]"]);
        assert_eq!(
            violations(&schema, &json!({"a": 1, "c": {"f": 1}})),
            ["/c/f: the schema does not name it"]
        );
        assert!(violations(&json!({"pattern": "x"}), &json!("y"))[0].contains("nobody looks at"));
    }
}
