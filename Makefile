# make demo: set everything up and open the app on a sample project.
# make test: set everything up and run all tests.

RIGHT_VERSION := import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))
PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3; do \
  $$p -c '$(RIGHT_VERSION)' 2>/dev/null && echo $$p && break; done)
VENV := .venv
BIN := $(VENV)/bin
ARGS ?=

READERS := .readers

.PHONY: setup demo serve test test-fast lint format bench clean

setup: $(VENV)/.installed

$(VENV)/bin/python:
	@$(or $(PYTHON),false) -c '$(RIGHT_VERSION)' 2>/dev/null \
	  || { echo "Prelabel needs Python 3.11, 3.12 or 3.13; set one: make PYTHON=/path/to/python3.12"; exit 1; }
	@$(PYTHON) -m venv $(VENV) \
	  || { rm -rf $(VENV); echo "Python's venv module is missing; on Debian or Ubuntu: apt-get install python3-venv"; exit 1; }

$(VENV)/.installed: pyproject.toml | $(VENV)/bin/python
	@echo "Installing Prelabel into $(VENV): some minutes the first time (torch is large)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(VENV)/.installed-dev: pyproject.toml | $(VENV)/bin/python
	@echo "Installing Prelabel and what its tests need into $(VENV): some minutes the first time"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@ $(VENV)/.installed

demo: setup
	$(BIN)/prelabel demo $(ARGS)

serve: setup
	$(BIN)/prelabel serve $(ARGS)

$(READERS)/complete: tests/readers/requirements.txt | $(VENV)/bin/python
	@echo "Installing the tools that exports are read with into $(READERS)"
	@$(BIN)/python -m venv --clear $(READERS)
	@$(READERS)/bin/python -m pip install --quiet --disable-pip-version-check -r $<
	@touch $@

test: $(VENV)/.installed-dev $(READERS)/complete
	PRELABEL_CHROMIUM="$$(sh tests/e2e/find_chromium.sh $(BIN)/python)" $(BIN)/python -m pytest -n auto --maxprocesses 4 --dist worksteal $(ARGS)

test-fast: $(VENV)/.installed-dev
	$(BIN)/python -m pytest -n auto --maxprocesses 4 --dist worksteal -m "not slow and not e2e" $(ARGS)

lint: $(VENV)/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/.installed-dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(VENV)/.installed-dev
	$(BIN)/python -m benchmarks $(ARGS)

clean:
	rm -rf $(VENV) $(READERS) build dist *.egg-info
