# The workshop. `make demo` shows Chi Hội on a phone in the browser; `make test` proves it.
PYTHON ?= $(shell command -v python3.11 || command -v python3.12 || command -v python3.13 || command -v python3)
BIN := .venv/bin

.PHONY: demo test lint types contracts pytest browser fault-tools postgres faults bench bench-tools lock clean

## Set up what is needed and open the sample province at http://localhost:8080
demo: .venv/run
	$(BIN)/chihoi demo

## Lint, types, contracts, tests
test: lint types contracts pytest

lint: .venv/dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: .venv/dev
	$(BIN)/mypy

contracts: .venv/dev
	$(BIN)/lint-imports

pytest: .venv/dev browser fault-tools postgres
	$(BIN)/python -m pytest -n auto --dist loadfile

## Every fault in every place (an hour; FAULTS_STEP=3 tries every third N only); writes the table of docs/reliability.md
faults: .venv/dev fault-tools
	LIFE_EXAMPLES=300 $(BIN)/python -m pytest tests/faults/test_report_life.py
	DAY_HEADS=250 $(BIN)/python -m pytest tests/faults/test_day.py
	$(BIN)/python -m tests.faults.matrix

## Tests of faults bend system calls with Debian's strace and the clock with its faketime
fault-tools:
	@command -v strace >/dev/null && command -v faketime >/dev/null || { \
	  if [ "$$(id -u)" = 0 ]; then apt-get update -qq && apt-get install -y -qq strace faketime; \
	  elif command -v sudo >/dev/null; then sudo apt-get update -qq && sudo apt-get install -y -qq strace faketime; fi; }
	@command -v strace >/dev/null && command -v faketime >/dev/null || { echo "Tests of faults need the packages 'strace' and 'faketime'."; exit 2; }

## Speed beside other designs, an hour on two processors; writes the tables of docs/performance.md.
## BENCH="--quick" measures once, BENCH="--only turns" prints one part
bench: .venv/dev .venv/bench/ready bench-tools
	$(BIN)/python -m benchmarks.bench_understand
	$(BIN)/python -m benchmarks.bench_clock
	$(BIN)/python -m benchmarks $(BENCH)

## One of the other designs keeps its state in Redis; without it that one is left out
bench-tools:
	@command -v redis-server >/dev/null || [ "$$(id -u)" != 0 ] || { apt-get update -qq && apt-get install -y -qq redis-server; } || true

## The page is tested in a real browser: Debian's Chromium
browser:
	@command -v chromium >/dev/null || { \
	  if [ "$$(id -u)" = 0 ]; then apt-get update -qq && apt-get install -y -qq chromium; \
	  elif command -v sudo >/dev/null; then sudo apt-get update -qq && sudo apt-get install -y -qq chromium; fi; }
	@command -v chromium >/dev/null || { echo "Tests of the page need Chromium: install the package 'chromium'."; exit 2; }

## The other database is tested on a server of its own: Debian's PostgreSQL. Without it those tests are skipped
postgres:
	@ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || command -v initdb >/dev/null || { \
	  if [ "$$(id -u)" = 0 ]; then apt-get update -qq && apt-get install -y -qq postgresql; \
	  elif command -v sudo >/dev/null; then sudo apt-get update -qq && sudo apt-get install -y -qq postgresql; fi; }

.venv/bin/python:
	@test -n "$(PYTHON)" || { echo "Chi Hội needs Python 3.11, 3.12 or 3.13."; exit 2; }
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' \
	  || { echo "Chi Hội needs Python 3.11, 3.12 or 3.13; $(PYTHON) is another. Try: make PYTHON=python3.11"; exit 2; }
	$(PYTHON) -m venv .venv

.venv/run: requirements.lock pyproject.toml | .venv/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

.venv/dev: requirements-dev.lock .venv/run
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

# The other designs have an environment of their own, so that what we need ourselves stays little
.venv/bench/ready: requirements-bench.lock | .venv/bin/python
	$(PYTHON) -m venv .venv/bench
	.venv/bench/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-bench.lock
	@touch $@

## Make the lock files anew (needs uv)
lock:
	uv pip compile pyproject.toml --group build --universal --python-version 3.11 --generate-hashes --no-header -q -o requirements.lock
	uv pip compile pyproject.toml --group dev --universal --python-version 3.11 --generate-hashes --no-header -q -o requirements-dev.lock
	uv pip compile --group pyproject.toml:bench --universal --python-version 3.11 --generate-hashes --no-header -q -o requirements-bench.lock

clean:
	rm -rf .venv .mypy_cache .ruff_cache .hypothesis .pytest_cache .import_linter_cache
