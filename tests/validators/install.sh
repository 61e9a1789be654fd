# Sourced by tests/examples.sh and tests/reports.sh: puts the validators, at the versions of the lock files, into a folder
# of the build, and names their programs.
# shellcheck shell=bash
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
hallpass=${HALLPASS:-$root/target/release/hallpass}
[ -x "$hallpass" ] || { echo "build first: cargo build --release"; exit 2; }
tools=${VALIDATORS:-$root/target/validators}

# shellcheck source=need.sh
. "$root/tests/validators/need.sh"
need python3 python3
python3 -c 'import ensurepip, venv' 2>/dev/null || install python3-venv
need npm npm
need shellcheck shellcheck
need xmllint libxml2-utils

stamp=$(cat "$root"/tests/validators/{requirements.txt,package-lock.json} | sha256sum)
if [ "$(cat "$tools/stamp" 2>/dev/null || true)" != "$stamp" ]; then
  rm -rf "$tools"
  python3 -m venv "$tools/python"
  "$tools/python/bin/pip" install --quiet --disable-pip-version-check --only-binary :all: --no-deps \
    --requirement "$root/tests/validators/requirements.txt"
  mkdir "$tools/node"
  cp "$root"/tests/validators/{package.json,package-lock.json,.npmrc} "$tools/node"
  (cd "$tools/node" && npm ci --silent)
  echo "$stamp" >"$tools/stamp"
fi
python=$tools/python/bin
# Called directly: the package's own wrapper hands `;` to a shell.
multitool=$tools/node/node_modules/@microsoft/sarif-multitool-linux/Sarif.Multitool
chmod +x "$multitool"
export multitool python hallpass

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
