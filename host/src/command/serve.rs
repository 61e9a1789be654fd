//! `hallpass serve`: pull requests, as webhooks tell of them.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Result, anyhow};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use super::review::{KEY, Reviewing, variable};
use super::{Ending, remark, runtime};
use crate::bot::forge::github;
use crate::bot::serve::{App, Setup, serve};

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
    /// Id of the App (or its client id).
    #[arg(long, value_name = "ID", env = "HALLPASS_APP_ID")]
    app_id: String,
    /// File of the App's private key, PEM.
    #[arg(long, value_name = "FILE", env = "HALLPASS_APP_KEY")]
    app_key: PathBuf,
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
    let secret = variable(SECRET).map(String::into_bytes).filter(|secret| secret.len() >= SHORTEST).ok_or_else(|| {
        anyhow!("{SECRET} holds no secret of {SHORTEST} bytes or more; set it to the one that the App's webhook has")
    })?;
    let shown = arguments.app_key.display();
    let pem =
        crate::source::regular(&arguments.app_key, PEM).map_err(|why| anyhow!("--app-key {shown}: {why}"))?;
    let app = App::new(&arguments.app_id, &pem).map_err(|why| anyhow!("--app-key {shown}: {why}"))?;
    let reviewing = &arguments.reviewing;
    let key = variable(KEY).map_or_else(|| derived(&secret), |key| Ok(key.into_bytes()))?;
    let setup = Setup {
        listen: arguments.listen,
        database: arguments.database.clone(),
        secret,
        app,
        api: reviewing.api(None, github::PUBLIC),
        web: reviewing.web(None, github::WEB),
        patience: reviewing.patience(),
        settings: reviewing.settings(Some(key)),
        workers: arguments.workers,
        sweep: Duration::from_secs(arguments.sweep.saturating_mul(60)),
    };
    tracing_subscriber::fmt().json().with_writer(std::io::stderr).with_max_level(tracing::Level::INFO).init();
    let runtime = runtime()?;
    serve(&runtime, setup, |at| remark(&format!("listening on http://{at}")))?;
    Ok(Ending::Clean)
}

/// A key of marks that only those have who have the secret.
fn derived(secret: &[u8]) -> Result<Vec<u8>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).map_err(|_| anyhow!("{SECRET} is no key"))?;
    mac.update(b"hallpass marks");
    Ok(mac.finalize().into_bytes().to_vec())
}
