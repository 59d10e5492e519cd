# Every step leaves a file that says when it was done, so that a second call does only what changed.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
MAKEFLAGS += --no-builtin-rules --no-print-directory
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup run dev test test-faults check bench soak contract lock wheel clean

BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
NPM := scripts/node.sh npm --prefix web
CLIENT := src/tms_chat/client/index.html
# A host product made with the real next-auth, for tests/host.
TEST_HOST := tests/host/nextauth/node_modules/.stamp
# The servers that make bench compares with, and the load it puts on them.
BENCH_NODE := bench/servers/node/node_modules/.stamp
GENERATOR := bench/build/generator
# The official Socket.IO client in the versions that people run, for tests/engine.
TEST_CLIENTS := tests/engine/node/node_modules/.stamp
# Folders are listed too: their time changes when a file in them goes away.
WEB := $(shell find web/src web/public -not -name '*.test.ts*' 2>/dev/null) \
       $(wildcard web/index.html web/*.config.* web/tsconfig*.json)

help: ## Lists the commands.
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: .venv/dev.stamp $(CLIENT) $(TEST_HOST) $(TEST_CLIENTS) ## Prepares everything for development; a second run takes a second.

run: .venv/runtime.stamp $(CLIENT) ## Starts the server with the built client on http://127.0.0.1:8000 (PORT, HOST).
	@exec $(BIN)/tms serve

dev: setup ## Starts server and client so that both reload when a file changes; Ctrl-C stops both.
	@exec $(BIN)/python scripts/dev.py

test: setup ## Runs every test: server, both databases, browser, client.
	@scripts/system-packages.sh
	@$(MAKE) $(GENERATOR)
	@scripts/test.sh

test-faults: setup ## Breaks everything that can break, for an hour, and counts what is lost; ROWS=disk, FAULTS=short, PUBLISH=1.
	@scripts/system-packages.sh
	@FAULTS=$(or $(FAULTS),full) PUBLISH=$(PUBLISH) $(BIN)/pytest --capture=no --quiet tests/faults $(if $(ROWS),-k '$(ROWS)')

check: setup ## Checks style, types and architecture of server and client.
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/pytest -q tests/architecture
	$(NPM) run check

bench: .venv/dev.stamp $(BENCH_NODE) $(GENERATOR) ## Measures against other servers; ROUNDS=, QUICK=1, ONLY="sends-*", SERVER=ours-sqlite.
	@$(BIN)/python -m bench.run --rounds $(or $(ROUNDS),3) $(if $(QUICK),--quick) $(if $(OUT),--out $(OUT)) \
		$(if $(ONLY),--only $(foreach name,$(ONLY),'$(name)')) $(if $(SERVER),--server $(SERVER))

soak: .venv/dev.stamp $(GENERATOR) ## Half the peak among slow and hostile clients; MINUTES=15, RATE=, SERVER=ours-postgresql.
	@$(BIN)/python -m bench.soak.run --minutes $(or $(MINUTES),15) $(if $(RATE),--rate $(RATE)) \
		$(if $(SERVER),--server $(SERVER)) $(if $(PUBLISH),--publish) $(if $(OUT),--out $(OUT))

contract: .venv/dev.stamp web/node_modules/.stamp ## Writes docs/CONTRACT.md and the client's types from the server's schemas.
	@scripts/node.sh $(BIN)/python scripts/contract.py

lock: .venv/venv.stamp ## Resolves the Python packages anew and writes the lock files.
	scripts/lock.sh

wheel: setup ## Builds the sdist and the wheel, client included, into dist/.
	$(BIN)/python -m build --no-isolation

clean: ## Removes what the other commands made; the data folder stays.
	rm -rf .venv web/node_modules tests/host/nextauth/node_modules tests/engine/node/node_modules \
		bench/servers/node/node_modules bench/build src/tms_chat/client dist \
		.mypy_cache .pytest_cache .ruff_cache .hypothesis

.venv/venv.stamp:
	@scripts/venv.sh .venv
	@touch $@

# --no-build-isolation: pip would otherwise fetch a build backend that no lock pins.
.venv/runtime.stamp: .venv/venv.stamp requirements.lock pyproject.toml
	@echo "Installing the server's packages ..."
	@$(PIP) install --require-hashes --requirement requirements.lock
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

.venv/dev.stamp: .venv/runtime.stamp requirements-dev.lock
	@echo "Installing the development packages ..."
	@$(PIP) install --require-hashes --requirement requirements-dev.lock
	@touch $@

# npm ci empties node_modules first, so a broken install leaves no stamp behind.
web/node_modules/.stamp: .venv/venv.stamp web/package.json web/package-lock.json web/.npmrc
	@echo "Installing the client's packages ..."
	@$(NPM) ci --loglevel=error
	@touch $@

$(TEST_HOST): .venv/venv.stamp $(addprefix tests/host/nextauth/,package.json package-lock.json .npmrc)
	@echo "Installing the packages of the test host ..."
	@cd tests/host/nextauth && ../../../scripts/node.sh npm ci --loglevel=error
	@touch $@

$(BENCH_NODE): .venv/venv.stamp $(addprefix bench/servers/node/,package.json package-lock.json .npmrc)
	@echo "Installing the packages of the Node server of the benchmark ..."
	@cd bench/servers/node && ../../../scripts/node.sh npm ci --loglevel=error
	@touch $@

$(GENERATOR): $(wildcard bench/generator/*.c bench/generator/*.h)
	@echo "Compiling the generator of the benchmark ..."
	@mkdir -p $(@D)
	@gcc -std=gnu17 -O2 -Wall -Wextra -Wshadow -Wconversion -Werror -o $@ bench/generator/*.c

$(TEST_CLIENTS): .venv/venv.stamp $(addprefix tests/engine/node/,package.json package-lock.json .npmrc)
	@echo "Installing the Socket.IO clients of the tests ..."
	@cd tests/engine/node && ../../../scripts/node.sh npm ci --loglevel=error
	@touch $@

$(CLIENT): web/node_modules/.stamp $(WEB)
	@echo "Building the client ..."
	@$(NPM) run --silent build
	@touch $@
