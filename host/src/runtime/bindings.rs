//! The contract of the rule module, from `plugin/wit/rules`.

#![allow(missing_docs, clippy::all, clippy::unwrap_used, clippy::expect_used, unreachable_pub)] // generated

#[cfg(not(packaged))]
wasmtime::component::bindgen!({
    path: "../plugin/wit/rules",
    world: "rules",
    additional_derives: [PartialEq, Clone, serde::Serialize, serde::Deserialize],
});
// The published crate has no folder beside it.
#[cfg(packaged)]
wasmtime::component::bindgen!({
    path: "prebuilt/wit/rules",
    world: "rules",
    additional_derives: [PartialEq, Clone, serde::Serialize, serde::Deserialize],
});

pub use exports::hallpass::rules::checker as rules;
