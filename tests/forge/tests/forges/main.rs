//! The fakes, asked as a client asks them: each rule refuses what breaks it and takes what keeps it.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)] // tests

mod client;
mod gitea;
mod github;
mod gitlab;
