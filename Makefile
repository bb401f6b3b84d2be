# Two commands are enough: `make serve` to see the page, `make test` to check it. `make` alone lists the rest.
# Each target fetches what it needs, checked against hashes, into .venv/ and node_modules/, and only once.

PYTHON ?= python3
PORT ?= 8000
VENV := .venv
BIN := $(VENV)/bin
ORACLE := build/oracle
AUDIT := build/audit
NPM_DONE := node_modules/.package-lock.json
export PATH := $(CURDIR)/$(BIN):$(PATH)

PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet --require-hashes

# Node.js runs npm and compiles the Python that is served; where it is missing or too old, PyPI brings it.
ENOUGH := process.exit(Number(process.versions.node.split(".")[0] < 20))
NODE := $(shell npm --version >/dev/null 2>&1 && node -e '$(ENOUGH)' >/dev/null 2>&1 || echo $(VENV)/.node)

.DEFAULT_GOAL := help
.PHONY: help serve build single test test-long bench fit validate lint format stdlib pictures oracle audit pins clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 18

serve: $(VENV)/.page $(NPM_DONE) ## build what is missing, serve it on http://localhost:8000 (PORT= changes it)
	@$(BIN)/python -m tools.serve --port $(PORT)

build: $(VENV)/.page $(NPM_DONE) ## leave the finished site in dist/
	@$(BIN)/python -m tools.build

single: build ## leave all of it in one file, dist/single.html, which opens by double-click
	@echo "All of it in one file: dist/single.html"

# A process for each processor, each test file whole in one of them. In their own order the tests of the browser, which
# take longest, come first, and the short ones fill what is left at the end.
ALL_TESTS := $(BIN)/python -m pytest --numprocesses=auto --dist=loadfile --no-loadscope-reorder

test: $(VENV)/.test $(NPM_DONE) ## find a browser and run every test
	@$(BIN)/python -m tools.find_browser
	@$(ALL_TESTS) $(ARGS)

test-long: $(VENV)/.test $(NPM_DONE) ## run those tests that can go through many more cases, with many more
	@$(BIN)/python -m tools.find_browser
	@$(ALL_TESTS) --hypothesis-profile=long -m "deep or hypothesis" $(ARGS)

bench: $(VENV)/.test $(NPM_DONE) ## measure start and keystrokes against named baselines
	@$(BIN)/python -m tools.find_browser
	@$(BIN)/python -m tests.bench.scale
	@$(BIN)/python -m tests.bench.run

fit: $(VENV)/.test ## fit the constants of the roofline to data/ anew
	@$(BIN)/python -m tools.lab.fit
	@$(BIN)/python -m tools.lab.engines
	@$(BIN)/python -m tools.lab.errors

ROWS ?= data/speedups.csv
validate: $(VENV)/.test ## compare the page with measurements (ROWS=FILE.csv)
	@$(BIN)/python -m tools.lab.validate $(ROWS)

lint: $(VENV)/.test $(NPM_DONE) ## check style and types
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@for scripts in . tools/types/worker.json tools/types/node.json; do node_modules/.bin/tsc -p $$scripts || exit 1; done

format: $(VENV)/.test ## put style right where that needs no thought
	@$(BIN)/ruff check --fix-only --quiet .
	@$(BIN)/ruff format --quiet .

stdlib: $(VENV)/.test $(NPM_DONE) ## list anew which modules of the standard library the page imports
	@$(BIN)/python -m tools.build.stdlib

pictures: $(VENV)/.test $(NPM_DONE) ## paint the icons and photograph the page anew, for where it is installed
	@$(BIN)/python -m tools.find_browser
	@$(BIN)/python -m tools.build.pictures

oracle: $(ORACLE)/.done ## ask transformers for the parameters of the test configs, and for defaults
	@HF_HUB_OFFLINE=1 $(ORACLE)/bin/python -m tools.lab.oracle

audit: $(AUDIT)/.done $(NPM_DONE) ## ask npm and PyPI for known holes in what is pinned
	@npm audit
	@for group in page test node audit; do echo "requirements/$$group.txt:" \
		&& $(AUDIT)/bin/pip-audit --strict --require-hashes --disable-pip -r requirements/$$group.txt || exit 1; done

pins: ## compile requirements/ and package-lock.json anew (needs uv and npm)
	@for group in page test node audit; do uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --custom-compile-command "make pins" --group $$group -o requirements/$$group.txt; done
	@npm install --package-lock-only

clean: ## remove what was built and fetched
	@rm -rf .venv node_modules build dist

# Debian keeps `ensurepip` in a package of its own; where it is not there, the pip outside brings the one inside.
$(BIN)/pip:
	@$(PYTHON) -m venv $(VENV) >/dev/null || { $(PYTHON) -m venv --clear --without-pip $(VENV) \
		&& $(PYTHON) -m pip --python $(BIN)/python install --quiet pip; }

$(VENV)/.%: requirements/%.txt | $(BIN)/pip
	$(PIP) -r $<
	@touch $@

# What tests need includes what the page needs, so one of the two installs is enough; never both at once.
$(VENV)/.test: | $(VENV)/.page

# torch and transformers are large and only write test data, so they stay out of the environment of the tests.
$(ORACLE)/.done: requirements/oracle.txt
	@$(PYTHON) -m venv --clear $(ORACLE)
	$(ORACLE)/bin/python -m pip --disable-pip-version-check install --quiet -r $<
	@touch $@

# Apart from what it looks into.
$(AUDIT)/.done: requirements/audit.txt
	@$(PYTHON) -m venv --clear $(AUDIT)
	$(AUDIT)/bin/python -m pip --disable-pip-version-check install --quiet --require-hashes -r $<
	@touch $@

$(NPM_DONE): package.json package-lock.json $(NODE)
	npm ci --silent
	@touch $@
