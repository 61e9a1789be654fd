//! What every fake is to a test: a server that runs, what goes wrong on the way to it, and what it was asked.

use std::fmt;
use std::sync::{Arc, MutexGuard};

use crate::control::{Fault, Matching};
use crate::exchange::Exchange;
use crate::server::{Host, Server};

/// A fake forge, which ends when it is dropped.
pub struct Fake<H: Host> {
    server: Arc<Server<H>>,
}

impl<H: Host> Fake<H> {
    pub(crate) fn new(host: impl FnOnce(&str) -> H) -> Self {
        Self { server: Arc::new(Server::start(host)) }
    }

    /// The server's URL, without a trailing `/`: on GitHub that of the API, elsewhere without what the API's begins with.
    #[must_use]
    pub fn url(&self) -> &str {
        self.server.url()
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, H> {
        let state = self.server.host();
        state.look_again();
        state
    }

    pub(crate) fn server(&self) -> &Server<H> {
        &self.server
    }

    /// Plants a fault.
    pub fn fault(&self, fault: Fault) {
        self.server.control().plant(fault);
    }

    /// Runs a hook before the n-th of the requests meant, counted from 1 and from now on. The hook may use the forge:
    /// push a new head, comment, revoke a token.
    pub fn before(&self, requests: Matching, nth: usize, hook: impl FnOnce(&Self) + Send + 'static) {
        let server = Arc::downgrade(&self.server);
        let hook = Box::new(move || {
            if let Some(server) = server.upgrade() {
                hook(&Self { server });
            }
        });
        self.server.control().plan(requests, nth, hook);
    }

    /// Every request so far and what became of it.
    #[must_use]
    pub fn journal(&self) -> Vec<Exchange> {
        self.server.control().journal.clone()
    }

    /// How many requests changed something, whether or not the client heard of it. Reactions count; tokens of an
    /// installation do not.
    #[must_use]
    pub fn writes(&self) -> usize {
        self.server.control().journal.iter().filter(|exchange| exchange.wrote).count()
    }
}

impl<H: Host> fmt::Debug for Fake<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct(H::NAME).field("url", &self.url()).finish_non_exhaustive()
    }
}
