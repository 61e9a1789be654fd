//! A bill of materials: CycloneDX 1.6 as JSON. <https://cyclonedx.org/docs/1.6/json/>
//!
//! Credentials are cryptographic assets and endpoints are services, as the format has them. It knows no principals: an
//! identity is an application with properties that say what it is.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use serde_json::{Value, json};

use super::Inventory;
use super::model::{Class, EdgeKind, Entry, Question};
use crate::report::{HOME, disarmed};

/// The whole document. Without a serial number or time of its own: the same tree gives the same bytes.
pub(super) fn render(inventory: &Inventory) -> Result<String> {
    let of = |classes: &[Class], one: fn(&Entry) -> Value| -> Vec<Value> {
        inventory.entries.iter().filter(|entry| classes.contains(&entry.class)).map(one).collect()
    };
    let document = json!({
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "tools": {"components": [{
                "type": "application", "name": "hallpass", "version": env!("CARGO_PKG_VERSION"),
                "externalReferences": [{"type": "vcs", "url": HOME}],
            }]},
            "properties": [{"name": "hallpass:today", "value": inventory.today}],
        },
        "components": of(&[Class::Identity, Class::Credential], component),
        "services": of(&[Class::Endpoint], service),
        "dependencies": dependencies(inventory),
    });
    Ok(disarmed(serde_json::to_string_pretty(&document)?) + "\n")
}

fn component(entry: &Entry) -> Value {
    let mut component = json!({
        "type": "application",
        "bom-ref": entry.id,
        "name": entry.id,
        "description": entry.kind,
        "properties": properties(entry),
        "evidence": evidence(entry),
    });
    if entry.class == Class::Credential {
        component["type"] = "cryptographic-asset".into();
        let mut material = json!({"type": "credential"});
        // Only a day is a time.
        let day = entry.until.as_ref().map(|answer| answer.is.trim_start_matches("until ").to_owned());
        if let Some(day) = day.filter(|day| day.parse::<jiff::civil::Date>().is_ok()) {
            material["expirationDate"] = format!("{day}T00:00:00Z").into();
        }
        component["cryptoProperties"] =
            json!({"assetType": "related-crypto-material", "relatedCryptoMaterialProperties": material});
    }
    component
}

fn service(entry: &Entry) -> Value {
    let anybody = entry.scope.iter().any(|way| way == "answers anybody");
    let asks = entry.scope.iter().any(|way| way.starts_with("asks for"));
    let mut service = json!({
        "bom-ref": entry.id,
        "name": entry.id,
        "description": entry.kind,
        "properties": properties(entry),
    });
    if anybody || asks {
        service["authenticated"] = (!anybody).into();
    }
    service
}

fn properties(entry: &Entry) -> Value {
    let mut properties: Vec<Value> = Vec::new();
    let mut add = |name: &str, value: &str| {
        if !value.is_empty() {
            properties.push(json!({"name": format!("hallpass:{name}"), "value": value}));
        }
    };
    add("class", entry.class.name());
    for (question, answer) in entry.answers() {
        add(question.short(), answer.map_or("", |answer| &answer.is));
    }
    entry.blanks.iter().for_each(|question: &Question| add("blank", question.short()));
    entry.lifetimes.iter().for_each(|text| add("lifetime", text));
    entry.stores.iter().for_each(|text| add("store", text));
    entry.scope.iter().for_each(|text| add("scope", text));
    entry.environments.iter().for_each(|text| add("environment", text));
    if let Some(worst) = &entry.reach.worst {
        add("power", worst.power.name());
        add("worst", &worst.what);
    }
    Value::Array(properties)
}

fn evidence(entry: &Entry) -> Value {
    let places = entry.places.iter().map(|at| json!({"location": at.path, "line": at.line}));
    json!({"occurrences": places.collect::<Vec<_>>()})
}

/// What acts as something depends on it.
fn dependencies(inventory: &Inventory) -> Vec<Value> {
    let ids: BTreeSet<&str> = inventory.entries.iter().map(|entry| entry.id.as_str()).collect();
    let known = |id: &String| ids.contains(id.as_str());
    let mut dependencies: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for edge in inventory.edges.iter().filter(|edge| edge.kind == EdgeKind::ActsAs) {
        if known(&edge.from) && known(&edge.to) {
            dependencies.entry(&edge.from).or_default().push(&edge.to);
        }
    }
    let one = |(from, mut to): (&str, Vec<&str>)| {
        to.dedup();
        json!({"ref": from, "dependsOn": to})
    };
    dependencies.into_iter().map(one).collect()
}
