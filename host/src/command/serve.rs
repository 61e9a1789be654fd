//! `hallpass serve`: pull requests, as webhooks tell of them.

use std::net::{SocketAddr, ToSocketAddrs as _};
use std::path::PathBuf;
use std::sync::{Arc, mpsc};
use std::time::Duration;

use anyhow::{Result, anyhow, bail};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use super::review::{Reviewing, SHORTEST, key, secret};
use super::{Ending, runtime};
use crate::bot::client::Failure;
use crate::bot::forge::Provider;
use crate::bot::forge::github::{self, GitHub};
use crate::bot::serve::{App, Open, Sender, Setup, serve};
use crate::report::text::plain;

/// Secret that webhooks are signed with.
const SECRET: &str = "HALLPASS_WEBHOOK_SECRET";
/// How long the forge's first answer is waited for.
const FIRST: Duration = Duration::from_secs(10);
/// Largest key, in bytes.
const PEM: u64 = 64 << 10;

/// What `serve` reads from the environment alone: nothing of it belongs onto a command line.
const VARIABLES: &str = "Variables:
  HALLPASS_WEBHOOK_SECRET  Secret of the webhooks, 16 bytes or more
  HALLPASS_TOKEN           Where there is no App: token that reads the repositories and comments in them; else those of `review`
  HALLPASS_REVIEW_KEY      Key by which comments are known again, 16 bytes or more [default: one derived from the webhooks' secret]

Addresses:
  POST /webhook  Deliveries, as application/json      GET /healthz  200 while work can be kept      GET /metrics  For Prometheus";

/// Arguments of `serve`.
#[derive(Debug, clap::Args)]
#[command(after_help = VARIABLES)]
pub(crate) struct Arguments {
    /// Where to listen; whatever ends TLS stands before it.
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8787", env = "HALLPASS_LISTEN", value_parser = address)]
    listen: SocketAddr,
    /// File of the database, which keeps what is to be done.
    #[arg(long, value_name = "FILE", default_value = "hallpass.db", env = "HALLPASS_DATABASE")]
    database: PathBuf,
    /// Where /metrics is told [default: where webhooks are taken].
    #[arg(long, value_name = "ADDRESS:PORT", env = "HALLPASS_METRICS", value_parser = address)]
    metrics: Option<SocketAddr>,
    /// The kind of forge.
    #[arg(long, value_name = "KIND", default_value = "github", env = "HALLPASS_FORGE")]
    forge: Provider,
    /// Id of the GitHub App (or its client id); without one, a token of the environment is used, as by `review`.
    #[arg(long, value_name = "ID", env = "HALLPASS_APP_ID", requires = "app_key")]
    app_id: Option<String>,
    /// File of the App's private key, PEM.
    #[arg(long, value_name = "FILE", env = "HALLPASS_APP_KEY", requires = "app_id")]
    app_key: Option<PathBuf>,
    /// Login under which the token posts [default: what the forge says].
    #[arg(long = "as", value_name = "LOGIN", env = "HALLPASS_LOGIN")]
    login: Option<String>,
    /// Reviews at a time, at most 64.
    #[arg(long, value_name = "N", default_value_t = 2, env = "HALLPASS_WORKERS",
        value_parser = clap::builder::RangedU64ValueParser::<usize>::new().range(1..=64))]
    workers: usize,
    /// How often open pull requests are looked through for what no webhook told, in minutes; 0 for never.
    #[arg(long, value_name = "MINUTES", default_value_t = 15, env = "HALLPASS_SWEEP")]
    sweep: u64,
    #[command(flatten)]
    reviewing: Reviewing,
}

/// Runs the command.
pub(crate) fn run(arguments: &Arguments) -> Result<Ending> {
    if arguments.database.to_string_lossy().starts_with(':') {
        bail!("--database names no file: what is to be done would be lost with the process");
    }
    let secret = secret(SECRET)?.map(String::into_bytes).filter(|secret| secret.len() >= SHORTEST);
    let secret = secret.ok_or_else(|| {
        anyhow!(
            "{SECRET} holds no secret of {SHORTEST} bytes or more; set it to the one that the webhook has"
        )
    })?;
    let app = app(arguments)?;
    let reviewing = &arguments.reviewing;
    let key = key()?.map_or_else(|| derived(&secret), Ok)?;
    let log = tracing_subscriber::fmt().json().with_writer(std::io::stderr);
    log.with_max_level(tracing::Level::INFO).init();
    let setup = Setup {
        listen: arguments.listen,
        metrics: arguments.metrics,
        database: arguments.database.clone(),
        sender: Sender { provider: arguments.forge, secret, is_app: app.is_some() },
        open: open(arguments, app)?,
        settings: reviewing.settings(Some(key)),
        workers: arguments.workers,
        sweep: Duration::from_secs(arguments.sweep.saturating_mul(60)),
    };
    let runtime = runtime()?;
    serve(&runtime, setup, |at| tracing::info!("listening on http://{at}"))?;
    Ok(Ending::Clean)
}

/// An address of this machine, by number or by name.
fn address(text: &str) -> Result<SocketAddr, String> {
    let mut found = text.to_socket_addrs().map_err(|why| format!("{why}; write ADDRESS:PORT"))?;
    found.next().ok_or_else(|| "no address is known by this name".to_owned())
}

/// Refuses what can never work; that the forge does not answer just now is no such thing.
fn tried(ask: impl FnOnce() -> Result<()> + Send + 'static) -> Result<()> {
    let (tell, told) = mpsc::channel();
    // Nobody may listen for the answer any more.
    std::thread::spawn(move || drop(tell.send(ask())));
    let passes = |error: &anyhow::Error| error.downcast_ref::<Failure>().is_some_and(Failure::passes);
    match told.recv_timeout(FIRST) {
        Ok(Err(error)) if !passes(&error) => Err(error),
        Ok(Ok(())) => Ok(()),
        late => {
            let why = late.ok().and_then(Result::err).map(|error| plain(&format!("{error:#}")));
            tracing::warn!(error = why, "the forge does not answer yet");
            Ok(())
        }
    }
}

/// The App that it is, if it is one.
fn app(arguments: &Arguments) -> Result<Option<App>> {
    let (Some(id), Some(path)) = (&arguments.app_id, &arguments.app_key) else { return Ok(None) };
    if arguments.forge != Provider::Github {
        bail!("--app-id names an App, which only GitHub has; give a token in the environment instead");
    }
    let shown = path.display();
    let pem = crate::source::regular(path, PEM).map_err(|why| anyhow!("--app-key {shown}: {why}"))?;
    App::new(id, &pem).map(Some).map_err(|why| anyhow!("--app-key {shown}: {why}"))
}

/// How a repository is reached: as the App, or with the token of the environment.
fn open(arguments: &Arguments, app: Option<App>) -> Result<Box<Open>> {
    let reviewing = arguments.reviewing.clone();
    let Some(app) = app else {
        let (provider, login) = (arguments.forge, arguments.login.clone());
        // What is wrong with a token is to be told now, not at the first webhook.
        provider.token().map_err(|why| match provider {
            Provider::Github => anyhow!("there is no --app-id, and {why}"),
            _ => why,
        })?;
        let forge = provider.open(&reviewing, "owner/name", login.clone())?;
        tried(move || forge.identity().map(drop).map_err(Into::into))?;
        return Ok(Box::new(move |repository, _| provider.open(&reviewing, repository, login.clone())));
    };
    let (api, web) = (reviewing.api(None, github::PUBLIC), reviewing.web(None, github::WEB)?);
    let patience = reviewing.patience();
    let (asked, at) = (app.clone(), api.clone());
    tried(move || asked.identity(&at, patience).map(drop))?;
    Ok(Box::new(move |repository, installation| {
        let identity = app.identity(&api, patience)?;
        let credentials = Box::new(app.at(&api, repository, installation, patience)?);
        Ok(Arc::new(GitHub::new(&api, &web, repository, identity, credentials, patience)?))
    }))
}

/// A key of marks that only those have who have the secret.
fn derived(secret: &[u8]) -> Result<Vec<u8>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).map_err(|_| anyhow!("{SECRET} is no key"))?;
    mac.update(b"hallpass marks");
    Ok(mac.finalize().into_bytes().to_vec())
}
