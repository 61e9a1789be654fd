#!/usr/bin/env bash
# Whole-process CPU seconds and peak memory of `hallpass check` over a tree, and over made-up ones.
# Beside them stand ripsecrets, Kingfisher and, over workflows, zizmor, where installed (`cargo install ripsecrets`,
# `pip install kingfisher-bin zizmor`).
# usage: tests/bench.sh [TREE]
# Compare ratios within one run; machines differ. Needs bash and python3 (for the kernel's accounting of a child).
set -euo pipefail
here=$(cd "$(dirname "$0")/.." && pwd)
binary=${HALLPASS:-$here/target/release/hallpass}
[ -x "$binary" ] || { echo "build first: cargo build --release"; exit 2; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

measure() { # name, arguments…
  local name=$1
  shift
  timed "$name" "$binary" "$@"
}

# What others take for the same tree: secrets only, without asking the issuers.
beside() { # tree
  local tree=$1
  if command -v ripsecrets >/dev/null; then timed "  ripsecrets" ripsecrets "$tree"; fi
  if command -v kingfisher >/dev/null; then
    timed "  kingfisher" kingfisher scan "$tree" --no-update-check --no-validate --format json -o "$work/kingfisher.json"
  fi
}

timed() { # name, command…
  local name=$1
  shift
  python3 - "$name" "$@" <<'PY'
import os, resource, subprocess, sys, statistics
name, *command = sys.argv[1:]
rows = []
for _ in range(7):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, _, usage = os.wait4(process.pid, 0)
    rows.append((usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024))
rows = rows[1:]
cpu = [r[0] for r in rows]
print(f"{name:34} cpu s min {min(cpu):7.3f} median {statistics.median(cpu):7.3f}   peak MiB {max(r[1] for r in rows):7.1f}")
PY
}

mkdir -p "$work/small/.github/workflows"
printf 'on: push\npermissions: write-all\njobs:\n  a:\n    runs-on: x\n    steps:\n      - run: echo\n' > "$work/small/.github/workflows/a.yml"
measure "one small workflow" check "$work/small"
beside "$work/small"

mkdir -p "$work/ci/.github/workflows"
python3 - "$work/ci" <<'PY'
import os, sys
root = sys.argv[1]
for n in range(3000):
    folder = f"{root}/src/{n % 50}"
    os.makedirs(folder, exist_ok=True)
    with open(f"{folder}/file{n}.rs", "w") as out:
        for line in range(60):
            out.write(f"    let value_{line} = compute(input_{n}, {line} * 7) + other.field_{line};\n")
for n in range(30):
    with open(f"{root}/.github/workflows/w{n}.yml", "w") as out:
        out.write("on: push\npermissions: {contents: read}\njobs:\n  a:\n    runs-on: x\n    steps:\n")
        for step in range(40):
            out.write(f"      - name: step {step}\n        run: make target-{step}\n")
PY
measure "CI-sized tree (about 12 MB, 3,030)" check "$work/ci"
beside "$work/ci"

# 110 workflows as long as those of real projects (4 KB each): two jobs, actions by tag and by commit, secrets, logins, scripts.
mkdir -p "$work/workflows/.github/workflows"
python3 - "$work/workflows/.github/workflows" <<'PY'
import sys
for n in range(110):
    jobs = ""
    for job in ("test", "deploy"):
        jobs += f"  {job}:\n    runs-on: ubuntu-24.04\n    timeout-minutes: 20\n    permissions: {{contents: read, id-token: write}}\n"
        jobs += "    strategy: {matrix: {os: [a, b], version: [1, 2, 3]}}\n    steps:\n"
        jobs += "      - uses: actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683\n        with: {persist-credentials: false}\n"
        jobs += "      - uses: actions/setup-node@v4\n        with: {node-version: \"${{ matrix.version }}\"}\n"
        for step in range(3):
            jobs += f"      - name: step {step} of {n}\n        env:\n          TOKEN: ${{{{ secrets.TOKEN_{step} }}}}\n        run: |\n"
            jobs += "          set -euo pipefail\n          npm ci\n          for f in dist/*.js; do node --check \"$f\"; done\n"
            jobs += f"          curl -fsS -H \"Authorization: Bearer $TOKEN\" https://api.example/v1/{step} | jq .id\n"
        jobs += "      - uses: aws-actions/configure-aws-credentials@v4\n        with: {role-to-assume: \"arn:aws:iam::123456789012:role/ci\", aws-region: eu-west-1}\n"
    with open(f"{sys.argv[1]}/w{n}.yml", "w") as out:
        out.write("name: w\non:\n  push: {branches: [main]}\n  pull_request:\npermissions: {}\njobs:\n" + jobs)
PY
measure "110 workflows" check "$work/workflows"
if command -v zizmor >/dev/null; then timed "  zizmor" zizmor --offline "$work/workflows"; fi

# Dense findings: twice the text must take about twice the time.
for size in 100 200; do
  mkdir -p "$work/dense$size"
  python3 - "$work/dense$size/tokens.txt" "$size" <<'PY'
import random, string, sys
path, kilobytes = sys.argv[1], int(sys.argv[2])
random.seed(1)
with open(path, "w") as out:
    while out.tell() < kilobytes * 1000:
        out.write("hf_" + "".join(random.choices(string.ascii_letters, k=34)) + "\n")
PY
  measure "$size KB of tokens" check "$work/dense$size"
  beside "$work/dense$size"
done

if [ $# -gt 0 ]; then
  echo "$1: $(find "$1" -type f | wc -l) files, $(du -sb "$1" | cut -f1) bytes"
  measure "$1" check "$1"
  beside "$1"
fi
