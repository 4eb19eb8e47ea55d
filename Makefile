# Every target does its own set-up; what is already there is not done twice.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
LOCK := --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate
# who is done takes of what the other has left: at first each has half of the files, so that few prepare the same twice
TWO := -n 2 --dist worksteal
UNIT := "not storage and not processes and not many and not long"

# where it is set, every process compiles its modules again: a third of the time that collecting the tests takes
unexport PYTHONDONTWRITEBYTECODE

.PHONY: install install-dev demo kernels test test-unit test-long bench bench-full lint format lock secrets clean

$(VENV)/.run: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; v = sys.version_info; sys.exit(0 if v >= (3, 11) else f"Python 3.11 or newer is needed, this is {v.major}.{v.minor}: make PYTHON=python3.12 ...")'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all: -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@$(BIN)/python -m api.warm classes
	@touch $@

$(VENV)/.dev: requirements-dev.lock $(VENV)/.run
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all: -r requirements-dev.lock
	@touch $@

install: $(VENV)/.run
install-dev: $(VENV)/.dev

demo: $(VENV)/.run
	@$(BIN)/faultline demo

lint: $(VENV)/.dev
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

format: $(VENV)/.dev
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

# each of the workers would else compile for itself
kernels: $(VENV)/.dev
	@$(BIN)/python -m api.warm kernels

test: $(VENV)/.dev
	@$(MAKE) --no-print-directory --jobs 2 lint kernels
	@$(BIN)/python -m pytest -q -m $(UNIT) $(TWO)
	@$(BIN)/python -m pytest -q -m "(storage or processes or many) and not long" $(TWO)

test-unit: kernels
	@$(BIN)/python -m pytest -q -m $(UNIT) $(TWO)

test-long: lint kernels
	@FAULTLINE_TEST_LONG=1 $(BIN)/python -m pytest -q $(TWO)

bench: $(VENV)/.dev
	@$(BIN)/python -m benchmarks

bench-full: $(VENV)/.dev
	@$(BIN)/python -m benchmarks --full

lock:
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	@printf 'hatchling\neditables\n' > $(VENV)/build.in
	@$(BIN)/uv pip compile $(LOCK) pyproject.toml $(VENV)/build.in -o requirements.lock
	@$(BIN)/uv pip compile $(LOCK) --extra dev pyproject.toml $(VENV)/build.in -c requirements.lock -o requirements-dev.lock

# what docker-compose.yml asks for: readable in the containers, whose users are other ones; the folder keeps others out
secrets:
	@mkdir -p secrets && chmod 700 secrets
	@test -s secrets/neo4j_password || $(PYTHON) -c 'import secrets; print(secrets.token_urlsafe(24))' > secrets/neo4j_password
	@test -s secrets/neo4j_auth || sed 's|^|neo4j/|' secrets/neo4j_password > secrets/neo4j_auth
	@test -s secrets/admin_token || $(PYTHON) -c 'import secrets; print(secrets.token_urlsafe(32))' > secrets/admin_token
	@chmod 444 secrets/*

clean:
	rm -rf $(VENV) .build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
