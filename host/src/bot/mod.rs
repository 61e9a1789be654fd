//! The pull-request bot: what a change did to the findings, said where people review it.
//!
//! [`forge`] is the platform in the bot's words, [`tree`] reads versions of a tree through it without a checkout, [`examine`]
//! runs the module over them, [`text`] writes what is said, [`plan`] decides what of it is still to be said, [`round`] says it, [`order`]
//! answers people, [`serve`] does all that for webhooks.
//!
//! Invariants: nothing of a pull request is executed or checked out; whatever it brings is data, in texts neutralised. A
//! comment is ours only if the posting identity wrote it and its marker parses, and verifies where there is a key; what a human
//! edited is never overwritten, and a thread that somebody answered is never deleted.

pub mod client;
pub mod event;
pub mod examine;
mod failure;
pub mod forge;
pub mod hunk;
pub mod marker;
pub mod order;
pub mod plan;
pub mod round;
pub mod serve;

pub mod text;
pub mod tree;
pub mod verdict;
