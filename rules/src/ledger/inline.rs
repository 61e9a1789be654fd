//! The grammar of waivers in comments: `hallpass: allow(<rule>, …) until=2027-01-31 owner=team-x reason="…"`.

use crate::policy::names::{did_you_mean, nearest, quoted, selector};
use crate::rule::RULES;

/// A comment's instruction, taken apart but not judged.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Instruction {
    /// Rules or classes, as written.
    pub(super) names: Vec<String>,
    /// Who answers for it.
    pub(super) owner: Option<String>,
    /// Why.
    pub(super) reason: Option<String>,
    /// Last day, as written.
    pub(super) until: Option<String>,
    /// Where it is discussed.
    pub(super) ticket: Option<String>,
    /// An emergency.
    pub(super) break_glass: bool,
    /// What could not be understood.
    pub(super) problems: Vec<String>,
}

const FIELDS: [&str; 5] = ["until", "owner", "reason", "ticket", "break-glass"];

/// What people write who know another tool, or mean the same.
pub(super) const LOOKALIKES: [&str; 9] =
    ["ignore", "disable", "skip", "waive", "suppress", "accept", "noqa", "off", "nosec"];

/// Reads the text of a comment; `None` if it is prose rather than an instruction.
pub(super) fn read(comment: &str) -> Option<Instruction> {
    let comment = comment.trim_start();
    let Some(text) = comment.strip_prefix("hallpass:").map(str::trim_start) else {
        return begins_wrongly(comment);
    };
    let verb_end = text.find(|c: char| !c.is_ascii_alphanumeric() && c != '-').unwrap_or(text.len());
    let (verb, rest) = text.split_at(verb_end);
    let mut out = Instruction::default();
    if verb != "allow" {
        let meant = rest.starts_with('(') || LOOKALIKES.contains(&verb) || nearest(verb, ["allow"]).is_some();
        if !meant {
            return None;
        }
        out.problems.push(format!("{} is not understood{}", quoted(verb), SHAPE));
        return Some(out);
    }
    let Some((names, fields)) = rest.strip_prefix('(').and_then(|r| r.split_once(')')) else {
        out.problems.push(format!("it does not say what it allows{SHAPE}"));
        return Some(out);
    };
    out.names = names.split(',').map(str::trim).filter(|n| !n.is_empty()).map(str::to_owned).collect();
    if out.names.is_empty() {
        out.problems.push(format!("it does not say what it allows{SHAPE}"));
    }
    out.fields(fields);
    Some(out)
}

/// An instruction that does not begin as one, if it clearly is meant: `hallpass allow(…)`, `Hallpass: ignore scope`.
fn begins_wrongly(comment: &str) -> Option<Instruction> {
    let (name, text) = comment.split_at_checked("hallpass".len())?;
    let said = text.trim_start_matches(|c: char| c.is_whitespace() || ":-=,/".contains(c));
    if !name.eq_ignore_ascii_case("hallpass") || said.len() == text.len() {
        return None;
    }
    let (verb, rest) = said.split_at(said.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(said.len()));
    let verb = verb.to_ascii_lowercase();
    let rest = rest.trim_start_matches(|c: char| c.is_whitespace() || ":=".contains(c));
    let word = rest.split(|c: char| c.is_whitespace() || c == ',').next().unwrap_or_default();
    let is_verb = verb == "allow" || LOOKALIKES.contains(&verb.as_str());
    let meant = is_verb && (rest.is_empty() || rest.starts_with('(') || selector(RULES, word).is_ok());
    meant.then(|| Instruction {
        problems: vec![format!("it does not begin with `hallpass: allow(`{SHAPE}")],
        ..Instruction::default()
    })
}

const SHAPE: &str = "; write `hallpass: allow(<rule>) until=2027-01-31 owner=team-x reason=\"…\"`";

impl Instruction {
    fn fields(&mut self, text: &str) {
        for field in fields(text) {
            match field.value {
                Given::Nothing if field.name == "break-glass" => self.break_glass = true,
                Given::Nothing => {
                    self.problems.push(format!("{} has no value; write `name=value`", quoted(field.name)));
                }
                Given::Open => self.field(field.name, None),
                Given::Text(value) => self.field(field.name, Some(value)),
            }
        }
    }

    fn field(&mut self, name: &str, value: Option<&str>) {
        let Some(value) = value else {
            self.problems.push(format!("the quotes of {} are not closed", quoted(name)));
            return;
        };
        let slot = match name {
            "until" => &mut self.until,
            "owner" => &mut self.owner,
            "reason" => &mut self.reason,
            "ticket" => &mut self.ticket,
            "break-glass" => {
                match value {
                    "true" => self.break_glass = true,
                    "false" => {}
                    _ => self.problems.push("`break-glass` is true or false".to_owned()),
                }
                return;
            }
            "expires" => {
                self.problems.push("unknown field `expires`; in a comment it is called `until`".to_owned());
                return;
            }
            _ => {
                self.problems.push(format!("unknown field {}{}", quoted(name), did_you_mean(name, FIELDS)));
                return;
            }
        };
        if slot.replace(value.to_owned()).is_some() {
            self.problems.push(format!("`{name}` stands twice"));
        }
    }
}

/// One of the fields of an instruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Field<'t> {
    /// Its name.
    pub(super) name: &'t str,
    /// Its value.
    pub(super) value: Given<'t>,
}

/// What a field says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Given<'t> {
    /// There is no `=`.
    Nothing,
    /// Quotes that do not close.
    Open,
    /// A text.
    Text(&'t str),
}

/// The fields of a text: `name=value`, `name="several words"`, `name`.
pub(super) fn fields(text: &str) -> impl Iterator<Item = Field<'_>> {
    let mut rest = text.trim_start();
    let next = move || {
        loop {
            if rest.is_empty() {
                return None;
            }
            let end = rest.find(|c: char| c == '=' || c.is_whitespace()).unwrap_or(rest.len());
            let (name, after) = rest.split_at(end);
            let Some(after) = after.strip_prefix('=') else {
                rest = after.trim_start();
                // The end of the comment is no field of it.
                if CLOSING.contains(&name) {
                    continue;
                }
                return Some(Field { name, value: Given::Nothing });
            };
            let (value, after) = value(after);
            rest = after.trim_start();
            return Some(Field { name, value: value.map_or(Given::Open, Given::Text) });
        }
    };
    std::iter::from_fn(next)
}

/// Signs that end a comment.
const CLOSING: [&str; 3] = ["*/", "-->", "#}"];

/// A value and what follows it: in double quotes, with `\"` for a quote inside, or up to the next blank. `None` for quotes
/// that do not close.
fn value(text: &str) -> (Option<&str>, &str) {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find(char::is_whitespace).unwrap_or(text.len());
        let (value, rest) = text.split_at(end);
        return (Some(value), rest);
    };
    let mut escaped = false;
    for (at, c) in quoted.char_indices() {
        match c {
            '\\' if !escaped => escaped = true,
            '"' if !escaped => {
                let (value, rest) = quoted.split_at(at);
                return (Some(value), rest.get(1..).unwrap_or(""));
            }
            _ => escaped = false,
        }
    }
    (None, "")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn a_whole_instruction() {
        let text = "hallpass: allow(lifetime, scope/admin-grant) until=2027-01-31 owner=team-x \
                    reason=\"until the \\\"partner\\\" moves\" ticket=OPS-12 break-glass";
        let read = read(text).unwrap();
        assert_eq!(read.names, ["lifetime", "scope/admin-grant"]);
        assert_eq!(read.until.as_deref(), Some("2027-01-31"));
        assert_eq!(read.owner.as_deref(), Some("team-x"));
        assert_eq!(read.reason.as_deref(), Some("until the \\\"partner\\\" moves"));
        assert_eq!(read.ticket.as_deref(), Some("OPS-12"));
        assert!(read.break_glass && read.problems.is_empty(), "{read:?}");
    }

    #[test]
    fn what_is_wrong_is_said() {
        for (text, problem) in [
            ("hallpass: allow", "it does not say what it allows"),
            ("hallpass: allow()", "it does not say what it allows"),
            ("hallpass: ignore(lifetime)", "`ignore` is not understood"),
            ("hallpass: alow(lifetime)", "`alow` is not understood"),
            ("hallpass: allow(lifetime) onwer=x", "unknown field `onwer`, did you mean `owner`?"),
            (
                "hallpass: allow(lifetime) expires=2027-01-31",
                "unknown field `expires`; in a comment it is called `until`",
            ),
            ("hallpass: allow(lifetime) owner", "`owner` has no value"),
            ("hallpass: allow(lifetime) reason=\"x", "the quotes of `reason` are not closed"),
            ("hallpass: allow(lifetime) owner=a owner=b", "`owner` stands twice"),
            ("hallpass: Allow(lifetime)", "`Allow` is not understood"),
            ("hallpass: allow (lifetime)", "it does not say what it allows"),
            ("hallpass allow(lifetime)", "it does not begin with `hallpass: allow(`"),
            ("hallpass : allow(lifetime)", "it does not begin with `hallpass: allow(`"),
            ("HALLPASS: ALLOW(lifetime)", "it does not begin with `hallpass: allow(`"),
            ("hallpass-ignore: scope/admin-grant", "it does not begin with `hallpass: allow(`"),
            ("hallpass ignore lifetime", "it does not begin with `hallpass: allow(`"),
            ("hallpass=skip", "it does not begin with `hallpass: allow(`"),
        ] {
            let read = read(text).unwrap();
            assert!(read.problems.iter().any(|p| p.starts_with(problem)), "{text}: {:?}", read.problems);
        }
    }

    #[test]
    fn prose_is_no_instruction() {
        for prose in [
            "hallpass: runs in the job below",
            "see hallpass: allow(x)",
            "hallpass allows what has a waiver",
            "hallpass skip this step on forks",
            "hallpass ignores (some) files",
            "hallpassallow(lifetime)",
            "hallpass",
        ] {
            assert_eq!(read(prose), None, "{prose}");
        }
    }
}
