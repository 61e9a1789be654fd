//! Connections: limits on how many, how long and how much, and three addresses: one for the forge, two for whoever runs it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};

use super::Shared;
use super::hook::{self, Delivery, Headers};
use super::metrics::Metrics;

/// Largest delivery, in bytes: GitHub sends none above 25 MB.
/// <https://docs.github.com/webhooks/webhook-events-and-payloads#payload-cap>
const BODY: usize = 25 << 20;
/// Bodies up to this size are waited for at any time, in bytes; those of pull requests are far smaller.
const SMALL: u64 = 1 << 20;
/// Larger ones at a time, and those that do not say how large they are.
const LARGE: usize = 4;
/// Longest time for the head of a request.
const HEAD: Duration = Duration::from_secs(10);
/// Longest time for a body: GitHub waits ten seconds for an answer.
const ARRIVAL: Duration = Duration::from_secs(30);
/// Longest time that a connection lives.
const LIFE: Duration = Duration::from_secs(120);
/// Most connections at a time.
const CONNECTIONS: usize = 256;
/// How often it is said that there are too many.
const QUIET: Duration = Duration::from_secs(10);
/// Longest time that is given to connections when the server ends.
const FAREWELL: Duration = Duration::from_secs(10);

/// What connections share.
#[derive(Clone)]
struct Front {
    shared: Arc<Shared>,
    large: Arc<Semaphore>,
}

/// Serves connections until the process is asked to end. The numbers are told at `numbers`, if that is another place.
pub(super) async fn serve(listener: TcpListener, numbers: Option<TcpListener>, shared: &Arc<Shared>) {
    let front = Front { shared: Arc::clone(shared), large: Arc::new(Semaphore::new(LARGE)) };
    let inner = Router::new().route("/healthz", get(health)).route("/metrics", get(metrics));
    let outer = Router::new().route("/webhook", post(webhook)).route("/healthz", get(health));
    let (end, ending) = tokio::sync::watch::channel(());
    let told = |listener, router: Router<Front>| {
        let ending = ending.clone();
        accept(listener, router.with_state(front.clone()), &shared.metrics, ending)
    };
    let asked = async {
        asked_to_end().await;
        drop(end);
    };
    match numbers {
        Some(numbers) => {
            tokio::join!(told(listener, outer), told(numbers, inner), asked);
        }
        None => {
            tokio::join!(told(listener, outer.route("/metrics", get(metrics))), asked);
        }
    }
}

/// Takes connections until `ending` is over.
async fn accept(listener: TcpListener, router: Router, metrics: &Metrics, mut ending: watch::Receiver<()>) {
    let service = TowerToHyperService::new(router);
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    let graceful = GracefulShutdown::new();
    let mut warned: Option<Instant> = None;
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = ending.changed() => break,
        };
        let (stream, _) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                // Most often: too many files are open. It passes.
                tracing::warn!(%error, "a connection could not be taken");
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            }
        };
        // One too many is closed at once: those that are open are not to wait for it.
        let Ok(place) = Arc::clone(&places).try_acquire_owned() else {
            metrics.turned_away();
            // Who brings thousands is not to fill the log as well.
            if warned.is_none_or(|at| at.elapsed() > QUIET) {
                tracing::warn!("too many connections: new ones are closed");
                warned = Some(Instant::now());
            }
            continue;
        };
        let mut http = hyper::server::conn::http1::Builder::new();
        http.timer(TokioTimer::new()).header_read_timeout(HEAD);
        let connection = graceful.watch(http.serve_connection(TokioIo::new(stream), service.clone()));
        tokio::spawn(async move {
            // That a client went away is the client's business.
            let _ = tokio::time::timeout(LIFE, connection).await;
            drop(place);
        });
    }
    drop(listener);
    if tokio::time::timeout(FAREWELL, graceful.shutdown()).await.is_err() {
        tracing::warn!("connections that did not end were closed");
    }
}

/// SIGINT, or SIGTERM where there is one.
async fn asked_to_end() {
    let interrupt = async {
        // Where the system does not tell, its own end of a process stays.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    #[cfg(unix)]
    {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut terminate) => {
                tokio::select! { () = interrupt => {}, _ = terminate.recv() => {} }
            }
            Err(_) => interrupt.await,
        }
    }
    #[cfg(not(unix))]
    interrupt.await;
}

/// A body as it comes, unless it is too large, too slow, or too many others are large too.
async fn arrived(front: &Front, headers: &HeaderMap, body: Body) -> Result<Bytes, Refusal> {
    const OVERSIZED: Refusal =
        (StatusCode::PAYLOAD_TOO_LARGE, "oversized", "the body is larger than 25 MiB, or broke off");
    let length: Option<u64> = value(headers, "content-length").parse().ok();
    if length.is_some_and(|length| length > BODY as u64) {
        return Err(OVERSIZED);
    }
    let wait = async {
        let is_small = length.is_some_and(|length| length <= SMALL);
        let _place = if is_small { None } else { front.large.acquire().await.ok() };
        to_bytes(body, BODY).await
    };
    match tokio::time::timeout(ARRIVAL, wait).await {
        Ok(bytes) => bytes.map_err(|_| OVERSIZED),
        Err(_) => Err((StatusCode::REQUEST_TIMEOUT, "slow", "the body took too long")),
    }
}

async fn webhook(State(front): State<Front>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let shared = &front.shared;
    let Headers { event, id, otherwise, proof, .. } = hook::headers(shared.setup.sender.provider);
    // Nobody has to keep a body that nobody signed.
    if !hook::may_be(&shared.setup.sender, &value(&parts.headers, proof)) {
        let (status, word, text) = hook::Answer::Unsigned.told();
        tracing::info!(event = "", delivery = "", status, answer = word, "delivery");
        return told(shared, (StatusCode::UNAUTHORIZED, word, text));
    }
    let bytes = match arrived(&front, &parts.headers, body).await {
        Ok(bytes) => bytes,
        Err(refusal) => {
            tracing::info!(
                event = "",
                delivery = "",
                status = refusal.0.as_u16(),
                answer = refusal.1,
                "delivery"
            );
            return told(shared, refusal);
        }
    };
    let sharer = Arc::clone(shared);
    let answer = tokio::task::spawn_blocking(move || {
        let header = |name: &str| value(&parts.headers, name);
        let (event, id, otherwise, proof) = (header(event), header(id), header(otherwise), header(proof));
        let delivery = Delivery { event: &event, id: &id, proof: &proof, body: &bytes };
        let answer = hook::take(&sharer.queue, &sharer.setup.sender, delivery);
        let (status, word, _) = answer.told();
        // What is not signed says nothing that a log is to hold.
        let (event, id) = match word {
            "unsigned" => ("", ""),
            _ => (event.as_str(), if id.is_empty() { otherwise.as_str() } else { id.as_str() }),
        };
        tracing::info!(event, delivery = id, status, answer = word, "delivery");
        answer
    });
    let (status, word, text) =
        answer.await.map_or((500, "failed", "it failed; deliver it again"), hook::Answer::told);
    told(shared, (StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR), word, text))
}

/// Status, word for logs and metrics, and text.
type Refusal = (StatusCode, &'static str, &'static str);

fn told(shared: &Shared, (status, word, text): Refusal) -> Response {
    shared.metrics.delivery(word);
    (status, text).into_response()
}

fn value(headers: &HeaderMap, name: &str) -> String {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
}

/// Whether what is to be done can be kept.
async fn health(State(front): State<Front>) -> Response {
    let depth = tokio::task::spawn_blocking(move || front.shared.queue.depth().is_ok());
    match depth.await.unwrap_or(false) {
        true => (StatusCode::OK, "ok").into_response(),
        false => (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer").into_response(),
    }
}

async fn metrics(State(Front { shared, .. }): State<Front>) -> Response {
    let page = tokio::task::spawn_blocking(move || shared.metrics.page(shared.queue.depth().unwrap_or(-1)));
    let headers = [(header::CONTENT_TYPE, "application/openmetrics-text; version=1.0.0; charset=utf-8")];
    (headers, Body::from(page.await.unwrap_or_default())).into_response()
}
