# Two commands for everyone (lab, test) and four for those who change the project (check, notebooks, release, lock).
PYTHON ?= python3
BIN := .venv/bin
INSTALLED := .venv/installed
NOTEBOOK := notebooks/lesson.ipynb

LAB_FLAGS := $(if $(filter 0,$(shell id -u)),--allow-root)
ifeq ($(shell uname),Linux)
LAB_FLAGS += $(if $(DISPLAY)$(WAYLAND_DISPLAY),,--no-browser)
endif

.PHONY: help lab test check notebooks release lock setup
.DELETE_ON_ERROR:

help:
	@echo "make lab        open the lesson in JupyterLab (installs everything into .venv first)"
	@echo "make test       check the code and run every test"
	@echo "make check      lint, format and types only"
	@echo "make notebooks  run every notebook and store its outputs"
	@echo "make release    write the student edition of all notebooks to build/student"
	@echo "make lock       renew requirements.lock (needs uv)"

# Trusting them lets JupyterLab show the stored pictures before anything has been run.
lab: setup
	@find notebooks -name '*.ipynb' -exec $(BIN)/jupyter trust {} + >/dev/null
	@$(BIN)/jupyter lab $(LAB_FLAGS) --log-level=WARN --LabApp.default_url=/lab/tree/$(NOTEBOOK)

test: check
	$(BIN)/python -m pytest --numprocesses auto --dist loadfile

check: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

notebooks: setup
	$(BIN)/python -m tests.notebooks.regenerate

release: setup
	$(BIN)/python -m widgets.classroom.release notebooks build/student

lock:
	uv pip compile pyproject.toml --extra lab --group dev --upgrade --universal --fork-strategy fewest \
		--python-version 3.11 --only-binary :all: --generate-hashes --no-annotate --no-header \
		--quiet --output-file requirements.lock

setup: $(INSTALLED)

$(INSTALLED): requirements.lock pyproject.toml notebooks/jupyterlab-settings.json notebooks/jupyter_server_config.py
	@command -v $(PYTHON) >/dev/null || \
		{ echo "'$(PYTHON)' was not found. Install Python 3.11 or newer, or name one: make lab PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed; '$(PYTHON)' is older. Name another: make lab PYTHON=python3.12" >&2; exit 1; }
	@echo "Installing into .venv: once, about a minute ..."
	@$(PYTHON) -m venv .venv || \
		{ echo "'$(PYTHON) -m venv' failed. On Debian and Ubuntu: apt install python3-venv" >&2; exit 1; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all: -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@mkdir -p .venv/share/jupyter/lab/settings
	@# No news, and a notebook stays whole in the page, so that a widget scrolled out of sight keeps its place.
	@cp notebooks/jupyterlab-settings.json .venv/share/jupyter/lab/settings/overrides.json
	@mkdir -p .venv/etc/jupyter
	@cp notebooks/jupyter_server_config.py .venv/etc/jupyter/
	@# nbgrader is here for `make release`; its panels in JupyterLab are for a course that is set up for it.
	@mkdir -p .venv/etc/jupyter/labconfig
	@echo '{"disabledExtensions": {"@jupyter/nbgrader": true}}' > .venv/etc/jupyter/labconfig/page_config.json
	@touch $@
