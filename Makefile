# FlowPilot from the command line. `make help` lists what there is.
# Settings: LISTEN (127.0.0.1:3000), DATA (data directory), ARGS (more arguments for the server).

SHELL := /bin/bash
export PATH := $(PATH):$(HOME)/.cargo/bin:/usr/local/cargo/bin
LISTEN ?= 127.0.0.1:3000
# Root's server runs as another user, who may not be able to enter a clone of root's.
DATA ?= $(if $(filter 0,$(shell id -u)),/var/lib/flowpilot,$(CURDIR)/.data)
SERVER := target/debug/flowpilot

.DEFAULT_GOAL := help
.PHONY: help run watch build setup test chaos screenshots lint bench clean

help: ## List the commands
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' Makefile

run: build ## Build what changed and run FlowPilot; the last line says where to click
	@exec tools/with-postgres $(SERVER) serve --listen $(LISTEN) --data-dir $(DATA) $(ARGS)

watch: build ## The same, and again whenever a source file changes
	@LISTEN=$(LISTEN) DATA=$(DATA) exec node tools/watch.mjs

build: setup ## Build the server and the site (stylesheet, WebAssembly) for development
	@tools/build

setup: ## Install what the build needs; says in plain words what it cannot install
	@tools/setup

test: ## Format, clippy for both targets, unit, integration and browser tests
	@tools/test

chaos: setup ## Kill, stop and cut off replicas and Postgres under load, long; counts go to target/chaos.json
	@tools/chaos

screenshots: ## Take the pictures in end2end/screenshots again
	@SCREENSHOTS=1 tools/test-browser

lint: setup ## Format check and clippy for both targets
	@tools/lint

bench: ## Measure engine and designer; figures go to target/bench and BENCHMARKS.md
	@tools/bench

clean: ## Remove everything that was built; data stays
	cargo clean
	rm -rf end2end/node_modules end2end/bench/node_modules tools/postgres/node_modules
