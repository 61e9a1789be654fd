//! Functions of CloudFormation, in their short form (`!Sub`, YAML only) and their long one (`Fn::Sub`).
//!
//! Source: <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html>.

use crate::document::Node;

/// A call of a function.
#[derive(Clone, Copy, Debug)]
pub(super) struct Call<'n> {
    /// Its name without `Fn::`.
    pub(super) name: &'n str,
    /// What it is given; with the short form the node itself, whose tag is the name.
    pub(super) argument: &'n Node,
    /// Whether it is the short form.
    pub(super) short: bool,
}

/// The call that a node is.
pub(super) fn call(node: &Node) -> Option<Call<'_>> {
    match &node.tag {
        Some(tag) => Some(Call { name: named(tag).unwrap_or(tag), argument: node, short: true }),
        None => long(node),
    }
}

/// The call that a node is in its long form.
pub(super) fn long(node: &Node) -> Option<Call<'_>> {
    let [entry] = node.entries() else { return None };
    let name = match entry.name() {
        "Ref" => "Ref",
        "Condition" if entry.value.text().is_some() => "Condition",
        name => named(name)?,
    };
    // `Fn::ForEach::Name` and `Fn::Transform` make entries of the map around them, they are no value.
    (!is_maker(entry.name())).then_some(Call { name, argument: &entry.value, short: false })
}

/// Whether a key stands for entries that the platform makes.
pub(super) fn is_maker(key: &str) -> bool {
    key == "Fn::Transform" || key.starts_with("Fn::ForEach::")
}

fn named(name: &str) -> Option<&str> {
    name.strip_prefix("Fn::")
}
