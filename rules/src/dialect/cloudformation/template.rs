//! The sections of a template, by name.

use std::collections::BTreeMap;

use crate::dialect::SourceFile;
use crate::document::{Entry, Node};

/// Beginnings of resource types.
/// Source: <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-template-resource-type-ref.html>.
const PLATFORMS: [&str; 3] = ["AWS::", "Custom::", "Alexa::"];
/// The transform of SAM.
const SERVERLESS: &str = "AWS::Serverless";
/// Files of the Serverless Framework hold a template below `resources`.
const FRAMEWORK: [&str; 2] = ["serverless.yml", "serverless.yaml"];

/// One template.
#[derive(Debug)]
pub(super) struct Template<'u> {
    pub(super) file: &'u SourceFile,
    pub(super) root: &'u Node,
    pub(super) parameters: BTreeMap<&'u str, &'u Entry>,
    pub(super) mappings: BTreeMap<&'u str, &'u Node>,
    pub(super) conditions: BTreeMap<&'u str, &'u Node>,
    pub(super) resources: BTreeMap<&'u str, &'u Node>,
    /// Whether texts hold variables of the Serverless Framework, `${self:custom.name}`.
    pub(super) framework: bool,
}

impl<'u> Template<'u> {
    /// Every template of a file.
    pub(super) fn all(file: &'u SourceFile) -> Vec<Self> {
        roots(file).into_iter().map(|root| Self::of(file, root, is_framework(file))).collect()
    }

    /// A template that the Serverless Framework makes.
    pub(super) fn carried(file: &'u SourceFile, root: &'u Node) -> Self {
        Self::of(file, root, true)
    }

    fn of(file: &'u SourceFile, root: &'u Node, framework: bool) -> Self {
        Self {
            file,
            root,
            parameters: section(root, "Parameters").map(|e| (e.name(), e)).collect(),
            mappings: section(root, "Mappings").map(|e| (e.name(), &e.value)).collect(),
            conditions: section(root, "Conditions").map(|e| (e.name(), &e.value)).collect(),
            resources: section(root, "Resources").map(|e| (e.name(), &e.value)).collect(),
            framework,
        }
    }

    /// The type of a resource.
    pub(super) fn kind(&self, logical: &str) -> Option<&'u str> {
        self.resources.get(logical)?.get("Type")?.text()
    }

    /// What SAM's `Globals` say of a resource type.
    pub(super) fn globals(&self, kind: &str) -> Option<&'u Node> {
        let name = kind.strip_prefix("AWS::Serverless::")?;
        self.root.path(&["Globals", name])
    }
}

/// The entries of a section.
pub(super) fn section<'u>(root: &'u Node, name: &str) -> impl Iterator<Item = &'u Entry> {
    root.get(name).map(Node::entries).unwrap_or_default().iter()
}

/// Whether a file is one of the Serverless Framework.
pub(super) fn is_framework(file: &SourceFile) -> bool {
    FRAMEWORK.contains(&file.name())
}

/// Whether a file is a template, or breaks off before it could be one.
pub(super) fn is_template(file: &SourceFile) -> bool {
    !roots(file).is_empty() || (!file.document.breaks.is_empty() && speaks_of_resources(&file.bytes))
}

fn roots(file: &SourceFile) -> Vec<&Node> {
    let nodes = file.document.nodes();
    if is_framework(file) {
        let below = nodes.iter().filter_map(|node| node.get("resources"));
        return below.flat_map(Node::one_or_many).filter(|node| has_resources(node)).collect();
    }
    nodes.iter().filter(|node| says_so(node)).collect()
}

fn says_so(root: &Node) -> bool {
    let transforms = || root.get("Transform").map(Node::one_or_many).unwrap_or_default();
    let sections = || root.get("Resources").is_some_and(|r| !r.entries().is_empty());
    root.get("AWSTemplateFormatVersion").is_some()
        || (sections() && transforms().iter().any(|t| t.text().is_some_and(|t| t.starts_with(SERVERLESS))))
        || has_resources(root)
}

fn has_resources(root: &Node) -> bool {
    section(root, "Resources").any(|entry| {
        let kind = entry.value.get("Type").and_then(Node::text);
        kind.is_some_and(|kind| PLATFORMS.iter().any(|p| kind.starts_with(p)))
    })
}

/// The version key or a resource's type, for files that break off before they are a tree.
fn speaks_of_resources(bytes: &[u8]) -> bool {
    let mut lines = bytes.split(|b| *b == b'\n').map(<[u8]>::trim_ascii);
    lines.any(|line| {
        let line = line.strip_prefix(b"\"").unwrap_or(line);
        line.starts_with(b"AWSTemplateFormatVersion")
            || line.strip_prefix(b"Type").is_some_and(|rest| {
                let rest = rest.trim_ascii_start();
                let rest = rest.strip_prefix(b"\"").unwrap_or(rest).trim_ascii_start();
                let rest = rest.strip_prefix(b":").unwrap_or_default().trim_ascii_start();
                let rest = rest.strip_prefix(b"\"").or(rest.strip_prefix(b"'")).unwrap_or(rest);
                rest.starts_with(b"AWS::")
            })
    })
}
