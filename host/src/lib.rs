//! The host of hallpass: I/O and reports around the sandboxed rule module. Holds no rule.
//!
//! [`source`] finds files and groups them into units, [`runtime`] runs the module over them, [`scan`] does both for a
//! whole tree, [`history`] for what git keeps, [`change`] for what a change brought, [`report`] shows the outcome, [`inventory`] what there
//! is besides findings, [`ci`]
//! knows the systems around a run, [`framework`] what standards ask for, [`editor`] serves an editor, `bot` reviews changes on a forge, [`interrupt`] when it is asked to end, [`command`] is the command line.

pub mod baseline;
#[cfg(feature = "bot")]
pub mod bot;
pub mod change;
pub mod ci;
pub mod command;
pub mod editor;
pub mod framework;
pub mod history;
pub mod import;
pub mod interrupt;
pub mod inventory;
pub mod report;
pub mod runtime;
pub mod scan;
pub mod source;

use std::process::ExitCode;

/// The binary's `main`.
#[must_use]
pub fn main() -> ExitCode {
    command::main()
}
