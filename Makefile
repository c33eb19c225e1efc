# Every target first installs the versions of $(CONSTRAINTS) into a virtual environment.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
CONSTRAINTS ?= constraints.txt
export OMP_NUM_THREADS ?= 1

.PHONY: demo test test-slow test-kernels test-oldest coverage lint docs clean

# Compare deep and classical models with a majority class, on new subjects.
demo: $(VENV)/.core
	OMP_NUM_THREADS=2 $(BIN)/sklearn-emotion benchmark --out results/demo

# Continuous integration runs these tests.
test: $(VENV)/.dev
	$(BIN)/pytest -n 2 --dist worksteal -m "not slow"

test-slow: $(VENV)/.dev
	$(BIN)/pytest -n 2 --dist worksteal -m slow

# Run the numeric tests with the kernels of four processors, on one and two threads.
test-kernels: $(VENV)/.dev
	$(BIN)/python tests/kernels.py

# Run the numeric tests with the oldest versions that pyproject.toml admits. The folder
# .venv-oldest needs Python 3.11, for example: make test-oldest PYTHON=python3.11
test-oldest:
	$(MAKE) test-kernels VENV=.venv-oldest CONSTRAINTS=constraints-oldest.txt

# Print the share of statements and branches that the default tests execute.
coverage: $(VENV)/.dev
	$(BIN)/pytest -n 2 --dist worksteal -m "not slow" --cov --cov-report=term

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports

docs: $(VENV)/.dev
	$(BIN)/python -m sphinx -n -W --keep-going -b html docs docs/_build/html
	$(BIN)/python docs/check_site.py docs/_build/html
	@echo "Open docs/_build/html/index.html"

clean:
	rm -rf $(VENV) .venv-oldest docs/_build docs/auto_examples docs/api results

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.core: pyproject.toml $(CONSTRAINTS) | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet -c $(CONSTRAINTS) -e .
	@touch $@

$(VENV)/.dev: pyproject.toml $(CONSTRAINTS) | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet -c $(CONSTRAINTS) -e ".[dev]"
	@touch $@ $(VENV)/.core
