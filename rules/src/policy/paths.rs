//! What holds for a part of the tree only: `[[paths]]`.

use std::collections::BTreeMap;

use super::names;
use crate::finding::Severity;
use crate::rule::Named;

/// A path that a configuration names, from the root and with `/`, if it lies inside.
#[must_use]
pub(crate) fn inside(path: &str) -> Option<String> {
    let foreign = path.starts_with('/') || path.contains(['\\', ':']) || path.chars().any(char::is_control);
    if foreign { None } else { crate::dialect::resolve("", path).filter(|p| !p.is_empty()) }
}

/// A row: paths, and what is otherwise there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PathRow {
    /// Paths from the root; `*` stands for any text, `/` included.
    pub matches: String,
    /// Rules or classes that say nothing there.
    pub ignore: Vec<String>,
    /// Severity by rule.
    pub severities: BTreeMap<String, Severity>,
}

/// What the rows say of a rule's finding at a path: whether it is said at all, and how severe it is where a row says so. Of
/// several rows the last one speaks.
pub(super) fn say(rows: &[PathRow], rule: Named<'_>, path: &str) -> Option<Option<Severity>> {
    let here = rows.iter().filter(|row| names::matches(&row.matches, path));
    let mut severity = None;
    for row in here {
        // The file was refused if it names a mandatory rule; a class leaves them out.
        if !rule.mandatory && names::names(&row.ignore, rule) {
            return None;
        }
        severity = row.severities.get(rule.id).copied().or(severity);
    }
    Some(severity)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::policy::Policy;
    use crate::rule::RULES;

    const TEXT: &str = "[[paths]]\nmatch = \"examples/**\"\nignore = [\"lifetime\", \"identity/no-owner\"]\n\
                        severity = { \"anonymous/principal\" = \"low\", \"scope/admin-grant\" = \"off\" }\n\
                        [[paths]]\nmatch = \"examples/shown/*\"\nseverity = { \"anonymous/principal\" = \"info\" }\n";

    #[test]
    fn a_row_speaks_for_its_paths_alone() {
        let policy = Policy::read("hallpass.toml", TEXT.as_bytes()).unwrap();
        let said = |rule: &str, path: &str| policy.at_path(names::rule(RULES, rule).unwrap().named(), path);
        assert_eq!(said("lifetime/above-ceiling", "examples/a/main.tf"), None);
        assert_eq!(said("identity/no-owner", "examples/main.tf"), None);
        assert_eq!(said("scope/admin-grant", "examples/main.tf"), None);
        assert_eq!(said("lifetime/above-ceiling", "infra/examples/main.tf"), Some(None));
        assert_eq!(said("anonymous/principal", "examples/main.tf"), Some(Some(Severity::Low)));
        assert_eq!(said("anonymous/principal", "examples/shown/a/main.tf"), Some(Some(Severity::Info)));
    }

    #[test]
    fn mandatory_rules_are_out_of_its_reach() {
        let rule = RULES.iter().find(|rule| rule.meta.mandatory).unwrap();
        let id = rule.meta.id;
        for line in [format!("ignore = [\"{id}\"]"), format!("severity = {{ \"{id}\" = \"off\" }}")] {
            let text = format!("[[paths]]\nmatch = \"*\"\n{line}\n");
            let problems = Policy::read("hallpass.toml", text.as_bytes()).unwrap_err();
            assert!(problems.iter().any(|p| p.message.contains("mandatory")), "{problems:?}");
        }
        let text = format!("[[paths]]\nmatch = \"*\"\nignore = [\"{}\"]\n", rule.meta.class());
        let policy = Policy::read("hallpass.toml", text.as_bytes()).unwrap();
        assert_eq!(policy.at_path(rule.named(), "any"), Some(None));
        assert!(Policy::read("hallpass.toml", b"[[paths]]\nmatch = \"/etc/*\"\n").is_err());
        assert!(Policy::read("hallpass.toml", b"[[paths]]\nignore = []\n").is_err());
    }
}
