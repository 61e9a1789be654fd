//! Which rule is shown to speak, and to be silent, in which pipeline system: made of the examples of the rule pages.
//!
//! A cell without both kinds of example says in `rules/book/matrix.toml` why the rule has nothing to say there.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::checker::Native;
use crate::page::Page;
use crate::verdict;

/// The systems that are read in depth: what the engine calls their dialect, and what people call them.
pub const SYSTEMS: [(&str, &str); 8] = [
    ("github-actions", "GitHub, Forgejo, Gitea"),
    ("gitlab-ci", "GitLab"),
    ("azure-pipelines", "Azure"),
    ("circleci", "CircleCI"),
    ("bitbucket-pipelines", "Bitbucket"),
    ("jenkins", "Jenkins"),
    ("tekton", "Tekton"),
    ("argo", "Argo"),
];

/// The word for every system at once.
const ALL: &str = "all";

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    reason: Vec<Reason>,
}

/// Why rules have nothing to say in some systems.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Reason {
    rules: Vec<String>,
    dialects: Vec<String>,
    why: String,
}

/// What a rule's page shows of one dialect.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Shown {
    flagged: usize,
    accepted: usize,
}

/// The whole matrix.
#[derive(Debug)]
pub struct Matrix {
    /// Rules in order.
    rules: Vec<String>,
    shown: BTreeMap<(String, String), Shown>,
    reasons: Vec<Reason>,
}

fn book() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../rules/book")
}

/// Where the page stands.
#[must_use]
pub fn path() -> PathBuf {
    book().join("matrix.md")
}

impl Matrix {
    /// Runs the examples of these pages.
    ///
    /// # Errors
    /// A file of reasons that cannot be read.
    pub fn of(pages: &[Page]) -> Result<Self, String> {
        let file = book().join("matrix.toml");
        let text = std::fs::read_to_string(&file).map_err(|why| format!("{}: {why}", file.display()))?;
        let File { reason } = toml::from_str(&text).map_err(|why| format!("{}: {why}", file.display()))?;
        let mut shown: BTreeMap<(String, String), Shown> = BTreeMap::new();
        for page in pages {
            for (example, verdict) in page.examples.iter().zip(verdict::of_page(page, &Native::configure)) {
                for dialect in &verdict.fired_in {
                    shown.entry((page.rule.clone(), dialect.clone())).or_default().flagged += 1;
                }
                for dialect in verdict.read_by.iter().filter(|_| example.accepted()) {
                    shown.entry((page.rule.clone(), dialect.clone())).or_default().accepted += 1;
                }
            }
        }
        let rules = pages.iter().map(|page| page.rule.clone()).collect();
        Ok(Self { rules, shown, reasons: reason })
    }

    fn shown(&self, rule: &str, dialect: &str) -> Shown {
        self.shown.get(&(rule.to_owned(), dialect.to_owned())).copied().unwrap_or_default()
    }

    /// The number of the reason why a rule has nothing to say in a dialect, from 1.
    fn reason(&self, rule: &str, dialect: &str) -> Option<usize> {
        let holds = |reason: &Reason| {
            reason.rules.iter().any(|r| r == rule) && reason.dialects.iter().any(|d| d == dialect || d == ALL)
        };
        self.reasons.iter().position(holds).map(|at| at + 1)
    }

    /// Cells that show nothing and say no reason, and reasons that examples contradict.
    #[must_use]
    pub fn gaps(&self) -> Vec<String> {
        let mut gaps = Vec::new();
        for rule in &self.rules {
            for (dialect, _) in SYSTEMS {
                let shown = self.shown(rule, dialect);
                match (shown.flagged > 0, shown.accepted > 0, self.reason(rule, dialect)) {
                    (true, true, None) | (false, _, Some(_)) => {}
                    (true, _, Some(at)) => {
                        gaps.push(format!("{rule} speaks in {dialect}, against reason {at}"))
                    }
                    (false, _, None) => gaps.push(format!("{rule} is not shown to speak in {dialect}")),
                    (true, false, None) => gaps.push(format!("{rule} is not shown to accept in {dialect}")),
                }
            }
        }
        for reason in &self.reasons {
            let unknown = reason.rules.iter().filter(|r| !self.rules.contains(r));
            gaps.extend(unknown.map(|rule| format!("matrix.toml speaks of {rule}, which is no rule")));
            let is = |name: &String| name == ALL || SYSTEMS.iter().any(|(dialect, _)| dialect == name);
            let unknown = reason.dialects.iter().filter(|name| !is(name));
            gaps.extend(
                unknown.map(|name| format!("matrix.toml speaks of {name}, which is no dialect of it")),
            );
        }
        gaps
    }

    /// The page.
    #[must_use]
    pub fn page(&self) -> String {
        let mut out = "# Rules and pipeline systems\n\n\
            Each cell counts the examples of the rule's page that run as tests: flagged + accepted. A number in brackets is a reason,\n\
            below, why the rule has nothing to say there. Made from the pages and `rules/book/matrix.toml` by\n\
            `HALLPASS_WRITE=1 cargo test -p hallpass-book`; edit those.\n\n| Rule |"
            .to_owned();
        for (_, name) in SYSTEMS {
            let _ = write!(out, " {name} |");
        }
        out.push_str(" Elsewhere |\n|---|");
        out.push_str(&"---|".repeat(SYSTEMS.len() + 1));
        out.push('\n');
        for rule in &self.rules {
            let _ = write!(out, "| [`{rule}`]({rule}.md) |");
            for (dialect, _) in SYSTEMS {
                let shown = self.shown(rule, dialect);
                let _ = match self.reason(rule, dialect) {
                    Some(at) => write!(out, " ({at}) |"),
                    None => write!(out, " {} + {} |", shown.flagged, shown.accepted),
                };
            }
            let elsewhere: Vec<&str> = self
                .shown
                .iter()
                .filter(|((of, dialect), shown)| {
                    of == rule && shown.flagged > 0 && SYSTEMS.iter().all(|(known, _)| known != dialect)
                })
                .map(|((_, dialect), _)| dialect.as_str())
                .collect();
            let _ = writeln!(out, " {} |", elsewhere.join(", "));
        }
        out.push_str("\n## Reasons\n\n");
        for (at, reason) in self.reasons.iter().enumerate() {
            let _ = writeln!(out, "{}. {}", at + 1, reason.why);
        }
        out
    }
}
