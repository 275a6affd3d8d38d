# Thin on purpose: what a target does is in scripts/.

.DEFAULT_GOAL := help
.PHONY: help demo test bench docs install package fmt lint clean env

# The server that `install` and `package` are for.
PG_CONFIG ?= pg_config

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: ## real customers, scored inside PostgreSQL (ONCE=1: end after the show)
	@ONCE="$(ONCE)" scripts/demo.sh

test: ## everything that is tested, from a bare machine on
	@scripts/test.sh

bench: ## measurements
	@scripts/bench.sh

docs: ## docs/schema anew, from the catalog
	@scripts/docs.sh

install: ## build and install into a server (PG_CONFIG=/path/to/pg_config)
	@scripts/build.sh install "$(PG_CONFIG)"

package: ## an archive with the files to install (PG_CONFIG=...)
	@scripts/build.sh package "$(PG_CONFIG)"

fmt: ## format the sources
	@cargo fmt --all

lint: ## format, clippy, shellcheck, cargo-deny
	@scripts/tools.sh lint
	@scripts/lint.sh

clean: ## remove what was built
	@scripts/clean.sh

env: ## settings for cargo run by hand, to be evaluated by a shell
	@scripts/dev-env.sh
