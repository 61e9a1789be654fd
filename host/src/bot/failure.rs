//! Why a call to a forge came to nothing: the call, and the forge's own words as far as they can be shown.

use std::time::Duration;

/// Why a call came to nothing.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The token is none, or no more.
    #[error("{what}: the token is not accepted ({said}); give one that is valid for this repository")]
    Token {
        /// The call.
        what: String,
        /// The forge's words.
        said: String,
    },
    /// The token may not.
    #[error("{what}: refused ({said})")]
    Refused {
        /// The call.
        what: String,
        /// The forge's words.
        said: String,
    },
    /// It is not there, or the token may not see it.
    #[error("{what}: not found; is the name right, and does the token cover this repository?")]
    Missing {
        /// The call.
        what: String,
    },
    /// It was changed by somebody else meanwhile.
    #[error("{what}: in conflict with another change ({said})")]
    Conflict {
        /// The call.
        what: String,
        /// The forge's words.
        said: String,
    },
    /// The forge does not take what was sent.
    #[error("{what}: not accepted ({said})")]
    Invalid {
        /// The call.
        what: String,
        /// The forge's words.
        said: String,
    },
    /// A limit of the forge, for longer than there is time to wait.
    #[error("{what}: the forge's limit is reached; it asks to wait {} s", wait.as_secs())]
    Limited {
        /// The call.
        what: String,
        /// For how long.
        wait: Duration,
    },
    /// Whether it was done is not known.
    #[error("{what}: no answer ({said}); whether it was done is not known")]
    Unknown {
        /// The call.
        what: String,
        /// What happened.
        said: String,
    },
    /// The forge does not answer, or with an error of its own.
    #[error("{what}: {said}")]
    Unreachable {
        /// The call.
        what: String,
        /// What happened.
        said: String,
    },
    /// What was posted stands under another login than the one that comments of ours are known by.
    #[error(
        "the token posts as `{posts}`, not as `{known}`: its comments would not be known again; name the first with --as"
    )]
    Login {
        /// Whoever it was posted as.
        posts: String,
        /// Whose comments are taken for ours.
        known: String,
    },
    /// The answer is another than the documented one.
    #[error("{what}: the answer cannot be read ({said})")]
    Malformed {
        /// The call.
        what: String,
        /// What is wrong with it.
        said: String,
    },
}

impl Failure {
    /// Whether the same may succeed a while later.
    #[must_use]
    pub fn passes(&self) -> bool {
        matches!(
            self,
            Self::Limited { .. } | Self::Unknown { .. } | Self::Unreachable { .. } | Self::Conflict { .. }
        )
    }
}
