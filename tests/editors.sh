#!/usr/bin/env bash
# Editors and pages, in the hands of those who use them: Neovim on `hallpass lsp`, the VS Code extension in the web build of
# VS Code, the playground in Chromium, and the JavaScript package in what people build with.
# usage: tests/editors.sh   (after `cargo build --release`)
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
export HALLPASS=${HALLPASS:-$root/target/release/hallpass}
[ -x "$HALLPASS" ] || { echo "build first: cargo build --release"; exit 2; }
# shellcheck source=validators/need.sh
. "$root/tests/validators/need.sh"
need npm npm
need nvim neovim
need chromium chromium

export JS_PACKAGE=${JS_PACKAGE:-$root/target/package}
CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$root/target} \
  cargo run --quiet --release --locked --manifest-path "$root/plugin/js/Cargo.toml" -- "$JS_PACKAGE"

for folder in tests/editors tests/editors/bundlers examples/vscode examples/playground; do
  (cd "$root/$folder" && npm ci --silent --no-audit --no-fund)
done

# Its own words go with the name of what was tried.
try() { # name, command…
  echo "== $1"
  "${@:2}"
}

try "Neovim" bash "$root/tests/editors/neovim.sh"
try "VS Code" bash "$root/tests/editors/vscode.sh"
playground() {
  (cd "$root/examples/playground" && npm run --silent check && npm run --silent build)
  node "$root/tests/editors/playground.mjs"
}
try "playground" playground
try "package" node "$root/tests/editors/bundlers/bundlers.mjs"
