//! Lifetimes against ceilings.

use jiff::civil::Date;

use crate::fact::{Credential, Lifetime, LifetimeClass, MINTED, Storage};
use crate::rule::World;

/// Seconds of a day.
const DAY: u64 = 86_400;

/// For how many seconds a credential of this lifetime works, counted from its first day if that is stated, else from
/// today. `None` for what has no number: bound to a job, unbounded, an undocumented default, already expired.
pub(crate) fn seconds(lifetime: &Lifetime, not_before: Option<Date>, today: Date) -> Option<u64> {
    match lifetime {
        Lifetime::MaxAge { seconds, .. } => Some(*seconds),
        Lifetime::PlatformDefault { seconds } => *seconds,
        Lifetime::Expires(date) => {
            if *date < today {
                return None;
            }
            let days = not_before.unwrap_or(today).until(*date).ok()?.get_days();
            Some(u64::try_from(days).ok()? * DAY)
        }
        Lifetime::BoundTo(_) | Lifetime::Unbounded => None,
    }
}

/// Whether a command of a script makes the credential.
pub(crate) fn is_minted(credential: &Credential) -> bool {
    credential.kind == MINTED
}

/// Whether a credential is a key that stands for good, or for longer than the ceiling, where the platform would hand
/// out a short-lived one instead.
pub(crate) fn is_standing_key(world: &World<'_>, credential: &Credential) -> bool {
    if credential.federation.is_none() || credential.storage == Storage::Federated {
        return false;
    }
    let warn = world.policy.ceiling(credential.class).warn;
    // Where nobody says when it ends, silence: a temporary key may be kept the same way.
    credential.lifetime.possible().any(|p| match p.value {
        Lifetime::Unbounded => true,
        Lifetime::PlatformDefault { seconds: None } => credential.class == LifetimeClass::StandingKey,
        Lifetime::BoundTo(_) => false,
        lifetime => seconds(lifetime, credential.not_before, world.today).is_some_and(|s| s > warn),
    })
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn a_date_counts_from_its_first_day_or_from_today() {
        let today = date(2026, 11, 24);
        let expires = |y, m, d| Lifetime::Expires(date(y, m, d));
        assert_eq!(seconds(&expires(2026, 11, 25), None, today), Some(DAY));
        assert_eq!(seconds(&expires(2027, 11, 24), None, today), Some(365 * DAY));
        assert_eq!(seconds(&expires(2026, 12, 1), Some(date(2026, 1, 1)), today), Some(334 * DAY));
        assert_eq!(seconds(&expires(2026, 11, 23), None, today), None);
        assert_eq!(seconds(&Lifetime::Unbounded, None, today), None);
    }
}
