//! `hallpass init --sample`: a made-up organisation, from one page of templates.

use std::path::Path;

use anyhow::{Context as _, Result, bail};

use super::super::explain::{NO_DATE, asked, plain_settings};
use super::super::setup::pool;
use super::super::{Ending, print, runtime};
use super::{broken, write_new};

/// The page: each fenced block is a file.
const PAGE: &str = include_str!("../../../init/sample.md");
/// Its folders, each a repository of its own, so that it is checked by itself wherever it is put.
const REPOSITORIES: [&str; 2] = ["faulty", "sound"];
/// What stands before the name of a detector.
const CANARY: &str = "{{canary:";

/// Writes the sample into a folder that is not there or empty.
pub(super) fn write(folder: &Path) -> Result<Ending> {
    let shown = folder.display();
    match folder.read_dir() {
        Ok(mut entries) => {
            if entries.next().is_some() {
                bail!("{shown} is not empty; name a new folder");
            }
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            std::fs::create_dir_all(folder).with_context(|| format!("cannot make the folder {shown}"))?;
        }
        Err(error) => return Err(error).with_context(|| format!("{shown} is no folder to write into")),
    }
    let runtime = runtime()?;
    let pool = pool(&runtime, plain_settings(NO_DATE))?;
    // Another value in each sample, so that none becomes known.
    let seed = jiff::Timestamp::now().as_microsecond().unsigned_abs() ^ u64::from(std::process::id());
    for (path, text) in files(PAGE) {
        let text = filled(text, |detector| asked(&pool, |worker| worker.canary(detector, seed)))?;
        write_new(folder, path, &text)?;
    }
    for repository in REPOSITORIES {
        let git = folder.join(repository).join(".git");
        for part in ["objects", "refs"] {
            std::fs::create_dir_all(git.join(part)).with_context(|| format!("cannot write into {shown}"))?;
        }
        write_new(folder, &format!("{repository}/.git/HEAD"), "ref: refs/heads/main\n")?;
    }
    print(&format!(
        "wrote {shown}: made-up values, which open nothing\n\
         next: hallpass check {0} (what goes wrong), hallpass check {1} (the same as it ought to be)\n",
        folder.join("faulty").display(),
        folder.join("sound").display()
    ))?;
    Ok(Ending::Clean)
}

/// The files of a page: path and text.
fn files(page: &str) -> impl Iterator<Item = (&str, &str)> {
    // What stands before the first fence is no block.
    page.split("\n```").skip(1).filter_map(|block| {
        let (head, text) = block.split_once('\n')?;
        let (_, path) = head.split_once(' ')?;
        // What follows a closing fence begins with a line break.
        Some((path, text)).filter(|_| !head.starts_with(' '))
    })
}

/// The text with every canary drawn.
fn filled(text: &str, canary: impl Fn(&str) -> Result<Option<String>>) -> Result<String> {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(CANARY) {
        let (detector, after) = after.split_once("}}").ok_or_else(|| broken("an open `{{`"))?;
        out.push_str(before);
        out.push_str(&canary(detector)?.ok_or_else(|| broken(detector))?);
        rest = after;
    }
    out.push_str(rest);
    if !out.ends_with('\n') {
        out.push('\n');
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn every_block_is_a_file_of_one_of_the_repositories() {
        let files: Vec<(&str, &str)> = files(PAGE).collect();
        assert_eq!(files.len(), PAGE.matches("\n```").count() / 2);
        for (path, text) in &files {
            assert!(REPOSITORIES.contains(&path.split('/').next().unwrap()), "{path}");
            assert!(!text.contains("```"), "{path}");
        }
        let of = |repository| files.iter().filter(|(path, _)| path.starts_with(repository)).count();
        assert_eq!(of("faulty/"), of("sound/"), "each file has its twin");
    }

    #[test]
    fn canaries_are_filled_in() {
        let text = filled("a: {{canary:x}} ${{ y }} {{canary:z}}", |id| Ok(Some(format!("<{id}>")))).unwrap();
        assert_eq!(text, "a: <x> ${{ y }} <z>\n");
        assert!(filled("{{canary:x}}", |_| Ok(None)).is_err());
    }
}
