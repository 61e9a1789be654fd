//! Resources that another dialect carries, with its own references (`${name.id}`) in their texts.

use super::lower;
use super::template::Template;
use crate::dialect::{Lowering, SourceFile};
use crate::document::{Data, Entry, Node, Scalar};

/// Lowers one resource of ARM.
pub(in crate::dialect) fn lower(file: &SourceFile, resource: Node, out: &mut Lowering<'_>) {
    let at = resource.span;
    let list = Node::new(at, Data::List([spoken(&resource)].into()));
    let scalar = Scalar::verbatim("resources", crate::document::Style::Quoted, at.start as usize);
    let key = Node::new(at, Data::Scalar(Scalar { end: at.end, ..scalar }));
    let root = Node::new(at, Data::Map([Entry { key, value: list, merged: false }].into()));
    let unit = out.unit;
    lower::template(unit, &Template::of_json(file, &root), out);
}

/// References in the template's own words: what they come to is not known to it, as a parameter without value.
fn spoken(node: &Node) -> Node {
    let data = match &node.data {
        Data::List(items) => Data::List(items.iter().map(spoken).collect()),
        Data::Map(entries) => Data::Map(
            entries
                .iter()
                .map(|e| Entry { key: e.key.clone(), value: spoken(&e.value), merged: e.merged })
                .collect(),
        ),
        Data::Scalar(scalar) => match expression(&scalar.text) {
            Some(text) => Data::Scalar(Scalar { text: text.into(), ..scalar.clone() }),
            None => Data::Scalar(scalar.clone()),
        },
        other => other.clone(),
    };
    Node { data, ..node.clone() }
}

/// `/a/${x.id}/b` -> `[concat('/a/', parameters('x.id'), '/b')]`.
fn expression(text: &str) -> Option<String> {
    let (mut rest, mut parts) = (text, Vec::new());
    while let Some((before, from)) = rest.split_once("${") {
        let (name, after) = from.split_once('}')?;
        parts.push(quoted(before));
        parts.push(format!("parameters({})", quoted(name)));
        rest = after;
    }
    if parts.is_empty() {
        return None;
    }
    parts.push(quoted(rest));
    parts.retain(|part| part != "''");
    Some(match parts.as_slice() {
        [one] => format!("[{one}]"),
        several => format!("[concat({})]", several.join(", ")),
    })
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

#[cfg(test)]
mod tests {
    use super::expression;

    #[test]
    fn references_are_parameters() {
        assert_eq!(
            expression("/a/${x.id}/b's").as_deref(),
            Some("[concat('/a/', parameters('x.id'), '/b''s')]")
        );
        assert_eq!(expression("${x.id}").as_deref(), Some("[parameters('x.id')]"));
        assert_eq!(expression("plain"), None);
    }
}
