//! SARIF 2.1.0.

mod taxonomies;

use std::collections::BTreeSet;
use std::fmt::Write as _;

use anyhow::Result;
use serde::ser::SerializeSeq as _;
use serde::{Serialize, Serializer};
use serde_json::{Map, Value, json};

use super::row::rule_url;
use super::{HOME, Material, confidence_name, escape, status_name, words};
use crate::ci::Automation;
use crate::import::{Imported, ImportedRule};
use crate::runtime::contract::{Confidence, Finding, Rule, Severity, Spot, Status};

const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";
/// Most results of a run that code scanning takes.
const MOST_RESULTS: usize = 25_000;

/// What a run may say besides its results: id, title, what it means, what to do.
const NOTIFICATIONS: [[&str; 4]; 3] = [
    [
        "coverage/failed",
        "A file could not be checked whole",
        "A file could not be read or parsed, or took too much time or memory; what it holds may be wrong unseen.",
        "Mend the file, or make it smaller. With `--strict` it counts as a finding.",
    ],
    [
        "coverage/skipped",
        "A file was left out on purpose",
        "A file is of a kind that is not checked, such as a binary one, or is ignored by the configuration.",
        "Nothing, unless it ought to be checked: `-v` says why it was left out.",
    ],
    [
        "detectors/not-honoured",
        "A file of detectors asks for what is not done",
        "An imported rule, or an exception of one, has a condition that cannot be asked here; a rule is left out \
         then, an exception excepts nothing.",
        "Write the rule without that condition, or leave it out of the file.",
    ],
];

/// The whole report, with a final newline.
pub(super) fn render(material: &Material<'_>) -> Result<String> {
    let rules: Vec<&Rule> = material.description.rules.iter().collect();
    let remarks = material.outcome.remarks.iter().map(|remark| {
        json!({"level": "warning", "message": {"text": remark}, "descriptor": {"id": "detectors/not-honoured"}})
    });
    let notifications: Vec<Value> = material
        .outcome
        .coverage
        .iter()
        .filter(|c| c.status != Status::Checked)
        .map(|c| {
            let level = if c.status == Status::Failed { "warning" } else { "note" };
            let why = c.why.as_deref().unwrap_or("unknown reason");
            json!({
                "level": level,
                "message": {"text": format!("{} was {}: {why}", c.path, status_name(c.status))},
                "descriptor": {"id": format!("coverage/{}", status_name(c.status))},
                "locations": [{"physicalLocation": {"artifactLocation": artifact(&c.path)}}],
            })
        })
        .chain(remarks)
        .collect();
    let standards = taxonomies::among(&material.description.standards);
    let descriptors: Vec<Value> = rules
        .iter()
        .map(|rule| {
            let mut descriptor = descriptor(rule);
            let related = taxonomies::relationships(&standards, rule);
            if !related.is_empty() {
                descriptor["relationships"] = json!(related);
            }
            descriptor
        })
        .collect();
    let mut driver = json!({
        "name": "hallpass",
        "fullName": format!("hallpass {}", material.description.version),
        "semanticVersion": material.description.version,
        "informationUri": HOME,
        "rules": descriptors,
    });
    driver["notifications"] = NOTIFICATIONS.iter().map(notification).collect();
    driver["supportedTaxonomies"] = json!(taxonomies::supported(&standards));
    let log = Log {
        schema: SCHEMA,
        runs: [Run {
            automation_details: material.automation.as_ref().map(automation),
            column_kind: "unicodeCodePoints",
            invocations: json!([{"executionSuccessful": true, "toolExecutionNotifications": notifications}]),
            original_uri_base_ids: json!({"SRCROOT": {"description": {"text": "The root of the checked tree"}}}),
            results: Results { material, rules: &rules },
            taxonomies: standards.iter().map(|standard| taxonomies::taxonomy(standard)).collect(),
            tool: Tool { driver, extensions: Extensions(material) },
        }],
        version: "2.1.0",
    };
    Ok(escape::json(serde_json::to_string_pretty(&log)?) + "\n")
}

/// The document. Results and other tools' rules, of which there may be a hundred thousand, are made while they are written: each is
/// forgotten before the next.
#[derive(Serialize)]
struct Log<'m> {
    #[serde(rename = "$schema")]
    schema: &'static str,
    runs: [Run<'m>; 1],
    version: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Run<'m> {
    #[serde(skip_serializing_if = "Option::is_none")]
    automation_details: Option<Value>,
    column_kind: &'static str,
    invocations: Value,
    original_uri_base_ids: Value,
    results: Results<'m>,
    taxonomies: Vec<Value>,
    tool: Tool<'m>,
}

#[derive(Serialize)]
struct Tool<'m> {
    driver: Value,
    extensions: Extensions<'m>,
}

/// Third-party modules and other tools.
struct Extensions<'m>(&'m Material<'m>);

impl Serialize for Extensions<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let outcome = self.0.outcome;
        let named: BTreeSet<&str> = crate::scan::rules_named(&outcome.findings);
        let mut all = to.serialize_seq(None)?;
        for (name, version, digest, ids) in &outcome.modules {
            let ids = ids.iter().filter(|id| named.contains(id.as_str()));
            let rules: Vec<Value> = ids.map(|id| foreign(id, name)).collect();
            let properties = json!({"sha256": digest});
            all.serialize_element(
                &json!({"name": name, "version": version, "properties": properties, "rules": rules}),
            )?;
        }
        for tool in &outcome.imported {
            all.serialize_element(&Theirs {
                information_uri: tool.home.as_deref(),
                name: &tool.tool,
                rules: TheirRules(tool),
                version: Some(tool.version.as_str()).filter(|version| !version.is_empty()),
            })?;
        }
        all.end()
    }
}

/// Another tool.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Theirs<'m> {
    #[serde(skip_serializing_if = "Option::is_none")]
    information_uri: Option<&'m str>,
    name: &'m str,
    rules: TheirRules<'m>,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<&'m str>,
}

/// The rules that it found something by.
struct TheirRules<'m>(&'m Imported);

impl Serialize for TheirRules<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq(self.0.rules.iter().map(|(id, rule)| theirs(self.0, id, rule)))
    }
}

struct Results<'m> {
    material: &'m Material<'m>,
    rules: &'m [&'m Rule],
}

impl Serialize for Results<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let outcome = self.material.outcome;
        let all = outcome.findings.iter().map(|finding| (finding, None));
        let waived = outcome.waived.iter().map(|(finding, by)| (finding, Some(by.as_str())));
        to.collect_seq(
            all.chain(waived).take(MOST_RESULTS).map(|(f, by)| result(self.material, self.rules, f, by)),
        )
    }
}

fn automation(run: &Automation) -> Value {
    let mut details = json!({"id": run.id});
    if !run.properties.is_empty() {
        let properties: Map<String, Value> =
            run.properties.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
        details["properties"] = json!(properties);
    }
    details
}

/// A rule of a third-party module, which says no more of it than its id. Code scanning wants all the rest.
fn foreign(id: &str, module: &str) -> Value {
    let text = format!("A rule of the third-party module {module}.");
    json!({
        "id": id,
        "name": camel(id),
        "shortDescription": {"text": text},
        "fullDescription": {"text": text},
        "help": {"text": "Whoever maintains the module knows what it asks for."},
        "helpUri": HOME,
        "properties": {
            "class": id.split('/').next(),
            "tags": ["security"],
            "precision": "medium",
            "security-severity": words::of(Severity::Medium).score,
        },
    })
}

/// What another tool says of a rule.
fn theirs(tool: &Imported, id: &str, rule: &ImportedRule) -> Value {
    let title = rule.title.clone().unwrap_or_else(|| format!("A rule of {}.", tool.tool));
    json!({
        "id": id,
        "name": camel(id),
        "shortDescription": {"text": title},
        "fullDescription": {"text": rule.about.as_deref().unwrap_or(&title)},
        "help": {"text": rule.help.as_deref().unwrap_or(&title)},
        "helpUri": rule.home.as_deref().or(tool.home.as_deref()).unwrap_or(HOME),
        "properties": {"class": tool.name, "tags": ["security"], "precision": "medium"},
    })
}

/// Code scanning wants of a notification what it wants of a rule.
fn notification([id, short, full, help]: &[&str; 4]) -> Value {
    json!({
        "id": id,
        "name": camel(id),
        "shortDescription": {"text": short},
        "fullDescription": {"text": full},
        "help": {"text": help},
        "helpUri": HOME,
    })
}

fn descriptor(rule: &Rule) -> Value {
    let class = rule.id.split('/').next().unwrap_or_default();
    let mut tags: BTreeSet<String> = BTreeSet::from(["security".to_owned(), class.to_owned()]);
    for framework in rule.frameworks.iter().take(8) {
        tags.insert(match framework.name.as_str() {
            "cwe" => format!("external/cwe/cwe-{}", framework.id),
            name => format!("{name}/{}", framework.id),
        });
    }
    let catches = section(&rule.page, "What it catches");
    let fix = section(&rule.page, "How to fix");
    let mut descriptor = json!({
        "id": rule.id,
        "name": camel(&rule.id),
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": if catches.is_empty() { rule.title.clone() } else { catches }},
        "help": {"text": if fix.is_empty() { rule.title.clone() } else { fix }, "markdown": rule.page},
        "helpUri": rule_url(rule),
        "defaultConfiguration": {"level": words::of(rule.severity).sarif},
        "properties": {
            "class": class,
            "tags": tags,
            "precision": precision(rule.confidence),
            "security-severity": words::of(rule.severity).score,
        },
    });
    if rule.preview {
        descriptor["properties"]["preview"] = Value::Bool(true);
    }
    descriptor
}

/// The text below a heading of a page, to the next heading.
fn section(page: &str, heading: &str) -> String {
    let Some((_, rest)) = page.split_once(&format!("## {heading}\n")) else { return String::new() };
    let body = rest.split("\n## ").next().unwrap_or(rest);
    body.trim().to_owned()
}

/// `scope/admin-grant` as `ScopeAdminGrant`.
fn camel(id: &str) -> String {
    let mut out = String::new();
    for part in id.split(['/', '-']) {
        let mut letters = part.chars();
        if let Some(first) = letters.next() {
            let _ = write!(out, "{}{}", first.to_uppercase(), letters.as_str());
        }
    }
    out
}

fn precision(confidence: Confidence) -> &'static str {
    match confidence {
        Confidence::High => "very-high",
        Confidence::Medium => "high",
        Confidence::Low => "medium",
    }
}

/// A path from the root as a relative URI.
fn artifact(path: &str) -> Value {
    json!({"uri": escape::uri(path), "uriBaseId": "SRCROOT"})
}

fn location(material: &Material<'_>, spot: &Spot) -> Value {
    let (line, column) = material.sources.position(&spot.path, spot.at.start);
    let (end_line, end_column) = material.sources.position(&spot.path, spot.at.end);
    json!({"physicalLocation": {
        "artifactLocation": artifact(&spot.path),
        "region": {
            "startLine": line, "startColumn": column, "endLine": end_line, "endColumn": end_column,
            "byteOffset": spot.at.start, "byteLength": spot.at.end - spot.at.start.min(spot.at.end),
        },
    }})
}

fn result(material: &Material<'_>, rules: &[&Rule], finding: &Finding, waived_by: Option<&str>) -> Value {
    let mut message = finding.message.clone();
    if let Some(help) = &finding.help {
        let _ = write!(message, "\n{help}");
    }
    let related: Vec<Value> = finding
        .related
        .iter()
        .enumerate()
        .map(|(index, r)| {
            let mut value = location(material, &r.at);
            value["id"] = json!(index + 1);
            value["message"] = json!({"text": r.note});
            value
        })
        .collect();
    let mut locations = vec![match material.sources.past(finding) {
        // The file of that path today is another, or none: a region of it would point at the wrong lines.
        Some(_) => json!({"physicalLocation": {"artifactLocation": artifact(&finding.at.path)}}),
        None => location(material, &finding.at),
    }];
    locations[0]["logicalLocations"] = json!([{"fullyQualifiedName": finding.route}]);
    let mut value = json!({
        "ruleId": finding.rule,
        "level": words::of(finding.severity).sarif,
        "message": {"text": message},
        "locations": locations,
        "partialFingerprints": {"hallpass/v1": finding.fingerprint, "primaryLocationLineHash": format!("{}:1", &finding.fingerprint[..finding.fingerprint.len().min(16)])},
        "properties": {
            "class": finding.rule.split('/').next(),
            "severity": words::of(finding.severity).own,
            "confidence": confidence_name(finding.confidence),
            "security-severity": words::of(finding.severity).score,
        },
    });
    if let Some(brought) = material.outcome.brought.get(&finding.fingerprint) {
        let [(line, column), _] = material.sources.ends_of(finding);
        value["properties"]["commit"] = json!({
            "id": brought.commit, "date": brought.date, "gone": brought.past.is_some(), "further": brought.further,
        });
        if brought.past.is_some() {
            value["properties"]["placeInCommit"] = json!({"line": line, "column": column});
        }
    }
    if let Some(state) = material.state(finding) {
        value["baselineState"] = json!(state.sarif());
        value["properties"]["state"] = json!(state.name());
    }
    if let Some(index) = rules.iter().position(|r| r.id == finding.rule) {
        value["ruleIndex"] = json!(index);
    }
    let tools = &material.outcome.imported;
    if let Some(index) = tools.iter().position(|tool| tool.rules.contains_key(&finding.rule)) {
        let tool = tools.get(index).map(|tool| tool.tool.as_str());
        let index = material.outcome.modules.len() + index;
        value["rule"] = json!({"id": finding.rule, "toolComponent": {"name": tool, "index": index}});
        value["properties"]["tool"] = json!(tool);
    }
    let mut related = related;
    related.extend(finding.places.iter().enumerate().map(|(index, p)| {
        let mut value = location(material, p);
        value["id"] = json!(finding.related.len() + index + 1);
        value["message"] = json!({"text": "the same cause"});
        value
    }));
    if !related.is_empty() {
        value["relatedLocations"] = json!(related);
    }
    let fixes: Vec<Value> = finding.fixes.iter().map(fix).collect();
    if !fixes.is_empty() {
        value["fixes"] = json!(fixes);
    }
    if let Some(by) = waived_by {
        value["suppressions"] = json!([{"kind": "external", "status": "accepted", "justification": by}]);
    }
    value
}

fn fix(fix: &crate::runtime::contract::Fix) -> Value {
    let paths: BTreeSet<&str> = fix.edits.iter().map(|e| e.at.path.as_str()).collect();
    let changes: Vec<Value> = paths
        .into_iter()
        .map(|path| {
            let replacements: Vec<Value> = fix
                .edits
                .iter()
                .filter(|e| e.at.path == path)
                .map(|e| {
                    json!({
                        "deletedRegion": {"byteOffset": e.at.at.start, "byteLength": e.at.at.end - e.at.at.start.min(e.at.at.end)},
                        "insertedContent": {"text": e.replacement},
                    })
                })
                .collect();
            json!({"artifactLocation": artifact(path), "replacements": replacements})
        })
        .collect();
    json!({"description": {"text": fix.title}, "artifactChanges": changes})
}
