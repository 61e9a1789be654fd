//! Connections: limits on how many, how long and how much, and three addresses.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

use super::Shared;
use super::hook::{self, Delivery};

/// Largest delivery, in bytes: GitHub sends none above 25 MB.
/// <https://docs.github.com/webhooks/webhook-events-and-payloads#payload-cap>
const BODY: usize = 25 << 20;
/// Longest time for the head of a request.
const HEAD: Duration = Duration::from_secs(10);
/// Longest time for a body: GitHub waits ten seconds for an answer.
const ARRIVAL: Duration = Duration::from_secs(30);
/// Longest time that a connection lives.
const LIFE: Duration = Duration::from_secs(120);
/// Most connections at a time.
const CONNECTIONS: usize = 256;
/// Longest time that is given to connections when the server ends.
const FAREWELL: Duration = Duration::from_secs(10);

/// Serves connections until the process is asked to end.
pub(super) async fn serve(listener: TcpListener, shared: &Arc<Shared>) {
    let router = Router::new()
        .route("/webhook", post(webhook))
        .route("/healthz", get(health))
        .route("/metrics", get(metrics))
        .with_state(Arc::clone(shared));
    let service = TowerToHyperService::new(router);
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    let graceful = GracefulShutdown::new();
    let mut end = std::pin::pin!(asked_to_end());
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut end => break,
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
            tracing::warn!("too many connections: one was closed");
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

async fn webhook(State(shared): State<Arc<Shared>>, request: Request) -> Result<Response, Infallible> {
    let (parts, body) = request.into_parts();
    let bytes = match tokio::time::timeout(ARRIVAL, to_bytes(body, BODY)).await {
        Ok(Ok(bytes)) => bytes,
        Ok(Err(_)) => {
            return Ok(told(
                &shared,
                StatusCode::PAYLOAD_TOO_LARGE,
                "oversized",
                "the body is larger than 25 MiB, or broke off",
            ));
        }
        Err(_) => return Ok(told(&shared, StatusCode::REQUEST_TIMEOUT, "slow", "the body took too long")),
    };
    let sharer = Arc::clone(&shared);
    let answer = tokio::task::spawn_blocking(move || {
        let header = |name: &str| value(&parts.headers, name);
        let (event, id, signature) =
            (header("x-github-event"), header("x-github-delivery"), header("x-hub-signature-256"));
        let delivery = Delivery { event: &event, id: &id, signature: &signature, body: &bytes };
        let answer = hook::take(&sharer.queue, &sharer.setup.secret, delivery);
        let (status, word, _) = answer.told();
        // What is not signed says nothing that a log is to hold.
        let (event, id) = if word == "unsigned" { ("", "") } else { (event.as_str(), id.as_str()) };
        tracing::info!(event, delivery = id, status, answer = word, "delivery");
        answer
    });
    let (status, word, text) =
        answer.await.map_or((500, "failed", "it failed; deliver it again"), hook::Answer::told);
    Ok(told(&shared, StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR), word, text))
}

fn told(shared: &Shared, status: StatusCode, word: &'static str, text: &'static str) -> Response {
    shared.metrics.delivery(word);
    (status, text).into_response()
}

fn value(headers: &HeaderMap, name: &str) -> String {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
}

/// Whether what is to be done can be kept.
async fn health(State(shared): State<Arc<Shared>>) -> Response {
    let depth = tokio::task::spawn_blocking(move || shared.queue.depth().is_ok());
    match depth.await.unwrap_or(false) {
        true => (StatusCode::OK, "ok").into_response(),
        false => (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer").into_response(),
    }
}

async fn metrics(State(shared): State<Arc<Shared>>) -> Response {
    let page = tokio::task::spawn_blocking(move || shared.metrics.page(shared.queue.depth().unwrap_or(-1)));
    let headers = [(header::CONTENT_TYPE, "application/openmetrics-text; version=1.0.0; charset=utf-8")];
    (headers, Body::from(page.await.unwrap_or_default())).into_response()
}
