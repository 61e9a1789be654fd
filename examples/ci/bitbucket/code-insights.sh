#!/usr/bin/env bash
# Sends `hallpass check --report bitbucket=FILE` to Code Insights: the report, then its annotations, a hundred in each
# request. Bitbucket Pipelines has a proxy on this machine that signs requests of the step, so there is no credential.
# usage: code-insights.sh FILE
set -euo pipefail
file=${1:?usage: code-insights.sh FILE}
proxy=${CODE_INSIGHTS_PROXY:-http://localhost:29418}
address=http://api.bitbucket.org/2.0/repositories/$BITBUCKET_REPO_FULL_NAME/commit/$BITBUCKET_COMMIT/reports/hallpass
parts=$(mktemp -d)
trap 'rm -rf "$parts"' EXIT

# One file for each request: report.json, then annotations-00.json and on.
python3 - "$file" "$parts" <<'PYTHON'
import json, pathlib, sys

sent, folder = json.load(open(sys.argv[1], encoding="utf-8")), pathlib.Path(sys.argv[2])
(folder / "report.json").write_text(json.dumps(sent["report"]), encoding="utf-8")
for number, annotations in enumerate(sent["annotations"]):
    (folder / f"annotations-{number:02}.json").write_text(json.dumps(annotations), encoding="utf-8")
PYTHON

send() { # method, address, file
  curl --proxy "$proxy" --fail-with-body --silent --show-error --retry 3 --output /dev/null \
    --request "$1" --header 'Content-Type: application/json' --data-binary "@$3" "$2"
}

# A report of the same commit is replaced with its annotations.
send DELETE "$address" /dev/null 2>/dev/null || true
send PUT "$address" "$parts/report.json"
for part in "$parts"/annotations-*.json; do
  if [ -e "$part" ]; then send POST "$address/annotations" "$part"; fi
done
