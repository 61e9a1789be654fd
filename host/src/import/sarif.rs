//! SARIF 2.1.0, as far as it says what was found, where, and by what rule. Everything else is passed over.
//!
//! Invariant: what is kept of a file takes no more memory than a small multiple of its bytes: every list has a length.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::lists::{self, few, few_named, results, rows};

/// The version that is read.
const VERSION: &str = "2.1.0";

/// A file.
#[derive(Debug, Default, Deserialize)]
struct Log {
    version: Option<String>,
    #[serde(default, deserialize_with = "lists::runs")]
    runs: Option<Vec<Run>>,
}

/// What one tool found.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Run {
    pub(crate) tool: Tool,
    #[serde(deserialize_with = "results")]
    pub(crate) results: Vec<Found>,
    #[serde(deserialize_with = "rows")]
    artifacts: Vec<Artifact>,
    #[serde(deserialize_with = "few_named")]
    original_uri_base_ids: BTreeMap<String, Artifacts>,
    /// In what columns count.
    pub(crate) column_kind: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Tool {
    pub(crate) driver: Component,
    #[serde(deserialize_with = "few")]
    extensions: Vec<Component>,
}

/// A tool, or a part of it that brings rules.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Component {
    pub(crate) name: String,
    pub(crate) version: Option<String>,
    pub(crate) semantic_version: Option<String>,
    pub(crate) information_uri: Option<String>,
    #[serde(deserialize_with = "rows")]
    pub(crate) rules: Vec<Descriptor>,
}

/// A rule.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Descriptor {
    pub(crate) id: String,
    pub(crate) short_description: Option<Message>,
    pub(crate) full_description: Option<Message>,
    pub(crate) help: Option<Message>,
    pub(crate) help_uri: Option<String>,
    default_configuration: Configuration,
    #[serde(deserialize_with = "few_named")]
    message_strings: BTreeMap<String, Message>,
    properties: Properties,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Configuration {
    level: Option<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Message {
    pub(crate) text: Option<String>,
    id: Option<String>,
    #[serde(deserialize_with = "few")]
    arguments: Vec<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Properties {
    #[serde(rename = "security-severity")]
    score: Option<Score>,
    precision: Option<String>,
}

/// A number, which tools also write as a text.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
enum Score {
    Number(f64),
    Text(String),
    Other(IgnoredAny),
}

impl Score {
    fn value(&self) -> Option<f64> {
        let value = match self {
            Self::Number(number) => Some(*number),
            Self::Text(text) => text.trim().parse().ok(),
            Self::Other(_) => None,
        };
        value.filter(|value: &f64| value.is_finite())
    }
}

/// A result.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Found {
    rule_id: Option<String>,
    rule_index: Option<i64>,
    rule: Option<RuleReference>,
    level: Option<String>,
    kind: Option<String>,
    message: Message,
    #[serde(deserialize_with = "few")]
    pub(crate) locations: Vec<Location>,
    #[serde(deserialize_with = "few")]
    pub(crate) related_locations: Vec<Location>,
    #[serde(deserialize_with = "few_named")]
    partial_fingerprints: BTreeMap<String, Text>,
    #[serde(deserialize_with = "few_named")]
    fingerprints: BTreeMap<String, Text>,
    #[serde(deserialize_with = "few")]
    suppressions: Vec<Suppression>,
    pub(crate) baseline_state: Option<String>,
    properties: Properties,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct RuleReference {
    id: Option<String>,
    index: Option<i64>,
    tool_component: Option<ComponentReference>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct ComponentReference {
    index: Option<i64>,
}

/// A text; anything else is passed over.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Text {
    Is(String),
    Other(IgnoredAny),
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Suppression {
    status: Option<String>,
    justification: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Location {
    pub(crate) physical_location: Option<Physical>,
    pub(crate) message: Option<Message>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Physical {
    artifact_location: Artifacts,
    pub(crate) region: Option<Region>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Artifact {
    location: Option<Artifacts>,
}

/// Where a file is.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Artifacts {
    pub(crate) uri: Option<String>,
    pub(crate) uri_base_id: Option<String>,
    pub(crate) index: Option<i64>,
}

/// A part of a file. Lines and columns from 1.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Region {
    pub(crate) start_line: Option<i64>,
    pub(crate) start_column: Option<i64>,
    pub(crate) end_line: Option<i64>,
    pub(crate) end_column: Option<i64>,
    pub(crate) byte_offset: Option<i64>,
    pub(crate) byte_length: Option<i64>,
}

/// Reads a file.
///
/// # Errors
/// It is none, or not of this version: where, and what is wrong. Nothing of it is repeated.
pub(crate) fn read(bytes: &[u8]) -> Result<Vec<Run>, String> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let log: Log = serde_json::from_slice(bytes).map_err(|error| {
        // Where a file ends behind the end of a line, the column is that of nothing.
        let place = format!("{}:{}", error.line(), error.column().max(1));
        let said = error.to_string();
        let what = match error.classify() {
            _ if said.starts_with(lists::TOO_MANY) => {
                said.split(" at line").next().unwrap_or_default().to_owned()
            }
            serde_json::error::Category::Data => format!("not what SARIF has there{}", expected(&said)),
            serde_json::error::Category::Eof => "the file ends in the middle of JSON".to_owned(),
            _ => "not JSON".to_owned(),
        };
        format!("{place}: {what}")
    })?;
    match (log.version.as_deref(), log.runs) {
        (Some(VERSION), Some(runs)) => Ok(runs),
        (Some(VERSION), None) => Err(" no SARIF: it has no `runs`".to_owned()),
        (Some(other), _)
            if other.len() < 16
                && other.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'.' || b == b'-') =>
        {
            Err(format!(" SARIF of version {other}, and {VERSION} is read; have its tool write that one"))
        }
        _ => Err(format!(" no SARIF: it has no `version` that says {VERSION}")),
    }
}

/// What should stand there. What stands there instead comes before it in the message, and is repeated nowhere.
fn expected(said: &str) -> &'static str {
    let wanted = said.rsplit_once(", expected ").map_or("", |(_, wanted)| wanted);
    let wanted = wanted.split(" at line").next().unwrap_or_default();
    match wanted {
        "a string" | "a borrowed string" | "string" => ", which is a text",
        "a list" | "a sequence" => ", which is a list",
        "a boolean" => ", which is true or false",
        "i64" | "u64" | "f64" => ", which is a number",
        "a table" | "a map" => ", which is an object",
        wanted if wanted.starts_with("struct ") => ", which is an object",
        _ => "",
    }
}

impl Run {
    /// The rule of a result.
    pub(crate) fn rule(&self, found: &Found) -> Option<&Descriptor> {
        let reference = found.rule.as_ref();
        let component = reference.and_then(|rule| rule.tool_component.as_ref()?.index);
        let rules = match component.and_then(|index| usize::try_from(index).ok()) {
            Some(index) => self.tool.extensions.get(index).map_or(&[][..], |component| &component.rules),
            None => &self.tool.driver.rules,
        };
        let index = reference.and_then(|rule| rule.index).or(found.rule_index);
        let by_index = index.and_then(|index| rules.get(usize::try_from(index).ok()?));
        by_index.or_else(|| {
            let id = found.named()?;
            let all = self.tool.extensions.iter().flat_map(|component| &component.rules);
            self.tool.driver.rules.iter().chain(all).find(|rule| rule.id == id)
        })
    }

    /// The file of a place.
    pub(crate) fn file<'r>(&'r self, place: &'r Physical) -> Option<&'r Artifacts> {
        let location = &place.artifact_location;
        if location.uri.is_some() {
            return Some(location);
        }
        let index = usize::try_from(location.index?).ok()?;
        self.artifacts.get(index)?.location.as_ref().filter(|location| location.uri.is_some())
    }

    /// What a base is called that addresses are relative to.
    pub(crate) fn base(&self, id: &str) -> Option<&Artifacts> {
        self.original_uri_base_ids.get(id)
    }
}

impl Found {
    fn named(&self) -> Option<&str> {
        self.rule_id.as_deref().or_else(|| self.rule.as_ref()?.id.as_deref())
    }

    /// The name of its rule.
    pub(crate) fn rule_name(&self, rule: Option<&Descriptor>) -> String {
        let id = rule.map(|rule| rule.id.as_str()).filter(|id| !id.is_empty());
        self.named().or(id).unwrap_or_default().to_owned()
    }

    /// Whether it says that something is wrong, and still is.
    pub(crate) fn is_finding(&self) -> bool {
        let fine = matches!(self.kind.as_deref(), Some("pass" | "notApplicable"));
        !fine && self.baseline_state.as_deref() != Some("absent")
    }

    pub(crate) fn level(&self, rule: Option<&Descriptor>) -> String {
        let informs = self.kind.as_deref() == Some("informational");
        let default = || rule.and_then(|rule| rule.default_configuration.level.as_deref());
        let level = if informs { Some("none") } else { self.level.as_deref().or_else(default) };
        level.unwrap_or("warning").to_owned()
    }

    pub(crate) fn score(&self, rule: Option<&Descriptor>) -> Option<f64> {
        let own = self.properties.score.as_ref();
        own.or_else(|| rule?.properties.score.as_ref()).and_then(Score::value)
    }

    pub(crate) fn precision(&self, rule: Option<&Descriptor>) -> Option<String> {
        self.properties.precision.clone().or_else(|| rule?.properties.precision.clone())
    }

    pub(crate) fn message(&self, rule: Option<&Descriptor>) -> String {
        let by_id = || rule?.message_strings.get(self.message.id.as_deref()?)?.text.clone();
        let mut text = self.message.text.clone().or_else(by_id).unwrap_or_default();
        for (index, argument) in self.message.arguments.iter().enumerate() {
            text = text.replace(&format!("{{{index}}}"), argument);
        }
        let title = || rule?.short_description.as_ref()?.text.clone();
        match text.trim() {
            "" => title().unwrap_or_else(|| "its tool says no more".to_owned()),
            text => text.to_owned(),
        }
    }

    /// What its tool knows it by.
    pub(crate) fn prints(&self) -> Vec<String> {
        let prints = self.fingerprints.iter().chain(&self.partial_fingerprints);
        let text = |(name, text): (&String, &Text)| match text {
            Text::Is(text) => Some(format!("{name}={text}")),
            Text::Other(_) => None,
        };
        prints.filter_map(text).collect()
    }

    /// Why its tool does not count it, if it does not: one suppression that is not accepted makes it count.
    pub(crate) fn suppressed(&self) -> Option<String> {
        let accepted = |s: &Suppression| s.status.as_deref().is_none_or(|status| status == "accepted");
        if self.suppressions.is_empty() || !self.suppressions.iter().all(accepted) {
            return None;
        }
        Some(self.suppressions.iter().find_map(|s| s.justification.clone()).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::lists::{FEW, MOST_RESULTS};
    use super::*;

    fn one(text: &str) -> Run {
        let log = format!(r#"{{"version": "2.1.0", "runs": [{text}]}}"#);
        read(log.as_bytes()).unwrap().remove(0)
    }

    #[test]
    fn a_file_that_is_none_is_told_without_a_word_of_it() {
        for (text, said) in [
            ("", "1:1: the file ends in the middle of JSON"),
            ("{\n x", "2:2: not JSON"),
            ("[]", "1:2: not what SARIF has there"),
            ("{}", " no SARIF: it has no `version` that says 2.1.0"),
            (r#"{"version": "2.1.0"}"#, " no SARIF: it has no `runs`"),
            (r#"{"version": "2.0.0", "runs": []}"#, " SARIF of version 2.0.0, and 2.1.0 is read"),
            (r#"{"version": "hunter2\n", "runs": []}"#, " no SARIF: it has no `version`"),
            (r#"{"version": "2.1.0", "runs": [{"results": "hunter2"}]}"#, "1:"),
        ] {
            let error = read(text.as_bytes()).unwrap_err();
            assert!(error.starts_with(said) && !error.contains("hunter2"), "{text}: {error}");
        }
    }

    #[test]
    fn too_many_results_are_refused_and_long_lists_of_one_are_cut() {
        let results = |count: usize| {
            let list = vec!["{}"; count].join(",");
            format!(r#"{{"version": "2.1.0", "runs": [{{"results": [{list}]}}]}}"#)
        };
        assert_eq!(read(results(MOST_RESULTS).as_bytes()).unwrap()[0].results.len(), MOST_RESULTS);
        let error = read(results(MOST_RESULTS + 1).as_bytes()).unwrap_err();
        assert!(error.ends_with("more than 100000 in one list"), "{error}");
        let run = one(&format!(r#"{{"results": [{{"locations": [{}]}}]}}"#, vec!["{}"; 100].join(",")));
        assert_eq!(run.results[0].locations.len(), FEW);
    }

    #[test]
    fn rules_are_found_by_index_and_name_and_say_what_results_leave_out() {
        let run = one(r#"{"tool": {"driver": {"name": "t", "rules": [
                    {"id": "a", "shortDescription": {"text": "A title"}, "defaultConfiguration": {"level": "error"},
                     "properties": {"security-severity": "8.5", "precision": "high"},
                     "messageStrings": {"m": {"text": "{0} is {1}"}}}]},
                 "extensions": [{"name": "more", "rules": [{"id": "b", "properties": {"security-severity": 3}}]}]},
                "results": [
                  {"ruleIndex": 0, "message": {"id": "m", "arguments": ["x", "y"]}},
                  {"ruleId": "a", "level": "note", "message": {"text": " "}},
                  {"rule": {"index": 0, "toolComponent": {"index": 0}}},
                  {"ruleId": "none", "kind": "pass"},
                  {"ruleId": "c", "suppressions": [{"justification": "why"}]},
                  {"ruleId": "c", "suppressions": [{"status": "accepted"}, {"status": "rejected"}]},
                  {"ruleId": "c", "baselineState": "absent", "partialFingerprints": {"p": "1", "q": 2}}]}"#);
        let said: Vec<_> = run
            .results
            .iter()
            .map(|found| {
                let rule = run.rule(found);
                (found.rule_name(rule), found.level(rule), found.score(rule), found.message(rule))
            })
            .collect();
        let is = |index: usize, name: &str, level: &str, score: Option<f64>, message: &str| {
            assert_eq!(said[index], (name.to_owned(), level.to_owned(), score, message.to_owned()));
        };
        is(0, "a", "error", Some(8.5), "x is y");
        is(1, "a", "note", Some(8.5), "A title");
        is(2, "b", "warning", Some(3.0), "its tool says no more");
        let finds: Vec<bool> = run.results.iter().map(Found::is_finding).collect();
        assert_eq!(finds, [true, true, true, false, true, true, false]);
        let suppressed: Vec<_> = run.results.iter().map(Found::suppressed).collect();
        assert_eq!(suppressed[4].as_deref(), Some("why"));
        assert_eq!(suppressed[5], None);
        assert_eq!(run.results[6].prints(), ["p=1"]);
    }
}
