#!/usr/bin/env bash
# What a release holds for one target, from a built program: the archive, the wheel and the npm package.
# usage: host/package/release.sh TARGET FOLDER-OF-THE-PROGRAM OUT
set -euo pipefail
target=${1:?TARGET} folder=${2:?FOLDER-OF-THE-PROGRAM} out=${3:?OUT}
mkdir -p "$out"
out=$(cd "$out" && pwd)
folder=$(cd "$folder" && pwd)
cd "$(dirname "$0")/../.."
version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)
program=$folder/hallpass
if [ -f "$folder/hallpass.exe" ]; then program=$folder/hallpass.exe; fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
name=hallpass-$version-$target
mkdir "$work/$name"
cp "$program" LICENSE README.md "$work/$name/"
tar -C "$work" -czf "$out/$name.tar.gz" "$name"

python3 host/package/wheel.py "$target" "$program" "$out"
bash host/package/npm/pack.sh "$target" "$program" "$out"
# The package that people name is the same from every machine; one of them makes it.
if [ "$target" = x86_64-unknown-linux-gnu ]; then bash host/package/npm/pack.sh main "" "$out"; fi
