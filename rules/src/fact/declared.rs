//! The words in which an identity is declared, and how the text of each is read: in a comment beside it, in its tags.
//! A registry row has the same words; its written form is the policy's.

use super::record::{Day, DeclaredScope, Record, Said};
use super::text::Text;
use super::value::Value;
use crate::span::Source;

/// A word of a declaration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Word {
    /// Who answers for it.
    Owner,
    /// What it is for.
    Purpose,
    /// Who runs it, if not the owner.
    TechnicalOwner,
    /// Where it acts.
    Environment,
    /// What it may do.
    Scopes,
    /// Since when it exists.
    Created,
    /// Its last day.
    Expires,
    /// When somebody must have looked at it again.
    ReviewBy,
    /// When somebody last looked at it.
    Reviewed,
    /// How often its credentials are changed.
    Rotation,
    /// When they were last changed.
    LastRotated,
    /// How it is switched off.
    Revocation,
    /// Since when it is switched off.
    Revoked,
    /// Where it may be used.
    UsedIn,
    /// The outside party that holds it.
    ThirdParty,
    /// Whether it is for emergencies only.
    BreakGlass,
    /// What watches its use.
    MonitoredBy,
    /// Who allowed it.
    ApprovedBy,
    /// What data it reaches.
    DataClass,
}

impl Word {
    /// Every word, with its name.
    pub const ALL: [(Self, &str); 19] = [
        (Self::Owner, "owner"),
        (Self::Purpose, "purpose"),
        (Self::TechnicalOwner, "technical-owner"),
        (Self::Environment, "environment"),
        (Self::Scopes, "scopes"),
        (Self::Created, "created"),
        (Self::Expires, "expires"),
        (Self::ReviewBy, "review-by"),
        (Self::Reviewed, "reviewed"),
        (Self::Rotation, "rotation"),
        (Self::LastRotated, "last-rotated"),
        (Self::Revocation, "revocation"),
        (Self::Revoked, "revoked"),
        (Self::UsedIn, "used-in"),
        (Self::ThirdParty, "third-party"),
        (Self::BreakGlass, "break-glass"),
        (Self::MonitoredBy, "monitored-by"),
        (Self::ApprovedBy, "approved-by"),
        (Self::DataClass, "data-class"),
    ];

    /// The word of a name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, known)| *known == name).map(|(word, _)| *word)
    }

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(word, _)| *word == self).map_or("", |(_, name)| name)
    }
}

/// What a declaration says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Declared {
    /// Who answers for it.
    pub owner: Option<Value<Text>>,
    /// What it is for.
    pub purpose: Option<Value<Text>>,
    /// The rest.
    pub record: Record,
}

impl Declared {
    /// Takes in what a word says.
    ///
    /// # Errors
    /// Why the text is not understood, and what to write.
    pub fn say(&mut self, word: Word, text: &str, at: Source) -> Result<(), String> {
        let text = text.trim();
        if text.is_empty() {
            return Err("it says nothing".to_owned());
        }
        let words = || Some(Said { is: text.to_owned(), at });
        let day = || Day::read(text).map(|is| Some(Said { is, at }));
        let record = &mut self.record;
        match word {
            Word::Owner => self.owner = Some(Value::known(Text::literal(text), at)),
            Word::Purpose => self.purpose = Some(Value::known(Text::literal(text), at)),
            Word::TechnicalOwner => record.technical_owner = words(),
            Word::Environment => record.environment = words(),
            Word::Scopes => record.scopes = listed(text).map(|part| Said { is: scope(part), at }).collect(),
            Word::Created => record.created = day()?,
            Word::Expires => record.expires = day()?,
            Word::ReviewBy => record.review_by = day()?,
            Word::Reviewed => record.reviewed = day()?,
            Word::LastRotated => record.last_rotated = day()?,
            Word::Revoked => record.revoked = day()?,
            Word::Rotation => {
                let seconds = super::lifetime::with_unit(text);
                record.rotation =
                    Some(Said { is: seconds.ok_or("not a duration; write 90d, 1h or 45min")?, at });
            }
            Word::Revocation => record.revocation = words(),
            Word::UsedIn => {
                if !listed(text).all(|part| is_pattern(part) && !is_glob(part)) {
                    return Err(
                        "not a pattern of paths; write them from the root, with `/`, and `*` for any text: `ci/*`"
                            .to_owned()
                    );
                }
                record.used_in = listed(text).map(|part| Said { is: part.to_owned(), at }).collect();
            }
            Word::ThirdParty => record.third_party = words(),
            Word::BreakGlass => {
                let is = match text.to_ascii_lowercase().as_str() {
                    "true" | "yes" => true,
                    "false" | "no" => false,
                    _ => return Err("neither true nor false".to_owned()),
                };
                record.break_glass = Some(Said { is, at });
            }
            Word::MonitoredBy => record.monitored_by = words(),
            Word::ApprovedBy => record.approved_by = words(),
            Word::DataClass => {
                let class = text.to_ascii_lowercase();
                if !CLASSES.contains(&class.as_str()) {
                    return Err(format!("none of {}", CLASSES.join(", ")));
                }
                record.data_class = Some(Said { is: class, at });
            }
        }
        Ok(())
    }
}

/// How much harm data can do in wrong hands.
const CLASSES: [&str; 4] = ["public", "internal", "confidential", "restricted"];

/// Whether a text can be a pattern of paths from the root.
#[must_use]
pub fn is_pattern(text: &str) -> bool {
    !text.is_empty() && !text.starts_with('/') && !text.starts_with("./") && !text.contains('\\')
}

/// Whether a pattern has signs that other tools read in patterns and that mean nothing here. A row that names nothing would be
/// silent, so that whoever means the sign itself writes a star.
#[must_use]
pub fn is_glob(text: &str) -> bool {
    text.contains(['[', ']', '{', '}', '?']) || text.starts_with('!')
}

/// The parts between commas; what stands in parentheses may hold some.
fn listed(text: &str) -> impl Iterator<Item = &str> {
    let mut depth = 0_u32;
    let parts = text.split(move |c: char| {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        c == ',' && depth == 0
    });
    parts.map(str::trim).filter(|part| !part.is_empty())
}

/// `s3:GetObject (reads the feed)`: a right, and what it is needed for.
fn scope(part: &str) -> DeclaredScope {
    let reasoned = part.strip_suffix(')').and_then(|part| part.split_once(" ("));
    match reasoned {
        Some((scope, why)) if !why.trim().is_empty() => {
            DeclaredScope { scope: scope.trim().to_owned(), why: Some(why.trim().to_owned()) }
        }
        _ => DeclaredScope { scope: part.to_owned(), why: None },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_is_read() {
        for (word, name) in Word::ALL {
            assert_eq!((Word::named(name), word.name()), (Some(word), name));
            let text = match word {
                Word::Rotation => "90d",
                Word::BreakGlass => "true",
                Word::DataClass => "Restricted",
                Word::UsedIn => "ci/*, .github/*",
                Word::Scopes => "s3:GetObject (feed, daily), s3:PutObject",
                _ => "2027-01-31",
            };
            let mut declared = Declared::default();
            assert_eq!(declared.say(word, text, Source::default()), Ok(()), "{name}");
            assert_ne!(declared, Declared::default(), "{name}");
            assert!(declared.say(word, " ", Source::default()).is_err(), "{name}");
        }
    }

    #[test]
    fn lists_are_divided_at_commas() {
        let mut declared = Declared::default();
        let text = "s3:GetObject (feed, daily), s3:PutObject";
        assert!(declared.say(Word::Scopes, text, Source::default()).is_ok());
        let scopes: Vec<_> =
            declared.record.scopes.iter().map(|s| (s.is.scope.as_str(), s.is.why.as_deref())).collect();
        assert_eq!(scopes, [("s3:GetObject", Some("feed, daily")), ("s3:PutObject", None)]);
    }

    #[test]
    fn what_is_not_understood_is_said() {
        for (word, text, why) in [
            (Word::Expires, "never", "not a date; write 2027-01-31"),
            (Word::Rotation, "often", "not a duration; write 90d, 1h or 45min"),
            (Word::BreakGlass, "maybe", "neither true nor false"),
            (Word::DataClass, "secret", "none of public, internal, confidential, restricted"),
            (
                Word::UsedIn,
                "/ci/*",
                "not a pattern of paths; write them from the root, with `/`, and `*` for any text: `ci/*`",
            ),
            (
                Word::UsedIn,
                "ci/[ab].yml",
                "not a pattern of paths; write them from the root, with `/`, and `*` for any text: `ci/*`",
            ),
            (Word::Rotation, "90", "not a duration; write 90d, 1h or 45min"),
        ] {
            assert_eq!(Declared::default().say(word, text, Source::default()), Err(why.to_owned()));
        }
    }
}
