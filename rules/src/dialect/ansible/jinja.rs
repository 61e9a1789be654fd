//! What Jinja fills in: `{{ name }}` is a variable, every other expression a hole.

use crate::dialect::terraform::Part;

/// Filters that leave a value what it is, as far as it is judged.
const SAME: [&str; 5] = ["to_json", "to_nice_json", "string", "trim", "int"];

/// The parts of a text.
pub(super) fn parts(text: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some(at) = ["{{", "{%"].iter().filter_map(|open| rest.find(open)).min() {
        let (before, from) = rest.split_at(at);
        let close = if from.starts_with("{{") { "}}" } else { "%}" };
        let Some(end) = from.find(close) else { break };
        if !before.is_empty() {
            parts.push(Part::Literal(before.to_owned()));
        }
        let (written, after) = from.split_at(end + close.len());
        parts.push(variable(written).unwrap_or_else(|| Part::Hole(written.to_owned())));
        rest = after;
    }
    if !rest.is_empty() || parts.is_empty() {
        parts.push(Part::Literal(rest.to_owned()));
    }
    parts
}

/// Whether something is filled in.
pub(super) fn is_filled(text: &str) -> bool {
    parts(text).iter().any(|part| !matches!(part, Part::Literal(_)))
}

/// The names that a text asks for: the first word of each expression.
pub(super) fn names(text: &str) -> Vec<String> {
    let words = |written: &str| {
        let inner = written.trim_start_matches(['{', '%', ' ', '-']);
        inner.split(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '.'))).next().map(str::to_owned)
    };
    let named = parts(text).into_iter().filter_map(|part| match part {
        Part::Literal(_) => None,
        Part::Variable(name) => Some(name),
        Part::Hole(written) => words(&written),
    });
    named.filter(|name| !name.is_empty()).collect()
}

/// `{{ name }}`, `{{ name.key }}`, `{{ name | to_json }}`.
fn variable(written: &str) -> Option<Part> {
    let inner = written.strip_prefix("{{")?.strip_suffix("}}")?;
    let mut words = inner.trim_matches(['-', ' ']).split('|').map(str::trim);
    let name = words.next()?;
    let is_name = |part: &str| {
        part.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
    };
    (name.split('.').all(is_name) && words.all(|filter| SAME.contains(&filter)))
        .then(|| Part::Variable(name.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_are_variables_or_holes() {
        let literal = |text: &str| Part::Literal(text.to_owned());
        let variable = |text: &str| Part::Variable(text.to_owned());
        assert_eq!(parts("plain"), [literal("plain")]);
        assert_eq!(parts(""), [literal("")]);
        assert_eq!(parts("{{ a.b | to_json }}"), [variable("a.b")]);
        assert_eq!(parts("x-{{env}}/*"), [literal("x-"), variable("env"), literal("/*")]);
        assert_eq!(parts("{{ lookup('file', 'a') }}"), [Part::Hole("{{ lookup('file', 'a') }}".to_owned())]);
        assert_eq!(parts("{{ open"), [literal("{{ open")]);
        assert_eq!(names("{{ db.password | default('x') }} {{ a }}"), ["db.password", "a"]);
    }
}
