# Everything below works on a machine that has nothing but a Python of at least 3.11.
.DEFAULT_GOAL := help
.SUFFIXES:
MAKEFLAGS += --no-builtin-rules

PYTHON ?= $(firstword $(foreach name,python3.11 python3 python,$(if $(shell $(name) -c 'import sys; print(sys.version_info >= (3, 11) or "")' 2>/dev/null),$(name))))
BIN := .venv/bin
# On a terminal pip shows its progress bars; elsewhere one plain line a step is enough.
PIP := $(BIN)/python -m pip --disable-pip-version-check $(if $(MAKE_TERMOUT),,--quiet) install $(if $(MAKE_TERMOUT),,--progress-bar off)
SETTINGS := $(if $(PORT),HUOJIA_PORT='$(PORT)') $(if $(DATA_DIR),HUOJIA_DATA_DIR='$(DATA_DIR)')

.PHONY: help install run test check bench benchmarks tag-benchmarks renamed loadtest loadtest-switches mutants traps migration policy-mistakes scale scale-feedback flips

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-17s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

install: .venv/.project ## .venv with the pinned requirements and the huojia command

run: install ## the sample bank, served on 127.0.0.1:8000 (PORT=, DATA_DIR=, CUSTOMERS=)
	@$(SETTINGS) exec $(BIN)/huojia demo $(if $(CUSTOMERS),--customers '$(CUSTOMERS)')

test: .venv/.dev ## the whole test suite on two cores, as CI runs it (ARGS= for pytest; -n 0 in one process)
	@$(BIN)/python -m tests.services 2>&1 >/dev/null || { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && echo 'install: PostgreSQL, which the tests start' && apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq --yes --no-install-recommends postgresql >/dev/null; }
	@$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder $(ARGS)

check: .venv/.dev ## lint, format, types and import contracts only
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy && $(BIN)/lint-imports

bench: install ## the performance report
	@$(SETTINGS) $(BIN)/huojia bench

benchmarks: install ## docs/benchmarks.md from the public data sets in the folder DATA=, which are not part of this project
	@[ -n '$(DATA)' ] || { echo 'benchmarks skipped: name the folder of the data sets, make benchmarks DATA=/path/to/data'; exit 0; }; \
	$(SETTINGS) $(BIN)/huojia benchmarks '$(DATA)' --out docs/benchmarks.md $(if $(NO_CACHE),--no-cache)

tag-benchmarks: install ## truthfulness of derived tags against repurchase held back, on the public data sets in the folder DATA= (JSON=)
	@[ -n '$(DATA)' ] || { echo 'tag-benchmarks skipped: name the folder of the data sets, make tag-benchmarks DATA=/path/to/data'; exit 0; }; \
	$(BIN)/huojia tag-benchmarks '$(DATA)' $(if $(JSON),--json '$(JSON)')

renamed: .venv/.dev ## the ranker on the data sets of DATA= and on copies where everything has another name (NAMES=)
	@[ -n '$(DATA)' ] || { echo 'renamed skipped: name the folder of the data sets, make renamed DATA=/path/to/data'; exit 0; }; \
	$(BIN)/python -m tests.bench.renamed '$(DATA)' $(NAMES)

scale: install ## seconds and memory of training and evaluating 200,000 customers x 400 products (CUSTOMERS=, PRODUCTS=)
	@$(BIN)/huojia scale $(if $(CUSTOMERS),--customers '$(CUSTOMERS)') $(if $(PRODUCTS),--products '$(PRODUCTS)')

scale-feedback: install ## seconds and memory of crediting and measuring all tags of 100,000 customers (CUSTOMERS=, EVENTS=)
	@$(BIN)/huojia scale-feedback $(if $(CUSTOMERS),--customers '$(CUSTOMERS)') $(if $(EVENTS),--events '$(EVENTS)')

flips: install ## 200 policy flips under load on two workers: errors, mixed answers, time to the last old one (STORE=, FLIPS=, RATE=, JSON=)
	@$(BIN)/huojia flips $(if $(STORE),--store '$(STORE:postgres=postgresql)') $(if $(FLIPS),--flips '$(FLIPS)') $(if $(RATE),--rate '$(RATE)') $(if $(JSON),--json '$(JSON)')

# STORE=postgres: a bank of its own over a private server; both end with the run.
PRIVATE := $(if $(filter postgres,$(STORE)),folder=$$(mktemp -d); trap 'rm -rf "$$folder"' EXIT; $(BIN)/python -m tests.services)
LOAD := $(if $(PRIVATE),--data-dir "$$folder",$(if $(DATA_DIR),--data-dir '$(DATA_DIR)')) $(if $(CUSTOMERS),--customers '$(CUSTOMERS)')

loadtest: .venv/.dev ## load on a copy of a sample bank (SECONDS=, RATE=, USERS=, SHAPE=, SWAPS=, STORE=postgres, CUSTOMERS=, DATA_DIR=, JSON=)
	@$(PRIVATE) $(BIN)/python -m loadtest $(LOAD) $(if $(SECONDS),--seconds '$(SECONDS)') $(if $(RATE),--rate '$(RATE)') $(if $(USERS),--users '$(USERS)') $(if $(SHAPE),--shape '$(SHAPE)') $(if $(SWAPS),--swaps '$(SWAPS)') $(if $(JSON),--json '$(JSON)')

loadtest-switches: .venv/.dev ## what a customer switches off is off on the next request of two workers (TIMES=, STORE=postgres, CUSTOMERS=, DATA_DIR=)
	@$(PRIVATE) $(BIN)/python -m loadtest.switches $(LOAD) $(if $(TIMES),--times '$(TIMES)')

migration: .venv/.dev ## the first revision written anew from service/stores/tables/; NAME= writes the next one
	@$(BIN)/python -m service.stores.migrations.revise $(if $(NAME),'$(NAME)')

traps: .venv/.dev ## every trap of the recommender's design set in turn, and the tests that turn red
	@$(BIN)/python -m tests.traps

policy-mistakes: .venv/.dev ## docs/policy-mistakes.md from the table of mistakes that the tests read
	@$(BIN)/python -m tests.policy_mistakes

mutants: .venv/.dev ## mutation run on the suitability rules (docs/mutation.md)
	@$(BIN)/mutmut run; $(BIN)/mutmut results

.venv/.created:
	@[ -n '$(PYTHON)' ] || { echo 'error: huojia needs Python 3.11 or newer; install it, or name it: make PYTHON=/path/to/python3.11' >&2; exit 1; }
	@echo 'install: creating .venv with $(PYTHON)'
	@$(PYTHON) -m venv --clear .venv || { echo 'error: $(PYTHON) cannot create a virtual environment; on Debian install the package python3-venv' >&2; exit 1; }
	@touch $@

.venv/.runtime: requirements.lock .venv/.created
	@echo 'install: the pinned requirements (requirements.lock)'
	@$(PIP) --require-hashes -r requirements.lock
	@touch $@

.venv/.project: pyproject.toml .venv/.runtime
	@echo 'install: the command huojia'
	@$(PIP) --no-deps --no-build-isolation --editable .
	@$(BIN)/python -c 'import implicit' || { echo 'error: implicit needs the OpenMP runtime of the system; on Debian install the package libgomp1' >&2; exit 1; }
	@touch $@

.venv/.dev: requirements-dev.lock .venv/.project
	@echo 'install: the pinned tools of development (requirements-dev.lock)'
	@$(PIP) --require-hashes -r requirements-dev.lock
	@touch $@
