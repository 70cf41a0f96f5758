# From a fresh clone:   make run   make test   make bench
# Needs Python 3.11 or newer, pip, make and git. All paths are relative, so that
# the folder may have any name.

PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
COUNTY ?= pingyang
RUN ?= compare $(COUNTY) --policy dip --policy pingyang --out results/$(COUNTY)
WHEEL_RUN ?= run typical --years 1 --weight 50 --out out
PYTEST_ARGS ?=
COMMA := ,

# Python reads the place of an editable install in the locale's encoding, so an absolute
# path with other letters in it can stop the interpreter. A relative one cannot.
define INSTALL
	$(PIP) install --quiet -c requirements.lock -e '.[$(1)]'
	@for place in .venv/lib/python*/site-packages/_yigongti.pth; do \
	  echo ../../../.. > "$$place"; \
	done
endef

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
# The page's libraries are large: they come with what needs them.
.PHONY: help install run app test test-slow test-page bench bench-page wheel-test format lock clean

# An environment that was made in another place has its old paths inside: make it anew.
$(shell [ "$$(cat .venv/.place 2>/dev/null)" = "$$(pwd)" ] || rm -f .venv/.installed .venv/.bench .venv/.page)

help:
	@echo "make run         compare two policies on a county; pictures and tables in results/"
	@echo "make test        formatting, lint, types, import rules and the quick tests"
	@echo "make test-slow   the tests that take long"
	@echo "make app         serve the page on this machine"
	@echo "make test-page   the page in a real browser: needs Chromium"
	@echo "make bench       speed and memory, beside other programs"
	@echo "make bench-page  how fast the page answers, and eight browsers at once: needs Chromium"
	@echo "make wheel-test  build the wheel, install it elsewhere and use it"
	@echo "make format      put the code into the project's format"
	@echo "make lock        choose the versions in requirements.lock anew"
	@echo "make clean       remove what make has built (results/ stays)"

install: .venv/.installed

.venv/.installed: pyproject.toml requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "yigongti needs Python 3.11 or newer, and '$(PYTHON)' is: $$($(PYTHON) --version 2>&1)." >&2; \
	  echo "Name a newer one: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "'$(PYTHON)' cannot make virtual environments: its module ensurepip is missing." >&2; \
	  echo "Debian and Ubuntu: sudo apt install python3-venv. Or name another Python: make PYTHON=..." >&2; \
	  exit 1; }
	$(PYTHON) -m venv --clear .venv
	$(call INSTALL,test)
	@pwd > .venv/.place
	@touch $@

.venv/.bench: .venv/.installed
	$(call INSTALL,test$(COMMA)bench)
	@touch $@

.venv/.page: .venv/.installed
	$(call INSTALL,test$(COMMA)page$(COMMA)browser)
	@touch $@

run: .venv/.installed
	$(BIN)/yigongti $(RUN)

test: .venv/.installed
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -n 2 --dist loadfile -m "not slow and not bench and not page" $(PYTEST_ARGS)
	@echo "Not run here: what takes long (make test-slow), the page in a browser (make test-page),"
	@echo "speed (make bench, make bench-page), the wheel (make wheel-test)."

test-slow: .venv/.installed
	$(BIN)/python -m pytest -n 2 -m "slow and not bench and not page" $(PYTEST_ARGS)

app: .venv/.page
	$(BIN)/yigongti app

test-page: .venv/.page
	$(BIN)/python -m pytest -m "page and not bench" $(PYTEST_ARGS)

bench: .venv/.bench
	$(BIN)/python -m benchmarks $(BENCH_ARGS)

bench-page: .venv/.page
	$(BIN)/python -m benchmarks.page $(BENCH_ARGS)

wheel-test: .venv/.installed
	bash .ci/wheel-test $(WHEEL_RUN)

format: .venv/.installed
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# One resolution for every Python and system that the project supports.
lock: .venv/.installed
	$(PIP) install --quiet uv
	$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --all-extras \
	  --no-emit-package yigongti --no-emit-package setuptools --custom-compile-command "make lock" \
	  --output-file requirements.lock pyproject.toml

clean:
	rm -rf .venv build dist .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
