//! Commands that a script writes to its log: `##vso[task.setvariable variable=NAME;issecret=true]VALUE`.
//! Source: <https://learn.microsoft.com/azure/devops/pipelines/scripts/logging-commands>.

use std::ops::Range;

use super::expression::macro_name;
use super::tables::PIPELINES;

/// Longest command that is read, in bytes: names of variables and a few words. What is longer is no command.
const LONGEST: usize = 512;
/// Most of a value that is looked at, in bytes: a line of many commands would otherwise be read to its end for each.
const LONGEST_VALUE: usize = 4 << 10;

/// A variable that is set for the steps behind.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct SetVariable<'t> {
    /// The command's bytes, brackets included.
    pub(super) command: Range<usize>,
    pub(super) name: &'t str,
    /// Whether it says that the value is secret.
    pub(super) secret: bool,
    /// The value's bytes: to the end of the quotes or of the line.
    pub(super) value: Range<usize>,
}

/// A variable that a value is made of.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Used<'t> {
    pub(super) name: &'t str,
    /// Whether the shell fills it in, rather than the platform.
    pub(super) in_shell: bool,
}

/// The variables that a script sets for later steps, in order.
pub(super) fn set_variables(text: &str) -> Vec<SetVariable<'_>> {
    let table = &PIPELINES.logging;
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(start) = text.get(from..).and_then(|rest| rest.find(table.set_variable.as_str())) {
        let start = from + start;
        let inner = start + table.set_variable.len();
        from = inner;
        let length = text[inner..].bytes().take(LONGEST).position(|b| matches!(b, b']' | b'\n'));
        let Some(length) = length.filter(|length| text[inner + length..].starts_with(']')) else { continue };
        let properties = &text[inner..inner + length];
        let property = |name: &str| {
            let pairs = properties.split(';').filter_map(|pair| pair.split_once('='));
            pairs
                .into_iter()
                .find(|(key, _)| key.trim().eq_ignore_ascii_case(name))
                .map(|(_, value)| value.trim())
        };
        let Some(name) = property(&table.name).filter(|name| !name.is_empty()) else { continue };
        let secret = property(&table.secret).is_some_and(|value| value.eq_ignore_ascii_case("true"));
        let begin = inner + length + 1;
        let end = text.floor_char_boundary((begin + LONGEST_VALUE).min(text.len()));
        let rest = &text[begin..end];
        let end = rest.find(['"', '\'', '\n']).unwrap_or(rest.len());
        found.push(SetVariable { command: start..begin, name, secret, value: begin..begin + end });
    }
    found
}

/// The variables that a value is made of: `$(X)`, `$X`, `${X}`, `$env:X`, `%X%`.
pub(super) fn variables(value: &str) -> Vec<Used<'_>> {
    let mut found = Vec::new();
    let mut rest = value;
    while let Some(at) = rest.find(['$', '%']) {
        let sign = &rest[at..];
        rest = &rest[at + 1..];
        if let Some(name) = macro_name(sign) {
            found.push(Used { name, in_shell: false });
            continue;
        }
        let name = sign[1..].strip_prefix('{').unwrap_or(&sign[1..]);
        let name = match name.get(..4) {
            Some(prefix) if prefix.eq_ignore_ascii_case("env:") => &name[4..],
            _ => name,
        };
        let end = name.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(name.len());
        if end > 0 {
            found.push(Used { name: &name[..end], in_shell: true });
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_says_what_it_sets() {
        let text = "echo \"##vso[task.setvariable variable=A;isOutput=true]$X\"\necho '##vso[task.setvariable variable=B;issecret=true]'$Y";
        let found = set_variables(text);
        let said: Vec<_> = found.iter().map(|s| (s.name, s.secret, &text[s.value.clone()])).collect();
        assert_eq!(said, [("A", false, "$X"), ("B", true, "")]);
        assert_eq!(&text[found[0].command.clone()], "##vso[task.setvariable variable=A;isOutput=true]");
        assert!(set_variables("##vso[task.setvariable variable=A").is_empty());
        assert!(set_variables(&"##vso[task.setvariable ".repeat(5_000)).is_empty());
    }

    #[test]
    fn a_value_is_made_of_variables_of_platform_and_shell() {
        let names = |text| variables(text).into_iter().map(|u| (u.name, u.in_shell)).collect::<Vec<_>>();
        assert_eq!(names("a$(X.y)b"), [("X.y", false)]);
        assert_eq!(names("$X-${Y}-$env:Z-%W%"), [("X", true), ("Y", true), ("Z", true), ("W", true)]);
        assert!(names("100% of it").is_empty());
    }
}
