#!/bin/sh
# Finds a Python that can make the course's environment, and lets it do so.
here=$(dirname "$0")
python=$(sh "$here/find_python.sh") && exec "$python" "$here/setup.py" "$@"
