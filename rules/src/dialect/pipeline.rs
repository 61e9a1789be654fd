//! What pipelines of every platform have in common, so that no dialect writes it twice: images and how firmly they are
//! pinned, variables of a project's settings, values with alternatives, standing keys and sessions, scripts and what runs them, environments, edits of YAML.
//!
//! Invariant: nothing here knows a pipeline's syntax. A dialect says where something stands; what it means stands here.

pub(crate) mod agent;
pub(crate) mod check;
pub(crate) mod commands;
pub(crate) mod companion;
pub(crate) mod component;
pub(crate) mod credential;
pub(crate) mod deeds;
pub(crate) mod deploy;
pub(crate) mod edits;
pub(crate) mod files;
pub(crate) mod host;
pub(crate) mod identity;
pub(crate) mod layout;
pub(crate) mod login;
pub(crate) mod names;
pub(crate) mod needless;
pub(crate) mod package;
pub(crate) mod paths;
pub(crate) mod reading;
pub(crate) mod run;
pub mod script;
pub(crate) mod settings;
pub(crate) mod standing;
pub(crate) mod taken;
#[cfg(test)]
pub(crate) mod tests;
pub(crate) mod tool;
pub(crate) mod upload;
pub(crate) mod value;

/// Reads the tables now, so that a snapshot of the module holds them.
pub(crate) fn warm() {
    agent::warm();
    check::warm();
    deploy::warm();
    host::warm();
    names::warm();
}
