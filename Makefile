# Two commands do everything from a fresh clone: `make demo` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
APT := chromium fonts-dejavu-core

.PHONY: help install install-demo system check test fix docs bench conformance demo clean

help:  ## what there is
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t16

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "nbprovider needs Python 3.11 or newer; set PYTHON=… to one." >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) || \
	  { echo "Python's venv is missing; on Debian: apt-get install python3-venv" >&2; exit 1; }
	@$(BIN)/python -m pip install --quiet --upgrade pip

$(VENV)/.demo: $(BIN)/python pyproject.toml
	$(BIN)/python -m pip install --quiet --editable '.[embedded,lab]'
	@touch $@

$(VENV)/.test: $(BIN)/python pyproject.toml
	$(BIN)/python -m pip install --quiet --editable '.[test,docs]'
	$(BIN)/python -m pip install --quiet --upgrade --no-deps --target $(VENV)/ipykernel-6.31 \
	  'ipykernel==6.31.0' nest-asyncio
	@touch $@

install: $(VENV)/.test  ## everything that development needs, in .venv

install-demo: $(VENV)/.demo

system:  # a browser for the browser tests, where Debian's packages can be installed
	@command -v chromium >/dev/null || ! command -v apt-get >/dev/null || [ "$$(id -u)" != 0 ] || \
	  { apt-get update -qq && apt-get install -y -qq --no-install-recommends $(APT) >/dev/null; }

check: $(VENV)/.test  ## lint, format, types, layers
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test: $(VENV)/.test system  ## all tests: real kernels, a real model, a real browser
	$(BIN)/python -m pytest -n auto

fix: $(VENV)/.test  ## mend what can be mended by itself
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: $(VENV)/.test  ## the tutorial notebooks as pages, in build/docs
	$(BIN)/jupyter nbconvert --to html --output-dir build/docs notebooks/*.ipynb

bench: $(VENV)/.test  ## speed, against a floor and rivals
	$(BIN)/python benchmarks/load.py
	$(BIN)/python benchmarks/stream.py
	$(BIN)/python benchmarks/interrupt.py

conformance: $(VENV)/.test  ## recordings against the vendors' SDKs; TRAFFIC=FOLDER for others, V=-v says more
	@$(BIN)/python tests/conformance.py $(if $(TRAFFIC),'$(TRAFFIC)') $(V)

demo: $(VENV)/.demo  ## the main job on a real model, without a key
	$(BIN)/python notebooks/demo.py

clean:  ## what was built
	rm -rf $(VENV) .demo build dist .mypy_cache .ruff_cache .pytest_cache
