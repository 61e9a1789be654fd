//! Questions several rules ask of facts: does a pattern cover an action, is a condition narrowing, what is attached.

pub(crate) mod paths;
pub(crate) mod registry;
