# SPDX-License-Identifier: EUPL-1.2
# Two commands do everything: `make up` and `make test`.
VENV := .venv
BIN := $(VENV)/bin
SETUP := $(VENV)/.installed
# Tests wait for servers more than they compute: four processes take much less of it, even on two cores.
PARALLEL := -n 4 --dist loadfile
# tests/conftest.py says which: else files with many tests come first.
LONGEST_FIRST := --no-loadscope-reorder
# What the quick gate tests.
QUICK := not server and not storage and not long and not acceptance and not browser and not fuzz and not keycloak

# Tests start many processes: what they run is compiled once, whatever the environment says.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: up test browser fuzz keycloak check fix bench acceptance docs screenshots vendor clean
.DEFAULT_GOAL := up

up: $(SETUP)
	@exec $(BIN)/allmende up --demo $(ARGS)

test: $(SETUP)
	$(BIN)/pytest $(PARALLEL) $(LONGEST_FIRST) --durations 15 -m "not acceptance and not browser and not fuzz and not keycloak" $(ARGS)

# Pages in a real browser: needs Chromium, which computes more than it waits.
browser: $(SETUP)
	$(BIN)/python -m pip install -q --disable-pip-version-check -r tests/browser/requirements.txt
	$(BIN)/pytest $(PARALLEL) -n 3 -m browser tests/browser $(ARGS)

# A real Keycloak: that of ALLMENDE_TEST_KEYCLOAK (its address), else one that is started.
keycloak: $(SETUP)
	$(BIN)/pytest -m keycloak tests/keycloak $(ARGS)

# Requests made of /openapi.json, for as many seconds as ALLMENDE_TEST_FUZZ_S says, by default 60.
fuzz: $(SETUP)
	$(BIN)/pytest -m fuzz --timeout 900 tests/system $(ARGS)

check: $(SETUP)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/pytest -q $(PARALLEL) -n 2 -m "$(QUICK)" $(ARGS)

fix: $(SETUP)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(SETUP)
	$(BIN)/python -m tests.bench $(ARGS)

acceptance: $(SETUP)
	ALLMENDE_TEST_FUZZ_S=300 $(BIN)/pytest -m "acceptance or fuzz" --timeout 1800 $(ARGS)

docs: $(SETUP)
	$(BIN)/python -m tests.docs.generate

# Pictures of the demo city's pages: those of README into docs/images; with ARGS=FOLDER all of them.
screenshots: $(SETUP)
	$(BIN)/python -m pip install -q --disable-pip-version-check -r tests/browser/requirements.txt
	$(BIN)/python -m tests.browser.screenshots $(ARGS)

# Scripts and styles of other people, from npm, as api/vendored.toml names them.
vendor: $(SETUP)
	$(BIN)/python scripts/vendor_assets.py

$(SETUP): pyproject.toml constraints.txt scripts/setup.sh
	@sh scripts/setup.sh $(VENV)

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache
