# `make` lists the targets; `make run` and `make test` are all that a newcomer needs.
PYTHON ?= python3
BIN := .venv/bin
RUN_READY := .venv/.run-ready
TEST_READY := .venv/.test-ready
CATALOGUE := timebank/translations/zh/LC_MESSAGES/messages
CODE_READER := timebank/static/vendor/zxing/reader/zxing_reader.wasm
PORT ?= 8000
export PORT

.DEFAULT_GOAL := help

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

run: $(RUN_READY) $(CATALOGUE).mo $(CODE_READER) ## set up, load the demo town on an empty database, serve on http://127.0.0.1:8000
	@$(BIN)/python -m timebank run --demo

setup: $(RUN_READY) $(CATALOGUE).mo $(CODE_READER) ## make .venv from the hashed locks

test: $(TEST_READY) $(CATALOGUE).mo $(CODE_READER) ## all tests, on SQLite and PostgreSQL, browser included
	@$(BIN)/pytest -n 2 --dist loadgroup $(PYTEST_ARGS)

lint: $(TEST_READY) ## style, types and the laws of the house
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/lint-imports
	@$(BIN)/mypy

messages: $(TEST_READY) ## bring the Chinese catalogue up to date with the sentences in the code
	@$(BIN)/pybabel -q extract -F babel.cfg -k N_ -k lazy_gettext --no-location --sort-output --omit-header -o var/messages.pot .
	@$(BIN)/pybabel -q update --domain messages -i var/messages.pot -d timebank/translations --no-fuzzy-matching --omit-header --ignore-obsolete

bench-checkin: $(TEST_READY) ## a hall of 500 phones on SQLite and PostgreSQL; writes docs/benchmarks.md
	@$(BIN)/python -m benchmarks.checkin

bench-ledger: $(TEST_READY) ## measure the ledger against raw SQL; writes docs/benchmarks.md
	@$(BIN)/python -m benchmarks.ledger

bench-reconcile: $(TEST_READY) ## reconcile a county in full and from the last night on (BENCH="--members 60000" for a whole one)
	@$(BIN)/python -m benchmarks.reconcile $(BENCH)

bench-store: $(TEST_READY) ## measure redemptions through HTTP; writes docs/benchmarks.md
	@$(BIN)/python -m benchmarks.store

evaluate: $(RUN_READY) ## judge the fraud rules on 5 simulated towns of half a year; one to two hours
	@$(BIN)/python -m timebank evaluate --jobs 2 --json var/evaluation.json --picture var/evaluation.svg

clean: ## remove the virtual environment and everything built; the database under var/ stays
	rm -rf .venv dist .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed; this is " + sys.version.split()[0]) if sys.version_info < (3, 11) else None'
	@echo "1/4 making the virtual environment .venv"
	@$(PYTHON) -m venv .venv

$(RUN_READY): requirements/run.lock | .venv/bin/python
	@echo "2/4 installing the pinned packages"
	@$(BIN)/python -m pip install -q --disable-pip-version-check --no-compile --require-hashes -r requirements/run.lock
	@touch $@

$(TEST_READY): requirements/dev.lock | .venv/bin/python
	@echo "2/4 installing the pinned packages for tests"
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements/dev.lock
	@touch $@ $(RUN_READY)

$(CATALOGUE).mo: $(CATALOGUE).po | $(RUN_READY)
	@echo "3/4 compiling the Chinese catalogue"
	@$(BIN)/pybabel -q compile -d timebank/translations

# Where it cannot be had this still succeeds, and is tried again at the next call.
$(CODE_READER): requirements/code_reader.lock | .venv/bin/python
	@$(BIN)/python requirements/code_reader.py

.PHONY: help run setup test lint messages bench-checkin bench-ledger bench-reconcile bench-store clean
