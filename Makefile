# Everything that a developer or CI runs. `make` alone lists it.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP_INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes
FUZZ_VENV := .venv-fuzz
BENCH_VENV := .venv-bench
OCTOKIT := tests/github/octokit
EXAMPLES := 20000
SECONDS := 1800
ACTIONS := action.yml composite/action.yml
WORKFLOWS := $(wildcard .github/workflows/*.yml examples/workflows/*.yml)

.DEFAULT_GOAL := help
.PHONY: help demo test search fuzz big-inputs linear bench lint lock readme corpus pips readers damage verdicts live sarif octokit scenarios image container workflows dist clean

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1\t\2/p' Makefile | expand -t 12

demo: $(VENV)/.runtime ## judge and correct examples/ against the live index
	@HASHPIN="$(BIN)/python -m hashpin" sh tools/demo.sh

test: $(VENV)/.dev ## the whole suite; needs no network but loopback
	$(BIN)/python -m pytest -n auto --cov --cov-report=term --cov-fail-under=95

search: $(VENV)/.dev ## the properties at random, EXAMPLES=20000 of each; an hour or so
	HASHPIN_EXAMPLES=$(EXAMPLES) $(BIN)/python -m pytest --hypothesis-show-statistics tests/property

fuzz: $(FUZZ_VENV)/.fuzz ## the reader and the editor side by side for SECONDS=1800; needs Python 3.11 to 3.13
	$(FUZZ_VENV)/bin/python -m fuzz.run --seconds $(SECONDS)

big-inputs: $(VENV)/.dev ## a megabyte of every nasty repetition, read and edited in 2 s each
	$(BIN)/python -m fuzz.big_inputs

linear: $(VENV)/.dev ## how long files of 5 to 50 MB take to read
	$(BIN)/python -m bench.reading

bench: $(VENV)/.dev $(BENCH_VENV)/.bench ## hashpin beside its peers, into docs/performance.md; needs nginx with Lua, curl, openssl; ONLY=cold ROUNDS=3
	$(BIN)/python -m bench $(addprefix --only ,$(ONLY)) --rounds $(or $(ROUNDS),5)

lint: $(VENV)/.dev ## layers, types, style
	$(BIN)/lint-imports
	$(BIN)/mypy
	$(BIN)/ruff check
	$(BIN)/ruff format --check

workflows: $(VENV)/.dev ## the actions, the workflows, and those to copy
	$(BIN)/check-jsonschema --builtin-schema vendor.github-actions $(ACTIONS)
	$(BIN)/check-jsonschema --builtin-schema vendor.github-workflows $(WORKFLOWS)
	$(BIN)/zizmor --offline --persona pedantic $(ACTIONS) $(WORKFLOWS)

corpus: $(VENV)/.dev ## against real files; HASHPIN_CORPUS names their folder
	HASHPIN_CORPUS="$${HASHPIN_CORPUS:?names the folder with oracle.jsonl}" $(BIN)/python -m pytest -m corpus

pips: $(patsubst requirements/pips/%.txt,.pips/%,$(wildcard requirements/pips/*.txt)) ## the versions of pip that the reader is compared with

readers: pips $(VENV)/.dev ## hashpin's reader beside each of them; DOCUMENTS=200000 for the long run
	$(BIN)/python -m tools.readers_table --pips .pips --documents $(or $(DOCUMENTS),2000)

damage: $(VENV)/.dev ## thousands of damaged pins, and how each is found and explained; PINS=3000
	$(BIN)/python -m tools.damaged_pins --pins $(or $(PINS),3000)

verdicts: $(VENV)/.dev ## the corpus by the live index, beside its own table; HASHPIN_CORPUS names its folder
	HASHPIN_CORPUS="$${HASHPIN_CORPUS:?names the folder with expected_index.tsv}" $(BIN)/python -m tools.corpus_verdicts

live: $(VENV)/.dev ## against the live index
	HASHPIN_LIVE=1 $(BIN)/python -m pytest -m live

sarif: $(VENV)/.dev ## the SARIF of all cases before the multitool's rules for code scanning; needs npm
	npm ci --prefix tests/sarif --ignore-scripts --no-audit --no-fund
	chmod u+x tests/sarif/node_modules/@microsoft/sarif-multitool-*/Sarif.Multitool
	HASHPIN_NPM=1 $(BIN)/python -m pytest -m npm tests/sarif

octokit: $(VENV)/.dev $(OCTOKIT)/node_modules ## a second client against the stand-in for GitHub; needs npm
	HASHPIN_NPM=1 $(BIN)/python -m pytest -m npm tests/github

scenarios: $(VENV)/.dev ## what may happen to a pull request, played and told as a table; with HASHPIN_IMAGE in the container
	$(BIN)/python -m tools.scenarios $(if $(HASHPIN_IMAGE),--container)

image: ## build the action's image with podman or docker; IMAGE names it
	$(or $(BUILD),podman build -t) $(or $(IMAGE),localhost/hashpin:test) .

container: $(VENV)/.dev ## run a built image as the runner does; HASHPIN_IMAGE and HASHPIN_RUN name it and the way
	HASHPIN_IMAGE="$${HASHPIN_IMAGE:?names a built image}" $(BIN)/python -m pytest -n 3 -m container

readme: $(VENV)/.dev ## make the pictures and tables of README.md and docs/, and composite/action.yml
	$(BIN)/python -m tools.make_docs
	$(BIN)/python -m tools.make_composite

dist: $(VENV)/.dev ## the wheel and the source distribution
	rm -rf dist
	$(BIN)/uv build --quiet --no-build-isolation --python $(BIN)/python --out-dir dist

lock: $(VENV)/.dev ## renew requirements/*.txt with today's releases
	for name in runtime action dev fuzz bench bench-audit; do \
	  $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	    --no-header --upgrade requirements/$$name.in -o requirements/$$name.txt || exit 1; \
	done

clean: ## remove what the targets above made
	rm -rf $(VENV) $(FUZZ_VENV) $(BENCH_VENV) .bench $(OCTOKIT)/node_modules tests/sarif/node_modules dist .fuzz .pips .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis .coverage

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "hashpin needs Python 3.11 or later; name one with: make PYTHON=python3.12 ..." >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.runtime: requirements/runtime.txt | $(VENV)/bin/python
	$(PIP_INSTALL) -r requirements/runtime.txt
	@touch $@

$(VENV)/.dev: requirements/dev.txt pyproject.toml | $(VENV)/bin/python
	$(PIP_INSTALL) -r requirements/dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@ $(VENV)/.runtime

.pips/%: requirements/pips/%.txt | $(VENV)/bin/python
	rm -rf $@ $@.part
	$(PIP_INSTALL) --no-deps --target $@.part --requirement $<
	mv $@.part $@
	@touch $@

$(OCTOKIT)/node_modules: $(OCTOKIT)/package-lock.json
	cd $(OCTOKIT) && npm ci --ignore-scripts --no-audit --no-fund
	@touch $@

$(FUZZ_VENV)/.fuzz: requirements/fuzz.txt
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' || \
	  { echo "atheris needs Python 3.11 to 3.13; name one with: make PYTHON=python3.12 fuzz" >&2; exit 1; }
	$(PYTHON) -m venv $(FUZZ_VENV)
	$(FUZZ_VENV)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/fuzz.txt
	@touch $@

$(BENCH_VENV)/.bench: requirements/bench.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "hashpin needs Python 3.11 or later; name one with: make PYTHON=python3.12 bench" >&2; exit 1; }
	$(PYTHON) -m venv $(BENCH_VENV)
	$(BENCH_VENV)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/bench.txt
	@touch $@
