//! The server in memory, spoken to as an editor does.

#![allow(clippy::unwrap_used, clippy::panic)] // a test

mod beginning;
mod checking;
mod client;
mod clients;
mod doing;
mod folder;
mod hostile;
