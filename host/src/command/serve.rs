//! `hallpass serve`: pull requests, as webhooks tell of them.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Result, anyhow, bail};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use super::review::{KEY, Reviewing, variable};
use super::{Ending, remark, runtime};
use crate::bot::forge::Provider;
use crate::bot::forge::github::{self, GitHub};
use crate::bot::serve::{App, Open, Sender, Setup, serve};

/// Secret that webhooks are signed with.
const SECRET: &str = "HALLPASS_WEBHOOK_SECRET";
/// Shortest secret, in bytes.
const SHORTEST: usize = 16;
/// Largest key, in bytes.
const PEM: u64 = 64 << 10;

/// Arguments of `serve`.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Where to listen; whatever ends TLS stands before it.
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8787", env = "HALLPASS_LISTEN")]
    listen: SocketAddr,
    /// File of the database, which keeps what is to be done.
    #[arg(long, value_name = "FILE", default_value = "hallpass.db", env = "HALLPASS_DATABASE")]
    database: PathBuf,
    /// Where /metrics is told [default: where webhooks are taken].
    #[arg(long, value_name = "ADDRESS:PORT", env = "HALLPASS_METRICS")]
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
    /// Reviews at a time.
    #[arg(long, value_name = "N", default_value_t = 2, env = "HALLPASS_WORKERS")]
    workers: usize,
    /// How often open pull requests are looked through for what no webhook told, in minutes; 0 for never.
    #[arg(long, value_name = "MINUTES", default_value_t = 15, env = "HALLPASS_SWEEP")]
    sweep: u64,
    #[command(flatten)]
    reviewing: Reviewing,
}

/// Runs the command.
pub(crate) fn run(arguments: &Arguments) -> Result<Ending> {
    let secret = variable(SECRET)
        .map(String::into_bytes)
        .filter(|secret| secret.len() >= SHORTEST)
        .ok_or_else(|| {
            anyhow!(
                "{SECRET} holds no secret of {SHORTEST} bytes or more; set it to the one that the webhook has"
            )
        })?;
    let app = app(arguments)?;
    let reviewing = &arguments.reviewing;
    let key = variable(KEY).map_or_else(|| derived(&secret), |key| Ok(key.into_bytes()))?;
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
    tracing_subscriber::fmt().json().with_writer(std::io::stderr).with_max_level(tracing::Level::INFO).init();
    let runtime = runtime()?;
    serve(&runtime, setup, |at| remark(&format!("listening on http://{at}")))?;
    Ok(Ending::Clean)
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
        // That there is no token is to be told now, not at the first webhook.
        provider.open(&reviewing, "owner/name", login.clone()).map_err(|why| match provider {
            Provider::Github => anyhow!("neither an App nor a token: give --app-id and --app-key, or {why}"),
            _ => why,
        })?;
        return Ok(Box::new(move |repository, _| provider.open(&reviewing, repository, login.clone())));
    };
    let (api, web) = (reviewing.api(None, github::PUBLIC), reviewing.web(None, github::WEB));
    let patience = reviewing.patience();
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
