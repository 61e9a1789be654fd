# Sourced by the scripts of tests/: installs what a fresh machine lacks.
# shellcheck shell=bash

# Debian's packages; elsewhere whoever runs this installs them.
install() { # package
  local sudo=()
  if [ "$(id -u)" != 0 ]; then sudo=(sudo); fi
  echo "installing $1"
  "${sudo[@]}" apt-get update -qq >/dev/null && "${sudo[@]}" apt-get install -y -qq "$1" >/dev/null
}
need() { # program, package
  command -v "$1" >/dev/null || install "$2"
}
