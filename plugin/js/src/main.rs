//! Builds the module's JavaScript face and writes it as packages for Node (`node/`) and for browsers and bundlers
//! (`web/`), each with TypeScript types.
//!
//! `cargo run --release --manifest-path plugin/js/Cargo.toml [-- OUT]`; OUT is `plugin/pkg` unless named.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use wasm_bindgen_cli_support::Bindgen;

const TARGET: &str = "wasm32-unknown-unknown";

fn main() -> Result<()> {
    let root =
        Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).context("the crate stands in plugin/js")?;
    let out = std::env::args_os().nth(1).map_or_else(|| root.join("plugin/pkg"), PathBuf::from);
    let target = std::env::var_os("CARGO_TARGET_DIR")
        .map_or_else(|| root.join("target"), PathBuf::from)
        .join("module");
    let wasm = compile(root, &target)?;
    for (name, node) in [("node", true), ("web", false)] {
        let mut bindgen = Bindgen::new();
        bindgen.input_path(&wasm).out_name("hallpass").typescript(true);
        if node {
            bindgen.nodejs(true)?;
        } else {
            bindgen.web(true)?;
        }
        let folder = out.join(name);
        bindgen.generate(&folder)?;
        let main = if node { "\"main\"" } else { "\"type\": \"module\",\n  \"module\"" };
        let package = format!(
            "{{\n  \"name\": \"hallpass-{name}\",\n  \"version\": \"{}\",\n  \"license\": \"Apache-2.0\",\n  {main}: \"hallpass.js\",\n  \"types\": \"hallpass.d.ts\"\n}}\n",
            env!("CARGO_PKG_VERSION")
        );
        std::fs::write(folder.join("package.json"), package)?;
    }
    Ok(())
}

fn compile(root: &Path, target: &Path) -> Result<PathBuf> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .current_dir(root)
        .args([
            "build",
            "--package",
            "hallpass-plugin",
            "--features",
            "js",
            "--lib",
            "--profile",
            "module",
            "--locked",
        ])
        .args(["--target", TARGET, "--target-dir"])
        .arg(target)
        // As the host's build script, whose crates are used again.
        .env("RUSTFLAGS", format!("-C target-feature=+simd128 --remap-path-prefix={}=", root.display()))
        .env_remove("CARGO_ENCODED_RUSTFLAGS")
        .env_remove("RUSTC_WORKSPACE_WRAPPER")
        .output()
        .context("cannot start cargo")?;
    if !output.status.success() {
        let text = String::from_utf8_lossy(&output.stderr);
        if text.contains("error[E0463]") {
            bail!("the JavaScript package needs the WebAssembly target: run `rustup target add {TARGET}`");
        }
        bail!("building the JavaScript face failed:\n{text}");
    }
    Ok(target.join(TARGET).join("module/hallpass_plugin.wasm"))
}
