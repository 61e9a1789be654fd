#!/usr/bin/env bash
# One npm package: of a target, with its program, or `main`, the one that people name and that names the others.
# usage: host/package/npm/pack.sh TARGET|main PROGRAM OUT
set -euo pipefail
target=${1:?TARGET} program=$2 out=${3:?OUT}
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../.." && pwd)
version=$(sed -n 's/^version = "\(.*\)"/\1/p' "$root/Cargo.toml" | head -n 1)
grep -q "\"version\": \"$version\"" "$here/package.json" || { echo "package.json is not of version $version" >&2; exit 2; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/bin"
cp "$root/LICENSE" "$work/"

if [ "$target" = main ]; then
  cp "$here/package.json" "$root/README.md" "$work/"
  cp "$here/bin/hallpass.js" "$work/bin/"
  chmod +x "$work/bin/hallpass.js"
else
  case $target in
  x86_64-unknown-linux-gnu) name=linux-x64 os=linux cpu=x64 libc=glibc ;;
  aarch64-unknown-linux-gnu) name=linux-arm64 os=linux cpu=arm64 libc=glibc ;;
  x86_64-unknown-linux-musl) name=linux-x64-musl os=linux cpu=x64 libc=musl ;;
  aarch64-unknown-linux-musl) name=linux-arm64-musl os=linux cpu=arm64 libc=musl ;;
  x86_64-apple-darwin) name=darwin-x64 os=darwin cpu=x64 libc= ;;
  aarch64-apple-darwin) name=darwin-arm64 os=darwin cpu=arm64 libc= ;;
  x86_64-pc-windows-msvc) name=win32-x64 os=win32 cpu=x64 libc= ;;
  *) echo "no npm package is known for $target" >&2; exit 2 ;;
  esac
  if [ -n "$libc" ]; then libc=", \"libc\": [\"$libc\"]"; fi
  cp "$program" "$work/bin/"
  chmod +x "$work/bin"/*
  cat >"$work/package.json" <<JSON
{
  "name": "@hallpass-dev/cli-$name",
  "version": "$version",
  "description": "The program of @hallpass-dev/cli for $target",
  "license": "Apache-2.0",
  "repository": { "type": "git", "url": "git+https://github.com/hallpass-dev/hallpass.git" },
  "files": ["bin"],
  "preferUnplugged": true,
  "os": ["$os"],
  "cpu": ["$cpu"]$libc
}
JSON
fi
(cd "$work" && npm pack --loglevel=error --ignore-scripts --pack-destination "$out")
