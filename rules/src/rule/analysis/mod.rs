//! Questions several rules ask of facts: does a pattern cover an action, is a condition narrowing, what is attached.

pub(crate) mod flows;
pub(crate) mod lifetimes;
pub(crate) mod paths;
pub(crate) mod register;
pub(crate) mod registry;
#[cfg(test)]
pub(crate) mod sample;
pub(crate) mod workloads;
