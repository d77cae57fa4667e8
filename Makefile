# `make demo` and `make test` are all a newcomer needs: each sets up .venv from the hashed lock first.
PYTHON ?= $(shell for p in python3.12 python3.11 python3; do \
	$$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 12))' 2>/dev/null && echo $$p && break; done)
VENV := .venv
BIN := $(VENV)/bin
BANK ?= demo-bank
PORT ?= 5000
READY := $(VENV)/.ready

.DEFAULT_GOAL := help
.PHONY: help demo test lint bench lock ui clean

help: ## Show this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1	/' | expand -t 14

$(READY): requirements.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "Nextbest needs Python 3.11 or 3.12; none was found on the PATH" >&2; exit 2; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

demo: $(READY) ## A synthetic bank of 5,000 customers, from raw tables to a ranked action each
	$(BIN)/nextbest demo --folder demo-bank

test: lint ## Lint, types, import contracts, the whole test suite and the README's own code blocks
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder --cov --cov-report=term:skip-covered

lint: $(READY) ## ruff, mypy strict and the import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(READY) ## Benchmarks, printed as ratios measured side by side
	$(BIN)/python -m experiments.bench

lock: $(READY) ## Resolve the dependencies anew, with hashes and without index addresses
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	$(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --no-header \
		--no-annotate --no-strip-extras --extra dev --upgrade --output-file requirements.lock pyproject.toml

ui: $(READY) ## MLflow's and Feast's own pages on a bank (BANK=demo-bank, PORT=5000 and the next)
	$(BIN)/nextbest ui $(BANK) --port $(PORT)

clean: ## Remove the virtual environment and the demo's bank
	rm -rf $(VENV) demo-bank
