#!/bin/bash
# Runs the server's and then the client's tests; both run to their end, and both must pass.
set -uo pipefail
cd "$(dirname "$0")/.."
status=0
.venv/bin/pytest || status=1
scripts/node.sh npm --prefix web --silent test || status=1
exit $status
