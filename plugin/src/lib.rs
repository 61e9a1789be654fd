//! The module's two faces over one engine: a WebAssembly component for the host (feature `component`) and a
//! wasm-bindgen package for JavaScript (feature `js`).
//!
//! Invariant: this crate translates between types and decides nothing.

#[cfg(all(feature = "component", feature = "js"))]
compile_error!(
    "build one face at a time: wasm-bindgen's imports would break the component's promise to have none"
);

#[cfg(feature = "component")]
mod component;
#[cfg(feature = "js")]
mod js;
#[cfg(any(feature = "js", test))]
mod offsets;
#[cfg(feature = "component")]
mod translate;
