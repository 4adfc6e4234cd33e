#!/bin/sh
# Installs Debian's nginx for the tests of the proxy, where that can be done at once (as root, with
# apt-get); elsewhere those tests are skipped and say so. No service is started.

PATH="$PATH:/usr/sbin"
command -v nginx && exit
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  echo "Installing nginx with apt-get, for the tests of the proxy" >&2
  export DEBIAN_FRONTEND=noninteractive
  wait="-o DPkg::Lock::Timeout=300"
  policy=/usr/sbin/policy-rc.d  # Debian asks it whether a new service may start
  made=no
  [ -e $policy ] || { printf '#!/bin/sh\nexit 101\n' >$policy && chmod +x $policy && made=yes; }
  # shellcheck disable=SC2086
  apt-get $wait -qq update >&2 &&
    apt-get $wait -qq install -y --no-install-recommends nginx-light >&2 </dev/null
  [ $made = no ] || rm $policy
fi
command -v nginx || echo "No nginx here: on Debian, apt-get install nginx-light" >&2
