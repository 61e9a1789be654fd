//! `hallpass init`: a policy and a pipeline step for a repository that has none.
//!
//! Invariant: no file that is there is written to, and nothing is written through a symbolic link.

mod sample;
mod system;

use std::fs::OpenOptions;
use std::io::{BufRead as _, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, anyhow, bail};

use super::policy::CONFIG;
use super::{Ending, print, remark};
use crate::source::Root;
use system::{Step, System};

/// The policy that is written.
const POLICY: &str = include_str!("../../../init/hallpass.toml");

/// Arguments of `init`.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The CI system [default: those whose files are there, else what the git remote says].
    #[arg(long, value_name = "SYSTEM", conflicts_with = "sample")]
    ci: Option<system::Name>,
    /// Say what would be written, and write nothing.
    #[arg(long, conflicts_with = "sample")]
    dry_run: bool,
    /// Do not ask, even on a terminal.
    #[arg(short, long, conflicts_with = "sample")]
    yes: bool,
    /// Instead write a made-up organisation into this new or empty folder: what goes wrong, and the same as it ought to be.
    #[arg(long, value_name = "DIR")]
    sample: Option<PathBuf>,
}

/// A file to be written.
struct Planned {
    /// From the root, with `/`.
    path: String,
    text: String,
}

/// Runs the command.
pub(crate) fn run(arguments: &Arguments) -> Result<Ending> {
    if let Some(folder) = &arguments.sample {
        return sample::write(folder);
    }
    let root = Root::find(&[])?.0.path;
    let steps = steps(&root, arguments.ci);
    let mut planned = vec![Planned { path: CONFIG.to_owned(), text: POLICY.to_owned() }];
    let mut snippets = Vec::new();
    for (system, step) in steps {
        match step {
            Step::File(path) => planned.push(Planned { path, text: system.text() }),
            Step::Into(path) => snippets.push((system, path)),
        }
    }
    let (new, there): (Vec<Planned>, Vec<Planned>) =
        planned.into_iter().partition(|file| root.join(&file.path).symlink_metadata().is_err());
    for file in &there {
        print(&format!(
            "{} is there and stays as it is; it would have been:\n\n{}\n",
            file.path,
            indented(&file.text)
        ))?;
    }
    let asked = !arguments.dry_run && !arguments.yes && !new.is_empty();
    if arguments.dry_run || asked && !agreed(&new)? {
        for file in &new {
            print(&format!("{} would be written:\n\n{}\n", file.path, indented(&file.text)))?;
        }
    } else {
        for file in &new {
            write_new(&root, &file.path, &file.text)?;
            print(&format!("wrote {}\n", file.path))?;
        }
    }
    for (system, path) in &snippets {
        print(&format!("{}: put this into {path}:\n\n{}\n", system.title, indented(&system.text())))?;
    }
    if new.len() + there.len() > 1 || !snippets.is_empty() {
        print(&system::digest_note())?;
    }
    print("next: hallpass check\n")?;
    Ok(Ending::Clean)
}

/// The steps of the systems in use, or of the one that is named.
fn steps(root: &Path, named: Option<system::Name>) -> Vec<(&'static System, Step)> {
    if let Some(name) = named {
        let system = name.system();
        return vec![(system, system.step(root))];
    }
    let mut found = system::in_use(root);
    if found.is_empty()
        && let Some(system) = system::of_remote(root)
    {
        remark(&format!("no CI system's files are here; the git remote says {}", system.title));
        found.push(system);
    }
    if found.is_empty() {
        remark("no CI system was recognised; name one with --ci to get its step");
    }
    found.into_iter().map(|system| (system, system.step(root))).collect()
}

/// Whether whoever sits at the terminal agrees; without one there is nobody to ask.
fn agreed(files: &[Planned]) -> Result<bool> {
    let (stdin, mut stderr) = (std::io::stdin(), std::io::stderr());
    if !stdin.is_terminal() || !stderr.is_terminal() {
        return Ok(true);
    }
    let names: Vec<&str> = files.iter().map(|file| file.path.as_str()).collect();
    write!(stderr, "write {}? [Y/n] ", names.join(" and "))?;
    stderr.flush()?;
    let mut answer = String::new();
    stdin.lock().read_line(&mut answer)?;
    Ok(!answer.trim().to_ascii_lowercase().starts_with('n'))
}

/// Writes a file that is not there yet, with its folders.
fn write_new(root: &Path, path: &str, text: &str) -> Result<()> {
    let mut folder = root.to_path_buf();
    let parts: Vec<&str> = path.split('/').collect();
    for part in parts.iter().take(parts.len() - 1) {
        folder.push(part);
        match folder.symlink_metadata() {
            Ok(meta) if meta.is_dir() => {}
            Ok(_) => bail!("cannot write {path}: {} is no folder of its own", folder.display()),
            Err(_) => std::fs::create_dir(&folder)
                .with_context(|| format!("cannot make the folder {}", folder.display()))?,
        }
    }
    // New: what appeared since is not touched, nor what a link points to.
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(root.join(path))
        .with_context(|| format!("cannot write {path}"))?;
    file.write_all(text.as_bytes()).with_context(|| format!("cannot write {path}"))?;
    Ok(())
}

/// A file's text as it stands in a message.
fn indented(text: &str) -> String {
    let line = |line: &str| if line.is_empty() { "\n".to_owned() } else { format!("    {line}\n") };
    text.lines().map(line).collect()
}

/// An error about a template of ours; a test reads all of them.
fn broken(what: &str) -> anyhow::Error {
    anyhow!("a template of this build is broken: {what}")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn what_is_there_is_not_written_to() {
        let root = tempfile::tempdir().unwrap();
        write_new(root.path(), "a/b/c.yml", "first\n").unwrap();
        assert!(write_new(root.path(), "a/b/c.yml", "second\n").is_err());
        assert_eq!(std::fs::read_to_string(root.path().join("a/b/c.yml")).unwrap(), "first\n");
        #[cfg(unix)]
        {
            let outside = tempfile::tempdir().unwrap();
            std::os::unix::fs::symlink(outside.path(), root.path().join("link")).unwrap();
            assert!(write_new(root.path(), "link/c.yml", "text\n").is_err());
            std::os::unix::fs::symlink(outside.path().join("new"), root.path().join("name")).unwrap();
            assert!(write_new(root.path(), "name", "text\n").is_err());
            assert_eq!(outside.path().read_dir().unwrap().count(), 0);
        }
    }

    #[test]
    fn a_step_goes_where_its_system_reads_it() {
        let root = tempfile::tempdir().unwrap();
        let found =
            |root: &Path| -> Vec<Step> { steps(root, None).into_iter().map(|(_, step)| step).collect() };
        std::fs::write(root.path().join(".woodpecker.yml"), "").unwrap();
        std::fs::write(root.path().join("azure-pipelines.yaml"), "").unwrap();
        std::fs::create_dir_all(root.path().join(".github/workflows")).unwrap();
        let file = |path: &str| Step::File(path.to_owned());
        let into = |path: &str| Step::Into(path.to_owned());
        let expected =
            [file(".github/workflows/hallpass.yml"), into("azure-pipelines.yaml"), into(".woodpecker.yml")];
        assert_eq!(found(root.path()), expected);
        std::fs::create_dir(root.path().join(".woodpecker")).unwrap();
        assert_eq!(found(root.path()).last(), Some(&file(".woodpecker/hallpass.yaml")));
    }
}
