#!/usr/bin/env bash
# The crates as they are published: the host's carries the component and its contract, since no folder lies beside it
# there, and builds without the rules' sources and the WebAssembly target. It also carries the release profile, which
# stands in the workspace here: without it the build script's compiler runs unoptimised over the component, for minutes.
# usage: host/package/crate.sh FOLDER   (after `cargo build --release`; HALLPASS names another program)
set -euo pipefail
out=${1:?usage: host/package/crate.sh FOLDER}
mkdir -p "$out"
out=$(cd "$out" && pwd)
cd "$(dirname "$0")/../.."
program=$(realpath "${HALLPASS:-target/release/hallpass}")
[ -x "$program" ] || { echo "build first: cargo build --release" >&2; exit 2; }
version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)

# In a copy: nothing is left in the sources, however this ends.
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/rules"
cp -R host README.md Cargo.lock rust-toolchain.toml "$work/"
cp -R rules/hiding "$work/rules/"
sed 's|^members = .*|members = ["host", "rules/hiding"]|; /^exclude = /d' Cargo.toml >"$work/Cargo.toml"
mkdir "$work/host/prebuilt"
"$program" plugin export "$work/host/prebuilt/rules.wasm"
cp -R plugin/wit "$work/host/prebuilt/wit"
cp LICENSE "$work/host/prebuilt/LICENSE"
# The tables [profile.release…] of the workspace, with what is said about them.
awk '/^\[/ { keep = /^\[profile\.release/ } keep' Cargo.toml >>"$work/host/Cargo.toml"

# Two crates at once, because the host's needs the other one. The lock file loses what the smaller workspace lacks.
(cd "$work" && cargo package --no-verify --target-dir "$work/target" --package hallpass-hiding --package hallpass)
cp "$work/target/package/hallpass-$version.crate" "$work/target/package/hallpass-hiding-$version.crate" "$out"
