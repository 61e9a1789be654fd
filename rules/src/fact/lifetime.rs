//! How long a credential works, as a number.

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::context::ContextKind;

/// Seconds of a day.
pub const DAY: u64 = 86_400;

/// How long a credential works.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Lifetime {
    /// Ends with the job, step or workload it was made for.
    BoundTo(ContextKind),
    /// A duration.
    MaxAge {
        /// Seconds.
        seconds: u64,
        /// Whether it can be extended without end (a periodic token).
        renewable: bool,
    },
    /// A date.
    Expires(#[schemars(with = "String", extend("format" = "date"))] Date),
    /// Never ends by itself.
    Unbounded,
    /// What the platform does when nothing is said.
    PlatformDefault {
        /// Seconds, where the platform documents it.
        seconds: Option<u64>,
    },
}

/// Which ceiling a lifetime is held against; keys of `data/ceilings.toml`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum LifetimeClass {
    /// A cloud session of a pipeline or role.
    CloudSession,
    /// A projected or requested service-account token.
    WorkloadToken,
    /// An OAuth access token.
    AccessToken,
    /// An OAuth refresh token.
    RefreshToken,
    /// An API key, client secret, access key, personal or deploy token.
    StandingKey,
    /// A leaf certificate.
    Certificate,
    /// The certificate of an authority.
    Authority,
    /// The rotation period of a key.
    Rotation,
}

/// A duration as a person would say it: `2 h`, `90 d`, `45 min`.
#[must_use]
pub fn human_seconds(seconds: u64) -> String {
    const UNITS: [(u64, &str); 3] = [(86_400, "d"), (3_600, "h"), (60, "min")];
    for (size, name) in UNITS {
        if seconds >= size && seconds.is_multiple_of(size) && (name != "h" || seconds < 4 * 86_400) {
            return format!("{} {name}", seconds / size);
        }
    }
    if seconds >= 2 * 86_400 {
        return format!("{:.1} d", seconds as f64 / 86_400.0);
    }
    if seconds >= 3_600 {
        return format!("{:.1} h", seconds as f64 / 3_600.0);
    }
    format!("{seconds} s")
}
/// Seconds of a duration such as `90d`, `1h`, `45 min`, `3600`; `None` for anything else, zero included.
#[must_use]
pub fn seconds(text: &str) -> Option<u64> {
    let text = text.trim();
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let size = match unit.trim_start() {
        "" | "s" | "sec" | "seconds" => 1,
        "m" | "min" | "minutes" => 60,
        "h" | "hour" | "hours" => 3_600,
        "d" | "day" | "days" => DAY,
        "w" | "week" | "weeks" => 7 * DAY,
        "y" | "year" | "years" => 365 * DAY,
        _ => return None,
    };
    number.parse::<u64>().ok()?.checked_mul(size).filter(|seconds| *seconds > 0)
}

/// The same of what a person declares, where a bare number may be meant in days as well as in seconds.
#[must_use]
pub fn with_unit(text: &str) -> Option<u64> {
    let bare = text.trim().bytes().all(|b| b.is_ascii_digit());
    seconds(text).filter(|_| !bare)
}
