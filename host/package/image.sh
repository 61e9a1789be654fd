#!/usr/bin/env bash
# The image of a release, for both machines, from its static programs; its digest becomes an output of the step.
# usage: host/package/image.sh FOLDER-OF-ARCHIVES IMAGE:TAG
set -euo pipefail
folder=${1:?FOLDER-OF-ARCHIVES} image=${2:?IMAGE:TAG}
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
# The login is in a folder of this run, not in the user's.
export DOCKER_CONFIG=$work/docker
trap 'rm -rf "$work"' EXIT
for pair in amd64=x86_64 arm64=aarch64; do
  mkdir -p "$work/context/${pair%%=*}"
  tar -xzf "$folder"/hallpass-*-"${pair##*=}"-unknown-linux-musl.tar.gz -C "$work/context/${pair%%=*}" --strip-components=1
done
printf '%s' "$GH_TOKEN" | docker login "${image%%/*}" --username "$ACTOR" --password-stdin
docker buildx create --use --name hallpass
docker buildx build --platform linux/amd64,linux/arm64 --file "$here/Dockerfile" --tag "$image" --push \
  --metadata-file "$work/metadata.json" "$work/context"
docker logout "${image%%/*}"
echo "digest=$(jq --raw-output '."containerimage.digest"' "$work/metadata.json")" >>"$GITHUB_OUTPUT"
