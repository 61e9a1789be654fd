//! How conditions are written, for editors: the fields of every body by name, and what may be asked of one.

use std::collections::BTreeMap;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::{Value as Json, json};

use super::field::{self, BODIES};

/// Stands for a table of conditions in the schema.
pub(crate) struct Conditions;

impl JsonSchema for Conditions {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Conditions".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let mut about: BTreeMap<&str, Vec<(&str, &str)>> = BTreeMap::new();
        for (body, _) in BODIES {
            for (name, field) in field::of(body).into_iter().flatten() {
                about.entry(name).or_default().push((body, &field.about));
            }
        }
        let properties: serde_json::Map<String, Json> =
            about.into_iter().map(|(name, of)| (name.to_owned(), condition(&described(&of)))).collect();
        let rest = "A field of a field: `\"is.platform\"`. `hallpass schema facts` describes all of them.";
        let value = json!({
            "description": "Conditions on fields of the fact, by name; all of them must hold.",
            "type": "object",
            "properties": properties,
            "additionalProperties": condition(rest),
        });
        Schema::try_from(value).unwrap_or_default()
    }

    fn inline_schema() -> bool {
        true
    }
}

fn described(of: &[(&str, &str)]) -> String {
    let lines: Vec<String> = of.iter().map(|(body, about)| format!("{body}: {about}")).collect();
    if of.len() == BODIES.len() {
        of.first().map_or("", |(_, about)| about).to_owned()
    } else {
        lines.join("\n")
    }
}

/// What may be asked of a field. What lies below is checked field by field, with better words than a schema has.
fn condition(about: &str) -> Json {
    let of_items = |which: &str| format!("What must hold of {which} of a list: a value, or conditions.");
    json!({
        "description": about,
        "anyOf": [
            {"type": "string", "description": "What it is; in texts `*` stands for any text, `\\*` for a star."},
            {"type": "array", "items": {"type": "string"}, "description": "What it is one of."},
            {"type": "boolean", "description": "What it is."},
            {"type": "integer", "description": "What it is, in seconds."},
            {"type": "string", "format": "date", "description": "The day that it is."},
            {
                "type": "object",
                "properties": {
                    "is": {"description": "What it is, or a list of which it is one."},
                    "not": {"description": "What it is not: something else stands there, or nothing."},
                    "covers": {"description": "What the text takes in, read with its own `*`: `aws:iam:PassRole`."},
                    "any": {"description": of_items("at least one item")},
                    "all": {"description": of_items("each item, of which there is one at least,")},
                    "none": {"description": of_items("not one item")},
                    "present": {"description": "Whether anything stands there."},
                    "unknown": {"description": "Whether what stands there, or a part of it, is not known."},
                    "over": {"description": "Longer than this: `\"90d\"`, or seconds."},
                    "under": {"description": "Shorter than this: `\"1h\"`, or seconds."},
                    "before": {"description": "Before this day: `2027-01-31`, `\"today\"`, `\"today-30d\"`."},
                    "after": {"description": "After this day: `2027-01-31`, `\"today\"`, `\"today+90d\"`."},
                },
                "additionalProperties": {"description": "A field below it."},
            },
        ],
    })
}
