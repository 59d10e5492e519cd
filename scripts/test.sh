#!/bin/bash
# Runs the server's tests, those with a browser, and the client's; each runs to its end, and all must pass.
# Files side by side: much of a test is waiting. Where a person's seconds are asserted (a browser, a proxy) fewer at once.
set -uo pipefail
cd "$(dirname "$0")/.."
slow=(tests/browser tests/deploy tests/durability)
status=0
.venv/bin/pytest --numprocesses 3 --dist loadfile "${slow[@]/#/--ignore=}" || status=1
.venv/bin/pytest --numprocesses 2 --dist loadfile "${slow[@]}" || status=1
scripts/node.sh npm --prefix web --silent test || status=1
exit $status
