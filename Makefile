# One entry to everything; CI calls the same. BOXSCORE_… variables of the environment reach every command.
BIN := .venv/bin
# Files of tests at a time. Most of their time is waiting for boxes, so there may be more of them than processors.
TEST_WORKERS ?= 3
# Hundreds of processes are started: without compiled files each would compile all of boxscore, and so would each worker the tests.
COMPILED := env -u PYTHONDONTWRITEBYTECODE

.PHONY: help setup demo test test-all check docs bench clean

help:  ## show this
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile

# A Docker engine where one can be had, and the images.
BOXES = scripts/setup-engine && \
	{ $(BIN)/boxscore images build >/dev/null || echo 'images: not built; the local backend needs none' >&2; }

setup:  ## a virtual environment, a Docker engine where one can be had, and the images
	@scripts/setup-python
	@$(BOXES)

demo:  ## grade the bundled samples in sandboxes and show the table; sets up no tools of developers
	@scripts/setup-python --no-tools
	@$(BOXES)
	@$(BIN)/boxscore grade tiny

test: setup  ## the tests but for the slow ones
	@scripts/setup-gvisor
	@$(COMPILED) $(BIN)/pytest -q -n $(TEST_WORKERS) --dist loadfile

test-all: setup  ## every test, also the slow ones
	@scripts/setup-gvisor
	@scripts/setup-browser
	@$(BIN)/python -m pip --quiet install --editable ".[ray]"
	@$(COMPILED) $(BIN)/pytest -q -m ""

check:  ## linter, formatter, types, the layers of the package
	@scripts/setup-python
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

docs:  ## the documentation as a site, in dist/site; broken links fail
	@scripts/setup-python
	@$(BIN)/python -m pip --quiet install --upgrade pip
	@$(BIN)/python -m pip --quiet install --group docs
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet --strict
	@echo dist/site/index.html

bench: setup  ## race other evaluators on the same samples
	@$(BIN)/python bench/function.py

clean:  ## remove what the other targets made here; runs/ stays
	rm -rf .venv dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
