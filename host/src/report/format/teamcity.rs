//! Service messages of TeamCity: inspections.
//! <https://www.jetbrains.com/help/teamcity/service-messages.html#Reporting+Inspections>

use std::collections::BTreeSet;
use std::fmt::Write as _;

use crate::report::escape::teamcity;
use crate::report::{Material, shortened};

/// Longest message and description, in characters.
const LONGEST: usize = 4_000;

pub(super) fn render(material: &Material<'_>) -> String {
    let mut out = String::new();
    let rows = material.rows();
    let mut told: BTreeSet<&str> = BTreeSet::new();
    for row in &rows {
        let rule = row.finding.rule.as_str();
        if told.insert(rule) {
            let url = row.url(material).unwrap_or_default();
            let description =
                if url.is_empty() { row.title.clone() } else { format!("{}: {url}", row.title) };
            let _ = writeln!(
                out,
                "##teamcity[inspectionType id='{}' name='{}' category='{}' description='{}']",
                teamcity(rule),
                teamcity(&row.title),
                teamcity(&format!("hallpass: {}", row.class())),
                teamcity(&shortened(&description, LONGEST)),
            );
        }
        let _ = writeln!(
            out,
            "##teamcity[inspection typeId='{}' message='{}' file='{}' line='{}' SEVERITY='{}']",
            teamcity(rule),
            teamcity(&shortened(&row.message, LONGEST)),
            teamcity(&row.path),
            row.line(),
            row.words.teamcity,
        );
    }
    out
}
