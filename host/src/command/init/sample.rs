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
const REPOSITORIES: [&str; 4] = ["faulty", "sound", "ungoverned", "governed"];
/// What stands before the name of a detector, and before a number of days from today.
const CANARY: &str = "{{canary:";
const DAY: &str = "{{day:";

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
    let today = jiff::tz::TimeZone::UTC.to_datetime(jiff::Timestamp::now()).date();
    for (path, text) in files(PAGE) {
        let text = filled(text, CANARY, |detector| asked(&pool, |worker| worker.canary(detector, seed)))?;
        let text = filled(&text, DAY, |days| Ok(day(today, days)))?;
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
         next: hallpass check {0} (what goes wrong), hallpass check {1} (the same as it ought to be)\n\
         and: hallpass inventory {2} (who owns it, why, until when), the same of {3}\n",
        folder.join("faulty").display(),
        folder.join("sound").display(),
        folder.join("ungoverned").display(),
        folder.join("governed").display()
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

/// A day so many days from another.
fn day(today: jiff::civil::Date, days: &str) -> Option<String> {
    let days: i64 = days.parse().ok()?;
    Some(today.checked_add(jiff::Span::new().try_days(days).ok()?).ok()?.to_string())
}

/// The text with every gap of a kind filled.
fn filled(text: &str, gap: &str, fill: impl Fn(&str) -> Result<Option<String>>) -> Result<String> {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(gap) {
        let (detector, after) = after.split_once("}}").ok_or_else(|| broken("an open `{{`"))?;
        out.push_str(before);
        out.push_str(&fill(detector)?.ok_or_else(|| broken(detector))?);
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
        assert_eq!(of("ungoverned/"), of("governed/"), "each file has its twin");
    }

    #[test]
    fn canaries_are_filled_in() {
        let drawn = |id: &str| Ok(Some(format!("<{id}>")));
        let text = filled("a: {{canary:x}} ${{ y }} {{canary:z}}", CANARY, drawn).unwrap();
        assert_eq!(text, "a: <x> ${{ y }} <z>\n");
        assert!(filled("{{canary:x}}", CANARY, |_| Ok(None)).is_err());
        let today = jiff::civil::date(2028, 2, 28);
        assert_eq!(filled("{{day:2}}", DAY, |days| Ok(day(today, days))).unwrap(), "2028-03-01\n");
        assert!(filled("{{day:soon}}", DAY, |days| Ok(day(today, days))).is_err());
    }
}
