# Two commands do everything from a fresh clone: `make demo` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
APT := chromium dbus fonts-dejavu-core gnome-keyring strace

.PHONY: help install install-demo system check test fix docs pictures bench conformance demo clean

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

# The vendors' SDKs judge our requests; in a folder of their own, for what they bring along.
$(VENV)/.sdks: $(BIN)/python
	$(BIN)/python -m pip install --quiet --no-warn-conflicts --target $(VENV)/sdks 'openai>=3,<4' \
	  'anthropic>=2,<3' 'google-genai>=3,<4' 'mistralai>=3,<4' 'cohere>=7,<8' 'ollama>=0.6,<1'
	@touch $@

# An imitation of providers on loopback; where it cannot be had, its tests are skipped.
$(VENV)/.aimock: $(BIN)/python
	@command -v npm >/dev/null || { echo "npm is missing: tests with aimock are skipped" >&2; exit 0; }; \
	  npm install --silent --no-audit --no-fund --prefix $(VENV)/aimock @copilotkit/aimock@1.43 && \
	  touch $@ || echo "aimock cannot be installed: its tests are skipped" >&2

# What judges whether forms can be used by everybody; where it cannot be had, its tests are skipped.
$(VENV)/.axe: $(BIN)/python
	@command -v npm >/dev/null || { echo "npm is missing: tests with axe are skipped" >&2; exit 0; }; \
	  npm install --silent --no-audit --no-fund --prefix $(VENV)/axe axe-core@4.14 && \
	  touch $@ || echo "axe cannot be installed: its tests are skipped" >&2

install: $(VENV)/.test $(VENV)/.sdks $(VENV)/.aimock $(VENV)/.axe  ## everything that development needs, in .venv

install-demo: $(VENV)/.demo

system:  # a browser, a keychain, strace: where Debian's packages can be installed
	@{ command -v chromium && command -v gnome-keyring-daemon && command -v strace; } >/dev/null || \
	  ! command -v apt-get >/dev/null || [ "$$(id -u)" != 0 ] || \
	  { apt-get update -qq && apt-get install -y -qq --no-install-recommends $(APT) >/dev/null; }

check: $(VENV)/.test  ## lint, format, types, layers
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# Kernels, browsers and sockets share the machine: what fails once is tried once more, and told.
test: install system  ## all tests: real kernels, a real model, a real browser
	$(BIN)/python -m pytest -n auto --dist worksteal --reruns 1

fix: $(VENV)/.test  ## mend what can be mended by itself
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: $(VENV)/.test  ## the tutorial notebooks as pages, in build/docs
	$(BIN)/jupyter nbconvert --to html --output-dir build/docs notebooks/*.ipynb

pictures: $(VENV)/.test system  ## the screenshots of forms and costs, in docs/images
	$(BIN)/python tests/browser/pictures.py docs/images
	$(BIN)/python tests/browser/cost_pictures.py docs/images
	$(BIN)/python tests/browser/parallel_pictures.py docs/images

bench: $(VENV)/.test  ## speed, against a floor and rivals
	$(BIN)/python benchmarks/load.py
	$(BIN)/python benchmarks/stream.py
	$(BIN)/python benchmarks/interrupt.py
	$(BIN)/python benchmarks/ledger.py

conformance: $(VENV)/.test  ## recordings against the vendors' SDKs; TRAFFIC=FOLDER for others, V=-v says more
	@$(BIN)/python tests/conformance.py $(if $(TRAFFIC),'$(TRAFFIC)') $(V)

demo: $(VENV)/.demo  ## the main job on a real model, without a key
	$(BIN)/python notebooks/demo.py

clean:  ## what was built
	rm -rf $(VENV) .demo build dist .mypy_cache .ruff_cache .pytest_cache
