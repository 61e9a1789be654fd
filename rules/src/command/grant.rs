//! Commands that give somebody a role: `data/command-grants.toml`.

use std::sync::LazyLock;

use serde::Deserialize;

use super::Called;
use super::call;
use super::rows::{Pattern, Rows};
use crate::document::script::{Extent, Word};

/// A role and what it allows.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Role {
    /// How it is written; what ends in it behind a slash is the same one.
    names: Vec<String>,
    /// In the vocabulary of grants.
    pub(crate) action: String,
}

/// A command that gives a role. The columns are described in the table.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Row {
    command: Pattern,
    pub(crate) platform: String,
    /// What holds the role, in the platform's own word.
    pub(crate) holder: String,
    /// Options that name the role; empty: it is the first argument behind the sub-command.
    #[serde(default)]
    options: Vec<String>,
    roles: Vec<Role>,
    #[cfg_attr(not(test), expect(dead_code, reason = "read by people and by the table's test"))]
    example: String,
    #[cfg_attr(not(test), expect(dead_code, reason = "read by people and by the table's test"))]
    look_alike: String,
    #[cfg_attr(not(test), expect(dead_code, reason = "read by people and by the table's test"))]
    source: String,
}

impl super::rows::Row for Row {
    fn pattern(&self) -> &Pattern {
        &self.command
    }
}

impl Row {
    /// The role of this name, if it is one that the table knows.
    pub(crate) fn role(&self, name: &str) -> Option<&Role> {
        let is = |known: &String| {
            let begin = name.len().checked_sub(known.len());
            let end = begin.and_then(|begin| name.get(begin..));
            end.is_some_and(|end| end.eq_ignore_ascii_case(known))
                && begin.is_none_or(|begin| begin == 0 || name[..begin].ends_with('/'))
        };
        self.roles.iter().find(|role| role.names.iter().any(is))
    }

    /// The command as a person says it.
    pub(crate) fn command(&self) -> String {
        self.command.command()
    }
}

/// A role that a script gives.
#[derive(Clone, Debug)]
pub(crate) struct Granted {
    pub(crate) row: &'static Row,
    /// The command.
    pub(crate) at: Extent,
    /// The role's name.
    pub(crate) role: Word,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    grant: Vec<Row>,
}

static GRANTS: LazyLock<Rows<Row>> = LazyLock::new(|| {
    // The table is part of the module; the test below holds that it parses.
    #[allow(clippy::expect_used)]
    let file: File = crate::table::read(include_str!("../../data/command-grants.toml"))
        .expect("data/command-grants.toml parses");
    Rows::new(file.grant)
});

pub(super) fn warm() {
    LazyLock::force(&GRANTS);
}

/// The roles that the commands of a script give, in order.
pub(crate) fn grants(commands: &[Called<'_>]) -> Vec<Granted> {
    let mut grants = Vec::new();
    for Called { found, calls } in commands {
        for call in calls {
            for (row, behind) in GRANTS.of(call) {
                let named = row.options.iter().find_map(|option| call::option_value(call.arguments, option));
                let first = || behind.first().filter(|_| row.options.is_empty()).cloned();
                if let Some(role) = named.or_else(first) {
                    grants.push(Granted { row, at: found.command.at, role });
                }
            }
        }
    }
    grants
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::called;
    use crate::document::{Scalar, Style, shell};

    fn read(text: &str) -> Vec<(&'static Row, &'static str)> {
        let script = shell::read(&Scalar::verbatim(text, Style::Plain, 0), &[]);
        let known =
            |granted: Granted| Some((granted.row, granted.row.role(&granted.role.known()?)?.action.as_str()));
        grants(&called(&script)).into_iter().filter_map(known).collect()
    }

    #[test]
    fn every_example_is_one_and_no_look_alike_is() {
        for row in &GRANTS.all {
            assert!(row.source.starts_with("https://"), "{}", row.example);
            assert!(read(&row.example).iter().any(|(found, _)| std::ptr::eq(*found, row)), "{}", row.example);
            assert!(
                !read(&row.look_alike).iter().any(|(found, _)| std::ptr::eq(*found, row)),
                "{}",
                row.look_alike
            );
        }
    }

    #[test]
    fn a_role_is_known_by_name_id_or_address() {
        let actions = |text: &str| read(text).into_iter().map(|(_, action)| action).collect::<Vec<_>>();
        assert_eq!(actions("az role assignment create --role owner --assignee a"), ["azure:role:Owner"]);
        let id = "/subscriptions/s/providers/Microsoft.Authorization/roleDefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635";
        assert_eq!(actions(&format!("az role assignment create --role={id}")), ["azure:role:Owner"]);
        assert!(actions("az role assignment create --role 'Data Owner'").is_empty());
        assert!(actions("kubectl create clusterrolebinding a --clusterrole=not-cluster-admin").is_empty());
    }
}
