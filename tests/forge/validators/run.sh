#!/usr/bin/env bash
# Validates what the fake forge exchanged, and sends the published webhooks to the server: record with
# HALLPASS_EXCHANGES=FOLDER, then `run.sh FOLDER`.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
folder=$(cd "${1:?the folder that HALLPASS_EXCHANGES named}" && pwd)
# shellcheck source=../../validators/need.sh
. "$here/../../validators/need.sh"
need npm npm
export HALLPASS=${HALLPASS:-$here/../../../target/release/hallpass}
[ -x "$HALLPASS" ] || { echo "build first: cargo build --release"; exit 2; }
HALLPASS=$(realpath "$HALLPASS")
cd "$here"
stamp=$(sha256sum <package-lock.json)
if [ "$(cat node_modules/.stamp 2>/dev/null || true)" != "$stamp" ]; then
  npm ci --silent
  echo "$stamp" >node_modules/.stamp
fi
# A validator that finds nothing wrong must be one that would.
node --test --test-reporter=dot
node validate.mjs "$folder"
node webhooks.serve.mjs
