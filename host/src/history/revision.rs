//! Which commits `--history=RANGE` means: `A..B`, `A..`, `..B`, or `B`, each side as git reads a revision.

use anyhow::{Result, bail};
use gix_hash::ObjectId;
use gix_object::{Kind, TagRefIter};

use super::commits;
use super::repository::{Objects, Repository};

/// Most tags and symbolic references that lead from one to the next: git itself stops after five.
const MOST_STEPS: usize = 10;
/// Most generations that one `~N` goes back, beyond any repository's.
const MOST_GENERATIONS: usize = 10_000_000;
/// Fewest digits of a shortened id, as in git.
const FEWEST_DIGITS: usize = 4;

/// The two ends of a range.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Ends {
    /// What this commit reaches is left out.
    pub(super) from: Option<ObjectId>,
    /// What this commit reaches is taken; `None` before the first commit.
    pub(super) to: Option<ObjectId>,
}

/// Reads a range.
///
/// # Errors
/// It names no commits, in one sentence.
pub(super) fn range(repository: &Repository, objects: &Objects, text: &str) -> Result<Ends> {
    if text.contains("...") || text.trim().is_empty() || text == ".." {
        bail!(
            "--history={text}: write a range as A..B, A.., ..B or one revision, as in --history=main..HEAD"
        );
    }
    let (from, to) = match text.split_once("..") {
        Some((from, to)) => (Some(from), to),
        None => (None, text),
    };
    let named = |revision: &str| {
        let found = resolve(repository, objects, revision);
        found.ok_or_else(|| unknown(repository, text, revision))
    };
    // A repository without a commit has no HEAD to go to, and no history that could hold anything.
    let is_head = |revision: &str| matches!(revision, "" | "@" | "HEAD");
    let unborn = is_head(to) && from.is_none() && is_unborn(repository);
    Ok(Ends { from: from.map(&named).transpose()?, to: if unborn { None } else { Some(named(to)?) } })
}

fn unknown(repository: &Repository, text: &str, revision: &str) -> anyhow::Error {
    let revision = if revision.is_empty() { "HEAD" } else { revision };
    let deeper = if repository.shallow.is_empty() {
        ""
    } else {
        "; this clone is shallow, so `git fetch --unshallow` may bring it"
    };
    anyhow::anyhow!(
        "--history={text}: `{revision}` names no commit here; give a branch, a tag or a commit id, as in \
         --history=main..HEAD{deeper}"
    )
}

/// Whether HEAD names a branch that has no commit yet.
fn is_unborn(repository: &Repository) -> bool {
    let references = repository.references();
    let head = references.try_find("HEAD").ok().flatten();
    let Some(gix_ref::Target::Symbolic(branch)) = head.map(|head| head.target) else { return false };
    matches!(references.try_find(branch.as_ref()), Ok(None))
}

/// The commit that a revision names: a name or an id, followed by any of `~N`, `^N`, `^{commit}`.
pub(crate) fn resolve(repository: &Repository, objects: &Objects, text: &str) -> Option<ObjectId> {
    let base = text.find(['~', '^']).unwrap_or(text.len());
    let (name, mut rest) = text.split_at(base);
    let mut commit = peel(objects, named(repository, objects, name)?)?;
    while let Some(operator) = rest.chars().next() {
        rest = rest.get(1..)?;
        if operator == '^'
            && let Some(after) = ["{commit}", "{}"].iter().find_map(|peeled| rest.strip_prefix(peeled))
        {
            rest = after;
            continue;
        }
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let (number, after) = rest.split_at(digits);
        let number = if digits == 0 { 1 } else { number.parse::<usize>().ok()? };
        rest = after;
        match operator {
            '~' => {
                for _ in 0..number.min(MOST_GENERATIONS) {
                    commit = parent(repository, objects, commit, 1)?;
                }
            }
            '^' if number > 0 => commit = parent(repository, objects, commit, number)?,
            '^' => {}
            _ => return None,
        }
    }
    Some(commit)
}

/// What a name without operators means, in git's order: a full id, a reference, a shortened id.
fn named(repository: &Repository, objects: &Objects, name: &str) -> Option<ObjectId> {
    let name = if matches!(name, "" | "@") { "HEAD" } else { name };
    if let Ok(id) = ObjectId::from_hex(name.as_bytes()) {
        return Some(id);
    }
    let references = repository.references();
    let mut found = references.try_find(name).ok().flatten();
    for _ in 0..MOST_STEPS {
        match found.map(|reference| reference.target) {
            Some(gix_ref::Target::Object(id)) => return Some(id),
            Some(gix_ref::Target::Symbolic(next)) => {
                found = references.try_find(next.as_ref()).ok().flatten();
            }
            None => break,
        }
        found.as_ref()?;
    }
    let hex = name.len() >= FEWEST_DIGITS && name.bytes().all(|byte| byte.is_ascii_hexdigit());
    hex.then(|| objects.by_prefix(name)).flatten()
}

/// The commit itself, or the one that a tag stands for.
fn peel(objects: &Objects, mut id: ObjectId) -> Option<ObjectId> {
    for _ in 0..MOST_STEPS {
        match objects.any(&id).ok()? {
            (Kind::Commit, _) => return Some(id),
            (Kind::Tag, bytes) => {
                id = TagRefIter::from_bytes(&bytes, gix_hash::Kind::Sha1).target_id().ok()?;
            }
            _ => return None,
        }
    }
    None
}

/// The parent with this number, from 1, if the repository has it.
fn parent(repository: &Repository, objects: &Objects, commit: ObjectId, number: usize) -> Option<ObjectId> {
    let commit = commits::read(repository, objects, commit).ok()?;
    commit.parents.get(number.checked_sub(1)?).copied().filter(|parent| objects.any(parent).is_ok())
}
