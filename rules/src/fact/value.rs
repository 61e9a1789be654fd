//! What is known of a value: everything, some alternatives, or why nothing.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::span::Source;

/// Why a value, or a part of a text, could not be resolved.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", tag = "kind", content = "what")]
pub enum Why {
    /// An input without a value in the tree: a variable without default, a workflow input, a repository secret.
    Variable(String),
    /// An expression that only the platform can evaluate.
    Expression(String),
    /// An attribute that exists only once the resource does.
    Computed(String),
    /// It stands in a file, module or template that is not in the tree or was refused.
    NotInTree(String),
    /// A construct hallpass does not evaluate.
    Unsupported(String),
    /// A limit of hallpass was reached.
    Limit(String),
}

impl std::fmt::Display for Why {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Variable(name) => write!(f, "`{name}` has no value in the tree"),
            Self::Expression(text) => write!(f, "`{text}` is evaluated by the platform"),
            Self::Computed(text) => write!(f, "`{text}` is known after apply"),
            Self::NotInTree(text) => write!(f, "`{text}` is not in the tree"),
            Self::Unsupported(text) => write!(f, "{text} is not evaluated"),
            Self::Limit(text) => write!(f, "limit reached: {text}"),
        }
    }
}

/// Alternatives that belong together: a set of `choice = branch`. Two facts whose cases contradict never meet in a rule.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Case(pub BTreeMap<String, String>);

impl Case {
    /// Holds always.
    #[must_use]
    pub fn always() -> Self {
        Self::default()
    }

    /// Holds when `choice` takes `branch`.
    #[must_use]
    pub fn of(choice: impl Into<String>, branch: impl Into<String>) -> Self {
        Self(BTreeMap::from([(choice.into(), branch.into())]))
    }

    /// Both together, or `None` if they cannot both hold.
    #[must_use]
    pub fn and(&self, other: &Self) -> Option<Self> {
        let mut joined = self.0.clone();
        for (choice, branch) in &other.0 {
            match joined.get(choice) {
                Some(mine) if mine != branch => return None,
                _ => {
                    joined.insert(choice.clone(), branch.clone());
                }
            }
        }
        Some(Self(joined))
    }

    /// Whether no choice was made.
    #[must_use]
    pub fn is_always(&self) -> bool {
        self.0.is_empty()
    }
}

/// One possible value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Alternative<T> {
    /// The value.
    pub value: T,
    /// Where it is written.
    pub source: Source,
    /// The branch in which it holds.
    #[serde(default, skip_serializing_if = "Case::is_always")]
    pub case: Case,
    /// Whether it is what holds when nobody chooses (a variable's default).
    pub default: bool,
}

/// What is known of a value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Value<T> {
    /// Exactly this.
    Known {
        /// The value.
        value: T,
        /// Where it is written.
        source: Source,
    },
    /// One of these. `open` if something else is possible too (a variable's default), closed for a matrix or a conditional.
    OneOf {
        /// The alternatives.
        of: Vec<Alternative<T>>,
        /// Whether the list is incomplete.
        open: bool,
    },
    /// Not known.
    Unknown {
        /// Why.
        why: Why,
        /// Where the unresolved expression stands.
        source: Source,
    },
}

impl<T> Value<T> {
    /// A known value.
    pub fn known(value: T, source: Source) -> Self {
        Self::Known { value, source }
    }

    /// An unknown value.
    pub fn unknown(why: Why, source: Source) -> Self {
        Self::Unknown { why, source }
    }

    /// Every value it may take, with its source, and whether that value is one non-default alternative among several
    /// (a finding on such a value is one severity lower).
    pub fn possible(&self) -> impl Iterator<Item = Possible<'_, T>> {
        let (one, many): (Option<Possible<'_, T>>, &[Alternative<T>]) = match self {
            Self::Known { value, source } => {
                (Some(Possible { value, source: *source, case: None, lesser: false }), &[])
            }
            Self::OneOf { of, .. } => (None, of),
            Self::Unknown { .. } => (None, &[]),
        };
        let several = many.len() > 1;
        one.into_iter().chain(many.iter().map(move |a| Possible {
            value: &a.value,
            source: a.source,
            case: Some(&a.case),
            lesser: several && !a.default,
        }))
    }

    /// The value if it is the only one possible.
    pub fn only(&self) -> Option<&T> {
        match self {
            Self::Known { value, .. } => Some(value),
            Self::OneOf { of, open: false } if of.len() == 1 => of.first().map(|a| &a.value),
            _ => None,
        }
    }

    /// Whether something not listed is possible.
    pub fn is_open(&self) -> bool {
        matches!(self, Self::Unknown { .. } | Self::OneOf { open: true, .. })
    }

    /// Why it is unknown, if it is.
    pub fn why(&self) -> Option<&Why> {
        match self {
            Self::Unknown { why, .. } => Some(why),
            _ => None,
        }
    }

    /// Where it is written (the first alternative's place for several).
    pub fn source(&self) -> Option<Source> {
        match self {
            Self::Known { source, .. } | Self::Unknown { source, .. } => Some(*source),
            Self::OneOf { of, .. } => of.first().map(|a| a.source),
        }
    }

    /// The same knowledge of something derived from the value.
    pub fn map<U>(&self, mut derive: impl FnMut(&T) -> U) -> Value<U> {
        match self {
            Self::Known { value, source } => Value::Known { value: derive(value), source: *source },
            Self::OneOf { of, open } => Value::OneOf {
                of: of
                    .iter()
                    .map(|a| Alternative {
                        value: derive(&a.value),
                        source: a.source,
                        case: a.case.clone(),
                        default: a.default,
                    })
                    .collect(),
                open: *open,
            },
            Self::Unknown { why, source } => Value::Unknown { why: why.clone(), source: *source },
        }
    }
}

/// One value out of [`Value::possible`].
#[derive(Debug)]
pub struct Possible<'a, T> {
    /// The value.
    pub value: &'a T,
    /// Where it is written.
    pub source: Source,
    /// The case in which it holds, if it is one of several.
    pub case: Option<&'a Case>,
    /// One non-default alternative among several.
    pub lesser: bool,
}
