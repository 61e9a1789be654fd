#!/usr/bin/env bash
# The VS Code extension: its types, its server, its desktop half on a stand-in, all of it in the web build of VS Code, and the
# package.
# usage: tests/editors/vscode.sh [SCREENSHOT]
# JS_PACKAGE is the built JavaScript package (plugin/pkg unless set), HALLPASS a binary to hold it against, CHROMIUM a browser.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
extension=$here/../../examples/vscode

if [ -n "${JS_PACKAGE:-}" ]; then JS_PACKAGE=$(cd "$JS_PACKAGE" && pwd) && export JS_PACKAGE; fi

install() {
  (cd "$1" && npm ci --silent --no-audit --no-fund)
}

install "$extension"
install "$here"
(cd "$extension" && npm run --silent check && npm run --silent package)
node --test "$here/server.test.mjs" "$here/desktop.test.mjs" "$here/ignored.test.mjs"
node "$here/vscode.mjs" ${1:+--screenshot "$1"}
wc -c "$extension/hallpass.vsix"
