//! The versions that a run about a change is between, and the one whose policy governs it.

use std::path::Path;

use anyhow::{Result, anyhow};

use super::check::Arguments;
use super::policy;
use super::remark;
use super::setup::Tree;
use crate::change::{self, Version};
use crate::ci::{PullRequest, System};

/// What `--base` without a value means: the branch or commit that the CI system names.
pub(crate) const AUTO: &str = "auto";

/// What is checked, and against what.
#[derive(Debug, Default)]
pub(crate) struct Versions {
    /// What the change is held against, and whose policy governs if no other's does.
    pub(crate) base: Option<Version>,
    /// Whose policy governs instead.
    pub(crate) governing: Option<Version>,
    /// Only what the base does not have is reported.
    pub(crate) compares: bool,
    /// Instead of the files on disk.
    pub(crate) head: Option<Version>,
    /// Whose policy it is, for a report that is not about a change.
    pub(crate) policy: Option<String>,
    /// Why a pull request goes by its own word: nothing of it may then have a say.
    pub(crate) ungoverned: Option<String>,
}

impl Versions {
    pub(crate) fn open(arguments: &Arguments, tree: &Tree) -> Result<Self> {
        let has_buffers = !tree.files.buffers.is_empty();
        let detected = PullRequest::detected().filter(|_| !has_buffers);
        if arguments.trust_head && arguments.base.is_none() && !arguments.staged && detected.is_none() {
            return Err(anyhow!(
                "--trust-head goes with --base or --staged: without them the policy is the tree's own"
            ));
        }
        match (arguments.base.as_deref(), arguments.staged) {
            (Some(_), _) if has_buffers => Err(anyhow!(
                "--base compares with a commit, which standard input has no place in; give a path instead of `-`"
            )),
            (Some(AUTO), _) => {
                let detected = detected.ok_or_else(|| {
                    anyhow!(
                        "--base: no pull request is detected here; name what the change goes to, as in \
                         --base=origin/main"
                    )
                })?;
                Ok(Self { base: Some(merge_base(tree, &detected)?), compares: true, ..Self::default() })
            }
            (Some(""), _) => Err(anyhow!(
                "--base names nothing; give a branch or commit, as in --base=origin/main, or leave the value out where the \
                 CI system announces a pull request"
            )),
            (Some(reference), _) => {
                let named = change::base(&tree.root, reference)?;
                let (base, governing) = match &detected {
                    Some(detected) => announced(tree, reference, named, detected, arguments.trust_head)?,
                    None => {
                        if named.is_head && System::is_any() {
                            remark(
                                "the base is the commit that is checked, so that nothing of it is new; leave --base out \
                                 to check all of it",
                            );
                        }
                        (named, None)
                    }
                };
                Ok(Self { base: Some(base), governing, compares: true, ..Self::default() })
            }
            (None, true) => Ok(Self {
                base: Some(change::head(&tree.root)?),
                compares: true,
                head: Some(change::staged(&tree.root)?),
                ..Self::default()
            }),
            (None, false) => {
                detected.map_or_else(|| Ok(Self::default()), |d| Self::governed(arguments, tree, &d))
            }
        }
    }

    /// A whole tree, checked by the policy of what it is proposed for.
    fn governed(arguments: &Arguments, tree: &Tree, detected: &PullRequest) -> Result<Self> {
        if arguments.trust_head {
            let policy = Some("from what is checked (--trust-head)".to_owned());
            return Ok(Self { policy, ..Self::default() });
        }
        match merge_base(tree, detected) {
            Ok(base) => {
                let policy = Some(format!("from {}", base.name));
                Ok(Self { base: Some(base), policy, ..Self::default() })
            }
            Err(why) if arguments.strict => Err(why),
            Err(why) => {
                if let Some(own) = own_word(arguments, tree)? {
                    return Err(ungoverned(&own, &why.to_string()));
                }
                let policy = "from what is checked: the base is not in this clone".to_owned();
                remark(&super::masked(&format!("policy {policy}; {why}")));
                Ok(Self { policy: Some(policy), ungoverned: Some(why.to_string()), ..Self::default() })
            }
        }
    }
}

/// What the tree itself says about how it is checked.
fn own_word(arguments: &Arguments, tree: &Tree) -> Result<Option<String>> {
    let is_own = |path: &Path| tree.inner(path).is_some();
    if arguments.common.config.as_deref().is_none_or(is_own)
        && let Some(policy) = policy::find(tree, arguments.common.config.as_deref())?
    {
        return Ok(Some(policy.path));
    }
    let baseline = arguments.baseline.as_deref().filter(|path| is_own(path));
    Ok(baseline.map(|path| path.display().to_string()))
}

/// The change could have weakened what it says of its own check, and the version to hold it against is not there.
pub(crate) fn ungoverned(own: &str, why: &str) -> anyhow::Error {
    anyhow!(
        "{own} of this pull request would have a say in its own check, and its base is not in this clone: {why}; \
         --trust-head takes the pull request's word"
    )
}

/// The base that a run for a pull request is held against, and the one that governs it. The one that is named counts only
/// where it asks for more, since a change could name its own commit and be held against itself; it never governs, since an old
/// policy may have been a weak one.
fn announced(
    tree: &Tree,
    reference: &str,
    named: Version,
    detected: &PullRequest,
    trusts_head: bool,
) -> Result<(Version, Option<Version>)> {
    let announced = merge_base(tree, detected)?;
    let others = detected.base.iter().skip(1).filter_map(|name| found(tree, name).ok());
    let mut allowed = change::is_in_past_of(&tree.root, &named, &announced)?;
    for other in others {
        allowed = allowed || change::is_in_past_of(&tree.root, &named, &other)?;
    }
    if allowed && (trusts_head || named.commit == announced.commit) {
        return Ok((named, None));
    }
    if allowed {
        let name = format!("{}, policy from {}", named.name, announced.name);
        return Ok((Version { name, ..named }, Some(announced)));
    }
    remark(&super::masked(&format!(
        "--base={reference} is not in the past of what this pull request goes to ({}), so that the change is held against \
         {} and governed by it",
        detected.variable, announced.name
    )));
    Ok((announced, None))
}

/// The merge base with the first of the names of the base that this clone has.
fn merge_base(tree: &Tree, detected: &PullRequest) -> Result<Version> {
    let mut missing = None;
    for name in &detected.base {
        match found(tree, name) {
            Ok(version) => return Ok(version),
            Err(why) => missing = missing.or(Some(why)),
        }
    }
    Err(missing.unwrap_or_else(|| anyhow!("{} names no base", detected.variable)))
}

fn found(tree: &Tree, name: &str) -> Result<Version> {
    change::base_of(&tree.root, &PullRequest::reference(name), name)
}
