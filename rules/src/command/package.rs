//! Commands that fetch packages by name: `npx tool@latest`, `pip install tool`. What the project's lock file says of it is
//! passed by, so that what runs tomorrow may be what was published tonight. `data/command-packages.toml` says which do.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use serde::Deserialize;

use super::call;
use crate::document::script::{Extent, Script, Word};
use crate::fact::{Piece, Pin, Text};

/// Most packages of one script; people install a dozen.
const MAX_PACKAGES: usize = 256;
/// Longest name or version that is taken apart, in bytes.
const LONGEST: usize = 256;
/// Ends of files that are installed from where they stand.
const FILES: [&str; 6] = [".whl", ".tgz", ".gz", ".zip", ".gem", ".txt"];

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Registry {
    name: String,
    signs: Vec<String>,
    #[serde(default)]
    ranges: Vec<String>,
    exact: usize,
    #[serde(default)]
    own: BTreeSet<String>,
    valued: BTreeSet<String>,
    #[serde(default)]
    version: BTreeSet<String>,
    #[serde(default)]
    locks: BTreeSet<String>,
    #[serde(rename = "source")]
    _source: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    programs: Vec<String>,
    #[serde(default)]
    words: Vec<String>,
    registry: String,
    #[serde(default)]
    names: BTreeSet<String>,
    #[serde(default)]
    first: bool,
    #[serde(default)]
    bare: bool,
    #[serde(default)]
    asked: BTreeSet<String>,
    #[serde(default)]
    chooses: bool,
    #[cfg_attr(not(test), expect(dead_code, reason = "read by people and by the table's test"))]
    example: String,
    #[cfg_attr(not(test), expect(dead_code, reason = "read by people and by the table's test"))]
    look_alike: String,
    #[serde(rename = "source")]
    _source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    registry: Vec<Registry>,
    command: Vec<Row>,
}

struct Table {
    registries: BTreeMap<String, Registry>,
    rows: Vec<Row>,
    by_program: BTreeMap<String, Vec<usize>>,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    // The table is part of the module; the test below holds that it parses.
    #[allow(clippy::expect_used)]
    let file: File = crate::table::read(include_str!("../../data/command-packages.toml"))
        .expect("data/command-packages.toml parses");
    let mut by_program: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (index, row) in file.command.iter().enumerate() {
        for program in &row.programs {
            by_program.entry(program.clone()).or_default().push(index);
        }
    }
    let registries = file.registry.into_iter().map(|r| (r.name.clone(), r)).collect();
    Table { registries, rows: file.command, by_program }
});

pub(super) fn warm() {
    LazyLock::force(&TABLE);
}

/// A package that a script fetches.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Package {
    /// The registry it comes from.
    pub(crate) registry: &'static str,
    pub(crate) name: String,
    /// An exact version cannot be published anew, and counts as a digest where what it depends on is fixed as well.
    pub(crate) pin: Pin,
    /// Whether it is the registry's own tool.
    pub(crate) own: bool,
    /// Where it is named.
    pub(crate) at: Extent,
}

/// The packages that the commands of a script fetch, in order.
pub(crate) fn packages(script: &Script) -> Vec<Package> {
    let mut found = Vec::new();
    for command in script.commands() {
        let words = &command.simple.words;
        let mut at = 0;
        for call in call::calls(command.simple) {
            // What a program runs is its argument here: `npx` runs what it fetches.
            let arguments = words.get(at + 1..).unwrap_or_default();
            at += 1 + call.arguments.len();
            let rows = TABLE.by_program.get(&call.program).map(Vec::as_slice).unwrap_or_default();
            for row in rows.iter().filter_map(|index| TABLE.rows.get(*index)) {
                if found.len() < MAX_PACKAGES {
                    row.packages(script, arguments, &mut found);
                }
            }
        }
    }
    found.truncate(MAX_PACKAGES);
    found
}

impl Row {
    /// The arguments behind the sub-command, if these are of such a command.
    fn behind<'w>(&self, arguments: &'w [Word]) -> Option<&'w [Word]> {
        let words = |words: &String| -> Option<usize> {
            let words: Vec<String> = words.split(' ').map(str::to_owned).collect();
            call::behind_words(arguments, &words)
        };
        let at = if self.words.is_empty() { 0 } else { self.words.iter().find_map(words)? };
        arguments.get(at..)
    }

    fn packages(&self, script: &Script, arguments: &[Word], found: &mut Vec<Package>) {
        let (Some(arguments), Some(registry)) =
            (self.behind(arguments), TABLE.registries.get(&self.registry))
        else {
            return;
        };
        let mut named: Vec<Word> = Vec::new();
        let mut operands: Vec<Word> = Vec::new();
        let mut version: Option<Text> = None;
        let mut asked = self.bare;
        let mut chooses = self.chooses;
        let mut arguments = arguments.iter();
        while let Some(word) = arguments.next() {
            let prefix = word.prefix();
            if !prefix.starts_with('-') {
                operands.push(word.clone());
                if self.first {
                    break;
                }
                continue;
            }
            asked |= self.asked.contains(&prefix);
            let (option, within) = match prefix.split_once('=') {
                Some((option, _)) => (option, word.after(option.len() + 1)),
                None => (prefix.as_str(), None),
            };
            chooses &= !registry.locks.contains(option);
            let (names, states) = (self.names.contains(option), registry.version.contains(option));
            if !names && !states && !registry.valued.contains(option) {
                continue;
            }
            let Some(value) = within.or_else(|| arguments.next().cloned()) else { continue };
            match () {
                () if names => named.push(value),
                () if states => version = Some(value.to_text(script)),
                () => {}
            }
        }
        let fetched = if named.is_empty() { operands } else { named };
        for word in fetched {
            let Some((name, stated)) = registry.split(&word.to_text(script)) else { continue };
            let pin = match stated.or_else(|| version.clone()) {
                Some(version) => match registry.pin(version) {
                    Pin::Digest(version) if chooses => Pin::Alone(version),
                    pin => pin,
                },
                None if asked => Pin::None,
                None => continue,
            };
            let own = registry.own.contains(&name);
            found.push(Package { registry: &registry.name, name, pin, own, at: word.inner() });
        }
    }
}

impl Registry {
    /// A package's name and version; `None` for what is no package of the registry: a path, an address, a variable.
    fn split(&self, text: &Text) -> Option<(String, Option<Text>)> {
        let Some(Piece::Literal(first)) = text.0.first() else { return None };
        let is_local = first.starts_with(['.', '/', '~', '\\', '$', '%'])
            || first.contains("://")
            || first.contains('\\');
        if first.len() > LONGEST || is_local || FILES.iter().any(|end| first.ends_with(end)) {
            return None;
        }
        // A name may begin with `@`.
        let signs = self.signs.iter().chain(&self.ranges);
        let at = signs.filter_map(|sign| Some(first.get(1..)?.find(sign.as_str())? + 1)).min();
        let (name, rest) = first.split_at(at.unwrap_or(first.len()));
        let sign = self.signs.iter().find(|sign| rest.starts_with(sign.as_str())).map_or(0, String::len);
        let mut version = Text::literal(&rest[sign..]);
        version.append(&Text(text.0.iter().skip(1).cloned().collect()));
        let extra = name.split('[').next().unwrap_or(name);
        let letters = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '/' | '@');
        let is_name = !extra.is_empty() && extra.chars().all(letters);
        // `owner/repository` is no name in npm, and a path in others.
        let slashes = self.name == "go" || !extra.contains('/') || extra.starts_with('@');
        // What goes on behind the name is not known to be its version.
        if !is_name || !slashes || at.is_none() && text.0.len() > 1 {
            return None;
        }
        Some((extra.to_owned(), at.map(|_| version)))
    }

    fn pin(&self, version: Text) -> Pin {
        let Some(known) = version.known() else { return Pin::Tag(version) };
        match self.is_exact(known) {
            true => Pin::Digest(known.to_owned()),
            false => Pin::Moving(version),
        }
    }

    fn is_exact(&self, version: &str) -> bool {
        let version = version.trim_start_matches(['v', '=']);
        let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '+' | '_' | '!');
        let numbers = version.split('.').take_while(|part| part.starts_with(|c: char| c.is_ascii_digit()));
        version.len() <= LONGEST && version.chars().all(fits) && numbers.count() >= self.exact
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{Scalar, Style, shell};

    fn said(text: &str) -> Vec<String> {
        let script = shell::read(&Scalar::verbatim(text, Style::Plain, 0), &[]);
        packages(&script)
            .into_iter()
            .map(|p| format!("{} {} {:?} {}", p.registry, p.name, p.pin, p.own))
            .collect()
    }

    #[test]
    fn every_example_fetches_and_no_look_alike_is_left_to_move() {
        for row in &TABLE.rows {
            assert!(TABLE.registries.contains_key(&row.registry), "{}", row.registry);
            assert_eq!(said(&row.example).len(), 1, "{}", row.example);
            let moves = |line: &String| !line.contains("Digest(") && !line.contains("Alone(");
            assert!(
                !said(&row.look_alike).iter().any(moves),
                "{}: {:?}",
                row.look_alike,
                said(&row.look_alike)
            );
        }
    }

    #[test]
    fn versions_are_read_as_each_registry_writes_them() {
        assert_eq!(said("npx -y @a/b@1.2.3 x@latest"), ["npm @a/b Digest(\"1.2.3\") false"]);
        assert_eq!(
            said("npm i -g a@^1.2.0 npm"),
            ["npm a Moving(Text([Literal(\"^1.2.0\")])) false", "npm npm None true"]
        );
        assert_eq!(said("npx -p a@2 tool"), ["npm a Moving(Text([Literal(\"2\")])) false"]);
        assert_eq!(
            said("sudo pip install -U 'a[b]~=1.0' c==2.1 -r d.txt ./e \"$F\""),
            ["pypi a Moving(Text([Literal(\"~=1.0\")])) false", "pypi c Digest(\"2.1\") false"]
        );
        assert_eq!(said("pip install c==2.1"), ["pypi c Alone(\"2.1\") false"]);
        assert_eq!(said("gem install a:1.0 b"), ["rubygems a Alone(\"1.0\") false", "rubygems b None false"]);
        assert_eq!(said("gem i a -v 1.0"), ["rubygems a Alone(\"1.0\") false"]);
        assert_eq!(
            said("npm install --no-fund a@1.2.3; npm in b; npm ci"),
            ["npm a Alone(\"1.2.3\") false", "npm b None false"]
        );
        assert_eq!(said("pnpm add -g a"), ["npm a None false"]);
        assert_eq!(said("cargo install a --version 1.2.3"), ["crates a Alone(\"1.2.3\") false"]);
        assert_eq!(said("cargo install --locked a@1.2.3"), ["crates a Digest(\"1.2.3\") false"]);
        assert_eq!(said("go install a.example/b@v1.2.3"), ["go a.example/b Digest(\"v1.2.3\") false"]);
        assert!(said("pip install a==$V")[0].contains("Tag("));
        assert!(
            said("npx $TOOL; npm install a/b; pip install -e . --group check; pip install https://a.example/b.whl; npx --help").is_empty()
        );
    }

    #[test]
    fn powershell_fetches_packages_as_well() {
        let script = crate::document::powershell::read(
            &Scalar::verbatim("Write-Host \"Hello\"\nnpm i lodash\ngem install foo", Style::Plain, 0),
            &[],
        );
        let names: Vec<String> = packages(&script).into_iter().map(|package| package.name).collect();
        assert_eq!(names, ["lodash", "foo"]);
    }

    #[test]
    fn a_script_of_nothing_but_packages_has_an_end() {
        assert_eq!(said(&"npx -y a\n".repeat(1_000)).len(), MAX_PACKAGES);
        assert_eq!(said(&format!("pip install {}", "a ".repeat(5_000))).len(), MAX_PACKAGES);
    }
}
