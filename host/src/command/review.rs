//! `hallpass review`: one pull request, in one run.

use std::path::PathBuf;

use anyhow::{Context as _, Result, anyhow, bail};
use serde_json::Value;

use super::choice::Choice;
use super::setup::Common;
use super::{Ending, colour, remark, runtime};
use crate::bot::client::Patience;
use crate::bot::event::Event;
use crate::bot::examine::Options;
use crate::bot::forge::Provider;
use crate::bot::order;
use crate::bot::round::{self, Done, Settings};
use crate::ci::System;
use crate::report::text::plain;
use crate::report::{self, Format, Material, Target};

/// Most findings that stand at lines at a time, if nobody says.
pub(crate) const INLINE: usize = 15;
/// Key of marks.
pub(crate) const KEY: &str = "HALLPASS_REVIEW_KEY";
/// Shortest key or secret, in bytes.
pub(crate) const SHORTEST: usize = 16;
/// Largest file of an event, in bytes.
const EVENT: u64 = 32 << 20;

/// Arguments that `review` and `serve` share.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Reviewing {
    /// Most findings that stand at lines at a time; the others are in the summary.
    #[arg(long, value_name = "N", default_value_t = INLINE, env = "HALLPASS_INLINE")]
    pub(crate) inline: usize,
    /// Address of the forge's interface [default: what the CI system says, or the public one].
    #[arg(long, value_name = "URL", env = "HALLPASS_API")]
    pub(crate) api: Option<String>,
    /// Address where people look at it [default: what the CI system says, or the public one].
    #[arg(long, value_name = "URL", env = "HALLPASS_WEB")]
    pub(crate) web: Option<String>,
    /// Pause between two writes, in seconds; forges ask for one.
    #[arg(long, value_name = "SECONDS", default_value_t = 1, env = "HALLPASS_PAUSE")]
    pub(crate) pause: u64,
    /// Longest wait for limits of the forge, in seconds, over the whole run.
    #[arg(long, value_name = "SECONDS", default_value_t = 180, env = "HALLPASS_PATIENCE")]
    pub(crate) patience: u64,
    #[command(flatten)]
    pub(crate) choice: Choice,
    #[command(flatten)]
    pub(crate) common: Common,
}

impl Reviewing {
    pub(crate) fn settings(&self, key: Option<Vec<u8>>) -> Settings {
        let options = Options { common: self.common.clone(), choice: self.choice.clone(), jobs: None };
        // Three pauses: what forges do in the meantime takes about as long.
        let settle = std::time::Duration::from_secs(self.pause.saturating_mul(3));
        Settings { options, inline: self.inline, key, settle }
    }

    pub(crate) fn patience(&self) -> Patience {
        let seconds = std::time::Duration::from_secs;
        Patience { limits: seconds(self.patience), pace: seconds(self.pause) }
    }

    /// Address of the interface: as said, as the CI system says in a variable, or the public one.
    pub(crate) fn api(&self, name: Option<&str>, public: &str) -> String {
        said(self.api.as_ref(), name, public)
    }

    /// Address for people, which comments show.
    pub(crate) fn web(&self, name: Option<&str>, public: &str) -> Result<String> {
        let web = said(self.web.as_ref(), name, public);
        let authority =
            web.split_once("//").map_or("", |(_, rest)| rest.split('/').next().unwrap_or_default());
        if authority.contains('@') {
            bail!("the address for people holds a name or a password, and stands in comments; leave it out");
        }
        Ok(web)
    }
}

fn said(option: Option<&String>, name: Option<&str>, public: &str) -> String {
    option.cloned().or_else(|| variable(name?)).unwrap_or_else(|| public.to_owned())
}

/// What `review` reads from the environment alone: nothing of it belongs onto a command line.
const VARIABLES: &str = "Variables:
  HALLPASS_TOKEN       Token that reads the repository and comments in it; else GITHUB_TOKEN or GH_TOKEN, GITLAB_TOKEN, GITEA_TOKEN
  HALLPASS_REVIEW_KEY  Key by which comments are known again, 16 bytes or more; without one, by the login alone";

/// Arguments of `review`.
#[derive(Debug, clap::Args)]
#[command(after_help = VARIABLES)]
pub(crate) struct Arguments {
    /// The kind of forge [default: what the CI system is a part of, or github].
    #[arg(long, value_name = "KIND", env = "HALLPASS_FORGE")]
    forge: Option<Provider>,
    /// The repository, owner/name [default: GITHUB_REPOSITORY, CI_PROJECT_PATH].
    #[arg(long, value_name = "OWNER/NAME", env = "HALLPASS_REPOSITORY")]
    repository: Option<String>,
    /// The pull request's number [default: what the event in GITHUB_EVENT_PATH is about, CI_MERGE_REQUEST_IID].
    #[arg(long, value_name = "NUMBER", env = "HALLPASS_PULL")]
    pull: Option<u64>,
    /// Login under which the token posts [default: what the forge says].
    #[arg(long = "as", value_name = "LOGIN", env = "HALLPASS_LOGIN")]
    login: Option<String>,
    /// Exit with 0 even when there are findings.
    #[arg(long)]
    exit_zero: bool,
    #[command(flatten)]
    reviewing: Reviewing,
}

/// A variable that is set to something.
pub(crate) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// A secret of the environment. What ends it is the end of the file that it came from.
pub(crate) fn secret(name: &str) -> Result<Option<String>> {
    let Some(value) = variable(name) else { return Ok(None) };
    let value = value.trim_end_matches(['\n', '\r']);
    if value.chars().any(char::is_control) {
        bail!("{name} holds a line break or another control character; set it to the value alone");
    }
    Ok(Some(value.to_owned()).filter(|value| !value.is_empty()))
}

/// The key of marks, if there is one.
pub(crate) fn key() -> Result<Option<Vec<u8>>> {
    let key = secret(KEY)?.map(String::into_bytes);
    if key.as_ref().is_some_and(|key| key.len() < SHORTEST) {
        bail!("{KEY} holds fewer than {SHORTEST} bytes; take more, from a source of random numbers");
    }
    Ok(key)
}

/// Runs the command.
pub(crate) fn run(arguments: &Arguments) -> Result<Ending> {
    let provider = arguments.forge.unwrap_or_else(Provider::detected);
    let repository = arguments.repository.clone().or_else(|| provider.repository()).ok_or_else(|| {
        anyhow!(
            "no repository is named; give --repository owner/name, or run it in the forge's own CI system"
        )
    })?;
    let reviewing = &arguments.reviewing;
    let forge = provider.open(reviewing, &repository, arguments.login.clone())?;
    let event = match arguments.pull {
        Some(number) => Event::Review(number),
        None => provider.event()?,
    };
    let settings = reviewing.settings(key()?);
    let runtime = runtime()?;
    let (root, _empty) = root()?;
    let number = match event {
        Event::Review(number) => Some(number),
        Event::ReviewOf { branch, commit } => forge.find(branch.as_ref(), &commit)?,
        Event::Order(asked) => {
            let answered = order::answer(&runtime, &forge, &asked, &root, &settings)?;
            remark(answered.told());
            return Ok(Ending::Clean);
        }
        Event::Nameless => {
            bail!("the event names no pull request; give --pull NUMBER, or run it for an event of one")
        }
        Event::Nothing(why) => {
            remark(&format!("nothing to review: {why}"));
            return Ok(Ending::Clean);
        }
    };
    let Some(number) = number else {
        remark("nothing to review: no open pull request has this head any more");
        return Ok(Ending::Clean);
    };
    let done = round::review(&runtime, &forge, number, &root, &settings, told)?;
    let writes = report::counted(done.writes, "write", "writes");
    let said: Vec<&str> = [Some(done.title.as_str()), Some(&writes), done.left.as_deref()]
        .into_iter()
        .flatten()
        .filter(|said| !said.is_empty())
        .collect();
    remark(&format!("{repository}#{number}: {}", said.join("; ")));
    Ok(if done.fails && !arguments.exit_zero { Ending::Findings } else { Ending::Clean })
}

/// The log has every finding, whatever became of comments; where some were refused, the CI system's own form as well.
fn told(material: &Material<'_>, done: &Done) -> Result<()> {
    report::write(&Target { format: Format::Pretty, file: None }, material, colour())?;
    for refused in &done.refused {
        remark(&format!("not said on the forge: {refused}"));
    }
    let native = System::detected().and_then(|system| system.native).filter(|_| !done.refused.is_empty());
    native.map_or(Ok(()), |format| report::write(&Target { format, file: None }, material, false))
}

/// The event that the CI system runs for.
pub(crate) fn event(provider: Provider) -> Result<Event> {
    let (Some(name), Some(path)) = (variable("GITHUB_EVENT_NAME"), variable("GITHUB_EVENT_PATH")) else {
        bail!("no pull request is named; give --pull NUMBER, or run it in GitHub Actions");
    };
    let bytes = crate::source::regular(&PathBuf::from(&path), EVENT)
        .map_err(|why| anyhow!("the event in GITHUB_EVENT_PATH ({}): {why}", plain(&path)))?;
    let payload: Value =
        serde_json::from_slice(&bytes).context("the event in GITHUB_EVENT_PATH is not JSON")?;
    Ok(Event::of(provider, &name, &payload))
}

/// The clone around the current folder, of which objects are used; else an empty folder.
fn root() -> Result<(PathBuf, Option<tempfile::TempDir>)> {
    let here = std::env::current_dir().context("the current folder cannot be read")?;
    match here.ancestors().find(|folder| folder.join(".git").exists()) {
        Some(root) => Ok((root.to_path_buf(), None)),
        None => {
            let empty = tempfile::tempdir().context("no temporary folder can be made")?;
            Ok((empty.path().to_path_buf(), Some(empty)))
        }
    }
}
