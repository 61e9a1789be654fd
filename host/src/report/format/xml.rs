//! What the XML formats share.

use anyhow::Result;
use quick_xml::Writer;
use quick_xml::writer::ElementWriter;

use crate::report::escape;

/// Writes a document.
pub(super) type Document = Writer<Vec<u8>>;

/// A document whose content `write` writes.
pub(super) fn document(write: impl FnOnce(&mut Document) -> std::io::Result<()>) -> Result<String> {
    let mut writer = Writer::new_with_indent(Vec::new(), b' ', 2);
    write(&mut writer)?;
    let body = String::from_utf8(writer.into_inner())?;
    Ok(format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{body}\n"))
}

/// An element with attributes.
pub(super) fn element<'w>(
    writer: &'w mut Document,
    name: &'static str,
    attributes: &[(&str, &str)],
) -> ElementWriter<'w, Vec<u8>> {
    attributes.iter().fold(writer.create_element(name), |element, (name, value)| {
        element.with_attribute((*name, escape::xml(value).as_str()))
    })
}
