# Everything a new machine needs is set up by the first target that wants it.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
CLIENTS ?= cdnow grocer superstore rehearsal
export PYTHONWARNINGS ?= default
export OMP_NUM_THREADS ?= 1

.PHONY: help setup demo report lab test check unit notebooks selfcheck benchmarks clean

help: ## Show what can be made
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

setup: $(VENV)/.installed ## Make the environment in .venv

$(VENV)/.installed: export PYTHONWARNINGS = ignore
$(VENV)/.installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade pip
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[workshop,office,databases,dev]"
	touch $@

demo: setup ## Set up, then render the sample clients into reports/
	$(BIN)/crmplan report $(CLIENTS) --out reports

lab: setup ## Open JupyterLab on the notebooks
	$(BIN)/crmplan lab

test: setup check unit notebooks ## Set up, then run every check and test

check: setup ## Style, types, and the rule that imports run downward
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

unit: setup ## Tests, doctests, and every notebook by papermill
	$(BIN)/python -m pytest -q -n 2 --dist loadfile

notebooks: setup ## Every notebook as it stands, by nbval
	$(BIN)/python -m pytest -q -o addopts="" -W default --nbval-lax --nbval-current-env --nbval-cell-timeout=300 notebooks

selfcheck: setup ## Published numbers beside ours
	$(BIN)/crmplan selfcheck

benchmarks: setup ## Time what must be quick
	$(BIN)/python benchmarks/start.py

clean: ## Remove the environment and everything computed
	rm -rf $(VENV) dist build .pytest_cache .mypy_cache .ruff_cache .hypothesis data/sample/*/.crmplan
