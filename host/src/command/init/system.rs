//! The CI systems that `hallpass init` knows: how each is told, and where its step goes.

use std::path::Path;

use crate::source::git;

/// A release's archive for the runners of most systems: its digest, where the build was told it.
const DIGEST: Option<&str> = option_env!("HALLPASS_RELEASE_SHA256");
/// Stands for a digest that is not known; the step refuses every archive until it is replaced.
const UNKNOWN: &str = "0000000000000000000000000000000000000000000000000000000000000000";
/// Fetches a release, proves it and unpacks it.
const FETCH: &str = include_str!("../../../init/ci/fetch.sh");
/// Largest file of git's configuration that is looked at, in bytes.
const MOST_CONFIG: usize = 1 << 20;

/// A system, as it is named on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Name {
    Github,
    Forgejo,
    Gitea,
    Gitlab,
    Azure,
    Circleci,
    Bitbucket,
    Jenkins,
    Buildkite,
    Woodpecker,
}

/// A system.
pub(super) struct System {
    pub(super) name: Name,
    /// What people call it.
    pub(super) title: &'static str,
    /// Files or folders that it alone has.
    signs: &'static [&'static str],
    /// A folder of which it reads every file, and the name of ours.
    own: Option<(&'static str, &'static str)>,
    /// The one file that it reads otherwise, where none of its files is there yet.
    shared: &'static str,
    /// Hosts of its forge, or the beginnings of their names.
    hosts: &'static [&'static str],
    template: &'static str,
}

const GITHUB: &str = include_str!("../../../init/ci/github.yml");

const SYSTEMS: [System; 10] = [
    System {
        name: Name::Github,
        title: "GitHub Actions",
        signs: &[".github/workflows"],
        own: Some((".github/workflows", "hallpass.yml")),
        shared: "",
        hosts: &["github."],
        template: GITHUB,
    },
    System {
        name: Name::Forgejo,
        title: "Forgejo Actions",
        signs: &[".forgejo/workflows"],
        own: Some((".forgejo/workflows", "hallpass.yml")),
        shared: "",
        hosts: &["codeberg.org", "forgejo."],
        template: GITHUB,
    },
    System {
        name: Name::Gitea,
        title: "Gitea Actions",
        signs: &[".gitea/workflows"],
        own: Some((".gitea/workflows", "hallpass.yml")),
        shared: "",
        hosts: &["gitea."],
        template: GITHUB,
    },
    System {
        name: Name::Gitlab,
        title: "GitLab CI",
        signs: &[".gitlab-ci.yml"],
        own: None,
        shared: ".gitlab-ci.yml",
        hosts: &["gitlab."],
        template: include_str!("../../../init/ci/gitlab.yml"),
    },
    System {
        name: Name::Azure,
        title: "Azure Pipelines",
        signs: &["azure-pipelines.yml", "azure-pipelines.yaml", ".azure-pipelines"],
        own: None,
        shared: "azure-pipelines.yml",
        hosts: &["dev.azure.com", "ssh.dev.azure.com", "vs-ssh.visualstudio.com"],
        template: include_str!("../../../init/ci/azure.yml"),
    },
    System {
        name: Name::Circleci,
        title: "CircleCI",
        signs: &[".circleci"],
        own: None,
        shared: ".circleci/config.yml",
        hosts: &[],
        template: include_str!("../../../init/ci/circleci.yml"),
    },
    System {
        name: Name::Bitbucket,
        title: "Bitbucket Pipelines",
        signs: &["bitbucket-pipelines.yml"],
        own: None,
        shared: "bitbucket-pipelines.yml",
        hosts: &["bitbucket."],
        template: include_str!("../../../init/ci/bitbucket.yml"),
    },
    System {
        name: Name::Jenkins,
        title: "Jenkins",
        signs: &["Jenkinsfile"],
        own: None,
        shared: "Jenkinsfile",
        hosts: &[],
        template: include_str!("../../../init/ci/jenkins.groovy"),
    },
    System {
        name: Name::Buildkite,
        title: "Buildkite",
        signs: &[".buildkite"],
        own: None,
        shared: ".buildkite/pipeline.yml",
        hosts: &[],
        template: include_str!("../../../init/ci/buildkite.yml"),
    },
    System {
        name: Name::Woodpecker,
        title: "Woodpecker",
        signs: &[".woodpecker", ".woodpecker.yml", ".woodpecker.yaml"],
        own: Some((".woodpecker", "hallpass.yaml")),
        shared: ".woodpecker.yml",
        hosts: &[],
        template: include_str!("../../../init/ci/woodpecker.yml"),
    },
];

/// Where a step goes.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// A file of its own, from the root.
    File(String),
    /// Into the one file that the system reads.
    Into(String),
}

impl Name {
    pub(super) fn system(self) -> &'static System {
        const FIRST: &System = &SYSTEMS[0];
        SYSTEMS.iter().find(|system| system.name == self).unwrap_or(FIRST)
    }
}

impl System {
    /// Where its step goes in this tree.
    pub(super) fn step(&self, root: &Path) -> Step {
        let single = self.signs.iter().find(|sign| root.join(sign).is_file());
        match (self.own, single) {
            // Where both are there, Woodpecker reads the folder.
            (Some((folder, name)), None) => Step::File(format!("{folder}/{name}")),
            (Some((folder, name)), Some(_)) if root.join(folder).is_dir() => {
                Step::File(format!("{folder}/{name}"))
            }
            (_, Some(single)) => Step::Into((*single).to_owned()),
            (None, None) => Step::Into(self.shared.to_owned()),
        }
    }

    /// The step.
    pub(super) fn text(&self) -> String {
        let mut text = String::new();
        for line in self.template.lines() {
            let indent = line.len() - line.trim_start().len();
            match line.trim() {
                "{{fetch}}" => fetch(&mut text, indent, "$"),
                "{{fetch$$}}" => fetch(&mut text, indent, "$$"),
                _ => {
                    text.push_str(line);
                    text.push('\n');
                }
            }
        }
        text.replace("{{version}}", env!("CARGO_PKG_VERSION"))
            .replace("{{sha256}}", DIGEST.unwrap_or(UNKNOWN))
    }
}

/// The fetching lines, their `$` written as the system wants it.
fn fetch(text: &mut String, indent: usize, dollar: &str) {
    for line in FETCH.lines() {
        text.push_str(&" ".repeat(indent));
        text.push_str(&line.replace('$', dollar));
        text.push('\n');
    }
}

/// What is left to do about the digest.
pub(super) fn digest_note() -> String {
    let version = env!("CARGO_PKG_VERSION");
    match DIGEST {
        Some(_) => String::new(),
        None => format!(
            "the step refuses every archive until you put the digest of \
             hallpass-{version}-x86_64-unknown-linux-gnu.tar.gz (from the release's SHA256SUMS) in place of the zeros\n"
        ),
    }
}

/// The systems whose files are there.
pub(super) fn in_use(root: &Path) -> Vec<&'static System> {
    let there = |system: &&System| system.signs.iter().any(|sign| root.join(sign).exists());
    SYSTEMS.iter().filter(there).collect()
}

/// The system of the forge that git's remote names. The configuration is read as text: none of it is obeyed.
pub(super) fn of_remote(root: &Path) -> Option<&'static System> {
    let path = git::common_dir(&git::git_dir(root)?).join("config");
    let bytes = std::fs::read(path).ok().filter(|bytes| bytes.len() <= MOST_CONFIG)?;
    of_host(&host(&remote(&String::from_utf8_lossy(&bytes))?)?)
}

fn of_host(host: &str) -> Option<&'static System> {
    let is = |known: &&str| host == *known || known.ends_with('.') && host.starts_with(*known);
    SYSTEMS.iter().find(|system| system.hosts.iter().any(&is))
}

/// The address of `origin`, else of the first remote.
fn remote(config: &str) -> Option<String> {
    let mut section = String::new();
    let mut first = None;
    for line in config.lines().map(str::trim) {
        if line.starts_with('[') {
            section = line.to_ascii_lowercase();
            continue;
        }
        let Some((key, value)) = line.split_once('=') else { continue };
        if !section.starts_with("[remote ") || !key.trim().eq_ignore_ascii_case("url") {
            continue;
        }
        let value = value.trim().trim_matches('"').to_owned();
        if section == "[remote \"origin\"]" {
            return Some(value);
        }
        first.get_or_insert(value);
    }
    first
}

/// The host of `https://user@host:port/path`, `ssh://…` or `git@host:path`.
fn host(address: &str) -> Option<String> {
    let rest = match address.split_once("://") {
        Some((_, rest)) => rest.split('/').next()?,
        // A path on this machine has no host.
        None => address.split_once(':').filter(|(before, _)| before.len() > 1)?.0,
    };
    let rest = rest.rsplit('@').next()?;
    let name = rest.split(':').next()?.to_ascii_lowercase();
    (!name.is_empty() && !name.contains('/')).then_some(name)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_forge_is_told_by_the_host_of_the_remote() {
        for (address, expected) in [
            ("https://github.com/acme/shop.git", Some("GitHub Actions")),
            ("git@gitlab.acme.example:shop/shop.git", Some("GitLab CI")),
            ("ssh://git@bitbucket.org:22/acme/shop", Some("Bitbucket Pipelines")),
            ("https://acme@dev.azure.com/acme/shop/_git/shop", Some("Azure Pipelines")),
            ("https://codeberg.org/acme/shop", Some("Forgejo Actions")),
            ("https://evil.example/github.com/", None),
            ("https://notgithub.com/acme/shop", None),
            ("/srv/git/shop.git", None),
            ("C:\\git\\shop", None),
        ] {
            let system = host(address).and_then(|host| of_host(&host)).map(|system| system.title);
            assert_eq!(system, expected, "{address}");
        }
    }

    #[test]
    fn origin_speaks_first() {
        let config = "[core]\n\turl = no\n[remote \"fork\"]\n\turl = a\n[remote \"origin\"]\n\tfetch = x\n\turl = \"b\"\n";
        assert_eq!(remote(config).as_deref(), Some("b"));
        assert_eq!(remote(&config.replace("origin", "other")).as_deref(), Some("a"));
        assert_eq!(remote("[remote \"origin\"\n"), None);
    }

    #[test]
    fn every_step_is_filled_in() {
        for system in &SYSTEMS {
            let text = system.text();
            assert!(!text.contains("{{version") && !text.contains("{{sha256") && !text.contains("{{fetch"));
            assert!(text.contains("--check --strict"), "{}", system.title);
            assert!(system.own.is_some() || !system.shared.is_empty(), "{}", system.title);
            assert_eq!(system.name.system().title, system.title);
        }
    }
}
