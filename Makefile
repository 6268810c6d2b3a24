# Baton's commands. Only make and a Python >= 3.11 are assumed; uv is used when it is on the PATH.
#
#   make demo          install, start everything, print the URL and the login
#   make test          the fast suite, on SQLite and a real PostgreSQL
#   make check         style, types, layers, house rules; under a minute
#   make conformance   DMN and BPMN cases, CORPUS=DIR        make faults   kill things and see what is left
#   make conformance-languages [TCK=DIR] [CASES=FILE.jsonl] [CORPUS=DIR]   the same for FEEL and DMN alone, as tables
#   make bench         speed, beside floors and peers        make soak     MINUTES=20 under load: what grows?
#   make e2e           a headless browser
#   make bench-ai TRAIN=FILE [TEST=FILE]   triage of labelled texts: is the promised error kept, how much goes alone
#   make lock          pin the dependencies anew             make build    wheel and sdist into dist/
#   make reference     write api/reference/ anew             make clean    remove all that make made

PYTHON ?=
VENV := .venv
BIN := $(VENV)/bin
RUN := $(BIN)/python
PYTEST := $(RUN) -m pytest
PACKAGES := bpmn engine connectors api
SYNC := $(if $(filter 4.%,$(MAKE_VERSION)),--output-sync=target)

# An index or certificates that pip was told of are good enough for uv, too.
export UV_SYSTEM_CERTS := 1
export UV_NATIVE_TLS := 1
export UV_NO_PROGRESS := 1
ifneq ($(PIP_INDEX_URL),)
export UV_DEFAULT_INDEX ?= $(PIP_INDEX_URL)
endif
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: demo test check conformance conformance-languages faults bench bench-ai soak e2e lock build reference clean \
        check-style check-format check-types check-layers check-house install install-dev

demo: $(VENV)/.runtime
	@$(BIN)/baton demo

# On all cores, at most four: each process starts a PostgreSQL of its own. A file's tests stay together.
test: $(VENV)/.dev
	$(PYTEST) tests -n auto --maxprocesses 4 --dist loadfile

# The parts are independent: they share the cores, and all of them speak before the first failure counts.
check: $(VENV)/.dev
	@$(MAKE) --no-print-directory -j4 -k $(SYNC) check-types check-house check-layers check-style check-format
	@echo "All checks passed."

check-style:
	@$(BIN)/ruff check --quiet .
check-format:
	@$(BIN)/ruff format --check --quiet . || { echo "Run: $(BIN)/ruff format ."; exit 1; }
check-types:
	@$(BIN)/mypy
check-layers:
	@$(BIN)/lint-imports --no-logo
check-house:
	@$(PYTEST) -q tests/house

# Any folder of .bpmn, .dmn and .form files: make conformance CORPUS=DIR. What is not there is not run. It fails when a
# diagram fails, or more of them than MOST_FAILED.
CORPUS ?= ../shared/corpus
MOST_FAILED ?= 0
conformance: $(VENV)/.dev
	$(PYTEST) tests/conformance -m "not slow"
	@if [ -d "$(CORPUS)" ] || [ "$(origin CORPUS)" != file ]; then \
	    $(RUN) -m tests.conformance.bpmn_corpus "$(CORPUS)" --json build/conformance.json --most-failed $(MOST_FAILED); fi
	@$(MAKE) --no-print-directory conformance-languages

# The DMN TCK, FEEL cases in Camunda's dialect, and which expressions of a corpus can be read. Absent folders are left out.
conformance-languages: $(VENV)/.dev
	$(RUN) -m tests.conformance.languages $(if $(TCK),--tck $(TCK)) $(if $(CASES),--cases $(CASES)) \
	  $(if $(CORPUS),--corpus $(CORPUS))

# Minutes on a quiet machine. BATON_TEST_SEED=N repeats a run's decisions; another number takes other scenarios.
# Whenever it ends, it says what it did: after FAULTS_SECONDS no further test begins. A test is over time when it stands
# still, not when it is slow.
LEAST_FAULTS ?= 500
FAULTS_SECONDS ?= 660
faults: $(VENV)/.dev
	BATON_TEST_LEAST_FAULTS=$(LEAST_FAULTS) $(PYTEST) tests/faults -m "faults or not faults" \
	  --timeout 600 --session-timeout $(FAULTS_SECONDS)

# make bench writes tests/benchmarks/RESULTS.md; make bench SHORT=1 takes less of everything, installs no peers and
# writes build/benchmarks.md. BENCH_SPIFFARENA names the python of an environment with SpiffArena, which no registry
# has (tests/benchmarks/contestants/with_spiffarena.py tells how to make one); without it that peer is left out.
SHORT ?=
bench: $(VENV)/.dev $(if $(SHORT),,$(VENV)/feelin $(VENV)/bpmn-engine $(VENV)/peers)
	BATON_TEST_BENCH=$(if $(SHORT),short,full) $(PYTEST) tests/benchmarks -m "benchmark and not slow" -s

# A CSV with text and category, or a JSON object of lists of [text, label]. Without TEST, a part of TRAIN is kept apart.
TRAIN ?= $(wildcard ../shared/data/banking77-train.csv ../shared/data/clinc150-small.json)
bench-ai: $(VENV)/.dev
	$(BIN)/baton models install minilm
	@for train in $(TRAIN); do $(RUN) -m tests.benchmarks.ai_triage "$$train" $(TEST) || exit 1; done

# The FEEL engine that ours is measured beside. Without npm that comparison is left out.
$(VENV)/feelin: | $(VENV)/.dev
	@npm install --silent --no-audit --no-fund --prefix $@ feelin@8.2.0 \
	|| { rm -rf $@; echo "feelin could not be installed: FEEL is measured without it."; }

# The engines that ours is measured beside, in places of their own; without a registry they are left out.
PEERS := langgraph==1.2.22 langgraph-checkpoint-sqlite==3.1.2 langgraph-checkpoint-postgres==3.2.0 dbos==3.4.0 \
         psycopg[binary]==3.3.9
$(VENV)/bpmn-engine: | $(VENV)/.dev
	@npm install --silent --no-audit --no-fund --prefix $@ bpmn-engine@25.0.1 \
	|| { rm -rf $@; echo "bpmn-engine could not be installed: Baton is measured without it."; }
$(VENV)/peers: | $(VENV)/.dev
	@uv=$$(command -v uv || echo $(BIN)/uv); \
	{ $(RUN) -m venv --without-pip $@ && "$$uv" pip install --quiet --python $@/bin/python $(PEERS:%="%"); } \
	|| { rm -rf $@; echo "LangGraph and DBOS could not be installed: Baton is measured without them."; }

# Steady load for a long time: what grows, what fails. The full 20 minutes write tests/benchmarks/SOAK.md.
# SOAK_DATABASE is sqlite, postgresql or a URL; SHARE how much of what they can do is asked for.
MINUTES ?= 20
SOAK_DATABASE ?= sqlite
SHARE ?= 0.7
soak: $(VENV)/.dev
	$(RUN) -m tests.benchmarks.soak --minutes $(MINUTES) --share $(SHARE) --database $(SOAK_DATABASE)

e2e: $(VENV)/.dev
	$(PYTEST) tests -m e2e

reference: $(VENV)/.dev
	$(RUN) -m api.reference_pages

build: $(VENV)/.runtime
	$(BIN)/hatchling build -d dist -t sdist -t wheel

install: $(VENV)/.runtime
install-dev: $(VENV)/.dev

# ------------------------------------------------------------------------------------------------------- environment
# Each stamp is newer than the lock file it was made from: a second run installs nothing, a changed lock does.

# $(call install,LOCK): exactly what the lock says. uv takes seconds where pip takes minutes; pip is the way round it.
define install
	@uv=$$(command -v uv || true); test -n "$$uv" || uv=$(BIN)/uv; \
	"$$uv" pip install --quiet --python $(RUN) --require-hashes -r $(1) \
	|| { echo "uv could not install $(1); trying pip, which takes longer."; \
	     $(RUN) -m pip install --quiet --require-hashes -r $(1); }
endef

$(RUN):
	@for python in $(or $(PYTHON),python3 python3.14 python3.13 python3.12 python3.11); do \
	    "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || continue; \
	    echo "Creating $(VENV) with $$("$$python" -V)."; \
	    "$$python" -m venv $(VENV) && exit 0; \
	    rm -rf $(VENV); command -v uv >/dev/null && uv venv --quiet --seed --python "$$python" $(VENV) && exit 0; \
	    rm -rf $(VENV); \
	done; \
	echo "Baton needs Python 3.11 or newer, with its venv module. Say where it is: make PYTHON=/path/to/python3"; exit 1

# The installer and the build backend. Where uv is not installed, it comes from its own wheel.
$(VENV)/.build: requirements-build.lock | $(RUN)
	@command -v uv >/dev/null \
	&& uv pip install --quiet --python $(RUN) --require-hashes -r requirements-build.lock \
	|| $(RUN) -m pip install --quiet --require-hashes -r requirements-build.lock
	@touch $@

$(VENV)/.runtime: requirements.lock pyproject.toml $(VENV)/.build
	@echo "Installing Baton's dependencies ..."
	$(call install,requirements.lock)
	@$(BIN)/uv pip install --quiet --python $(RUN) --no-deps --no-build-isolation -e . \
	|| $(RUN) -m pip install --quiet --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.dev: requirements-dev.lock $(VENV)/.runtime
	@echo "Installing the tools for tests and checks ..."
	$(call install,requirements-dev.lock)
	@touch $@

# What is pinned stays pinned as long as it fits: make lock UPGRADE=--upgrade for the newest.
COMPILE = $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
          --no-emit-find-links --custom-compile-command "make lock" $(UPGRADE)
lock: $(VENV)/.build
	$(COMPILE) --group build -o requirements-build.lock
	$(COMPILE) pyproject.toml --extra local --extra embedded --extra javascript --group build -o requirements.lock
	$(COMPILE) pyproject.toml --all-extras --group build --group dev -c requirements.lock -o requirements-dev.lock

clean:
	rm -rf $(VENV) dist build .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
