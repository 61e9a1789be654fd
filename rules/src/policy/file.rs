//! The written form of `hallpass.toml`. Its JSON schema is what editors complete with and what [`super::shape`] holds a
//! file against, so that a key is named in one place only.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use toml::Spanned;

use super::rows::written::PolicyRule;
use crate::fact::Word;
use crate::fact::lifetime::with_unit;
use crate::finding::{Confidence, Severity};

/// The policy of a repository: `hallpass.toml` at its root.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub(super) struct File {
    /// Files of the same form that this one adds to: paths from the root, inside of it. What this file says wins over what
    /// they say, and a later one over an earlier one; rows, `detectors` and `third-party.approved` are joined.
    #[allow(dead_code, reason = "read from the document itself, which knows where each path stands")]
    pub(super) extends: Option<Extends>,
    /// Whether rules run that are in preview. Without it they run where `rules.select` names them.
    pub(super) preview: Option<bool>,
    /// Which rules run, and how severe they are.
    pub(super) rules: Rules,
    /// The run fails from this severity on. Default: medium.
    pub(super) fail_on: Option<Severity>,
    /// Findings less sure than this are left out.
    pub(super) min_confidence: Option<Confidence>,
    /// Files of detectors in the format of gitleaks: paths from the root.
    #[schemars(with = "Vec<String>")]
    pub(super) detectors: Vec<Spanned<String>>,
    /// How long credentials and waivers may last.
    pub(super) ceilings: Ceilings,
    /// Outside code.
    pub(super) third_party: ThirdParty,
    /// People and teams that may own something.
    pub(super) people: People,
    /// How identities are declared outside of this file.
    pub(super) registry: Registry,
    /// The registry of machine identities.
    #[schemars(with = "Vec<Identity>")]
    pub(super) identity: Vec<Spanned<Identity>>,
    /// Accepted findings.
    #[schemars(with = "Vec<Waiver>")]
    pub(super) waiver: Vec<Spanned<Waiver>>,
    /// What holds for a part of the tree only.
    #[schemars(with = "Vec<Paths>")]
    pub(super) paths: Vec<Paths>,
    /// Third-party rule modules.
    #[schemars(with = "Vec<Plugin>")]
    pub(super) plugin: Vec<Spanned<Plugin>>,
    /// Rules of your own over facts.
    #[schemars(with = "Vec<PolicyRule>")]
    pub(super) policy: Vec<Spanned<PolicyRule>>,
    /// Whether files that extend this one may only tighten what holds by it, its defaults included.
    pub(super) floor: bool,
}

/// One file or several.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
#[allow(dead_code, reason = "stands for its two forms in the schema")]
pub(super) enum Extends {
    /// A path.
    One(String),
    /// Paths; what a later one says wins.
    Many(Vec<String>),
}

/// Which rules run, and how severe they are.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub(super) struct Rules {
    /// Only these rules or classes; empty for all.
    #[schemars(with = "Vec<String>")]
    pub(super) select: Option<Vec<Spanned<String>>>,
    /// Not these rules or classes. Mandatory rules run all the same.
    #[schemars(with = "Vec<String>")]
    pub(super) ignore: Option<Vec<Spanned<String>>>,
    /// Severity by rule, or `off`.
    #[schemars(with = "BTreeMap<String, Level>")]
    pub(super) severity: BTreeMap<Spanned<String>, Level>,
}

/// What holds for a part of the tree only. Of several rows that match, the last one speaks.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Paths {
    /// Paths from the root; `*` stands for any text, `/` included: `examples/*`.
    #[serde(rename = "match")]
    #[schemars(with = "String")]
    pub(super) matches: Spanned<String>,
    /// Rules or classes that say nothing there. Mandatory rules speak all the same.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub(super) ignore: Vec<Spanned<String>>,
    /// Severity by rule, or `off`.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, Level>")]
    pub(super) severity: BTreeMap<Spanned<String>, Level>,
}

/// A severity, or `off`.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Level {
    /// The rule does not run.
    Off,
    /// Worth knowing.
    Info,
    /// Hygiene.
    Low,
    /// A weakness.
    Medium,
    /// A weakness that an attacker can use alone.
    High,
    /// Usable now, with great reach.
    Critical,
}

impl Level {
    pub(super) fn severity(self) -> Option<Severity> {
        match self {
            Self::Off => None,
            Self::Info => Some(Severity::Info),
            Self::Low => Some(Severity::Low),
            Self::Medium => Some(Severity::Medium),
            Self::High => Some(Severity::High),
            Self::Critical => Some(Severity::Critical),
        }
    }
}

/// How long credentials and waivers may last.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub(super) struct Ceilings {
    /// A cloud session of a pipeline or role.
    #[schemars(with = "Option<Limit>")]
    pub(super) cloud_session: Option<Spanned<Limit>>,
    /// A projected or requested service-account token.
    #[schemars(with = "Option<Limit>")]
    pub(super) workload_token: Option<Spanned<Limit>>,
    /// An OAuth access token.
    #[schemars(with = "Option<Limit>")]
    pub(super) access_token: Option<Spanned<Limit>>,
    /// An OAuth refresh token.
    #[schemars(with = "Option<Limit>")]
    pub(super) refresh_token: Option<Spanned<Limit>>,
    /// An API key, client secret, access key, personal or deploy token.
    #[schemars(with = "Option<Limit>")]
    pub(super) standing_key: Option<Spanned<Limit>>,
    /// A leaf certificate.
    #[schemars(with = "Option<Limit>")]
    pub(super) certificate: Option<Spanned<Limit>>,
    /// The certificate of an authority.
    #[schemars(with = "Option<Limit>")]
    pub(super) authority: Option<Spanned<Limit>>,
    /// The rotation period of a key.
    #[schemars(with = "Option<Limit>")]
    pub(super) rotation: Option<Spanned<Limit>>,
    /// How far ahead a waiver may expire; whole days.
    #[schemars(with = "Option<Duration>")]
    pub(super) waiver: Option<Spanned<Duration>>,
    /// How far ahead a break-glass waiver may expire; whole days.
    #[schemars(with = "Option<Duration>")]
    pub(super) break_glass: Option<Spanned<Duration>>,
}

/// One duration for both, or one to warn from and one to object from.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
pub(super) enum Limit {
    /// A longer lifetime is a finding of the graver sort.
    One(Duration),
    /// Two steps.
    Two(Steps),
}

/// Two steps of a ceiling.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Steps {
    /// A longer lifetime is a finding.
    pub(super) warn: Duration,
    /// A longer lifetime is a graver one.
    pub(super) error: Duration,
}

/// `"90d"`, `"1h"`, `"45 min"`, or a number of seconds.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
pub(super) enum Duration {
    /// Seconds.
    Seconds(u64),
    /// With a unit.
    Text(String),
}

impl Duration {
    pub(super) fn seconds(&self) -> Option<u64> {
        match self {
            Self::Seconds(seconds) => Some(*seconds).filter(|s| *s > 0),
            Self::Text(text) => with_unit(text),
        }
    }
}

/// Outside code.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub(super) struct ThirdParty {
    /// Names without version that are approved; `*` stands for any text: `actions/*`, `registry.example/*`.
    #[schemars(with = "Vec<String>")]
    pub(super) approved: Vec<Spanned<String>>,
}

/// People and teams.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub(super) struct People {
    /// Who may own something, besides the code owners: teams, mail addresses.
    #[schemars(with = "Vec<String>")]
    pub(super) known: Vec<Spanned<String>>,
    /// Who left: nothing may be theirs.
    #[schemars(with = "Vec<String>")]
    pub(super) left: Vec<Spanned<String>>,
}

/// How identities are declared outside of `hallpass.toml`.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub(super) struct Registry {
    /// Keys of tags, labels and annotations, by what they say of an identity: `owner = ["cost-centre-owner"]`. They are added
    /// to those that are known anyway, and are compared without case and separators; of `acme.example/team` the part behind
    /// the slash.
    pub(super) keys: Keys,
}

/// Keys of tags by what they say, with the words of a row.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub(super) struct Keys {
    /// Who answers for it.
    #[schemars(with = "Vec<String>")]
    pub(super) owner: Vec<Spanned<String>>,
    /// What it is for.
    #[schemars(with = "Vec<String>")]
    pub(super) purpose: Vec<Spanned<String>>,
    /// Who runs it.
    #[schemars(with = "Vec<String>")]
    pub(super) technical_owner: Vec<Spanned<String>>,
    /// Where it acts.
    #[schemars(with = "Vec<String>")]
    pub(super) environment: Vec<Spanned<String>>,
    /// What it may do: rights with commas between them.
    #[schemars(with = "Vec<String>")]
    pub(super) scopes: Vec<Spanned<String>>,
    /// Since when it exists.
    #[schemars(with = "Vec<String>")]
    pub(super) created: Vec<Spanned<String>>,
    /// Its last day.
    #[schemars(with = "Vec<String>")]
    pub(super) expires: Vec<Spanned<String>>,
    /// When somebody must have looked at it again.
    #[schemars(with = "Vec<String>")]
    pub(super) review_by: Vec<Spanned<String>>,
    /// When somebody last looked at it.
    #[schemars(with = "Vec<String>")]
    pub(super) reviewed: Vec<Spanned<String>>,
    /// How often its credentials are changed.
    #[schemars(with = "Vec<String>")]
    pub(super) rotation: Vec<Spanned<String>>,
    /// When they were last changed.
    #[schemars(with = "Vec<String>")]
    pub(super) last_rotated: Vec<Spanned<String>>,
    /// How it is switched off.
    #[schemars(with = "Vec<String>")]
    pub(super) revocation: Vec<Spanned<String>>,
    /// Since when it is switched off.
    #[schemars(with = "Vec<String>")]
    pub(super) revoked: Vec<Spanned<String>>,
    /// Where it may be used: paths with commas between them.
    #[schemars(with = "Vec<String>")]
    pub(super) used_in: Vec<Spanned<String>>,
    /// The outside party that holds it.
    #[schemars(with = "Vec<String>")]
    pub(super) third_party: Vec<Spanned<String>>,
    /// Whether it is for emergencies only.
    #[schemars(with = "Vec<String>")]
    pub(super) break_glass: Vec<Spanned<String>>,
    /// What watches its use.
    #[schemars(with = "Vec<String>")]
    pub(super) monitored_by: Vec<Spanned<String>>,
    /// Who allowed it.
    #[schemars(with = "Vec<String>")]
    pub(super) approved_by: Vec<Spanned<String>>,
    /// What data it reaches.
    #[schemars(with = "Vec<String>")]
    pub(super) data_class: Vec<Spanned<String>>,
}

impl Keys {
    /// The keys of each word.
    pub(super) fn by_word(self) -> [(Word, Vec<Spanned<String>>); 19] {
        [
            (Word::Owner, self.owner),
            (Word::Purpose, self.purpose),
            (Word::TechnicalOwner, self.technical_owner),
            (Word::Environment, self.environment),
            (Word::Scopes, self.scopes),
            (Word::Created, self.created),
            (Word::Expires, self.expires),
            (Word::ReviewBy, self.review_by),
            (Word::Reviewed, self.reviewed),
            (Word::Rotation, self.rotation),
            (Word::LastRotated, self.last_rotated),
            (Word::Revocation, self.revocation),
            (Word::Revoked, self.revoked),
            (Word::UsedIn, self.used_in),
            (Word::ThirdParty, self.third_party),
            (Word::BreakGlass, self.break_glass),
            (Word::MonitoredBy, self.monitored_by),
            (Word::ApprovedBy, self.approved_by),
            (Word::DataClass, self.data_class),
        ]
    }
}

/// A machine identity and who answers for it. What a row should say and does not is a finding.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Identity {
    /// Its reference, `platform/kind/scope/name`; `*` stands for any text: `aws/role/*/deploy`.
    #[schemars(with = "String")]
    pub(super) id: Spanned<String>,
    /// Who answers for it: a team, a mail address.
    #[schemars(with = "Option<String>")]
    pub(super) owner: Option<Spanned<String>>,
    /// `role`, `service account`, `app` …
    #[schemars(with = "Option<String>")]
    pub(super) kind: Option<Spanned<String>>,
    /// Who runs it: another team or person than the owner.
    #[schemars(with = "Option<String>")]
    pub(super) technical_owner: Option<Spanned<String>>,
    /// What it is for.
    #[schemars(with = "Option<String>")]
    pub(super) purpose: Option<Spanned<String>>,
    /// Where it acts.
    #[schemars(with = "Option<String>")]
    pub(super) environment: Option<Spanned<String>>,
    /// What it may do: rights, or rights with the business function that needs each.
    #[schemars(with = "Option<Vec<Scope>>")]
    pub(super) scopes: Option<Vec<Spanned<Scope>>>,
    /// Since when it exists.
    #[schemars(with = "Option<DateText>")]
    pub(super) created: Option<Spanned<toml::Value>>,
    /// Its last day.
    #[schemars(with = "Option<DateText>")]
    pub(super) expires: Option<Spanned<toml::Value>>,
    /// When somebody must have looked at it again.
    #[schemars(with = "Option<DateText>")]
    pub(super) review_by: Option<Spanned<toml::Value>>,
    /// When somebody last looked at it.
    #[schemars(with = "Option<DateText>")]
    pub(super) reviewed: Option<Spanned<toml::Value>>,
    /// How often its credentials are changed.
    #[schemars(with = "Option<Duration>")]
    pub(super) rotation: Option<Spanned<Duration>>,
    /// When they were last changed.
    #[schemars(with = "Option<DateText>")]
    pub(super) last_rotated: Option<Spanned<toml::Value>>,
    /// How it is switched off: a runbook, an address, what to delete.
    #[schemars(with = "Option<String>")]
    pub(super) revocation: Option<Spanned<String>>,
    /// Since when it is switched off: nothing may use it any more.
    #[schemars(with = "Option<DateText>")]
    pub(super) revoked: Option<Spanned<toml::Value>>,
    /// Where it may be used: paths from the root, `*` for any text.
    #[schemars(with = "Option<Vec<String>>")]
    pub(super) used_in: Option<Vec<Spanned<String>>>,
    /// The outside party that holds it.
    #[schemars(with = "Option<String>")]
    pub(super) third_party: Option<Spanned<String>>,
    /// Whether it is for emergencies only.
    #[schemars(with = "Option<bool>")]
    pub(super) break_glass: Option<Spanned<bool>>,
    /// What watches its use: an alert, a log query.
    #[schemars(with = "Option<String>")]
    pub(super) monitored_by: Option<Spanned<String>>,
    /// Who allowed it.
    #[schemars(with = "Option<String>")]
    pub(super) approved_by: Option<Spanned<String>>,
    /// What data it reaches: `public`, `internal`, `confidential`, `restricted`.
    #[schemars(with = "Option<DataClass>")]
    pub(super) data_class: Option<Spanned<DataClass>>,
}

/// A right, with or without the business function that needs it.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
pub(super) enum Scope {
    /// The right alone.
    Right(String),
    /// With its reason.
    Reasoned(ReasonedScope),
}

/// A right and the business function that needs it.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ReasonedScope {
    /// An action such as `aws:s3:GetObject`, with or without its platform; `*` for any text.
    pub(super) scope: String,
    /// What it is needed for.
    pub(super) why: String,
}

/// How much harm the data can do in wrong hands.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(super) enum DataClass {
    /// Anybody may see it.
    Public,
    /// For the organisation.
    Internal,
    /// For some of it.
    Confidential,
    /// Under law or contract: who reaches it was allowed to by name.
    Restricted,
}

impl DataClass {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Internal => "internal",
            Self::Confidential => "confidential",
            Self::Restricted => "restricted",
        }
    }
}

/// An accepted finding. Every field but `ticket` and `break-glass` must be there for it to hold; a waiver without them
/// is itself a finding.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub(super) struct Waiver {
    /// The rule or class.
    #[schemars(with = "Option<String>")]
    pub(super) rule: Option<Spanned<String>>,
    /// The finding, as `hallpass check --report json` prints it.
    #[schemars(with = "Option<String>")]
    pub(super) fingerprint: Option<Spanned<String>>,
    /// Who answers for the exception.
    #[schemars(with = "Option<String>")]
    pub(super) owner: Option<Spanned<String>>,
    /// Why it is needed.
    #[schemars(with = "Option<String>")]
    pub(super) reason: Option<Spanned<String>>,
    /// Where it is discussed.
    #[schemars(with = "Option<String>")]
    pub(super) ticket: Option<Spanned<String>>,
    /// Its last day.
    #[schemars(with = "Option<DateText>")]
    pub(super) expires: Option<Spanned<toml::Value>>,
    /// An emergency; the shorter ceiling holds.
    pub(super) break_glass: bool,
}

/// A third-party rule module.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Plugin {
    /// Path from the root.
    #[schemars(with = "String")]
    pub(super) path: Spanned<String>,
    /// SHA-256 of the file: 64 hex digits.
    #[schemars(with = "String")]
    pub(super) sha256: Spanned<String>,
}

/// `2027-01-31`, with or without quotes.
#[derive(JsonSchema)]
#[serde(transparent)]
#[schemars(extend("format" = "date"))]
#[allow(dead_code, reason = "stands for a date in the schema")]
pub(super) struct DateText(String);

/// The JSON schema of `hallpass.toml`, without references.
#[must_use]
pub fn schema() -> serde_json::Value {
    let settings = schemars::generate::SchemaSettings::draft2020_12().with(|s| s.inline_subschemas = true);
    settings.into_generator().into_root_schema_for::<File>().to_value()
}
