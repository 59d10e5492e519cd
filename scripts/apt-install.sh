#!/bin/sh
# Installs Debian or Ubuntu packages as root or with passwordless sudo; otherwise names the command and fails.
set -eu

if ! command -v apt-get >/dev/null; then
    echo "This is neither Debian nor Ubuntu: please install what these packages hold: $*" >&2
    exit 1
elif [ "$(id -u)" -eq 0 ]; then
    sudo=""
elif sudo -n true 2>/dev/null; then
    sudo="sudo -n"
else
    echo "Missing system packages; please run: sudo apt-get install -y $*" >&2
    exit 1
fi

# SYSTEMD_OFFLINE: the programs are wanted, not the services that Debian would start with them (a server on port 80).
echo "Installing system packages: $*"
$sudo env DEBIAN_FRONTEND=noninteractive apt-get update -qq
$sudo env DEBIAN_FRONTEND=noninteractive SYSTEMD_OFFLINE=1 apt-get install -y -qq --no-install-recommends \
    "$@" >/dev/null
