//! Questions several rules ask of facts: does a pattern cover an action, is a condition narrowing, what is attached.
//!
//! Invariant: a platform is known here through its table in `data/`, a syntax is not.

pub(crate) mod actions;
pub(crate) mod answers;
pub(crate) mod causes;
pub(crate) mod conditions;
pub(crate) mod escalation;
pub(crate) mod exclusions;
pub(crate) mod exposures;
pub(crate) mod filters;
pub(crate) mod flows;
pub(crate) mod function_urls;
pub(crate) mod gains;
pub(crate) mod grants;
pub(crate) mod holdings;
pub(crate) mod lifetimes;
pub(crate) mod literals;
pub(crate) mod machines;
pub(crate) mod owners;
pub(crate) mod paths;
pub(crate) mod pattern;
pub(crate) mod people;
pub(crate) mod pins;
pub(crate) mod publishers;
pub(crate) mod register;
pub(crate) mod registry;
pub(crate) mod repositories;
pub(crate) mod rows;
#[cfg(test)]
pub(crate) mod sample;
pub(crate) mod services;
pub(crate) mod stores;
pub(crate) mod trust;
pub(crate) mod widened;
pub(crate) mod wildcards;
pub(crate) mod workloads;

/// Reads the tables of this folder now, so that a snapshot of the module holds them.
pub(crate) fn warm() {
    actions::warm();
    conditions::warm();
    escalation::warm();
    filters::warm();
    grants::warm();
    machines::warm();
    people::warm();
    publishers::warm();
    repositories::warm();
    stores::warm();
    trust::warm();
}
