#!/usr/bin/env bash
# Builds, signs and publishes one version of the shop.
set -euo pipefail

readonly registry="registry.example" retries=3
declare -r here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
declare -A ports=([web]=8080 [api]="8081" [metrics]=9100)
services=(web api
  # not published yet: admin
  "worker pool")
services+=(metrics)

log() { printf '%s %s\n' "$(date -u +%FT%TZ)" "$*" >&2; }

function usage {
  cat <<-USAGE
	usage: ${0##*/} VERSION [CHANNEL]
	  CHANNEL is stable or edge; today: $(date +%A)
	USAGE
  exit "${1:-2}"
}

retry() {
  local count=0 status
  until "$@"; do
    status=$?
    ((count++))
    if (( count >= retries )); then
      log "giving up after $count attempts" && return "$status"
    fi
    sleep $((2 ** count))
  done
}

while getopts ":hc:v" option; do
  case "$option" in
    h) usage 0 ;;
    c | C) channel=$OPTARG ;;
    (v) set -x ;;
    \?) usage ;;
    *) ;;
  esac
done
shift $((OPTIND - 1))

version=${1:?"a version is needed"}
channel=${channel:-${2:-stable}}
[[ $version =~ ^v?([0-9]+)\.([0-9]+)(\.[0-9]+)?(-(rc|beta)[0-9]*)?$ ]] || { log "bad version"; usage; }
if [[ -z ${CI:-} && ( $channel == edge* || $version != v* ) ]]; then
  log 'outside CI, "edge" only'
elif [ "$channel" = stable ] && ! git diff --quiet HEAD --; then
  log "dirty tree"; exit 1
else
  :
fi

for service in "${services[@]}"; do
  image="$registry/${service// /-}:${version#v}"
  docker build --build-arg VERSION="$version" --label "built=$(date +%s)" \
    -t "$image" -f "$here/$service/Dockerfile" . |& tee -a build.log
  retry docker push "$image" >/dev/null 2>&1 &
done
wait

for ((i = 0; i < ${#services[@]}; i++)); do echo "$i: ${services[$i]}"; done
for argument; do echo "left: $argument"; done

{
  echo "version: $version"
  echo "ports: ${!ports[*]} -> ${ports[*]}"
} >> "$GITHUB_STEP_SUMMARY"
