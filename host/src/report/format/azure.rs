//! Logging commands of Azure Pipelines.
//! <https://learn.microsoft.com/azure/devops/pipelines/scripts/logging-commands>

use std::fmt::Write as _;

use crate::report::Material;
use crate::report::escape::{azure_data, azure_property};

pub(super) fn render(material: &Material<'_>) -> String {
    let mut out = String::new();
    let rows = material.worst_first();
    for row in &rows {
        let mut properties = format!("type={};sourcepath={};", row.words.azure, azure_property(&row.path));
        if let Some(region) = row.region {
            let _ = write!(properties, "linenumber={};columnnumber={};", region.line, region.column);
        }
        let _ = write!(properties, "code={};", azure_property(&row.finding.rule));
        let _ = writeln!(out, "##vso[task.logissue {properties}]{}", azure_data(&row.sentence()));
    }
    // A step that fails says so itself.
    if !rows.is_empty() && !material.fails() {
        out.push_str(
            "##vso[task.complete result=SucceededWithIssues;]hallpass has findings below the threshold\n",
        );
    }
    out
}
