//! Where reports go: which are written, and which files are no place for one.

use std::path::{Component, Path, PathBuf};

use anyhow::{Context as _, Result, anyhow};
use clap::ValueEnum as _;

use super::remark;
use super::setup::Tree;
use crate::ci::System;
use crate::report::{Format, Target};
use crate::source::{git, slashes};

/// The reports that are asked for; else one for people, and what the CI system around the run reads from its log.
pub(super) fn of(reports: &[Target], diff: bool, quiet: bool) -> Result<Vec<Target>> {
    let mut targets = reports.to_vec();
    apart(&targets)?;
    let advise = |line: &str| {
        if !quiet {
            remark(line);
        }
    };
    if targets.is_empty() && !diff {
        targets.push(Target { format: Format::Pretty, file: None });
        if let Some(system) = System::detected() {
            if let Some(format) = system.native {
                targets.push(Target { format, file: None });
                advise(&format!(
                    "{}: its own format is added (--report {}); --report says otherwise",
                    system.name,
                    format.name()
                ));
            }
            if !system.advice.is_empty() {
                advise(&format!("{}: {}", system.name, system.advice));
            }
        }
    }
    Ok(targets)
}

/// How a format may share a place with others.
pub(super) trait Shares {
    /// Whether it is lines of a log, which may stand beside other lines.
    fn is_log(&self) -> bool;
}

impl Shares for Format {
    fn is_log(&self) -> bool {
        Self::is_log(*self)
    }
}

impl Shares for crate::inventory::Format {
    fn is_log(&self) -> bool {
        false
    }
}

impl Shares for crate::framework::Format {
    fn is_log(&self) -> bool {
        false
    }
}

/// Refuses two reports in one place.
pub(super) fn apart<F: clap::ValueEnum + Copy + Shares>(targets: &[Target<F>]) -> Result<()> {
    for (index, target) in targets.iter().enumerate() {
        let same = targets.iter().take(index).find(|other| other.file == target.file);
        match (same, &target.file) {
            (Some(_), Some(file)) => {
                return Err(anyhow!("two reports go to {}; give each a file of its own", file.display()));
            }
            (Some(other), None) if !(other.format.is_log() && target.format.is_log()) => {
                return Err(anyhow!(
                    "{} and {} both go to standard output; send one to a file: --report {}=FILE",
                    other.name(),
                    target.name(),
                    target.name()
                ));
            }
            _ => {}
        }
    }
    Ok(())
}

/// The formats, for the long help.
pub(super) fn help() -> String {
    let values = Format::value_variants().iter().filter_map(clap::ValueEnum::to_possible_value);
    let lines = values.map(|value| {
        let help = value.get_help().map(ToString::to_string).unwrap_or_default();
        format!("\n  {:19}{help}", value.get_name())
    });
    format!(
        "Report format, and the file it goes to [default: pretty, and what the CI system around it reads]. Repeatable.\n{}",
        lines.collect::<String>()
    )
}

/// Refuses what the tree itself could have put in a report's way: a link that leads elsewhere, or one of the files that are
/// checked. What the user names outside of the tree is the user's own (`/dev/stdout`, a pipe).
pub(super) fn allowed<F: clap::ValueEnum>(targets: &[Target<F>], tree: &Tree) -> Result<()> {
    for target in targets {
        let Some(file) = &target.file else { continue };
        let refused = |why: &str| {
            anyhow!(
                "--report {}={}: {why}; name a file that is no part of what is checked",
                target.name(),
                file.display()
            )
        };
        let here = std::env::current_dir().context("the current folder cannot be read")?;
        let real = match without_links(&tree.root.path, &here.join(file)) {
            Ok(real) => real,
            Err(link) if link == *file || link == here.join(file) => {
                return Err(refused(
                    "it is a symbolic link of the tree, and the report would be written to where it leads",
                ));
            }
            Err(link) => {
                let shown =
                    link.strip_prefix(&tree.root.path).map_or_else(|_| link.clone(), Path::to_path_buf);
                let why = format!(
                    "`{}` is a symbolic link of the tree, and the report would be written behind it",
                    slashes(&shown)
                );
                return Err(refused(&why));
            }
        };
        let Ok(inner) = real.strip_prefix(&tree.root.path) else { continue };
        let given = tree.scope.starts.iter().any(|start| start == inner);
        let tracked = || {
            let checked = tree.scope.starts.iter().any(|start| inner.starts_with(start));
            checked && git::is_tracked(&tree.root.path, inner)
        };
        if real.is_file() && (given || tracked()) {
            return Err(refused(
                "it is one of the files that are checked, and the report would be written over it",
            ));
        }
    }
    Ok(())
}

/// A path with every link resolved that does not stand below `root`; the first that does is an error.
fn without_links(root: &Path, path: &Path) -> Result<PathBuf, PathBuf> {
    let mut real = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => drop(real.pop()),
            Component::CurDir => {}
            part => {
                let next = real.join(part);
                let is_link = next.symlink_metadata().is_ok_and(|meta| meta.is_symlink());
                // Where everything is the tree, what the system keeps for its own is none of it.
                let of_system = ["/dev", "/proc"].iter().any(|folder| next.starts_with(folder));
                if is_link && real.starts_with(root) && !of_system {
                    return Err(next);
                }
                real = if is_link { next.canonicalize().unwrap_or(next) } else { next };
            }
        }
    }
    Ok(real)
}
