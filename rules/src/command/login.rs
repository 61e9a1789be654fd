//! Commands that log in, and commands that take a session: `data/command-logins.toml`.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

use super::call::{self, Call};
use super::table;
use crate::dialect::logins::{IdentityForm, LifetimeInput};
use crate::document::script::{Extent, Found, RedirectionKind, Script, Shape, Word};

/// The option that names an identity.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ActsAs {
    option: String,
    pub(crate) form: IdentityForm,
}

/// A command that logs in. The columns are described in the table.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Row {
    programs: Vec<String>,
    words: String,
    #[serde(default)]
    with: Vec<String>,
    #[serde(default)]
    without: Vec<String>,
    #[serde(default)]
    holds: Vec<String>,
    pub(crate) platform: String,
    pub(crate) kind: String,
    pub(crate) what: String,
    #[serde(default)]
    secrets: Vec<String>,
    behind: Option<String>,
    stdin: Option<String>,
    #[serde(default)]
    user: Vec<String>,
    #[serde(default)]
    pub(crate) exchange: bool,
    pub(crate) acts_as: Option<ActsAs>,
    pub(crate) lifetime: Option<LifetimeInput>,
    #[cfg_attr(not(test), expect(dead_code, reason = "read by people and by the table's test"))]
    example: String,
    #[cfg_attr(not(test), expect(dead_code, reason = "read by people and by the table's test"))]
    look_alike: String,
    pub(crate) source: String,
}

impl Row {
    /// Whether the command takes a session, rather than being handed a key.
    pub(crate) fn is_session(&self) -> bool {
        self.kind == "session"
    }

    /// The command as a person says it: `aws sts assume-role`.
    pub(crate) fn service(&self) -> String {
        format!("{} {}", self.programs.first().map_or("", String::as_str), self.words)
    }
}

/// A login that a script makes.
#[derive(Clone, Debug)]
pub(crate) struct Login {
    pub(crate) row: &'static Row,
    /// The command.
    pub(crate) at: Extent,
    /// The standing credential that it is handed.
    pub(crate) secret: Option<Word>,
    /// The identity that it names.
    pub(crate) identity: Option<Word>,
    /// The session's length.
    pub(crate) lifetime: Option<Word>,
    /// Who logs in.
    pub(crate) user: Option<Word>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    login: Vec<Row>,
}

struct Table {
    rows: Vec<Row>,
    by_program: BTreeMap<String, Vec<usize>>,
}

static LOGINS: LazyLock<Table> = LazyLock::new(|| {
    // The table is part of the module; the test below holds that it parses.
    #[allow(clippy::expect_used)]
    let file: File = crate::table::read(include_str!("../../data/command-logins.toml"))
        .expect("data/command-logins.toml parses");
    let mut by_program: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (index, row) in file.login.iter().enumerate() {
        for program in &row.programs {
            by_program.entry(program.clone()).or_default().push(index);
        }
    }
    Table { rows: file.login, by_program }
});

pub(super) fn warm() {
    LazyLock::force(&LOGINS);
}

/// The logins that the commands of a script make, in order.
pub(crate) fn logins(script: &Script) -> Vec<Login> {
    let mut logins = Vec::new();
    for found in script.commands() {
        for call in call::calls(found.simple) {
            let rows = LOGINS.by_program.get(&call.program).map(Vec::as_slice).unwrap_or_default();
            let rows = rows.iter().filter_map(|index| LOGINS.rows.get(*index));
            logins.extend(rows.filter_map(|row| login(row, &call, &found)));
        }
    }
    logins
}

fn login(row: &'static Row, call: &Call<'_>, found: &Found<'_>) -> Option<Login> {
    let words: Vec<String> = row.words.split_whitespace().map(str::to_owned).collect();
    call::behind_words(call.arguments, &words)?;
    let given =
        |option: &String| call.arguments.iter().any(|word| word.prefix().starts_with(option.as_str()));
    if !row.with.is_empty() && !row.with.iter().any(given) {
        return None;
    }
    let held = |text: &String| call.arguments.iter().any(|word| word.prefix().contains(text.as_str()));
    if row.without.iter().any(given) || !row.holds.is_empty() && !row.holds.iter().any(held) {
        return None;
    }
    let of = |option: &str| call::option_value(call.arguments, option);
    let secret =
        row.secrets.iter().find_map(|option| of(option)).filter(|word| word.known().as_deref() != Some("-"));
    let behind = || {
        let at = call.arguments.iter().position(|word| word.known() == row.behind)?;
        let mut rest = call.arguments.iter().skip(at + 1);
        // Options, and settings such as `role=x`, are none.
        rest.find(|word| !word.prefix().starts_with('-'))
            .filter(|word| !call::is_assignment(&word.prefix()))
            .cloned()
    };
    let secret = secret.or_else(|| row.behind.as_ref().and_then(|_| behind()));
    let read = || row.stdin.as_ref().filter(|option| given(option)).and_then(|_| piped(found));
    Some(Login {
        row,
        at: found.command.at,
        secret: secret.or_else(read),
        identity: row.acts_as.as_ref().and_then(|acts_as| of(&acts_as.option)),
        lifetime: row.lifetime.as_ref().and_then(|lifetime| of(&lifetime.input)),
        user: row.user.iter().find_map(|option| of(option)),
    })
}

/// What a command reads: a here-string, or what the command before it in the pipeline writes.
fn piped(found: &Found<'_>) -> Option<Word> {
    let string = found.command.redirections.iter().find(|r| r.kind == RedirectionKind::HereString);
    if let Some(redirection) = string {
        return Some(redirection.target.clone());
    }
    let Shape::Simple(before) = &found.previous()?.shape else { return None };
    let writes = call::calls(before).last().is_some_and(|call| table::writes(&call.program));
    before.words.last().filter(|_| writes && before.words.len() > 1).cloned()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]

    use super::*;
    use crate::dialect::logins::platform;
    use crate::document::{Scalar, Style, shell};

    fn read(text: &str) -> Vec<String> {
        let script = shell::read(&Scalar::verbatim(text, Style::Plain, 0), &[]);
        let word =
            |word: &Option<Word>| word.as_ref().map_or("-".to_owned(), |w| w.to_text(&script).to_string());
        logins(&script)
            .iter()
            .map(|l| {
                format!("{} {} {} {}", l.row.platform, word(&l.secret), word(&l.identity), word(&l.lifetime))
            })
            .collect()
    }

    #[test]
    fn every_example_is_one_and_no_look_alike_is() {
        for row in &LOGINS.rows {
            assert!(platform(&row.platform).is_some(), "{}", row.platform);
            assert!(row.source.starts_with("https://"), "{}", row.example);
            let script = |text: &str| shell::read(&Scalar::verbatim(text, Style::Plain, 0), &[]);
            let found = logins(&script(&row.example));
            assert!(found.iter().any(|l| std::ptr::eq(l.row, row)), "{}", row.example);
            let alike = logins(&script(&row.look_alike));
            assert!(!alike.iter().any(|l| std::ptr::eq(l.row, row)), "{}", row.look_alike);
        }
    }

    #[test]
    fn values_are_found_wherever_they_stand() {
        assert_eq!(read("echo \"$P\" | docker login -u u --password-stdin r"), ["docker ${P} - -"]);
        assert_eq!(read("docker login -u u --password=\"$P\" r"), ["docker ${P} - -"]);
        assert_eq!(read("docker login --password-stdin r <<< $P"), ["docker ${P} - -"]);
        assert_eq!(read("gcloud auth activate-service-account --key-file=$K"), ["gcp ${K} - -"]);
        assert_eq!(read("echo $K | gcloud auth activate-service-account --key-file=-"), ["gcp ${K} - -"]);
        assert_eq!(read("aws configure set aws_secret_access_key $S"), ["aws ${S} - -"]);
        assert_eq!(
            read("export X=$(aws sts assume-role-with-web-identity --role-arn $R --duration-seconds 900)"),
            ["aws - ${R} 900"]
        );
    }
}
