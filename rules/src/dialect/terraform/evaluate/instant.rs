//! Moments that only a run knows, but whose distance from it is written: `timeadd(timestamp(), "8760h")`,
//! `time_rotating`, `time_offset`. The distance is kept in the reason why the moment is unknown.

use hcl_edit::structure::Block;
use jiff::ToSpan;

use super::{Evaluator, Scope, default_of};
use crate::dialect::terraform::syntax::Located;
use crate::dialect::values::{Unit, date, duration};
use crate::fact::{Datum, Known, Lifetime, Text, Why};
use crate::span::Source;

/// How the reason ends.
const FROM_NOW: &str = " s from the run on";
const DAY: u64 = 86_400;
/// Lengths of the arguments of `time_rotating` and `time_offset`; months and years at their longest.
/// Source: <https://registry.terraform.io/providers/hashicorp/time/latest/docs/resources/rotating>.
const LENGTHS: [(&str, u64); 6] = [
    ("seconds", 1),
    ("minutes", 60),
    ("hours", 3_600),
    ("days", DAY),
    ("months", 31 * DAY),
    ("years", 366 * DAY),
];

/// How long after the run a moment is, in seconds.
pub(in crate::dialect::terraform) fn seconds(value: &Datum) -> Option<u64> {
    match &default_of(value).value {
        Known::Unknown(Why::Expression(text)) => text.strip_suffix(FROM_NOW)?.parse().ok(),
        _ => None,
    }
}

fn from_now(seconds: u64, at: Source) -> Datum {
    Datum::unknown(at, Why::Expression(format!("{seconds}{FROM_NOW}")))
}

/// The functions of time; `None` for another or for what they cannot say.
pub(super) fn call(name: &str, arguments: &[Datum], at: Source) -> Option<Datum> {
    let second = || arguments.get(1).map(default_of);
    match name {
        "timestamp" | "plantimestamp" => Some(from_now(0, at)),
        "timeadd" => {
            let base = arguments.first().map(default_of)?;
            let Lifetime::MaxAge { seconds: more, .. } = duration(second()?, Unit::Seconds)? else {
                return None;
            };
            match seconds(base) {
                Some(sooner) => Some(from_now(sooner.checked_add(more)?, at)),
                None => {
                    let days = i64::try_from(more / DAY).ok()?;
                    let end = date(base.known()?)?.checked_add(days.days()).ok()?;
                    Some(Datum::new(at, Known::Text(Text::literal(end.to_string()))))
                }
            }
        }
        // Another writing of the same day.
        "formatdate" => {
            let moment = second()?;
            let by_day = arguments.first()?.known()?.starts_with("YYYY-MM-DD");
            (seconds(moment).is_some() || by_day && date(moment.known()?).is_some())
                .then(|| Datum { at, ..moment.clone() })
        }
        _ => None,
    }
}

impl<'u> Evaluator<'u> {
    /// What the attributes of a resource of the `time` provider tell: when it changes next.
    pub(super) fn moment(&mut self, block: Located<'u, Block>, scope: &Scope, at: Source) -> Option<Datum> {
        let prefix = match block.label(0) {
            "time_rotating" => "rotation",
            "time_offset" => "offset",
            "time_static" => return Some(from_now(0, at)),
            _ => return None,
        };
        let body = block.body();
        for (name, length) in LENGTHS {
            let Some(found) = body.attribute(&format!("{prefix}_{name}")) else { continue };
            let value = self.value(found.value(), scope);
            let count = default_of(&value).known()?.parse::<u64>().ok()?;
            return Some(from_now(count.checked_mul(length)?, at));
        }
        None
    }
}
