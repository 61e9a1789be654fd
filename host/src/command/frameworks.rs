//! `hallpass frameworks`: what standards ask for, which rules speak to it, and what they found.

use std::path::PathBuf;

use anyhow::{Result, bail};

use super::detectors::pool;
use super::explain::{NO_DATE, described, plain_settings};
use super::setup::{self, Common, Tree, processors};
use super::{Ending, colour, remark, runtime, targets};
use crate::framework::{Coverage, Format};
use crate::report::{Target, counted};
use crate::runtime::contract::{Standard, Status};
use crate::scan;

/// Arguments of `frameworks`.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// A framework by its key, such as owasp-nhi [default: every one], then files and folders whose findings are counted;
    /// waived ones are not.
    #[arg(value_name = "NAME|PATH")]
    arguments: Vec<PathBuf>,
    /// Format, and the file it goes to: table, json, csv, html, markdown. Repeatable [default: table].
    #[arg(long = "report", aliases = ["format", "output-format"], value_name = "FORMAT[=FILE]")]
    reports: Vec<Target<Format>>,
    #[command(flatten)]
    common: Common,
}

/// Runs the command.
pub(crate) fn run(arguments: &Arguments) -> Result<Ending> {
    let mut reports = arguments.reports.clone();
    if reports.is_empty() {
        reports.push(Target { format: Format::Table, file: None });
    }
    targets::apart(&reports)?;
    let runtime = runtime()?;
    let description = described(&setup::pool(&runtime, plain_settings(NO_DATE))?)?;
    let (name, paths) = asked(&description.standards, &arguments.arguments)?;
    let wanted = |standard: &&Standard| name.is_none_or(|name| standard.key == *name);
    if paths.is_empty() {
        if reports.iter().any(|target| target.file.is_some()) {
            targets::allowed(&reports, &Tree::open(&[], None)?)?;
        }
        write(&reports, &Coverage::of(&description, description.standards.iter().filter(wanted), None))?;
        return Ok(Ending::Clean);
    }
    let mut tree = Tree::open(paths, None)?;
    targets::allowed(&reports, &tree)?;
    if tree.entries.is_empty() {
        remark("nothing to count: the given paths hold no file");
        return Ok(Ending::NoFiles);
    }
    let settings = tree.settings(&arguments.common)?;
    let pool = pool(&runtime, settings.clone(), |path| tree.bytes(path))?;
    // With the rules of the tree's own policy.
    let description = described(&pool)?;
    let job = tree.job(&pool, processors())?;
    let outcome = scan::run(&pool, &[], &job)?;
    let checked = Some((settings.today.as_str(), outcome.findings.as_slice()));
    write(&reports, &Coverage::of(&description, description.standards.iter().filter(wanted), checked))?;
    let failed = outcome.coverage.iter().filter(|entry| entry.status == Status::Failed).count();
    if failed > 0 {
        let files = counted(failed, "file was", "files were");
        remark(&format!("{files} not read whole, and may hold more; `hallpass check` names them"));
    }
    Ok(Ending::Clean)
}

fn write(reports: &[Target<Format>], coverage: &Coverage<'_>) -> Result<()> {
    for target in reports {
        target.put(&target.format.render(coverage, colour() && target.file.is_none())?)?;
    }
    Ok(())
}

/// Which framework is asked for, and which paths. A file of a framework's name is written `./NAME`.
fn asked<'a>(
    standards: &'a [Standard],
    arguments: &'a [PathBuf],
) -> Result<(Option<&'a String>, &'a [PathBuf])> {
    let Some((first, paths)) = arguments.split_first() else { return Ok((None, arguments)) };
    let mut keys = standards.iter().map(|standard| &standard.key);
    if let Some(key) = keys.clone().find(|key| first.as_os_str() == key.as_str()) {
        return Ok((Some(key), paths));
    }
    // A word that is no path was meant as a name.
    if first.components().count() == 1 && !first.exists() {
        let known: Vec<&str> = keys.by_ref().map(String::as_str).collect();
        bail!("{} is neither a framework nor a path; frameworks are {}", first.display(), known.join(", "));
    }
    Ok((None, arguments))
}
