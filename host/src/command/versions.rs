//! The versions that a run about a change is between, and the one whose policy governs it.

use anyhow::{Result, anyhow};

use super::check::Arguments;
use super::remark;
use super::setup::Tree;
use crate::change::{self, Version};
use crate::ci::PullRequest;

/// What `--base` without a value means: the branch or commit that the CI system names.
pub(crate) const AUTO: &str = "auto";

/// What is checked, and against what.
#[derive(Debug, Default)]
pub(crate) struct Versions {
    /// What the change is held against, and whose policy governs.
    pub(crate) base: Option<Version>,
    /// Only what the base does not have is reported.
    pub(crate) compares: bool,
    /// Instead of the files on disk.
    pub(crate) head: Option<Version>,
    /// Whose policy it is, for a report that is not about a change.
    pub(crate) policy: Option<String>,
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
            (Some(reference), _) => Ok(Self {
                base: Some(change::base(&tree.root, reference)?),
                compares: true,
                ..Self::default()
            }),
            (None, true) => Ok(Self {
                base: Some(change::head(&tree.root)?),
                compares: true,
                head: Some(change::staged(&tree.root)?),
                policy: None,
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
                let policy = "from what is checked: the base is not in this clone".to_owned();
                remark(&format!("policy {policy}; {why}"));
                Ok(Self { policy: Some(policy), ..Self::default() })
            }
        }
    }
}

/// The merge base with the first of the names of the base that this clone has.
fn merge_base(tree: &Tree, detected: &PullRequest) -> Result<Version> {
    let mut missing = None;
    for name in &detected.base {
        match change::base(&tree.root, name) {
            Ok(version) => return Ok(version),
            Err(why) => missing = missing.or(Some(why)),
        }
    }
    Err(missing.unwrap_or_else(|| anyhow!("{} names no base", detected.variable)))
}
