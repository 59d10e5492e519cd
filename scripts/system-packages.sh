#!/bin/bash
# Makes sure that what the tests drive is there: PostgreSQL's and Redis's server programs, a Chromium, two proxies that end
# TLS, what docs/DEPLOY.md types, and a compiler for the benchmark's generator.
# Instant when all is there. Services of these packages are neither needed nor used: the tests run servers of their own.
set -euo pipefail
packages=()

have_postgres() { compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || command -v initdb >/dev/null; }

# The same names, in the same order, as in tests/support/browser.py.
have_browser() { command -v chromium >/dev/null || command -v google-chrome-stable >/dev/null; }

# The Node.js inside Playwright's wheel needs this library, which a small Debian does not have.
have_libatomic() { compgen -G '/usr/lib/*/libatomic.so.1' >/dev/null; }

# Debian keeps server programs where only root looks for them.
have_server() { command -v "$1" >/dev/null || [[ -x /usr/sbin/$1 ]]; }

have_postgres || packages+=(postgresql)
command -v redis-server >/dev/null || packages+=(redis-server)
have_server nginx || packages+=(nginx)
have_server caddy || packages+=(caddy)
command -v curl >/dev/null || packages+=(curl)
command -v openssl >/dev/null || packages+=(openssl)
command -v gcc >/dev/null || packages+=(gcc libc6-dev)
have_libatomic || packages+=(libatomic1)
if ! have_browser; then
    if grep -qs '^ID=ubuntu' /etc/os-release; then
        echo "The browser tests need Chromium, which Ubuntu has only as a snap; please run:" \
            "sudo snap install chromium (or install Google Chrome)." >&2
        exit 1
    fi
    packages+=(chromium)
fi

if ((${#packages[@]})); then
    "$(dirname "$0")/apt-install.sh" "${packages[@]}"
fi
