#!/bin/sh
# Prints the newest Python that can make the course's environment.
#
# Each candidate is run, not only looked up: a pyenv shim may exist and fail,
# and Debian's own Python may lack the part that makes environments.
# PYTHON=... is tried first. Exit code 1, and a sentence, when none will do.

probe='
import os, sys
version = "%d.%d.%d" % tuple(sys.version_info[:3])
if sys.version_info < (3, 11):
    print("old " + version)
    sys.exit()
try:
    import ensurepip, venv
except ImportError:
    print("bare " + version)
    sys.exit()
active = sys.prefix != sys.base_prefix  # started from an environment: name what made that
print("good " + (os.path.realpath(sys.executable) if active else sys.executable))
'

say() { echo "$*" >&2; }

passed_over=
for candidate in ${PYTHON:+"$PYTHON"} python3.14 python3.13 python3.12 python3.11 python3 python; do
  verdict=$("$candidate" -I -c "$probe" 2>/dev/null </dev/null) || verdict=
  case $verdict in
    good\ *)
      echo "${verdict#good }"
      exit 0 ;;
    bare\ *)
      version=${verdict#bare }
      [ -z "$passed_over" ] &&
        say "Passing over Python $version ($candidate): it lacks venv and ensurepip" \
          "(Debian, Ubuntu: apt install python${version%.*}-venv)."
      passed_over=yes ;;
    *)
      if [ "$candidate" = "${PYTHON:-}" ]; then
        say "PYTHON=$PYTHON will not do (${verdict:-it does not run}): trying the others."
      fi ;;
  esac
done

say "No Python here can make the course's environment: it takes 3.11 or newer, with venv and ensurepip."
say "  Debian, Ubuntu   apt install python3 python3-venv"
say "  Fedora           dnf install python3"
say "  macOS            brew install python"
say "  Windows          winget install Python.Python.3.14"
say "  conda            see 'By hand' in README.md"
say "Then run the command again, or name a Python: make lab PYTHON=/path/to/python3"
exit 1
