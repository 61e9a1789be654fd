#!/usr/bin/env bash
# Every report of the examples, and of a tree with hostile names, in the hands of those who read such reports in earnest.
# The CI system around this run is hidden from hallpass, so that it says the same everywhere; for Azure's rules, which ask
# which of its runs a report is of, hallpass is told of one.
# usage: tests/reports.sh   (after `cargo build --release`; HALLPASS names another program)
set -euo pipefail
# shellcheck source=validators/install.sh
. "$(cd "$(dirname "$0")" && pwd)/validators/install.sh"
unset GITHUB_ACTIONS TF_BUILD GITLAB_CI BUILDKITE CIRCLECI JENKINS_URL TEAMCITY_VERSION BITBUCKET_BUILD_NUMBER GITHUB_STEP_SUMMARY
azure_run=(TF_BUILD=True SYSTEM_COLLECTIONURI=https://dev.azure.com/octo/ SYSTEM_TEAMPROJECTID=1b SYSTEM_DEFINITIONID=12
  BUILD_DEFINITIONNAME=shop SYSTEM_PHASEID=3c0b0bb6-57c5-5a43-b3dd-7b9b1d3a7c11 SYSTEM_PHASENAME=check BUILD_SOURCEBRANCH=refs/heads/main BUILD_BUILDID=77)
formats="json sarif github gitlab-codequality gitlab-secrets gitlab-sast azure teamcity buildkite jenkins bitbucket junit checkstyle rdjson markdown html csv"
passed=0

ok() {
  passed=$((passed + 1))
  echo "ok: $1"
}

# All formats from one run over a tree: their files, named by format, below $work/NAME.
make() { # name, tree, arguments…
  local name=$1 tree=$2 code=0 reports=()
  shift 2
  mkdir "$work/$name"
  for format in $formats; do reports+=(--report "$format=$work/$name/$format"); done
  (cd "$tree" && env "${azure_run[@]}" "$hallpass" check --today 2026-11-26 "${reports[@]}" "$@" . >/dev/null 2>&1) || code=$?
  [ "$code" -le 1 ] || { echo "$name: hallpass ended with $code"; exit 1; }
  for format in $formats; do [ -s "$work/$name/$format" ] || [[ $format =~ ^(azure|github|teamcity)$ ]] || { echo "$name: no $format"; exit 1; }; done
}

# 0 errors and 0 warnings of the multitool's rules, which are those of the format and of both code scanning services.
sarif() { # name, kinds of rules
  local out=$work/$1.multitool kinds=${2:-Sarif;Ghas;GHAzDO}
  cp "$work/$1/sarif" "$work/$1.sarif"
  DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1 "$multitool" validate "$work/$1.sarif" --rule-kind "$kinds" \
    --level "Error;Warning" >"$out" 2>&1 || { cat "$out"; exit 1; }
  if grep -qE ': (error|warning) ' "$out" || ! grep -q 'Analysis completed successfully' "$out"; then cat "$out"; exit 1; fi
  "$python/check-jsonschema" --schemafile "$(dirname "$multitool")/sarif-2.1.0.json" "$work/$1.sarif" >/dev/null
  "$python/sarif" summary "$work/$1.sarif" >"$work/$1.summary"
  ok "$1: SARIF: multitool ($kinds), OASIS schema, sarif-tools"
}

others() { # name
  local at=$work/$1
  "$python/check-jsonschema" --schemafile "$root/tests/validators/rdjson.schema.json" "$at/rdjson" >/dev/null
  ok "$1: rdjson: schema"
  xmllint --noout "$at/checkstyle" "$at/junit"
  ok "$1: checkstyle and JUnit: xmllint"
  "$python/python" "$root/tests/validators/junit.py" "$at/junit" "$at/json"
  passed=$((passed + 1))
  NODE_PATH=$tools/node/node_modules node "$root/tests/validators/azure.cjs" "$at/azure" "$at/json"
  passed=$((passed + 1))
}

tree() { # name: the examples, in a folder where no CI and no repository is
  mkdir "$work/tree-$1"
  cp -R "$root/examples/clean" "$root/examples/vulnerable" "$work/tree-$1/"
}

tree plain
make plain "$work/tree-plain"
sarif plain
others plain
grep -q '"ruleId"' "$work/plain/sarif" || { echo "the examples have no findings"; exit 1; }

# Names that are part of somebody's syntax: of Azure's and GitHub's commands, of XML, JSON, CSV, Markdown and of addresses.
tree hostile
# shellcheck disable=SC2016 # names, not expansions
for name in 'a;b, c.yml' '100%25 [x]: y.yml' '%0A::error ::z.yml' '##vso[task.complete result=Succeeded;].yml' \
  '<error line="1"> & "q" .yml' '=cmd|x!A1.yml' 'é 😀 文.yml' '`code` |cell| [l](u).yml' 'back\slash#frag?q.yml'; do
  printf 'on: push\npermissions: write-all\njobs:\n  b:\n    runs-on: x\n    steps:\n      - run: "true"\n' \
    >"$work/tree-hostile/vulnerable/.github/workflows/$name"
done
make hostile "$work/tree-hostile"
sarif hostile
others hostile

# Nothing found: a report all the same.
mkdir "$work/tree-clean"
cp -R "$root/examples/clean" "$work/tree-clean/"
make clean "$work/tree-clean"
sarif clean
others clean

# What came since a base: states of findings, and one that is waived.
tree base
git() { command git -C "$work/tree-base" -c user.name=a -c user.email=a@b.example -c init.defaultBranch=main "$@"; }
git init --quiet
git add .
git commit --quiet --message base
printf 'on: push\npermissions: write-all\njobs:\n  b:\n    runs-on: x\n    steps:\n      - run: "true"\n' \
  >"$work/tree-base/vulnerable/.github/workflows/new.yml"
git add .
git commit --quiet --message new
make base "$work/tree-base" --base HEAD~1
sarif base
others base

# What there is besides findings.
for of in plain hostile; do
  [ -d "$work/tree-$of" ] || continue
  (cd "$work/tree-$of" && "$hallpass" inventory --today 2026-11-26 --report json="$work/$of.inventory" --report cyclonedx="$work/$of.bill")
  "$hallpass" schema inventory >"$work/inventory.schema"
  "$python/check-jsonschema" --schemafile "$work/inventory.schema" "$work/$of.inventory" >/dev/null
  "$python/python" "$root/tests/validators/bill.py" "$work/$of.bill"
  ok "$of: inventory: its schema; CycloneDX's own library"
done

grep -q '"azuredevops/pipeline/build/octo/1b/12/3c0b0bb6-57c5-5a43-b3dd-7b9b1d3a7c11/refs/heads/main/77"' "$work/plain/sarif"
# Elsewhere there is no run of Azure's to name, and none is made up; in GitHub Actions the report has a category.
for system in nowhere github; do
  mkdir "$work/$system"
  code=0
  (
    cd "$work/tree-plain"
    if [ $system = github ]; then export GITHUB_ACTIONS=true; fi
    "$hallpass" check --report sarif="$work/$system/sarif" . >/dev/null 2>&1
  ) || code=$?
  [ "$code" -eq 1 ]
  sarif $system "Sarif;Ghas"
done
if grep -q automationDetails "$work/nowhere/sarif"; then echo "a run was made up"; exit 1; fi
grep -q '"hallpass/"' "$work/github/sarif"

# Whose reports we compare ours with; numbers of the same rules stand in examples/ci/README.md.
beside() { # name, report
  "$multitool" validate "$2" --rule-kind "Sarif;Ghas;GHAzDO" --level "Error;Warning" >"$work/$1.multitool" 2>&1 || true
  echo "beside: $1: $(grep -cE ': (error|warning) ' "$work/$1.multitool" || true) errors and warnings"
}
"$python/zizmor" --offline --quiet --format sarif "$root/examples/vulnerable" >"$work/zizmor.sarif" || true
beside "zizmor $("$python/zizmor" --version | cut -d' ' -f2)" "$work/zizmor.sarif"
printf 'import os\n\n\ndef f():\n    try:\n        pass\n    except:\n        pass\n' >"$work/a.py"
"$python/ruff" check --quiet --isolated --no-cache --output-format sarif "$work/a.py" >"$work/ruff.sarif" || true
beside "ruff $("$python/ruff" --version | cut -d' ' -f2)" "$work/ruff.sarif"

echo "$passed passed, 0 failed"
