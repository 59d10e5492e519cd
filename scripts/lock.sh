#!/bin/sh
# Resolves pyproject.toml into hashed lock files that hold for Python 3.11 and later on every platform.
# The runtime comes first and binds the others, so that development runs what is shipped.
set -eu
cd "$(dirname "$0")/.."
.venv/bin/python -c 'import uv' 2>/dev/null || .venv/bin/python -m pip --disable-pip-version-check --quiet install uv

compile() {
    output=$1
    shift
    .venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --upgrade \
        --no-emit-index-url --no-emit-find-links --no-annotate --no-header --output-file "$output" "$@"
    echo "$output: $(grep -c == "$output") packages"
}

compile requirements.lock pyproject.toml --group build
compile requirements-dev.lock pyproject.toml --group dev --constraint requirements.lock
compile requirements-node.lock --group pyproject.toml:node
