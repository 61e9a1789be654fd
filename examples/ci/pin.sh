#!/usr/bin/env bash
# Writes a release into the examples and the action: its version, the digest of the Linux archive, the digest of the image
# and the commit of the action. Until the first release these are zeros, with which every example stops before it runs
# anything.
# usage: examples/ci/pin.sh VERSION SHA256SUMS IMAGE-DIGEST COMMIT
set -euo pipefail
version=${1:?VERSION} sums=${2:?SHA256SUMS} image=${3:?IMAGE-DIGEST} commit=${4:?COMMIT}
[[ $image =~ ^sha256:[0-9a-f]{64}$ ]] || { echo "$image is no digest of an image" >&2; exit 2; }
[[ $commit =~ ^[0-9a-f]{40}$ ]] || { echo "$commit is no commit" >&2; exit 2; }
archive=hallpass-$version-x86_64-unknown-linux-gnu.tar.gz
digest=$(awk -v name="$archive" '$2 == name { print $1 }' "$sums")
[[ $digest =~ ^[0-9a-f]{64}$ ]] || { echo "$sums has no digest of $archive" >&2; exit 2; }
cd "$(dirname "$0")/../.."

# What stands at these places is replaced, zeros or an earlier release.
between="['\"]?[[:space:]]*[:=]{1,2}[[:space:]]*['\"]?"
{
  find examples/ci -type f ! -name '*.sh' ! -name '*.md' -print0
  printf '%s\0' action.yml .pre-commit-hooks.yaml
} | xargs -0 sed -i -E \
  -e "s/((HALLPASS_SHA256|sha256)$between)[0-9a-f]{64}/\1$digest/" \
  -e "s/((HALLPASS_VERSION|version|default|hallpass-check)$between)[0-9]+\.[0-9]+\.[0-9]+/\1$version/" \
  -e "s/(hallpass-dev\/hallpass@)sha256:[0-9a-f]{64}/\1$image/" \
  -e "s/(uses: hallpass-dev\/hallpass@)[0-9a-f]{40} # v.*/\1$commit # v$version/"
cp "$sums" .github/action/checksums.txt
