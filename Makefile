# Checklane: the only commands a newcomer needs. `make` alone lists them.

PYTHON_IN := .venv/bin/python
# More than cores: many tests wait for processes they have started.
WORKERS ?= 3
# A display that appears later asks for libraries that a set-up without one did not need.
READY := .venv/.ready$(if $(DISPLAY)$(WAYLAND_DISPLAY),-for-display)
export UV_CACHE_DIR ?= $(CURDIR)/.venv/cache

.DEFAULT_GOAL := help
.PHONY: help setup demo test check bench screens lab fuzz

help: ## list the commands
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' $(firstword $(MAKEFILE_LIST)) | expand -t 18

setup: $(READY) ## make this machine ready: missing Debian packages, then .venv from uv.lock

$(READY): setup.sh uv.lock pyproject.toml
	@PYTHON='$(PYTHON)' ./setup.sh
	@touch $@

demo: $(READY) ## run a shop on this machine: lane, agent, headquarters, broker (ARGS=... for options)
	@$(PYTHON_IN) -m demo $(ARGS)

test: $(READY) ## run the tests in random order (ARGS=... for pytest)
	@$(PYTHON_IN) -m pytest -n $(WORKERS) $(ARGS)

check: $(READY) ## lint, format, types, import contracts, spelling, lock file
	.venv/bin/ruff check
	.venv/bin/ruff format --check
	.venv/bin/mypy
	.venv/bin/lint-imports
	.venv/bin/codespell
	.venv/bin/uv lock --check --offline

bench: $(READY) ## measure latency, durability, memory and start against named peers, into build/bench.json
	@.venv/bin/uv sync --quiet --frozen --inexact --group bench --python .venv/bin/python
	@$(PYTHON_IN) -m tests.benchmarks $(ARGS)

screens: $(READY) ## draw every screen into build/screens
	@$(PYTHON_IN) -m tests.screens.render $(ARGS)

lab: $(READY) ## drivers on virtual USB hardware in QEMU, with a table at the end (ARGS=... such as --cycles 5)
	@$(PYTHON_IN) -m image.lab $(ARGS)

fuzz: $(READY) ## a million damaged frames for each codec, going on where it stopped (ARGS=... such as --codec zvt)
	@$(PYTHON_IN) -m tests.drivers.fuzz --jobs 2 $(ARGS)
