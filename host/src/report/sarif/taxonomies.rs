//! Taxonomies and the rules' relationships to their taxa (SARIF 2.1.0, §3.19.3 and §3.52), from the module's table of
//! standards.

use serde_json::{Value, json};

use crate::framework::speaks;
use crate::runtime::contract::{Entry, Rule, Standard};

/// The standards that lists of weaknesses and risks are; the others list controls, which readers of SARIF do not look for.
const TAXONOMIES: [&str; 3] = ["owasp-nhi", "cicd-sec", "cwe"];

/// The standards that become taxonomies, in the order in which they stand in the run.
pub(super) fn among(standards: &[Standard]) -> Vec<&Standard> {
    standards.iter().filter(|standard| TAXONOMIES.contains(&standard.key.as_str())).collect()
}

/// `CWE`: what other tools call it.
fn name(standard: &Standard) -> String {
    standard.key.to_uppercase()
}

pub(super) fn taxonomy(standard: &Standard) -> Value {
    json!({
        "name": name(standard),
        "fullName": format!("{} {}", standard.name, standard.version),
        "version": standard.version,
        "informationUri": standard.source,
        "isComprehensive": standard.whole,
        "taxa": standard.entries.iter().map(taxon).collect::<Vec<_>>(),
    })
}

fn taxon(entry: &Entry) -> Value {
    let mut taxon = json!({"id": entry.id});
    if let Some(title) = &entry.title {
        taxon["shortDescription"] = json!({"text": title});
    }
    if let Some(address) = &entry.address {
        taxon["helpUri"] = json!(address);
    }
    taxon
}

/// What a tool that knows these taxonomies says of each.
pub(super) fn supported(taxonomies: &[&Standard]) -> Vec<Value> {
    let each = taxonomies.iter().enumerate();
    each.map(|(index, standard)| json!({"name": name(standard), "index": index})).collect()
}

/// The taxa that a rule is about.
pub(super) fn relationships(taxonomies: &[&Standard], rule: &Rule) -> Vec<Value> {
    let mut found = Vec::new();
    for (index, standard) in taxonomies.iter().enumerate() {
        for (at, entry) in standard.entries.iter().enumerate() {
            if speaks(standard, entry, rule) {
                found.push(json!({
                    "target": {"id": entry.id, "index": at, "toolComponent": {"name": name(standard), "index": index}},
                    "kinds": ["relevant"],
                }));
            }
        }
    }
    found
}
