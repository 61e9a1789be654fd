//! The CI system around a run, told by what it puts into the environment: its own report format, what its pull request goes
//! to, and where its files can be looked at.

use crate::report::Format;

/// A CI system.
#[derive(Debug)]
pub struct System {
    /// What people call it.
    pub name: &'static str,
    /// A variable that it sets, to any value.
    variable: &'static str,
    /// The format it reads from the log; added to a run that names none.
    pub native: Option<Format>,
    /// What to write where it reads files instead.
    pub advice: &'static str,
}

const SYSTEMS: [System; 10] = [
    System {
        name: "GitHub Actions",
        variable: "GITHUB_ACTIONS",
        native: Some(Format::Github),
        advice: "for code scanning add `--report sarif=hallpass.sarif` and upload the file",
    },
    System {
        name: "GitLab CI",
        variable: "GITLAB_CI",
        native: None,
        advice: "for the merge request's widget add `--report gitlab-codequality=gl-code-quality-report.json` and name the \
                 file under `artifacts: reports: codequality`",
    },
    System { name: "Azure Pipelines", variable: "TF_BUILD", native: Some(Format::Azure), advice: "" },
    System { name: "TeamCity", variable: "TEAMCITY_VERSION", native: Some(Format::Teamcity), advice: "" },
    System {
        name: "Buildkite",
        variable: "BUILDKITE",
        native: None,
        advice: "for an annotation add `--report buildkite=hallpass.md` and give the file to `buildkite-agent annotate`",
    },
    System {
        name: "Bitbucket Pipelines",
        variable: "BITBUCKET_BUILD_NUMBER",
        native: None,
        advice: "for Code Insights add `--report bitbucket=hallpass.json` and send what is in the file",
    },
    System {
        name: "CircleCI",
        variable: "CIRCLECI",
        native: None,
        advice: "for the tests tab add `--report junit=results/hallpass/junit.xml` and the step `store_test_results`",
    },
    System {
        name: "Jenkins",
        variable: "JENKINS_URL",
        native: None,
        advice: "for the warnings plugin add `--report sarif=hallpass.sarif` and record it with `recordIssues`",
    },
    System { name: "Woodpecker", variable: "CI_WORKSPACE", native: None, advice: "" },
    System { name: "Travis CI", variable: "TRAVIS", native: None, advice: "" },
];

impl System {
    /// The system around this run.
    #[must_use]
    pub fn detected() -> Option<&'static Self> {
        Self::told_by(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()))
    }

    /// Whether any is, known by name or not: nearly all of them set `CI`.
    #[must_use]
    pub fn is_any() -> bool {
        let said = std::env::var_os("CI").is_some_and(|value| !value.is_empty() && value != "false");
        said || Self::detected().is_some()
    }

    fn told_by(set: impl Fn(&str) -> bool) -> Option<&'static Self> {
        SYSTEMS.iter().find(|system| set(system.variable))
    }
}

/// A pull request that the run is for, as the CI system names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PullRequest {
    /// The variable that names what it goes to.
    pub variable: &'static str,
    /// Names of that in a clone, the likeliest first.
    pub base: Vec<String>,
}

/// Variables that are set for pull requests only, and whether they hold a commit's id or a branch.
/// Sources: <https://docs.gitlab.com/ci/variables/predefined_variables/>,
/// <https://learn.microsoft.com/azure/devops/pipelines/build/variables>,
/// <https://support.atlassian.com/bitbucket-cloud/docs/variables-and-secrets/>,
/// <https://www.jenkins.io/doc/book/pipeline/multibranch/>, <https://buildkite.com/docs/pipelines/environment-variables>.
const BASES: [(&str, bool); 5] = [
    ("CI_MERGE_REQUEST_DIFF_BASE_SHA", true),
    ("SYSTEM_PULLREQUEST_TARGETBRANCH", false),
    ("BITBUCKET_PR_DESTINATION_COMMIT", true),
    ("CHANGE_TARGET", false),
    ("BUILDKITE_PULL_REQUEST_BASE_BRANCH", false),
];

/// The branch that a merge request of GitLab goes to.
const TARGET: &str = "CI_MERGE_REQUEST_TARGET_BRANCH_NAME";
/// Fewest digits of a commit's id as these systems write it: Bitbucket shortens them.
const COMMIT: usize = 12;

impl PullRequest {
    /// The pull request of this run.
    #[must_use]
    pub fn detected() -> Option<Self> {
        Self::told_by(|name| std::env::var(name).ok().filter(|value| !value.is_empty()))
    }

    fn told_by(value: impl Fn(&str) -> Option<String>) -> Option<Self> {
        // GitHub sets its variable to nothing elsewhere, and Forgejo to the branch of a push.
        let github = || {
            value("GITHUB_EVENT_NAME").filter(|event| event.starts_with("pull_request"))?;
            Some(("GITHUB_BASE_REF", false, value("GITHUB_BASE_REF")?))
        };
        let others = || BASES.iter().find_map(|(name, is_commit)| Some((*name, *is_commit, value(name)?)));
        let (variable, is_commit, base) = github().or_else(others)?;
        let branch = base.strip_prefix("refs/heads/").unwrap_or(&base).to_owned();
        let names = |branch: &str| vec![format!("origin/{branch}"), branch.to_owned()];
        // A pipeline of merged results stands on the tip of the branch, which is past the commit.
        let target = || value(TARGET).map_or_else(Vec::new, |branch| names(&branch));
        let base = if is_commit { [vec![base], target()].concat() } else { names(&branch) };
        Some(Self { variable, base })
    }

    /// What git calls one of these names: a tag of the same name is no branch.
    #[must_use]
    pub fn reference(name: &str) -> String {
        match name.strip_prefix("origin/") {
            Some(branch) => format!("refs/remotes/origin/{branch}"),
            None if name.len() >= COMMIT && name.bytes().all(|byte| byte.is_ascii_hexdigit()) => {
                name.to_owned()
            }
            None => format!("refs/heads/{name}"),
        }
    }
}

/// Where the files of the commit that is checked can be looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Forge {
    /// Address before the path.
    before: String,
    /// What stands between path and line.
    line: &'static str,
}

impl Forge {
    /// The forge that the CI system names.
    #[must_use]
    pub fn detected() -> Option<Self> {
        Self::told_by(|name| std::env::var(name).ok().filter(|value| !value.is_empty()))
    }

    fn told_by(value: impl Fn(&str) -> Option<String>) -> Option<Self> {
        let github = || {
            let [server, repository, commit] =
                ["GITHUB_SERVER_URL", "GITHUB_REPOSITORY", "GITHUB_SHA"].map(&value);
            Some(Self { before: format!("{}/{}/blob/{}/", server?, repository?, commit?), line: "#L" })
        };
        let gitlab = || {
            let [project, commit] = ["CI_PROJECT_URL", "CI_COMMIT_SHA"].map(&value);
            Some(Self { before: format!("{}/-/blob/{}/", project?, commit?), line: "#L" })
        };
        let bitbucket = || {
            let [origin, commit] = ["BITBUCKET_GIT_HTTP_ORIGIN", "BITBUCKET_COMMIT"].map(&value);
            Some(Self { before: format!("{}/src/{}/", origin?, commit?), line: "#lines-" })
        };
        let forge = github().or_else(gitlab).or_else(bitbucket)?;
        // The variables are the CI system's; a page is no place for anything else than an address all the same.
        let is_address = forge.before.starts_with("https://") || forge.before.starts_with("http://");
        let plain = |c: char| c.is_ascii_alphanumeric() || "-._~/:@%+".contains(c);
        (is_address && forge.before.chars().all(plain)).then_some(forge)
    }

    /// The address of a line of a file.
    #[must_use]
    pub fn link(&self, path: &str, line: usize) -> String {
        format!("{}{}{}{line}", self.before, crate::report::uri(path), self.line)
    }
}

/// The run of a CI system, as code scanning names it in SARIF's `automationDetails`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Automation {
    /// The id.
    pub id: String,
    /// Its properties.
    pub properties: Vec<(&'static str, String)>,
}

impl Automation {
    /// The run that the CI system names. None elsewhere: Azure's code scanning takes no report of another's id, and
    /// GitHub's upload adds its own.
    #[must_use]
    pub fn detected() -> Option<Self> {
        Self::told_by(|name| std::env::var(name).ok().filter(|value| !value.is_empty()))
    }

    /// Only whole: half an id is an error to Azure's code scanning.
    /// <https://learn.microsoft.com/azure/devops/pipelines/build/variables> names the variables.
    fn told_by(value: impl Fn(&str) -> Option<String>) -> Option<Self> {
        if value("GITHUB_ACTIONS").is_some() {
            return Some(Self { id: "hallpass/".to_owned(), properties: Vec::new() });
        }
        value("TF_BUILD")?;
        let collection =
            value("SYSTEM_COLLECTIONURI").or_else(|| value("SYSTEM_TEAMFOUNDATIONCOLLECTIONURI"))?;
        let organisation = organisation(&collection)?;
        let [project, definition, name, branch, build] = [
            "SYSTEM_TEAMPROJECTID",
            "SYSTEM_DEFINITIONID",
            "BUILD_DEFINITIONNAME",
            "BUILD_SOURCEBRANCH",
            "BUILD_BUILDID",
        ]
        .map(&value);
        let (project, definition, name, branch, build) = (project?, definition?, name?, branch?, build?);
        let phase = value("SYSTEM_PHASEID").or_else(|| value("SYSTEM_JOBID"))?;
        let phase_name = value("SYSTEM_PHASENAME").or_else(|| value("SYSTEM_JOBNAME"))?;
        Some(Self {
            id: format!(
                "azuredevops/pipeline/build/{organisation}/{project}/{definition}/{phase}/{branch}/{build}"
            ),
            properties: vec![
                ("azuredevops/pipeline/build/buildDefinitionId", definition),
                ("azuredevops/pipeline/build/buildDefinitionName", name),
                ("azuredevops/pipeline/build/phaseId", phase),
                ("azuredevops/pipeline/build/phaseName", phase_name),
            ],
        })
    }
}

/// The organisation of `https://dev.azure.com/NAME/` or `https://NAME.visualstudio.com/`.
fn organisation(collection: &str) -> Option<&str> {
    let (_, rest) = collection.split_once("://")?;
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    let named = match path.split('/').find(|part| !part.is_empty()) {
        Some(first) => first,
        None => host.strip_suffix(".visualstudio.com")?,
    };
    (!named.is_empty()).then_some(named)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_first_system_that_has_its_variable_is_meant() {
        let set = |names: &'static [&'static str]| {
            System::told_by(move |name| names.contains(&name)).map(|system| system.name)
        };
        assert_eq!(set(&["CI", "GITHUB_ACTIONS"]), Some("GitHub Actions"));
        assert_eq!(set(&["CI", "TF_BUILD"]), Some("Azure Pipelines"));
        assert_eq!(set(&["CI"]), None);
    }

    #[test]
    fn a_pull_request_names_what_it_goes_to() {
        let told = |pairs: &'static [(&'static str, &'static str)]| {
            PullRequest::told_by(move |name| {
                pairs.iter().find(|(known, _)| *known == name).map(|(_, v)| (*v).to_owned())
            })
            .map(|request| request.base)
        };
        let branch = Some(vec!["origin/main".to_owned(), "main".to_owned()]);
        assert_eq!(
            told(&[("GITHUB_EVENT_NAME", "pull_request_target"), ("GITHUB_BASE_REF", "main")]),
            branch
        );
        assert_eq!(told(&[("GITHUB_EVENT_NAME", "push"), ("GITHUB_BASE_REF", "main")]), None);
        assert_eq!(told(&[("SYSTEM_PULLREQUEST_TARGETBRANCH", "refs/heads/main")]), branch);
        assert_eq!(told(&[("CHANGE_TARGET", "main")]), branch);
        assert_eq!(told(&[("BUILDKITE_PULL_REQUEST_BASE_BRANCH", "main")]), branch);
        let commit = Some(vec!["0123abcd".to_owned()]);
        assert_eq!(told(&[("CI_MERGE_REQUEST_DIFF_BASE_SHA", "0123abcd")]), commit);
        assert_eq!(
            told(&[("CI_MERGE_REQUEST_DIFF_BASE_SHA", "0123abcd"), (TARGET, "main")]),
            Some(vec!["0123abcd".to_owned(), "origin/main".to_owned(), "main".to_owned()])
        );
        assert_eq!(PullRequest::reference("origin/main"), "refs/remotes/origin/main");
        assert_eq!(PullRequest::reference("main"), "refs/heads/main");
        assert_eq!(PullRequest::reference("0123456789ab"), "0123456789ab");
        assert_eq!(told(&[("BITBUCKET_PR_DESTINATION_COMMIT", "0123abcd")]), commit);
        assert_eq!(told(&[]), None);
    }

    #[test]
    fn files_are_linked_to_their_commit() {
        let told = |pairs: &'static [(&'static str, &'static str)]| {
            Forge::told_by(move |name| {
                pairs.iter().find(|(known, _)| *known == name).map(|(_, v)| (*v).to_owned())
            })
        };
        let github = told(&[
            ("GITHUB_SERVER_URL", "https://github.example"),
            ("GITHUB_REPOSITORY", "octo/app"),
            ("GITHUB_SHA", "0123abcd"),
        ]);
        assert_eq!(
            github.unwrap().link("a b/main.tf", 7),
            "https://github.example/octo/app/blob/0123abcd/a%20b/main.tf#L7"
        );
        assert_eq!(told(&[("CI_PROJECT_URL", "javascript:alert(1)//"), ("CI_COMMIT_SHA", "1")]), None);
        assert_eq!(told(&[("GITHUB_SHA", "1")]), None);
    }

    #[test]
    fn code_scanning_is_told_the_run_it_knows() {
        let azure = [
            ("TF_BUILD", "True"),
            ("SYSTEM_COLLECTIONURI", "https://dev.azure.com/octo/"),
            ("SYSTEM_TEAMPROJECTID", "1b"),
            ("SYSTEM_DEFINITIONID", "12"),
            ("BUILD_DEFINITIONNAME", "shop"),
            ("SYSTEM_PHASEID", "3c"),
            ("SYSTEM_PHASENAME", "check"),
            ("BUILD_SOURCEBRANCH", "refs/heads/main"),
            ("BUILD_BUILDID", "77"),
        ];
        let without = |missing: &str| {
            Automation::told_by(|name| {
                let known = azure.iter().find(|(known, _)| *known == name && name != missing);
                known.map(|(_, value)| (*value).to_owned())
            })
        };
        let whole = without("").unwrap();
        assert_eq!(whole.id, "azuredevops/pipeline/build/octo/1b/12/3c/refs/heads/main/77");
        assert_eq!(whole.properties.len(), 4);
        for (name, _) in azure {
            assert_eq!(without(name), None, "{name}");
        }
        let github = Automation::told_by(|name| (name == "GITHUB_ACTIONS").then(|| "true".to_owned()));
        assert_eq!(github.unwrap().id, "hallpass/");
        assert_eq!(organisation("https://octo.visualstudio.com/"), Some("octo"));
        assert_eq!(organisation("https://tfs.example/"), None);
    }
}
