//! Which file is the policy: one of a few places at the root, or the one that the command line names.
//!
//! Only at the root: a policy in a folder below would let what is checked choose its own judge.

use std::path::Path;

use anyhow::{Result, anyhow, bail};

use super::setup::Tree;
use crate::runtime::contract::{Extended, Source};
use crate::source::{Read, regular, slashes};

/// The configuration file's name.
pub(crate) const CONFIG: &str = "hallpass.toml";
/// Where else it may stand.
const OTHERS: [&str; 3] = [".hallpass.toml", ".config/hallpass.toml", ".github/hallpass.toml"];
/// A file of which only a table is ours.
pub(crate) const PYTHON_PROJECT: &str = "pyproject.toml";
/// How that table's headers begin, without spaces.
const PYTHON_TABLE: [&str; 4] =
    ["[tool.hallpass]", "[tool.hallpass.", "[[tool.hallpass]", "[[tool.hallpass."];
/// How often files may ask for others: one that extends another is read before that one is known. The module says at how
/// many it ends, and says why.
pub(crate) const ROUNDS: usize = 64;
/// How a policy is called that cannot be had.
const UNREAD: &str = "the policy at the root";
/// Largest configuration file, in bytes.
const MAX_CONFIG: usize = 4 << 20;

/// The policy of a tree; of a tree that git keeps it is the one kept there, unless the command line names another.
///
/// # Errors
/// There are two, or the one there is cannot be read.
pub(crate) fn find(tree: &Tree, named: Option<&Path>) -> Result<Option<Source>> {
    if let Some(path) = named {
        return read_named(tree, path);
    }
    let mut found: Option<Source> = None;
    for path in std::iter::once(CONFIG).chain(OTHERS).chain([PYTHON_PROJECT]) {
        if !is_there(tree, path) {
            continue;
        }
        let is_ours = path != PYTHON_PROJECT;
        let bytes = match read(tree, path) {
            Ok(bytes) => bytes,
            Err(why) if is_ours => return Err(not_read(path, &why)),
            // Whatever is wrong with it, nothing says that it is about us.
            Err(_) => continue,
        };
        if !is_ours && !has_table(&bytes) {
            continue;
        }
        if let Some(first) = &found {
            bail!(
                "{} and {path} both hold a policy; keep one of them, or name one with `--config`",
                first.path
            );
        }
        found = Some(sized(path.to_owned(), bytes)?);
    }
    Ok(found)
}

/// The policy of a version that does not govern: one that cannot be had is told like one that rests on a file which is not there.
pub(crate) fn proposed(tree: &Tree, named: Option<&Path>) -> (Option<Source>, Vec<Extended>) {
    let why = match find(tree, named) {
        Ok(config) => return (config, Vec::new()),
        Err(why) => format!("{why:#}"),
    };
    let path = places().chain([PYTHON_PROJECT]).find(|path| is_there(tree, path)).unwrap_or(CONFIG);
    let bytes = format!("extends = [{:?}]\n", UNREAD).into_bytes();
    let config = Source { path: path.to_owned(), bytes, member: true };
    (Some(config), vec![Extended { path: UNREAD.to_owned(), content: Err(why) }])
}

/// Where a policy may stand that is nothing else.
pub(crate) fn places() -> impl Iterator<Item = &'static str> {
    std::iter::once(CONFIG).chain(OTHERS)
}

/// Adds the files that are asked for; `false` if none is.
pub(crate) fn hand_over(
    extended: &mut Vec<Extended>,
    asked: &[String],
    inside: impl Fn(&str) -> Result<Vec<u8>, String>,
) -> bool {
    let small = |bytes: Vec<u8>| match bytes.len() > MAX_CONFIG {
        true => Err(format!("it is larger than {} MiB", MAX_CONFIG >> 20)),
        false => Ok(bytes),
    };
    let file = |path: &String| Extended { path: path.clone(), content: inside(path).and_then(small) };
    extended.extend(asked.iter().map(file));
    !asked.is_empty()
}

/// Whether a name is taken, whatever stands behind it: what cannot be read stands for a policy too.
fn is_there(tree: &Tree, path: &str) -> bool {
    match &tree.files.kept {
        Some(kept) => kept.has(Path::new(path)),
        None => tree.root.path.join(path).symlink_metadata().is_ok(),
    }
}

fn read(tree: &Tree, path: &str) -> Result<Vec<u8>, String> {
    match &tree.files.kept {
        Some(kept) => match kept.read(Path::new(path)) {
            Read::Text(bytes) | Read::Binary(bytes) => Ok(bytes),
            Read::Refused(why) => Err(why),
        },
        None => super::setup::on_disk(&tree.root, path),
    }
}

/// The file that the command line names: of the version that the tree is, wherever it stands inside of it.
fn read_named(tree: &Tree, path: &Path) -> Result<Option<Source>> {
    if let (Some(kept), Some(inner)) = (&tree.files.kept, tree.inner(path)) {
        let name = slashes(&inner);
        if !kept.has(&inner) {
            return Ok(None);
        }
        let bytes = read(tree, &name).map_err(|why| not_read(&name, &why))?;
        return sized(name, bytes).map(Some);
    }
    let bytes =
        regular(path, MAX_CONFIG as u64).map_err(|why| anyhow!("--config {}: {why}", path.display()))?;
    let shown = path
        .canonicalize()
        .ok()
        .and_then(|p| p.strip_prefix(&tree.root.path).ok().map(|p| p.to_string_lossy().into_owned()))
        .unwrap_or_else(|| path.display().to_string());
    sized(shown, bytes).map(Some)
}

fn sized(path: String, bytes: Vec<u8>) -> Result<Source> {
    if bytes.len() > MAX_CONFIG {
        bail!("{path} is larger than {} MiB", MAX_CONFIG >> 20);
    }
    Ok(Source { path, bytes, member: true })
}

/// Whether a Python project holds a policy: a table of that name, written as a header.
fn has_table(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes);
    text.lines().any(|line| {
        let line: String = line.chars().filter(|c| !c.is_whitespace() && !matches!(c, '"' | '\'')).collect();
        PYTHON_TABLE.iter().any(|start| line.starts_with(start))
    })
}

/// Why the configuration at the root is not read, and what to do. It stands for a policy, so nothing is checked without.
fn not_read(path: &str, why: &str) -> anyhow::Error {
    anyhow::anyhow!(
        "{path} at the root: {why}; put the file there, take the name away, or name a file with `--config`"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_python_project_holds_a_policy_only_under_its_header() {
        assert!(has_table(b"[project]\n[tool.hallpass]\n"));
        assert!(has_table(b"  [ tool . \"hallpass\" . rules ] # ours\n"));
        assert!(has_table(b"[[tool.hallpass.waiver]]\n"));
        assert!(!has_table(b"[tool.hallpassport]\n# [tool.hallpass]\nname = \"[tool.hallpass]\"\n"));
    }
}
