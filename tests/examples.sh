#!/usr/bin/env bash
# The set-ups of examples/ci and the packages, in the hands of those who read them: schemas of the systems, shellcheck,
# zizmor, hallpass itself; the archive, the wheel and the npm package are made from the built program, installed into
# empty folders and run, and what must not run (a wrong digest) does not.
# usage: tests/examples.sh [crate]   (after `cargo build --release`; `crate` also builds the published crate)
set -euo pipefail
# shellcheck source=validators/install.sh
. "$(cd "$(dirname "$0")" && pwd)/validators/install.sh"
cd "$root"
passed=0

ok() {
  passed=$((passed + 1))
  echo "ok: $1"
}

schema() { # schema, files…
  local name=$1
  shift
  "$python/check-jsonschema" --builtin-schema "vendor.$name" "$@" >"$work/schema" || { cat "$work/schema"; exit 1; }
  ok "$name: $*"
}

# What fails must fail with this code and say this.
refuses() { # code, text, command…
  local code=$1 text=$2 got=0
  shift 2
  "$@" >"$work/refused" 2>&1 || got=$?
  if [ "$got" -ne "$code" ] || ! grep -q -- "$text" "$work/refused"; then
    cat "$work/refused"
    echo "ended with $got, not with $code and \`$text\`: $*"
    exit 1
  fi
}

# --- the policies that are shown anywhere, by the published schema
mkdir "$work/policies"
"$hallpass" schema config >"$work/policies.schema"
"$hallpass" init --sample "$work/sample" >/dev/null
"$python/python" tests/validators/policies.py "$work/policies" README.md rules/book/*/*.md
"$python/check-jsonschema" --schemafile "$work/policies.schema" "$work"/policies/*.toml "$work"/sample/*/hallpass.toml host/init/hallpass.toml >/dev/null
policies=("$work"/policies/*)
ok "${#policies[@]} policies of the docs, those of the sample and of init"

# --- the pipelines
ci=examples/ci
schema github-workflows .github/workflows/*.yml $ci/github*/.github/workflows/*.yml
schema github-actions action.yml
schema gitlab-ci --data-transform gitlab-ci $ci/gitlab/.gitlab-ci.yml
# A component is two documents; the schema knows one at a time.
awk -v out="$work/component" '/^---$/ { n = 1; next } { print > (out n ".yml") }' $ci/gitlab/templates/hallpass.yml
schema gitlab-ci --data-transform gitlab-ci "$work/component1.yml"
# That schema has expressions which are none where Unicode is minded.
schema azure-pipelines --data-transform azure-pipelines --regex-variant nonunicode $ci/azure/azure-pipelines.yml
schema circle-ci $ci/circleci/.circleci/config.yml
schema bitbucket-pipelines $ci/bitbucket/bitbucket-pipelines.yml
schema buildkite $ci/buildkite/.buildkite/pipeline.yml
schema woodpecker-ci $ci/woodpecker/.woodpecker/hallpass.yaml
"$python/pre-commit" validate-config $ci/pre-commit/.pre-commit-config.yaml
"$python/pre-commit" validate-manifest .pre-commit-hooks.yaml
ok "pre-commit: config and hooks"

find .github $ci host/package tests/*.sh tests/validators -name '*.sh' -print0 | xargs -0 shellcheck -x -P SCRIPTDIR
shellcheck .ci/run
ok "shellcheck"
"$python/zizmor" --offline --quiet --persona=pedantic .github action.yml $ci >"$work/zizmor" 2>&1 || { cat "$work/zizmor"; exit 1; }
ok "zizmor $("$python/zizmor" --version | cut -d' ' -f2): no findings"
"$hallpass" check $ci action.yml .github .pre-commit-hooks.yaml host/package >/dev/null
# Silence of what was not read would be no praise.
"$hallpass" check $ci action.yml --report json >"$work/coverage.json"
"$python/python" - "$work/coverage.json" <<'PYTHON'
import json, sys

coverage = json.load(open(sys.argv[1], encoding="utf-8"))["coverage"]
read = {dialect for file in coverage for dialect in file["dialects"]}
wanted = {"argo", "azure-pipelines", "bitbucket-pipelines", "buildkite", "circleci", "github-actions", "gitlab-ci",
          "jenkins", "tekton", "woodpecker"}
partly = [file["path"] for file in coverage if file["status"] != "checked" or file["unknown"]]
if wanted - read or partly:
    sys.exit(f"no example was read as {wanted - read}, and not whole: {partly}")
PYTHON
ok "hallpass: nothing at medium or above, every pipeline read whole"

# --- the packages
target=x86_64-unknown-linux-gnu
if [ "$(uname -m)" = aarch64 ]; then target=aarch64-unknown-linux-gnu; fi
version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)
mkdir "$work/program"
cp "$hallpass" "$work/program/hallpass"
bash host/package/release.sh $target "$work/program" "$work/dist" >/dev/null
if [ ! -f "$work/dist/hallpass-dev-cli-$version.tgz" ]; then bash host/package/npm/pack.sh main "" "$work/dist" >/dev/null; fi

# An installed program says its version, and finds in the samples what is planted there.
runs() { # what, program…
  local what=$1 code=0
  shift
  [ "$("$@" --version)" = "hallpass $version" ]
  "$@" check examples/vulnerable >"$work/found" || code=$?
  [ "$code" -eq 1 ] || { cat "$work/found"; echo "$what: the samples gave $code"; exit 1; }
  "$@" check examples/clean >/dev/null
  ok "$what runs"
}

python3 -m venv "$work/wheel"
"$work/wheel/bin/pip" install --quiet --disable-pip-version-check --no-index "$work"/dist/*.whl
runs wheel "$work/wheel/bin/hallpass"
"$work/wheel/bin/pip" uninstall --quiet --yes hallpass-check
[ ! -e "$work/wheel/bin/hallpass" ]

mkdir "$work/npm"
(cd "$work/npm" && npm install --silent --offline --ignore-scripts --no-audit --no-fund "$work"/dist/hallpass-dev-cli-*.tgz)
runs "npm package" "$work/npm/node_modules/.bin/hallpass"
rm -rf "$work"/npm/node_modules/@hallpass-dev/cli-*
refuses 2 "is not installed" "$work/npm/node_modules/.bin/hallpass" --version

# --- the archive, as install.sh and the action fetch it
name=hallpass-$version-$target.tar.gz
mkdir -p "$work/releases/v$version"
cp "$work/dist/$name" "$work/releases/v$version/"
(cd "$work/dist" && sha256sum -- "$name" >"$work/SHA256SUMS")
digest=$(cut -d' ' -f1 "$work/SHA256SUMS")
export HALLPASS_RELEASES=file://$work/releases HALLPASS_VERSION=$version
HALLPASS_SHA256=$digest sh $ci/install.sh "$work/bin"
runs "install.sh" "$work/bin/hallpass"
HALLPASS_CHECKSUMS=$work/SHA256SUMS sh $ci/install.sh "$work/bin2"
[ -x "$work/bin2/hallpass" ]
refuses 2 "it was removed" env HALLPASS_SHA256="$(printf '0%.0s' $(seq 64))" sh $ci/install.sh "$work/bin3"
refuses 2 "set HALLPASS_SHA256" sh $ci/install.sh "$work/bin3"
refuses 2 "is no version" env HALLPASS_VERSION='1;x' sh $ci/install.sh "$work/bin3"
# Without a digest the attestation is asked for, of the repository, its workflow and the tag; a stand-in notes how.
mkdir "$work/gh"
# shellcheck disable=SC2016 # for the stand-in's shell
printf '#!/bin/sh\necho "$*" >>"%s"\nexit "${GH_ANSWER:-0}"\n' "$work/gh/asked" >"$work/gh/gh"
chmod +x "$work/gh/gh"
PATH=$work/gh:$PATH HALLPASS_VERIFY=attestation sh $ci/install.sh "$work/bin4"
[ -x "$work/bin4/hallpass" ]
grep -q -- "--repo hallpass-dev/hallpass --signer-workflow .*/release.yml --source-ref refs/tags/v$version" "$work/gh/asked"
refuses 2 "not what the release workflow built" env PATH="$work/gh:$PATH" GH_ANSWER=1 HALLPASS_VERIFY=attestation sh $ci/install.sh "$work/bin3"
[ -z "$(ls -A "$work/bin3")" ] || { echo "something was left of what could not be verified"; exit 1; }
ok "install.sh: what is not the release is removed and not unpacked"

# The action, with the variables that action.yml sets and the runner's files.
mkdir -p "$work/runner/temp" "$work/repository/.github/workflows"
cp examples/vulnerable/.github/workflows/deploy.yml "$work/repository/.github/workflows/a b;c.yml"
action() {
  : >"$work/runner/output"
  (cd "$work/repository" && env RUNNER_TEMP="$work/runner/temp" GITHUB_OUTPUT="$work/runner/output" GITHUB_ACTIONS=true \
    GITHUB_STEP_SUMMARY="$work/runner/summary" ACTION_VERSION="$version" ACTION_SHA256="$digest" ACTION_PATHS="${1-.}" ACTION_BASE='' \
    ACTION_FAIL_ON="${2-medium}" ACTION_REPORTS="${3-}" ACTION_CONFIG='' GH_TOKEN='' \
    bash "$root/.github/action/run.sh")
}
refuses 1 "::error" action
grep -qx 'exit-code=1' "$work/runner/output"
grep -qx "sarif=$work/runner/temp/hallpass/hallpass.sarif" "$work/runner/output"
grep -q 'a b;c.yml' "$work/runner/summary"
refuses 1 "" action ".github/workflows/a b;c.yml" medium "junit=$work/runner/junit.xml"
xmllint --noout "$work/runner/junit.xml"
refuses 0 "" action . critical
# A path is a path, whatever it looks like.
refuses 2 'no such file' action --help
refuses 2 "" action . nonsense
if grep -q sarif= "$work/runner/output"; then echo "a run that failed left a report"; exit 1; fi
# A review has nobody to ask here: it says what it lacks, and checks nothing.
export ACTION_REVIEW=true
refuses 2 "error: no " action
unset ACTION_REVIEW
ok "the action"

# Bitbucket's two scripts: what is sent, to a proxy that notes it.
"$python/python" tests/validators/insights.py $ci/bitbucket/code-insights.sh "$hallpass" "$work"
passed=$((passed + 1))

# pin.sh writes a release into a copy, everywhere, and a second one over it.
mkdir "$work/copy"
tar -cf - action.yml .pre-commit-hooks.yaml .github $ci | tar -C "$work/copy" -xf -
times() { printf "$1%.0s" $(seq "$2"); }
for release in 1.2.3 2.0.0; do
  echo "$(times a 64)  hallpass-$release-x86_64-unknown-linux-gnu.tar.gz" >"$work/sums"
  bash "$work/copy/$ci/pin.sh" $release "$work/sums" "sha256:$(times b 64)" "$(times c 40)"
done
if grep -rnE '0{40}|0\.1\.0|1\.2\.3' "$work/copy" --exclude='*.sh' --exclude='*.md'; then echo "pin.sh left these"; exit 1; fi
for pin in 'a{64}=9' 'b{64}=3' 'c{40}=2'; do
  count=$(grep -rlE "${pin%=*}" "$work/copy" --exclude='*.sh' | wc -l)
  [ "$count" -ge "${pin#*=}" ] || { echo "pin.sh wrote ${pin%=*} into $count files"; exit 1; }
done
ok "pin.sh"

# --- pre-commit, on a repository of its own
mkdir "$work/hooks" "$work/commit"
cp .pre-commit-hooks.yaml "$work/hooks/"
commit() { git -C "$1" -c user.name=a -c user.email=a@b.example commit --quiet --no-verify --message "$2"; }
git -C "$work/hooks" init --quiet
git -C "$work/hooks" add .
commit "$work/hooks" hooks
git -C "$work/commit" init --quiet
printf 'on: push\n' >"$work/commit/readme.yml"
git -C "$work/commit" add .
commit "$work/commit" first
mkdir -p "$work/commit/.github/workflows"
cp examples/clean/.github/workflows/deploy.yml "$work/commit/.github/workflows/"
git -C "$work/commit" add .
hook() {
  (cd "$work/commit" && PATH=$work/program:$PATH PRE_COMMIT_HOME=$work/pre-commit \
    "$python/pre-commit" try-repo "$work/hooks" hallpass-system --color never)
}
refuses 0 "Passed" hook
cp examples/vulnerable/.github/workflows/deploy.yml "$work/commit/.github/workflows/"
git -C "$work/commit" add .
refuses 1 "scope/admin-grant" hook
ok "pre-commit: hallpass-system"
# The example, with the wheel that was made here in place of the one of the registry.
sed -e "s|hallpass-check==[0-9.]*|$(echo "$work"/dist/*.whl)|" $ci/pre-commit/.pre-commit-config.yaml >"$work/commit/.pre-commit-config.yaml"
config() {
  (cd "$work/commit" && PRE_COMMIT_HOME=$work/pre-commit "$python/pre-commit" run --color never)
}
refuses 1 "scope/admin-grant" config
ok "pre-commit: the example's configuration with the wheel"

# --- the published crate, which takes minutes: it builds where no WebAssembly target and no rules are
if [ "${1-}" = crate ]; then
  from=$SECONDS
  HALLPASS=$hallpass bash host/package/crate.sh "$work/crates"
  for crate in hallpass-hiding hallpass; do tar -C "$work/crates" -xzf "$work/crates/$crate-$version.crate"; done
  # The target is not just unused: a compiler that is asked for it fails.
  printf '#!/bin/sh\ncase "$*" in *wasm32*) echo "no such target" >&2; exit 1 ;; esac\nexec "$@"\n' >"$work/no-wasm"
  chmod +x "$work/no-wasm"
  grep -v '^targets' rust-toolchain.toml >"$work/crates/rust-toolchain.toml"
  crate_target=${CRATE_TARGET:-$root/target/crate}
  # Without --locked: the crate that no registry has yet takes another place in the lock file.
  (cd "$work/crates/hallpass-$version" && RUSTC_WRAPPER=$work/no-wasm CARGO_TARGET_DIR=$crate_target cargo build --release \
    --quiet --config "patch.crates-io.hallpass-hiding.path=\"$work/crates/hallpass-hiding-$version\"")
  runs "published crate" "$crate_target/release/hallpass"
  echo "the crate was built and run in $((SECONDS - from)) s"
fi

echo "$passed passed, 0 failed"
