// Shared by the host and its build script, which includes this file: an ahead-of-time artefact loads only into an
// engine configured as the one that made it.

use wasmtime::Config;

/// Stack of the guest, in bytes. Recursive readers stop at `document::MAX_DEPTH`, far below this.
pub(crate) const GUEST_STACK: usize = 1 << 20;

/// The one engine configuration.
pub(crate) fn engine_configuration() -> Config {
    let mut config = Config::new();
    config.wasm_component_model(true).epoch_interruption(true).max_wasm_stack(GUEST_STACK);
    // Back traces of the guest are never shown, since they could only name this crate's own functions; without their
    // tables the artefact that every start loads is a seventh smaller.
    config.generate_address_map(false).wasm_backtrace_max_frames(None).native_unwind_info(false);
    config
}
