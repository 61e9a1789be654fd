//! The HTTP server in its thread: it hands requests to a host, one at a time, and lets faults have their way.

use std::net::TcpListener;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use http_body_util::{BodyExt, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::sync::Notify;

use crate::control::{Answer, Control};
use crate::exchange::{Content, Exchange, Request, Response};

/// The largest request body read, in bytes: above what any forge takes.
const LARGEST_BODY: usize = 64 << 20;

/// What stands behind the server.
pub trait Host: Send + 'static {
    /// Names the recording.
    const NAME: &'static str;

    /// The folders are the test's: branches may have moved since the last request.
    fn look_again(&self);

    /// Decides. The login is whose token was accepted; whether state changed is for the count of writes.
    fn answer(&mut self, request: &Request) -> Decided;
}

/// A host's decision.
pub struct Decided {
    pub(crate) response: Response,
    pub(crate) login: Option<String>,
    pub(crate) wrote: bool,
}

/// A server and its host, stopped when dropped.
pub(crate) struct Server<H> {
    url: String,
    shared: Arc<Shared<H>>,
    stop: Arc<Notify>,
}

struct Shared<H> {
    host: Mutex<H>,
    control: Mutex<Control>,
}

/// A test that failed while it held the lock has said so already.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<H: Host> Server<H> {
    /// Listens on a free port of 127.0.0.1; the host is made with the URL.
    pub(crate) fn start(host: impl FnOnce(&str) -> H) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        listener.set_nonblocking(true).expect("a listener of the runtime");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let shared = Arc::new(Shared {
            host: Mutex::new(host(&url)),
            control: Mutex::new(Control::recording(H::NAME)),
        });
        let stop = Arc::new(Notify::new());
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let (served, stopped) = (Arc::clone(&shared), Arc::clone(&stop));
        std::thread::spawn(move || {
            runtime.block_on(async {
                tokio::spawn(accept(listener, served));
                stopped.notified().await;
            });
            // Connections a client keeps open end here, not at the end of the process.
            runtime.shutdown_background();
        });
        Self { url, shared, stop }
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    pub(crate) fn host(&self) -> MutexGuard<'_, H> {
        lock(&self.shared.host)
    }

    pub(crate) fn control(&self) -> MutexGuard<'_, Control> {
        lock(&self.shared.control)
    }
}

impl<H> Drop for Server<H> {
    fn drop(&mut self) {
        self.stop.notify_one();
    }
}

async fn accept<H: Host>(listener: TcpListener, shared: Arc<Shared<H>>) {
    let listener = tokio::net::TcpListener::from_std(listener).expect("a listener of the runtime");
    loop {
        // A client that is gone before it was accepted is no concern of the others.
        let Ok((stream, _)) = listener.accept().await else { continue };
        let shared = Arc::clone(&shared);
        tokio::spawn(async move {
            let service = service_fn(move |request| serve(Arc::clone(&shared), request));
            // The error is a client's that left, or ours that hung up.
            let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

/// The connection is to be closed without an answer.
#[derive(Debug)]
struct HungUp;

impl std::fmt::Display for HungUp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("hung up")
    }
}

impl std::error::Error for HungUp {}

async fn serve<H: Host>(
    shared: Arc<Shared<H>>,
    request: hyper::Request<Incoming>,
) -> Result<hyper::Response<Full<Bytes>>, HungUp> {
    let request = read(request).await?;
    let (number, hooks) = lock(&shared.control).arrival(&request);
    // A hook asks the forge, which takes the lock: not held here, and not on the server's own thread.
    if tokio::task::spawn_blocking(move || hooks.into_iter().for_each(|hook| hook())).await.is_err() {
        return Ok(sent(failed("a hook of the test panicked")));
    }
    let fault = lock(&shared.control).fault(&request);
    let mut exchange = Exchange::of(number, &request);
    exchange.fault = fault.as_ref().is_some_and(|fault| !matches!(fault, Answer::Slow(_)));
    match &fault {
        Some(Answer::Status(status, headers, body)) => {
            let mut response = Response::bytes("application/json; charset=utf-8", body.clone().into_bytes());
            response.status = *status;
            response.headers.clone_from(headers);
            exchange.answered(&response);
            lock(&shared.control).remember(H::NAME, exchange);
            return Ok(sent(response));
        }
        Some(Answer::Hangup) => {
            lock(&shared.control).remember(H::NAME, exchange);
            return Err(HungUp);
        }
        Some(Answer::Slow(time)) => tokio::time::sleep(*time).await,
        Some(Answer::HangupAfterDoing) | None => {}
    }
    let asked = Arc::clone(&shared);
    let decided = tokio::task::spawn_blocking(move || lock(&asked.host).answer(&request)).await;
    let decided = decided.unwrap_or_else(|_| Decided {
        response: failed("the fake panicked"),
        login: None,
        wrote: false,
    });
    exchange.login = decided.login;
    exchange.wrote = decided.wrote;
    let silent = matches!(fault, Some(Answer::HangupAfterDoing));
    if !silent {
        exchange.answered(&decided.response);
    }
    lock(&shared.control).remember(H::NAME, exchange);
    if silent { Err(HungUp) } else { Ok(sent(decided.response)) }
}

/// No forge answers 599: a test that sees it sees a mistake of its own, or of the fake.
fn failed(why: &str) -> Response {
    Response::json(599, serde_json::json!({ "message": why }))
}

async fn read(request: hyper::Request<Incoming>) -> Result<Request, HungUp> {
    let (parts, body) = request.into_parts();
    let body = Limited::new(body, LARGEST_BODY).collect().await.map_err(|_| HungUp)?;
    let text = |value: &hyper::header::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    Ok(Request {
        method: parts.method.to_string(),
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        headers: parts.headers.iter().map(|(name, value)| (name.to_string(), text(value))).collect(),
        body: body.to_bytes().to_vec(),
    })
}

fn sent(response: Response) -> hyper::Response<Full<Bytes>> {
    let mut built = hyper::Response::builder().status(response.status);
    for (name, value) in &response.headers {
        built = built.header(name, value);
    }
    let body = match response.body {
        Content::Empty => Bytes::new(),
        Content::Json(body) => {
            built = built.header("content-type", "application/json; charset=utf-8");
            Bytes::from(body.to_string())
        }
        Content::Bytes(media_type, body) => {
            built = built.header("content-type", media_type);
            Bytes::from(body)
        }
    };
    built.body(Full::new(body)).expect("headers and status that HTTP knows")
}
