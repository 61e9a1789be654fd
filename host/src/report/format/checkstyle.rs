//! Checkstyle XML.

use anyhow::Result;

use super::xml::{document, element};
use crate::report::Material;
use crate::report::row::Row;

pub(super) fn render(material: &Material<'_>) -> Result<String> {
    let rows = material.rows();
    // Findings stand by place, so those of a file stand together.
    let files: Vec<&[Row<'_>]> = rows.chunk_by(|a, b| a.path == b.path).collect();
    document(|xml| {
        element(xml, "checkstyle", &[("version", "4.3")]).write_inner_content(|xml| {
            for rows in &files {
                let path = rows.first().map(|row| row.path.as_str()).unwrap_or_default();
                element(xml, "file", &[("name", path)]).write_inner_content(|xml| {
                    rows.iter().try_for_each(|row| {
                        let line = row.line().to_string();
                        let column = row.region.map_or(1, |region| region.column).to_string();
                        let source = format!("hallpass.{}", row.finding.rule.replace('/', "."));
                        element(
                            xml,
                            "error",
                            &[
                                ("line", &line),
                                ("column", &column),
                                ("severity", row.words.checkstyle),
                                ("message", &row.message),
                                ("source", &source),
                            ],
                        )
                        .write_empty()
                        .map(drop)
                    })
                })?;
            }
            Ok(())
        })?;
        Ok(())
    })
}
