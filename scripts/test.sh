#!/bin/bash
# Runs the server's tests, those with a browser, and the client's; each runs to its end, and all must pass.
# Files side by side: much of a test is waiting. Six at once are no faster than four on two processors, and late more often;
# a browser is three busy processes, so fewer at once. What asserts how soon somebody sees something comes alone.
set -uo pipefail
cd "$(dirname "$0")/.."
status=0
.venv/bin/pytest --numprocesses 4 --dist loadfile --no-loadscope-reorder --ignore=tests/browser || status=1
.venv/bin/pytest --numprocesses 3 --dist loadfile --no-loadscope-reorder -m "not alone" tests/browser || status=1
.venv/bin/pytest -m alone tests/browser || status=1
scripts/node.sh npm --prefix web --silent test || status=1
exit $status
