# SPDX-License-Identifier: EUPL-1.2
# Two commands do everything: `make up` and `make test`.
VENV := .venv
BIN := $(VENV)/bin
SETUP := $(VENV)/.installed
# Tests wait for servers more than they compute: two processes take little more than half of the time.
PARALLEL := -n 2 --dist loadfile

.PHONY: up test check fix bench acceptance docs clean
.DEFAULT_GOAL := up

up: $(SETUP)
	@exec $(BIN)/allmende up --demo $(ARGS)

test: $(SETUP)
	$(BIN)/pytest $(PARALLEL) -m "not acceptance" $(ARGS)

check: $(SETUP)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/pytest -q $(PARALLEL) -m "not server and not storage and not acceptance" $(ARGS)

fix: $(SETUP)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(SETUP)
	$(BIN)/python -m tests.bench $(ARGS)

acceptance: $(SETUP)
	$(BIN)/pytest -m acceptance --timeout 1800 $(ARGS)

docs: $(SETUP)
	$(BIN)/python -m tests.docs.generate

$(SETUP): pyproject.toml constraints.txt scripts/setup.sh
	@sh scripts/setup.sh $(VENV)

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache
