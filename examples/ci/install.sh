#!/bin/sh
# Fetches a release of hallpass, proves that it is the one asked for, and unpacks it. Nothing that was fetched runs before.
# usage: install.sh FOLDER
#   HALLPASS_VERSION    which release, such as 0.1.0
#   HALLPASS_SHA256     digest of its archive for this machine, from the release's SHA256SUMS, or
#   HALLPASS_CHECKSUMS  a file such as SHA256SUMS, or
#   HALLPASS_VERIFY     `attestation`: ask `gh` whether the release workflow of the repository built the archive
#   HALLPASS_RELEASES   where archives lie: a mirror over https, or a folder as file:///…
set -eu
folder=${1:?usage: install.sh FOLDER}
version=${HALLPASS_VERSION:?set HALLPASS_VERSION to a release, such as 0.1.0}
repository=hallpass-dev/hallpass
releases=${HALLPASS_RELEASES:-https://github.com/$repository/releases/download}

fail() {
  echo "hallpass: $1" >&2
  exit 2
}

case $version in
'' | *[!0-9A-Za-z.-]*) fail "HALLPASS_VERSION is no version" ;;
esac
case $(uname -s) in
Linux) system=unknown-linux-gnu ;;
Darwin) system=apple-darwin ;;
MINGW* | MSYS* | CYGWIN*) system=pc-windows-msvc ;;
*) fail "there is no release for $(uname -s)" ;;
esac
# Where the C library is another one, such as in Alpine, the static build runs.
if [ $system = unknown-linux-gnu ] && [ ! -e /lib64/ld-linux-x86-64.so.2 ] && [ ! -e /lib/ld-linux-aarch64.so.1 ]; then
  system=unknown-linux-musl
fi
case $(uname -m) in
x86_64 | amd64) machine=x86_64 ;;
aarch64 | arm64) machine=aarch64 ;;
*) fail "there is no release for $(uname -m)" ;;
esac
name=hallpass-$version-$machine-$system
archive=$folder/$name.tar.gz

mkdir -p "$folder"
curl --proto '=https,file' --proto-redir '=https' --tlsv1.2 --fail --silent --show-error --location --retry 3 \
  --max-filesize 200000000 --output "$archive" "$releases/v$version/$name.tar.gz" ||
  fail "cannot fetch $name.tar.gz"

expected=${HALLPASS_SHA256:-}
if [ -z "$expected" ] && [ -n "${HALLPASS_CHECKSUMS:-}" ] && [ -f "$HALLPASS_CHECKSUMS" ]; then
  expected=$(awk -v name="$name.tar.gz" '$2 == name || $2 == "*" name { print $1; exit }' "$HALLPASS_CHECKSUMS")
fi
if [ -n "$expected" ]; then
  if command -v sha256sum >/dev/null; then
    found=$(sha256sum <"$archive")
  else
    found=$(shasum -a 256 <"$archive")
  fi
  [ "${found%% *}" = "$expected" ] || {
    rm -f "$archive"
    fail "$name.tar.gz has the digest ${found%% *}, not $expected; it was removed"
  }
elif [ "${HALLPASS_VERIFY:-}" = attestation ]; then
  gh attestation verify "$archive" --repo "$repository" --signer-workflow "$repository/.github/workflows/release.yml" \
    --source-ref "refs/tags/v$version" >&2 || {
    rm -f "$archive"
    fail "$name.tar.gz is not what the release workflow built; it was removed"
  }
else
  rm -f "$archive"
  fail "no digest of $name.tar.gz is known: set HALLPASS_SHA256"
fi

tar -xzf "$archive" -C "$folder" --strip-components=1
rm -f "$archive"
