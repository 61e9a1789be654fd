//! Packages and images that are fetched to run a server, and how firmly their version is fixed.

use super::tables::{Runner, TABLE};
use crate::dialect::pipeline::component;
use crate::dialect::pipeline::names;
use crate::document::Scalar;
use crate::fact::{Component, Pin, Ref};

/// The package or image that a command line fetches, and the word that names it.
pub(super) fn of(words: &[Scalar]) -> Option<(Component, &Scalar)> {
    let (program, arguments) = words.split_first()?;
    let program = program.text.rsplit(['/', '\\']).next().unwrap_or_default();
    let program = program.strip_suffix(".cmd").or_else(|| program.strip_suffix(".exe")).unwrap_or(program);
    let row = TABLE.runner.iter().find(|row| row.program == program)?;
    let word = named(row, arguments)?;
    let text: &str = &word.text;
    let component = match row.platform.as_str() {
        "oci" => component::image(text),
        platform => {
            let (name, version) = split(platform, text);
            Component {
                is: Ref::new(platform, row.kind.as_str(), [], name),
                kind: "package".to_owned(),
                pin: pin(version),
                released: None,
                first_party: false,
            }
        }
    };
    // A folder or an archive of the tree is no package.
    let is_path = text.starts_with(['.', '/', '$']) || text.starts_with("file:");
    (!is_path).then_some((component, word))
}

/// The word that names what is fetched.
fn named<'w>(row: &Runner, arguments: &'w [Scalar]) -> Option<&'w Scalar> {
    let mut words = row.words.split_whitespace().peekable();
    let mut at = 0;
    while let Some(word) = arguments.get(at) {
        let text: &str = &word.text;
        if row.package.iter().any(|option| option == text) {
            return arguments.get(at + 1);
        }
        if let Some(value) =
            row.package.iter().find_map(|option| text.strip_prefix(option.as_str())?.strip_prefix('='))
        {
            return Some(word).filter(|_| !value.is_empty());
        }
        if text.starts_with('-') {
            at += 1 + usize::from(row.valued.contains(text));
        } else if let Some(expected) = words.peek() {
            if text != *expected {
                return None;
            }
            words.next();
            at += 1;
        } else {
            return Some(word);
        }
    }
    None
}

/// A package's name and version: `@scope/name@1.2.3`, `name==1.2.3`.
fn split<'t>(platform: &str, text: &'t str) -> (&'t str, Option<&'t str>) {
    let text = text.rsplit_once('=').filter(|_| text.starts_with("--")).map_or(text, |(_, value)| value);
    if platform == "pypi"
        && let Some((name, version)) = text.split_once("==")
    {
        return (name, Some(version));
    }
    // A scope begins with the same sign.
    match text.get(1..).and_then(|rest| rest.rfind('@')) {
        Some(at) => (text.get(..=at).unwrap_or(text), text.get(at + 2..)),
        None => (text, None),
    }
}

/// A registry never gives an exact version other content.
/// Source: <https://docs.npmjs.com/policies/unpublish>, <https://peps.python.org/pep-0763/>.
fn pin(version: Option<&str>) -> Pin {
    let Some(version) = version.filter(|version| !version.is_empty()) else { return Pin::None };
    let number = version.split(['-', '+']).next().unwrap_or_default();
    let parts: Vec<&str> = number.split('.').collect();
    let exact =
        parts.len() >= 3 && parts.iter().all(|p| !p.is_empty() && p.bytes().all(|b| b.is_ascii_digit()));
    match (exact, names::moves(version)) {
        (true, _) => Pin::Digest(version.to_owned()),
        (false, true) => Pin::Moving(version.into()),
        (false, false) => Pin::Tag(version.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::Style;

    fn fetched(line: &str) -> Option<String> {
        let words: Vec<Scalar> =
            line.split(' ').map(|word| Scalar::verbatim(word, Style::Plain, 0)).collect();
        of(&words).map(|(component, _)| format!("{} {:?}", component.is, component.pin))
    }

    #[test]
    fn packages_and_images_with_their_versions() {
        let said = |line: &str| fetched(line).unwrap_or_default();
        assert_eq!(said("npx -y @some-org/tickets"), "npm/package/@some-org/tickets None");
        assert_eq!(said("npx -y @some-org/tickets@1.2.3"), "npm/package/@some-org/tickets Digest(\"1.2.3\")");
        assert!(said("uvx weather@latest").starts_with("pypi/package/weather Moving("));
        assert_eq!(said("uvx --from weather==1.2.3 run"), "pypi/package/weather Digest(\"1.2.3\")");
        assert_eq!(said("docker run -i --rm -e TOKEN ghcr.io/a/b"), "oci/image/ghcr.io/a/b None");
        assert!(fetched("node ./tools/index.js").is_none() && fetched("npx ./tools").is_none());
        assert!(fetched("docker compose up").is_none());
    }
}
