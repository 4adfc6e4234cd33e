#!/bin/sh
# Sees to it that the browser tests find a Chromium on PATH: installs Debian's where that can be
# done at once (as root, with apt-get), else says how. Exit code 1 when there is none.

find_chromium() {
  for name in chromium chromium-browser google-chrome chrome; do
    command -v "$name" && return
  done
  return 1
}

find_chromium && exit
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  echo "Installing Chromium with apt-get, for the browser tests: a minute or two" >&2
  export DEBIAN_FRONTEND=noninteractive
  wait="-o DPkg::Lock::Timeout=300"
  # shellcheck disable=SC2086
  apt-get $wait -qq update >&2 &&
    apt-get $wait -qq install -y --no-install-recommends chromium >&2 </dev/null
  find_chromium && exit
fi
echo "No Chromium on PATH. On Debian: apt install chromium. Elsewhere install Chromium or Chrome," >&2
echo "and put it on PATH under the name chromium or google-chrome." >&2
exit 1
