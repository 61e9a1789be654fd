#!/usr/bin/env bash
# What action.yml runs: fetches and verifies the release, checks, and hands on the exit code and where the report lies.
# Inputs come as variables, never as part of a command.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
folder=$RUNNER_TEMP/hallpass
program=$folder/bin/hallpass
sarif=$folder/hallpass.sarif

mkdir -p "$folder"
# A second step of the same job has it already, in a folder that only this job writes.
if [ "$(cat "$folder/installed" 2>/dev/null || true)" != "$ACTION_VERSION $ACTION_SHA256" ]; then
  HALLPASS_VERSION=$ACTION_VERSION HALLPASS_SHA256=$ACTION_SHA256 HALLPASS_CHECKSUMS=$here/checksums.txt HALLPASS_VERIFY=attestation \
    sh "$here/../../examples/ci/install.sh" "$folder/bin"
  echo "$ACTION_VERSION $ACTION_SHA256" >"$folder/installed"
fi
if [ "${ACTION_REVIEW:-false}" = true ]; then
  set -- review --fail-on "$ACTION_FAIL_ON"
  if [ -n "$ACTION_CONFIG" ]; then set -- "$@" --config "$ACTION_CONFIG"; fi
  code=0
  HALLPASS_TOKEN=$GH_TOKEN "$program" "$@" || code=$?
  echo "exit-code=$code" >>"$GITHUB_OUTPUT"
  exit "$code"
fi
# From here on nothing needs it.
unset GH_TOKEN

# Bash 3 on macOS takes an empty array for an unset variable; the positional parameters are never one.
set -- check --fail-on "$ACTION_FAIL_ON" --report github --report "sarif=$sarif"
if [ -n "$ACTION_BASE" ]; then set -- "$@" --base "$ACTION_BASE"; fi
if [ -n "$ACTION_CONFIG" ]; then set -- "$@" --config "$ACTION_CONFIG"; fi
while IFS= read -r report; do
  if [ -n "$report" ]; then set -- "$@" --report "$report"; fi
done <<<"$ACTION_REPORTS"
set -- "$@" --
while IFS= read -r path; do
  if [ -n "$path" ]; then set -- "$@" "$path"; fi
done <<<"$ACTION_PATHS"

rm -f "$sarif"
code=0
"$program" "$@" || code=$?
{
  echo "exit-code=$code"
  if [ -s "$sarif" ]; then echo "sarif=$sarif"; fi
} >>"$GITHUB_OUTPUT"
exit "$code"
