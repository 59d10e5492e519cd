#!/bin/sh
# Creates the virtual environment at $1, or says in one sentence what is missing.
set -eu
venv=$1
python=${PYTHON:-python3}

refuse() { echo "$1" >&2; exit 1; }

command -v "$python" >/dev/null || refuse "Python 3.11 or newer is needed, and there is no $python."
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || refuse \
    "Python 3.11 or newer is needed, and $python is $("$python" -V); name another with PYTHON=python3.12."

# Debian ships python3 without ensurepip, which lives in the package python3-venv.
"$python" -c 'import ensurepip' 2>/dev/null || "$(dirname "$0")/apt-install.sh" python3-venv

"$python" -m venv --clear "$venv"
