# Every target first installs the versions of constraints.txt into a virtual environment.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
export OMP_NUM_THREADS ?= 1

.PHONY: demo test test-slow coverage lint docs clean

# Compare deep and classical models with a majority class, on new subjects.
demo: $(VENV)/.core
	OMP_NUM_THREADS=2 $(BIN)/sklearn-emotion benchmark --out results/demo

# Continuous integration runs these tests.
test: $(VENV)/.dev
	$(BIN)/pytest -n 2 --dist worksteal -m "not slow"

test-slow: $(VENV)/.dev
	$(BIN)/pytest -n 2 --dist worksteal -m slow

# Print the share of statements and branches that the default tests execute.
coverage: $(VENV)/.dev
	$(BIN)/pytest -n 2 --dist worksteal -m "not slow" --cov --cov-report=term

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports

docs: $(VENV)/.dev
	$(BIN)/python -m sphinx -n -W --keep-going -b html docs docs/_build/html
	@echo "Open docs/_build/html/index.html"

clean:
	rm -rf $(VENV) docs/_build docs/auto_examples docs/api results

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.core: pyproject.toml constraints.txt | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet -c constraints.txt -e .
	@touch $@

$(VENV)/.dev: pyproject.toml constraints.txt | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet -c constraints.txt -e ".[dev]"
	@touch $@ $(VENV)/.core
