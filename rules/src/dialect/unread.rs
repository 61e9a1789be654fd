//! Files that look like pipelines or infrastructure code and that no dialect reads. They are named in coverage: nothing passes silently.

use std::sync::LazyLock;

use serde::Deserialize;

use super::pipeline::paths::fits;
use super::{Lowering, SourceFile, Unit};
use crate::document::Node;
use crate::fact::Why;
use crate::span::{ByteSpan, Source};

/// Most nodes of a file that are looked at: a pipeline says what runs near its beginning.
const MAX_NODES: usize = 20_000;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    system: Vec<Row>,
    infrastructure: Vec<Row>,
    content: Content,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    label: String,
    paths: Vec<String>,
    #[serde(default)]
    key: Option<String>,
    #[cfg_attr(not(test), expect(dead_code, reason = "read by people and by the table's test"))]
    source: String,
}

impl Row {
    fn fits(&self, file: &SourceFile) -> bool {
        let has = |key: &String| file.document.nodes().iter().any(|root| root.get(key).is_some());
        self.paths.iter().any(|glob| fits(glob, &file.path)) && self.key.as_ref().is_none_or(has)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Content {
    groups: Vec<String>,
    works: Vec<String>,
    #[serde(rename = "source")]
    _source: String,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    // The table is part of the module; the test below holds that it parses. An empty one would silence coverage.
    #[allow(clippy::expect_used)]
    crate::table::read(include_str!("../../data/unread.toml")).expect("data/unread.toml parses")
});

/// Reads the table now.
pub(crate) fn warm() {
    LazyLock::force(&TABLE);
}

/// Names the pipelines and infrastructure code of a unit that no dialect read.
pub(crate) fn note(unit: &Unit, out: &mut Lowering<'_>) {
    for file in unit.files.iter().filter(|file| file.member) {
        if out.read.iter().any(|(id, _)| *id == file.id) {
            continue;
        }
        let by_path = |rows: &'static [Row]| rows.iter().find(|row| row.fits(file));
        let what = match (by_path(&TABLE.system), by_path(&TABLE.infrastructure)) {
            (Some(row), _) => format!("a pipeline of {}, which no dialect reads,", row.label),
            (None, Some(row)) => format!("{}, which no dialect reads,", row.label),
            (None, None) if says_so(file) => "a pipeline of a system that hallpass does not know".to_owned(),
            (None, None) => continue,
        };
        out.unknown(Source::new(file.id, ByteSpan::at(0)), Why::Unsupported(what));
    }
}

/// Whether a file holds jobs or steps that say what runs.
fn says_so(file: &SourceFile) -> bool {
    let table = &TABLE.content;
    let groups = file.document.nodes().iter().flat_map(|node| node.entries());
    let groups = groups.filter(|entry| table.groups.iter().any(|group| group == entry.name()));
    let mut open: Vec<&Node> = groups.map(|entry| &entry.value).collect();
    let mut left = MAX_NODES;
    while let Some(node) = open.pop() {
        if left == 0 {
            return false;
        }
        left -= 1;
        let runs =
            |node: &Node| node.text().is_some() || node.items().iter().any(|item| item.text().is_some());
        if table.works.iter().any(|key| node.get(key).is_some_and(runs)) {
            return true;
        }
        open.extend(node.entries().iter().map(|entry| &entry.value).chain(node.items()));
    }
    false
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::sync::Arc;

    use super::*;
    use crate::dialect::Claim;
    use crate::span::FileId;

    fn noted(path: &str, text: &str) -> Vec<String> {
        let file = SourceFile::read(FileId(0), path, Arc::from(text.as_bytes()), true);
        let unit = Unit { files: vec![file], ..Unit::default() };
        let mut out = Lowering::new(&unit);
        note(&unit, &mut out);
        out.unknown.iter().map(|(_, why)| why.to_string()).collect()
    }

    #[test]
    fn a_chart_is_named_only_for_what_it_fetches() {
        assert!(noted("chart/Chart.yaml", "apiVersion: v2\nname: shop\n").is_empty());
        let fetched = "apiVersion: v2\nname: shop\ndependencies: [{name: redis, version: 1.2.3}]\n";
        assert_eq!(
            noted("chart/Chart.yaml", fetched),
            ["the charts that this one depends on, which no dialect reads, is not evaluated"]
        );
        assert_eq!(noted("helmfile.yaml", "releases: []\n").len(), 1);
    }

    #[test]
    fn pipelines_that_nobody_reads_are_named() {
        assert_eq!(
            noted("ci/.cirrus.yml", "task: {}"),
            ["a pipeline of Cirrus CI, which no dialect reads, is not evaluated"]
        );
        assert_eq!(
            noted("infra/Pulumi.yaml", "name: shop\n"),
            ["a Pulumi program in another language than YAML, which no dialect reads, is not evaluated"]
        );
        assert_eq!(
            noted("infra/Pulumi.prod.yaml", "config: {}\n"),
            ["the settings of a Pulumi stack, which no dialect reads, is not evaluated"]
        );
        let unknown = ["a pipeline of a system that hallpass does not know is not evaluated"];
        assert_eq!(noted("ci/new.yml", "steps:\n- name: a\n  commands: [make]\n"), unknown);
        assert_eq!(noted("ci/new.json", r#"{"jobs": {"a": {"run": "make"}}}"#), unknown);
    }

    #[test]
    fn other_files_are_not() {
        for (path, text) in [
            ("compose.yml", "services:\n  web: { image: a, command: [serve] }\n"),
            ("package.json", r#"{"scripts": {"test": "jest"}, "name": "a"}"#),
            ("steps.yml", "steps:\n- first\n- second\n"),
            ("notes.md", "pipeline"),
        ] {
            assert!(noted(path, text).is_empty(), "{path}");
        }
    }

    #[test]
    fn every_row_has_a_source() {
        let mut rows = TABLE.system.iter().chain(&TABLE.infrastructure);
        assert!(rows.all(|row| row.source.starts_with("https://") && !row.paths.is_empty()));
    }

    #[test]
    fn no_row_names_what_a_dialect_reads() {
        for glob in TABLE.system.iter().chain(&TABLE.infrastructure).flat_map(|row| &row.paths) {
            let path = glob.replace('*', "x");
            let reads = |dialect: &&&dyn crate::dialect::Dialect| dialect.claim(&path) == Claim::Path;
            let reader = crate::dialect::DIALECTS.iter().find(reads);
            assert!(reader.is_none(), "{glob}: read by {}", reader.map_or("", |dialect| dialect.name()));
        }
    }
}
