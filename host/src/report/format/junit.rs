//! JUnit XML, in the form that Jenkins' schema describes: a test case for each finding and for each file that could not be
//! checked whole, and one that passes if there is none of both.
//! <https://github.com/jenkinsci/xunit-plugin/blob/master/src/main/resources/org/jenkinsci/plugins/xunit/types/model/xsd/junit-10.xsd>

use anyhow::Result;
use quick_xml::events::BytesText;

use super::xml::{Document, document, element};
use crate::report::Material;
use crate::report::escape;
use crate::report::row::Row;
use crate::report::text::plain;
use crate::runtime::contract::{Coverage, Status};

pub(super) fn render(material: &Material<'_>) -> Result<String> {
    let rows = material.rows();
    let failed: Vec<&Coverage> =
        material.outcome.coverage.iter().filter(|entry| entry.status == Status::Failed).collect();
    let failures = rows.iter().filter(|row| material.counts(row.finding)).count().to_string();
    let skipped = failed.len().to_string();
    let tests = (rows.len() + failed.len()).max(1).to_string();
    document(|xml| {
        element(xml, "testsuites", &[("name", "hallpass"), ("tests", &tests), ("failures", &failures)])
            .write_inner_content(|xml| {
                let suite = [
                    ("name", "hallpass"),
                    ("tests", tests.as_str()),
                    ("failures", &failures),
                    ("errors", "0"),
                    ("skipped", &skipped),
                ];
                element(xml, "testsuite", &suite).write_inner_content(|xml| {
                    rows.iter().try_for_each(|row| case(material, row, xml))?;
                    failed.iter().try_for_each(|entry| not_checked(entry, xml))?;
                    if rows.is_empty() && failed.is_empty() {
                        element(xml, "testcase", &[("classname", "hallpass"), ("name", "no findings")])
                            .write_empty()?;
                    }
                    Ok(())
                })?;
                Ok(())
            })?;
        Ok(())
    })
}

/// A finding. One that does not fail the run does not fail its test either.
fn case(material: &Material<'_>, row: &Row<'_>, xml: &mut Document) -> std::io::Result<()> {
    let line = row.line();
    let name = format!("{} at line {line}", row.finding.rule);
    let help = row.help();
    let text =
        format!("{}:{line}: {}{}{help}", row.path, row.message, if help.is_empty() { "" } else { "\n" });
    let text = escape::xml(&text);
    element(xml, "testcase", &[("classname", &row.path), ("name", &name)])
        .write_inner_content(|xml| {
            match material.counts(row.finding) {
                true => element(xml, "failure", &[("message", &row.message), ("type", row.words.own)]),
                false => element(xml, "system-out", &[]),
            }
            .write_text_content(BytesText::new(&text))
            .map(drop)
        })
        .map(drop)
}

fn not_checked(entry: &Coverage, xml: &mut Document) -> std::io::Result<()> {
    let why = plain(entry.why.as_deref().unwrap_or("unknown reason"));
    element(xml, "testcase", &[("classname", &plain(&entry.path)), ("name", "checked whole")])
        .write_inner_content(|xml| element(xml, "skipped", &[("message", &why)]).write_empty().map(drop))
        .map(drop)
}
