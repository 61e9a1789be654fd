//! Builds the rule module and embeds it: nested cargo → snapshot of its tables → component → ahead-of-time artefact.
//!
//! The published crate has no rules beside it: it carries the component (`package/crate.sh`), and only the last step is left.
//! So it builds without the WebAssembly target.

use std::env;
use std::fs;
use std::future::Future;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::process::Command;
use std::task::{Context, Poll, Waker};

use anyhow::{Context as _, Result, anyhow, bail};
use wasmtime::{Engine, Instance, Module, Store};
use wasmtime_wizer::{InstanceState, SnapshotVal, Wizer};

#[path = "src/runtime/configuration.rs"]
mod configuration;

const TARGET: &str = "wasm32-unknown-unknown";
/// Where the published crate carries the component.
const PREBUILT: &str = "prebuilt/rules.wasm";

#[allow(clippy::print_stderr, clippy::exit)] // how a build script speaks
fn main() {
    if let Err(error) = build() {
        // One sentence for people, without the back trace that a returned error may bring.
        eprintln!("error: {error:#}");
        std::process::exit(1);
    }
}

fn build() -> Result<()> {
    let manifest = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").context("cargo sets CARGO_MANIFEST_DIR")?);
    let out = PathBuf::from(env::var_os("OUT_DIR").context("cargo sets OUT_DIR")?);
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=src/runtime/configuration.rs");
    println!("cargo::rustc-check-cfg=cfg(packaged)");

    let root = manifest.parent().context("a crate stands in a folder")?;
    let component = if root.join("plugin/Cargo.toml").is_file() && root.join("rules/Cargo.toml").is_file() {
        for path in [
            "rules/src",
            "rules/data",
            "rules/book",
            "rules/build.rs",
            "rules/Cargo.toml",
            "plugin",
            "Cargo.lock",
        ] {
            println!("cargo::rerun-if-changed={}", root.join(path).display());
        }
        snapshot_and_encode(&build_core_module(root, &out)?)?
    } else {
        // Where bindings are made from the contract that is packed along (`src/runtime/bindings.rs`).
        println!("cargo::rustc-cfg=packaged");
        let prebuilt = manifest.join(PREBUILT);
        println!("cargo::rerun-if-changed={}", prebuilt.display());
        fs::read(&prebuilt).with_context(|| {
            format!("neither the rules' sources nor the component {} are here", prebuilt.display())
        })?
    };
    fs::write(out.join("rules.wasm"), &component)?;
    // Tells one module from another where answers are kept. It keeps nobody out: who could forge it could replace the binary.
    let mut hash = DefaultHasher::new();
    component.hash(&mut hash);
    println!("cargo::rustc-env=HALLPASS_MODULE={:016x}", hash.finish());
    let native = compile_ahead_of_time(&component)?;
    fs::write(out.join("rules.cwasm"), native)?;
    Ok(())
}

/// Builds `hallpass-plugin` for the wasm target, away from the outer build's locks, flags and wrappers.
fn build_core_module(root: &Path, out: &Path) -> Result<Vec<u8>> {
    // Beside the outer build's folders and not in one of them, so that the JavaScript package and other profiles of the
    // host find the crates compiled: target/release/build/hallpass-…/out.
    let target_dir = out.ancestors().nth(4).unwrap_or(out).join("module");
    let cargo = env::var_os("CARGO").context("cargo sets CARGO")?;
    let mut command = Command::new(cargo);
    command
        .current_dir(root)
        .args(["build", "--package", "hallpass-plugin", "--features", "component", "--lib"])
        .args(["--profile", "module", "--target", TARGET, "--locked", "--target-dir"])
        .arg(&target_dir)
        .env("RUSTFLAGS", format!("-C target-feature=+simd128 --remap-path-prefix={}=", root.display()));
    for (name, _) in env::vars_os() {
        let name = name.to_string_lossy();
        let scrubbed = ["CARGO_FEATURE_", "CARGO_CFG_", "CARGO_PROFILE_"].iter().any(|p| name.starts_with(p))
            || [
                "CARGO_ENCODED_RUSTFLAGS",
                "RUSTC",
                "RUSTC_WRAPPER",
                "RUSTC_WORKSPACE_WRAPPER",
                "CARGO_BUILD_TARGET",
            ]
            .contains(&name.as_ref());
        if scrubbed {
            command.env_remove(name.as_ref());
        }
    }
    let output = command.output().context("cannot start cargo for the rule module")?;
    if !output.status.success() {
        let text = String::from_utf8_lossy(&output.stderr);
        if text.contains("error[E0463]") || text.contains("target may not be installed") {
            bail!(
                "the rule module needs the WebAssembly target: run `rustup target add {TARGET}` and build again"
            );
        }
        bail!("building the rule module failed:\n{text}");
    }
    let path = target_dir.join(TARGET).join("module/hallpass_plugin.wasm");
    fs::read(&path).with_context(|| format!("cannot read {}", path.display()))
}

/// Runs the module's initialiser and keeps the memory it leaves, then wraps the module as a component.
fn snapshot_and_encode(core: &[u8]) -> Result<Vec<u8>> {
    let mut wizer = Wizer::new();
    wizer.init_func("wizer-initialize");
    let (context, instrumented) = wizer.instrument(core).map_err(|e| anyhow!("{e:?}"))?;
    // It runs once, for a moment: making it fast takes longer than it does slow.
    let mut config = configuration::engine_configuration();
    config.cranelift_opt_level(wasmtime::OptLevel::None);
    let engine = Engine::new(&config).map_err(|e| anyhow!("{e:?}"))?;
    let module = Module::new(&engine, instrumented).map_err(|e| anyhow!("{e:?}"))?;
    let mut store = Store::new(&engine, ());
    store.set_epoch_deadline(u64::MAX);
    let instance = Instance::new(&mut store, &module, &[])
        .map_err(|e| anyhow!("the rule module must not import anything: {e:?}"))?;
    instance
        .get_typed_func::<(), ()>(&mut store, "wizer-initialize")
        .and_then(|initialise| initialise.call(&mut store, ()))
        .map_err(|e| {
            anyhow!("building the rule module's tables failed (run `cargo test -p hallpass-rules`): {e:?}")
        })?;
    let snapshot = ready(wizer.snapshot(&context, &mut Initialised { store, instance }))
        .map_err(|e| anyhow!("{e:?}"))?;
    wit_component::ComponentEncoder::default().validate(true).module(&snapshot)?.encode()
}

fn compile_ahead_of_time(component: &[u8]) -> Result<Vec<u8>> {
    let mut config = configuration::engine_configuration();
    let target = env::var("TARGET").context("cargo sets TARGET")?;
    config.target(&target).map_err(|e| anyhow!("{e:?}"))?;
    if target.starts_with("x86_64") {
        // Baseline x86-64 has no byte shuffle, and the detectors' prefilter is 13 times slower without one.
        for flag in ["has_sse3", "has_ssse3", "has_sse41", "has_sse42", "has_popcnt"] {
            // SAFETY: an artefact that uses these refuses to load on a processor without them.
            #[allow(unsafe_code)]
            unsafe {
                config.cranelift_flag_enable(flag);
            }
        }
    }
    let engine = Engine::new(&config).map_err(|e| anyhow!("{e:?}"))?;
    engine.precompile_component(component).map_err(|e| anyhow!("{e:?}"))
}

/// The initialised module, as the snapshot reads it.
struct Initialised {
    store: Store<()>,
    instance: Instance,
}

impl InstanceState for Initialised {
    async fn global_get(&mut self, name: &str, _: wasmtime_wizer::ValType) -> SnapshotVal {
        match self.instance.get_global(&mut self.store, name).map(|g| g.get(&mut self.store)) {
            Some(wasmtime::Val::I32(x)) => SnapshotVal::I32(x),
            Some(wasmtime::Val::I64(x)) => SnapshotVal::I64(x),
            Some(wasmtime::Val::F32(x)) => SnapshotVal::F32(x),
            Some(wasmtime::Val::F64(x)) => SnapshotVal::F64(x),
            Some(wasmtime::Val::V128(x)) => SnapshotVal::V128(x.as_u128()),
            other => unreachable!("a core module has numeric globals only: {other:?}"),
        }
    }

    async fn memory_contents(&mut self, name: &str, contents: impl FnOnce(&[u8]) + Send) {
        if let Some(memory) = self.instance.get_memory(&mut self.store, name) {
            contents(memory.data(&self.store));
        }
    }
}

/// The result of a future that never waits.
fn ready<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(value) = future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            return value;
        }
    }
}
