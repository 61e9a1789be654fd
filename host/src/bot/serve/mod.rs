//! A server for webhooks: what arrives is verified, kept and answered at once; workers review it later, one pull request at a time.
//!
//! Nothing is lost when the process ends, however it ends: what is to be done stands in a database, and what was being done is
//! done again, which writes only what is still missing.

mod app;
mod front;
mod hook;
mod metrics;
mod queue;
mod worker;

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::{Context as _, Result};
use tokio::net::TcpListener;

use super::forge::Forge;
use super::round::Settings;
use crate::runtime::Runtime;

pub use app::App;
pub use hook::Sender;
pub use queue::Queue;

/// A repository on the forge, by its name and the App's installation there; where there is no App, that is 0.
pub type Open = dyn Fn(&str, u64) -> Result<Arc<dyn Forge>> + Send + Sync;

/// How the server is set up.
pub struct Setup {
    /// Where it listens for webhooks.
    pub listen: SocketAddr,
    /// Where it listens for whoever collects its numbers, if that is elsewhere.
    pub metrics: Option<SocketAddr>,
    /// The database.
    pub database: PathBuf,
    /// Whose webhooks are believed.
    pub sender: Sender,
    /// How a repository is reached.
    pub open: Box<Open>,
    /// What reviews are made with.
    pub settings: Settings,
    /// Reviews at a time.
    pub workers: usize,
    /// How often open pull requests are looked through for what no webhook told; never if zero.
    pub sweep: Duration,
}

impl fmt::Debug for Setup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Setup")
            .field("listen", &self.listen)
            .field("sender", &self.sender)
            .finish_non_exhaustive()
    }
}

/// What all parts share.
pub(super) struct Shared {
    setup: Setup,
    queue: Queue,
    metrics: metrics::Metrics,
    ending: AtomicBool,
}

impl Shared {
    fn is_ending(&self) -> bool {
        self.ending.load(Ordering::Relaxed)
    }
}

/// Serves until it is asked to end (SIGINT, SIGTERM). `ready` is told where it listens.
///
/// # Errors
/// It cannot listen there, or the database cannot be opened.
pub fn serve(runtime: &Runtime, setup: Setup, ready: impl FnOnce(SocketAddr)) -> Result<()> {
    let queue = Queue::open(&setup.database)?;
    let again = queue.resume()?;
    if again > 0 {
        tracing::info!(jobs = again, "taken up again");
    }
    let shared = Arc::new(Shared {
        setup,
        queue,
        metrics: metrics::Metrics::default(),
        ending: AtomicBool::new(false),
    });
    let tokio = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .context("threads for connections cannot be made")?;
    let bound = |at: SocketAddr| {
        tokio.block_on(TcpListener::bind(at)).with_context(|| format!("cannot listen on {at}"))
    };
    let listener = bound(shared.setup.listen)?;
    let metrics = shared.setup.metrics.map(bound).transpose()?;
    ready(listener.local_addr().context("where it listens is not known")?);
    std::thread::scope(|scope| {
        for _ in 0..shared.setup.workers.max(1) {
            scope.spawn(|| worker::work(runtime, &shared));
        }
        scope.spawn(|| worker::sweep(&shared));
        tokio.block_on(front::serve(listener, metrics, &shared));
        shared.ending.store(true, Ordering::Relaxed);
        tracing::info!("ending: what is under way is finished, what waits is kept");
    });
    Ok(())
}
