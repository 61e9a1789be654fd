//! Builds the module's JavaScript face and writes it as one npm package: for Node, which loads it at once, and for browsers
//! and bundlers, which fetch the module and are told when it is there. Both share one module and its TypeScript types.
//!
//! `cargo run --release --manifest-path plugin/js/Cargo.toml [-- OUT]`; OUT is `plugin/pkg` unless named.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
use wasm_bindgen_cli_support::Bindgen;

const TARGET: &str = "wasm32-unknown-unknown";
/// Of which the package is built: small, where the host's is fast.
const PROFILE: &str = "small";
const MODULE: &str = "hallpass_bg.wasm";
/// How the glue for Node finds the module, and how it finds the shared one.
const BESIDE: &str = "`${__dirname}/hallpass_bg.wasm`";
const SHARED: &str = "`${__dirname}/../web/hallpass_bg.wasm`";

fn main() -> Result<()> {
    let root =
        Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).context("the crate stands in plugin/js")?;
    let out = std::env::args_os().nth(1).map_or_else(|| root.join("plugin/pkg"), PathBuf::from);
    let target = std::env::var_os("CARGO_TARGET_DIR")
        .map_or_else(|| root.join("target"), PathBuf::from)
        .join("module");
    let wasm = compile(root, &target)?;
    let (node, web) = (out.join("node"), out.join("web"));
    for (folder, is_node) in [(&node, true), (&web, false)] {
        let mut bindgen = Bindgen::new();
        // A page, and a bundler, then finds the module beside the glue.
        bindgen.input_path(&wasm).out_name("hallpass").typescript(true).omit_default_module_path(false);
        if is_node {
            bindgen.nodejs(true)?;
        } else {
            bindgen.web(true)?;
        }
        bindgen.generate(folder)?;
        let kind = if is_node { "commonjs" } else { "module" };
        fs::write(folder.join("package.json"), format!("{{ \"type\": \"{kind}\" }}\n"))?;
        fs::remove_file(folder.join("hallpass_bg.wasm.d.ts"))?;
    }
    share(&node, &web)?;
    fs::write(out.join("package.json"), manifest())?;
    fs::copy(root.join("plugin/js/README.md"), out.join("README.md"))?;
    fs::copy(root.join("LICENSE"), out.join("LICENSE"))?;
    Ok(())
}

/// Leaves one module for both.
fn share(node: &Path, web: &Path) -> Result<()> {
    let same = fs::read(node.join(MODULE))? == fs::read(web.join(MODULE))?;
    ensure!(same, "the modules for Node and for browsers differ: each needs its own");
    let glue = node.join("hallpass.js");
    let text = fs::read_to_string(&glue)?;
    ensure!(text.matches(BESIDE).count() == 1, "wasm-bindgen loads the module in another way than it did");
    fs::write(&glue, text.replace(BESIDE, SHARED))?;
    fs::remove_file(node.join(MODULE))?;
    Ok(())
}

fn manifest() -> String {
    format!(
        r#"{{
  "name": "hallpass",
  "version": "{}",
  "description": "Checks pipelines and infrastructure code for machine identities that are hardcoded, unowned, long-lived or too broad",
  "license": "Apache-2.0",
  "main": "./node/hallpass.js",
  "types": "./node/hallpass.d.ts",
  "exports": {{
    ".": {{
      "node": {{ "types": "./node/hallpass.d.ts", "default": "./node/hallpass.js" }},
      "default": {{ "types": "./web/hallpass.d.ts", "default": "./web/hallpass.js" }}
    }},
    "./web": {{ "types": "./web/hallpass.d.ts", "default": "./web/hallpass.js" }},
    "./{MODULE}": "./web/{MODULE}"
  }},
  "files": ["node", "web"],
  "sideEffects": false,
  "engines": {{ "node": ">=18" }}
}}
"#,
        env!("CARGO_PKG_VERSION")
    )
}

fn compile(root: &Path, target: &Path) -> Result<PathBuf> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .current_dir(root)
        .args(["build", "--package", "hallpass-plugin", "--features", "js", "--lib"])
        .args(["--profile", PROFILE, "--locked", "--target", TARGET, "--target-dir"])
        .arg(target)
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
    Ok(target.join(TARGET).join(PROFILE).join("hallpass_plugin.wasm"))
}
