#!/bin/bash
# Server and client side by side, each reloading when its files change; Ctrl-C ends both, and so does the end of one.
set -uo pipefail
cd "$(dirname "$0")/.."

# The page comes from Vite's address, which the server must accept as an origin.
export ALLOWED_ORIGINS=${ALLOWED_ORIGINS:-http://localhost:5173}

# Each in a process group of its own, so that npm's and the reloader's children end with them.
set -m
.venv/bin/tms serve --reload &
server=$!
scripts/node.sh npm --prefix web run dev &
client=$!
set +m
trap 'trap - EXIT INT TERM; kill -TERM -- -$server -$client 2>/dev/null; wait; exit' EXIT INT TERM
wait -n "$server" "$client"
