# Two commands do everything on a fresh Debian machine with Python 3.11, git and make: make demo, make test.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV ?= .venv
BIN := $(VENV)/bin
PACKAGES := shared cloudhsm_mgmt_util key_mgmt_util cloudhsm_cli cloudhsm_sim migration
# Started tools must find compiled modules, as an installed package has them.
export PYTHONDONTWRITEBYTECODE =
# A test often waits for the tool that it has started, so one more than there are processors.
WORKERS ?= $(shell expr $$(getconf _NPROCESSORS_ONLN) + 1)

.PHONY: demo test coverage check bench format clean

demo: $(VENV)/.installed
	$(BIN)/python demo/main_job.py

test: $(VENV)/.installed-all
	sh tools/system-packages expect tcl jq openssl
	$(BIN)/python -m compileall -q $(PACKAGES)
	TMPDIR=$$(sh tools/scratch-folder) $(BIN)/python -m pytest -n $(WORKERS)

# What the tests in this process reach; it takes a third longer, so it is no part of test.
coverage: $(VENV)/.installed-all
	TMPDIR=$$(sh tools/scratch-folder) $(BIN)/python -m pytest -n $(WORKERS) --cov --cov-report=term:skip-covered

check: $(VENV)/.installed-all
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -q -p no:cacheprovider tests/test_imports.py tests/test_docs.py

bench: $(VENV)/.installed-all
	sh tools/system-packages softhsm2 opensc
	$(BIN)/python -m compileall -q $(PACKAGES)
	$(BIN)/python -m benchmarks

format: $(VENV)/.installed-all
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

$(VENV)/.installed: setup.cfg pyproject.toml
	$(PYTHON) -c 'import ensurepip' 2>/dev/null || sh tools/system-packages python3-venv
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --editable . --config-settings editable_mode=compat
	touch $@

$(VENV)/.installed-all: $(VENV)/.installed
	$(BIN)/pip install --quiet --editable '.[test,check]' --config-settings editable_mode=compat
	touch $@

clean:
	rm -rf $(VENV) build *.egg-info .coverage .coverage.* .pytest_cache .mypy_cache .ruff_cache .hypothesis
