//! The judgement of hallpass: documents, dialects, facts, detectors, rules and the ledger.
//!
//! A file becomes a finding in five steps, and the folders are the steps: [`document`] reads bytes to a spanned tree,
//! [`dialect`] lowers the trees of one unit to [`fact`]s, [`detect`] adds the credentials it recognises, [`rule`]s judge
//! facts, the [`ledger`] judges the whole tree. [`engine`] runs the steps; `plugin` and tests call only the engine.
//!
//! Invariant: nothing in this crate uses files, network, clock, environment or randomness (a test holds it).

pub mod command;
pub mod detect;
pub mod dialect;
pub mod document;
pub mod engine;
pub mod fact;
pub mod finding;
pub mod framework;
pub mod inventory;
pub mod ledger;
pub mod policy;
pub mod remedy;
pub mod rule;
pub mod schema;
pub mod span;
mod table;

pub use engine::{Answer, Engine, Input, Recognition, Settings};

/// Builds every table now. The module is snapshot after this, so that a fresh instance starts with its tables ready.
pub fn warm() {
    for dialect in dialect::DIALECTS {
        dialect.warm();
    }
    dialect::unread::warm();
    dialect::ownership::warm();
    command::warm();
    detect::warm();
    rule::analysis::warm();
    policy::ceilings::warm();
    policy::kinds::warm();
    policy::rows::field::warm();
    framework::warm();
}
