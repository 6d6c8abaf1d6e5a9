# `make run` and `make test` are all one needs; both make what they lack first.

PYTHON ?= python3
CONFIG ?=
VENV := .venv
BIN := $(VENV)/bin
# One more than there are cores: many tests wait for servers.
WORKERS := --numprocesses $(shell expr $$(nproc) + 1) --maxprocesses 4 --dist loadfile

.DEFAULT_GOAL := help
.PHONY: help run test coverage soak soak-faults soak-histories check bench docs lock clean servers

help:  ## what there is to make
	@awk -F ':.*##' '/^[a-z]+:.*##/ { printf "  make %-8s%s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: $(VENV)/run.stamp  ## the demonstration, or your own: make run CONFIG=/path/to/config.yaml
ifeq ($(CONFIG),)
	@./deploy/demo.sh
else
	@exec $(BIN)/seatwatch run --config '$(CONFIG)'
endif

test: $(VENV)/test.stamp servers  ## all tests but the soak
	$(BIN)/python -m pytest $(WORKERS)

coverage: $(VENV)/test.stamp servers  ## the same, and which lines no test reaches: half as long again
	$(BIN)/python -m pytest --cov $(WORKERS)

soak: soak-faults soak-histories  ## two hours of random kills and histories; make -j2 soak runs both halves at once

soak-faults: $(VENV)/test.stamp servers
	HYPOTHESIS_PROFILE=soak $(BIN)/python -m pytest -m soak tests/faults

soak-histories: $(VENV)/test.stamp servers
	HYPOTHESIS_PROFILE=soak $(BIN)/python -m pytest -m 'soak or not soak' tests/property

check: $(VENV)/test.stamp  ## style, types, layers, dead code, docstrings
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/vulture
	$(BIN)/interrogate --quiet exporter dashboards tests

bench: $(VENV)/test.stamp servers  ## how fast it is on this machine
	$(BIN)/python tests/bench/run.py

docs: $(VENV)/run.stamp  ## the tables in docs/ that are made from the catalog
	$(BIN)/python docs/make_tables.py

lock:  ## newest versions of all parts into requirements*.txt, with hashes
	@./deploy/lock.sh $(PYTHON)

clean:  ## remove what was made here; logs and ledgers of the demonstration too
	rm -rf $(VENV) .lock-venv build dist var *.egg-info .coverage* .hypothesis
	rm -rf .import_linter_cache .mypy_cache .pytest_cache .ruff_cache

servers: $(VENV)/test.stamp
	@./tests/install_servers.sh

$(VENV)/run.stamp: requirements.txt pyproject.toml
	@./deploy/install.sh $(PYTHON) $(VENV) requirements.txt
	@touch $@

$(VENV)/test.stamp: requirements-test.txt $(VENV)/run.stamp
	@./deploy/install.sh $(PYTHON) $(VENV) requirements-test.txt
	@touch $@
