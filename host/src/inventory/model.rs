//! The form of `hallpass schema inventory`, as far as formats need it. Names are the schema's.

use serde::Deserialize;

use crate::report::text::plain;

/// See the schema.
#[derive(Clone, Debug, Default, Deserialize)]
#[allow(missing_docs)]
pub struct Inventory {
    pub today: String,
    pub entries: Vec<Entry>,
    pub actors: Vec<Actor>,
    pub edges: Vec<Edge>,
    pub delta: Option<Delta>,
}

/// What an entry is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs)]
pub enum Class {
    #[default]
    Identity,
    Credential,
    Endpoint,
}

impl Class {
    /// All, in the order they are shown.
    pub const ALL: [Self; 3] = [Self::Identity, Self::Credential, Self::Endpoint];

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::Credential => "credential",
            Self::Endpoint => "endpoint",
        }
    }

    /// The name of several.
    #[must_use]
    pub fn plural(self) -> &'static str {
        match self {
            Self::Identity => "identities",
            Self::Credential => "credentials",
            Self::Endpoint => "endpoints",
        }
    }
}

/// See the schema.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
#[allow(missing_docs)]
pub struct Entry {
    pub id: String,
    pub class: Class,
    pub kind: String,
    pub owner: Option<Answer>,
    pub technical_owner: Option<Answer>,
    pub purpose: Option<Answer>,
    pub until: Option<Answer>,
    pub revocation: Option<Answer>,
    pub lifetimes: Vec<String>,
    pub rotation: Option<String>,
    pub rights: Vec<Right>,
    pub scope: Vec<String>,
    pub stores: Vec<String>,
    pub environments: Vec<String>,
    pub places: Vec<At>,
    pub uses: Vec<Use>,
    pub row: Option<At>,
    pub third_party: Option<String>,
    pub break_glass: bool,
    pub data_class: Option<String>,
    pub accountable: bool,
    pub registrable: bool,
    pub blanks: Vec<Question>,
    pub reach: Reach,
}

/// See the schema.
#[derive(Clone, Debug, Default, Deserialize)]
#[allow(missing_docs)]
pub struct At {
    pub path: String,
    #[serde(default)]
    pub line: u32,
}

impl At {
    /// `path:line`, without what steers a terminal.
    #[must_use]
    pub fn shown(&self) -> String {
        format!("{}:{}", plain(&self.path), self.line)
    }
}

/// See the schema.
#[derive(Clone, Debug, Deserialize)]
#[allow(missing_docs)]
pub struct Answer {
    pub is: String,
    pub by: By,
}

/// Where an answer comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs)]
pub enum By {
    Registry,
    Declaration,
    CodeOwners,
    Itself,
}

impl By {
    /// In words.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Registry => "registry",
            Self::Declaration => "declared beside it",
            Self::CodeOwners => "code owners",
            Self::Itself => "by itself",
        }
    }
}

/// A question that somebody must answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs)]
pub enum Question {
    Owner,
    Purpose,
    Until,
    Revocation,
}

impl Question {
    /// In one word.
    #[must_use]
    pub fn short(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Purpose => "purpose",
            Self::Until => "until",
            Self::Revocation => "revocation",
        }
    }

    /// In full.
    #[must_use]
    pub fn asked(self) -> &'static str {
        match self {
            Self::Owner => "who owns it?",
            Self::Purpose => "why does it exist?",
            Self::Until => "until when?",
            Self::Revocation => "how is it switched off?",
        }
    }
}

/// How much a right is worth, least first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs)]
pub enum Power {
    #[default]
    Reads,
    Changes,
    Opens,
    Escalates,
    Controls,
}

impl Power {
    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Reads => "reads",
            Self::Changes => "changes",
            Self::Opens => "opens",
            Self::Escalates => "escalates",
            Self::Controls => "controls",
        }
    }
}

/// See the schema.
#[derive(Clone, Debug, Deserialize)]
#[allow(missing_docs)]
pub struct Right {
    pub actions: Vec<String>,
    pub resources: Vec<String>,
    pub power: Power,
    #[serde(default)]
    pub narrowed: bool,
    #[serde(flatten)]
    pub at: At,
}

/// See the schema.
#[derive(Clone, Debug, Deserialize)]
#[allow(missing_docs)]
pub struct Use {
    #[serde(flatten)]
    pub at: At,
    pub how: String,
    #[serde(default)]
    pub actor: Option<String>,
    pub sure: bool,
}

/// See the schema.
#[derive(Clone, Debug, Deserialize)]
#[allow(missing_docs)]
pub struct Actor {
    pub id: String,
    pub kind: String,
    pub name: String,
    pub path: String,
    #[serde(default)]
    pub environment: Option<String>,
    #[serde(default)]
    pub open: bool,
}

/// See the schema.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[allow(missing_docs)]
pub struct Edge {
    pub from: String,
    pub to: String,
    pub kind: EdgeKind,
    #[serde(default)]
    pub label: String,
    pub sure: bool,
}

/// What a step of the graph is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs)]
pub enum EdgeKind {
    Holds,
    ActsAs,
    MayBecome,
    May,
    LogsInTo,
}

impl EdgeKind {
    /// In words, between the two ends.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Holds => "has",
            Self::ActsAs => "acts as",
            Self::MayBecome => "may become",
            Self::May => "has rights on",
            Self::LogsInTo => "logs in to",
        }
    }
}

/// See the schema.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
#[allow(missing_docs)]
pub struct Reach {
    pub files: usize,
    pub jobs: usize,
    pub workloads: usize,
    pub teams: Vec<String>,
    pub identities: Vec<String>,
    pub resources: usize,
    pub worst: Option<Worst>,
}

/// See the schema.
#[derive(Clone, Debug, Deserialize)]
#[allow(missing_docs)]
pub struct Worst {
    pub power: Power,
    pub what: String,
    #[serde(default)]
    pub through: Option<String>,
}

/// See the schema.
#[derive(Clone, Debug, Default, Deserialize)]
#[allow(missing_docs)]
pub struct Delta {
    pub new: Vec<String>,
    pub gone: Vec<String>,
    pub moved: Vec<Moved>,
    pub new_edges: Vec<Edge>,
    pub gone_edges: Vec<Edge>,
}

/// See the schema.
#[derive(Clone, Debug, Deserialize)]
#[allow(missing_docs)]
pub struct Moved {
    pub id: String,
    pub uses: i64,
    pub identities: i64,
    pub resources: i64,
    #[serde(default)]
    pub before: Option<Power>,
    #[serde(default)]
    pub after: Option<Power>,
    #[serde(default)]
    pub more: Vec<String>,
    #[serde(default)]
    pub less: Vec<String>,
    pub further: bool,
}

impl Entry {
    /// The four answers, each with its question.
    #[must_use]
    pub fn answers(&self) -> [(Question, Option<&Answer>); 4] {
        [
            (Question::Owner, self.owner.as_ref()),
            (Question::Purpose, self.purpose.as_ref()),
            (Question::Until, self.until.as_ref()),
            (Question::Revocation, self.revocation.as_ref()),
        ]
    }

    /// An answer on one line, a question mark where somebody must answer and nobody does, nothing where nobody must.
    #[must_use]
    pub fn answered(&self, question: Question) -> String {
        let answer = self.answers().into_iter().find(|(asked, _)| *asked == question).and_then(|(_, a)| a);
        match answer {
            Some(answer) => plain(&answer.is),
            None if self.blanks.contains(&question) => "?".to_owned(),
            None => String::new(),
        }
    }

    /// How far it reaches: `controls: full control of the account (through aws/role/*/deploy)`.
    #[must_use]
    pub fn worst(&self) -> String {
        let Some(worst) = &self.reach.worst else { return String::new() };
        let through =
            worst.through.as_ref().map(|id| format!(" (through {})", plain(id))).unwrap_or_default();
        format!("{}: {}{through}", worst.power.name(), plain(&worst.what))
    }

    /// Who uses it, counted: `2 jobs, 1 workload`.
    #[must_use]
    pub fn users(&self) -> String {
        use crate::report::counted;
        let counts = [(self.reach.jobs, "job", "jobs"), (self.reach.workloads, "workload", "workloads")];
        let some = counts.into_iter().filter(|(count, ..)| *count > 0);
        let said: Vec<String> = some.map(|(count, one, more)| counted(count, one, more)).collect();
        match said.is_empty() && self.reach.files > 0 {
            true => counted(self.reach.files, "file", "files"),
            false => said.join(", "),
        }
    }
}

impl Inventory {
    /// The entries of a class.
    pub fn of(&self, class: Class) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(move |entry| entry.class == class)
    }

    /// The entries that somebody must answer for and nobody does whole.
    pub fn blank(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(|entry| !entry.blanks.is_empty())
    }

    /// One line: how many there are, and how many have blanks.
    #[must_use]
    pub fn summary(&self) -> String {
        use crate::report::counted;
        let counts: Vec<String> =
            Class::ALL.map(|class| counted(self.of(class).count(), class.name(), class.plural())).to_vec();
        let accountable = self.entries.iter().filter(|entry| entry.accountable).count();
        let blanks = self.blank().count();
        let asked =
            counted(accountable, "somebody must answer for one of them", "of them somebody must answer for");
        let asked = if accountable == 1 { "for 1 of them somebody must answer".to_owned() } else { asked };
        match blanks {
            0 => format!("{}; {asked}, and no answer is missing", counts.join(", ")),
            1 => format!("{}; {asked}, and 1 lacks an answer", counts.join(", ")),
            more => format!("{}; {asked}, and {more} lack an answer", counts.join(", ")),
        }
    }
}
