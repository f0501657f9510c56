# Two commands do everything on a fresh machine: `make demo` and `make test`.
# They need Python 3.11 or later and, for the native part, a C compiler.

PYTHON ?= python3
VENV ?= .venv
ARGS ?=
VERSIONS ?= 3.11 3.12 3.13 3.14 3.15

.PHONY: help setup demo test test-full bench docs lint format screenshot clean

help: ## show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

setup: ## build the wheel and install it into $(VENV)
	@tools/install.sh $(PYTHON) $(VENV)

demo: setup ## show what programs that fail print with lastwords
	@$(VENV)/bin/python demo/demo.py $(ARGS)

test: ## run the tests on $(PYTHON) against the installed wheel
	@tools/test.sh $(PYTHON) $(ARGS)

test-full: ## run every test, the long ones too
	@tools/test.sh $(PYTHON) --full --timeout 1200 --durations=30 --durations-min=5 $(ARGS)

bench: ## print the cost in proportion to the standard modules' on each of $(VERSIONS)
	@tools/bench.sh $(VERSIONS) -- $(ARGS)

docs: ## build the documentation into docs/_build/html
	@tools/install.sh $(PYTHON) build/venvs/docs docs
	@build/venvs/docs/bin/python -m sphinx -n -W --keep-going -q -b html docs docs/_build/html
	@echo "docs/_build/html/index.html"

lint: ## run linters, types, layer contracts
	@PYTHON=$(PYTHON) tools/lint.sh

format: ## let the tools mend what they can
	@PYTHON=$(PYTHON) tools/lint.sh --fix

screenshot: setup ## redraw the picture of the README from real runs
	@$(VENV)/bin/python tools/screenshot.py

clean: ## remove everything that was built
	rm -rf build $(VENV) docs/_build .hypothesis .mypy_cache .ruff_cache
