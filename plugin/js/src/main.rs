//! `cargo run -p hallpass-js --release` writes `plugin/pkg/`.

use std::path::Path;

fn main() -> anyhow::Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap_or(Path::new("."));
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), Into::into);
    hallpass_js::build(&root.join("plugin/pkg"), &target.join("js"))
}
