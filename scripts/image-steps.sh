#!/bin/sh
# The steps that make the image. The Dockerfile calls them one by one, so that a step runs again only when its input
# has changed; tests/deploy plays the Dockerfile in a clean folder and runs the same steps where no engine can.
set -eu
cd "$(dirname "$0")/.."

npm() { scripts/node.sh npm --prefix web "$@"; }
pip() { "$venv/bin/python" -m pip --disable-pip-version-check --no-input --quiet "$@"; }

case ${1:-} in
client-packages) # the client's packages, exactly those of the lock file
    npm ci --loglevel=error
    ;;
client) # the client itself, into src/tms_chat/client
    npm run --silent build
    ;;
server-packages) # a virtual environment at $2 with the server's packages, each compared with its hash
    venv=$2
    scripts/venv.sh "$venv"
    pip install --require-hashes --requirement requirements.lock
    ;;
server) # the server with the built client in it, into the environment at $2; nothing is fetched any more
    venv=$2
    test -f src/tms_chat/client/index.html || { echo "The client is not built: image-steps.sh client" >&2; exit 1; }
    pip install --no-deps --no-build-isolation --no-index .
    ;;
*)
    echo "usage: image-steps.sh client-packages | client | server-packages VENV | server VENV" >&2
    exit 2
    ;;
esac
