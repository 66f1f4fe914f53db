# recobro: `make demo` and `make test` set up everything they need on a machine with Python 3.11+ and make.
.PHONY: demo test lock fast bench-real bench-ingest bench-policies bench-validation bench-features bench-risk bench-decision bench-allocation bench-planning bench-serving clean
.DELETE_ON_ERROR:

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready
SOURCES := $(shell find data/recobro_data models/recobro_models pipelines/recobro_pipelines serving/recobro_serving -type f -not -path '*/__pycache__/*' 2>/dev/null) pyproject.toml README.md LICENSE

PIP    := $(BIN)/python -m pip install --quiet --disable-pip-version-check

# The environment from the lock, every file checked against its hash; pip does it where uv can not.
$(VENV)/.locked: requirements.lock bootstrap.lock
	$(PYTHON) -m venv $(VENV)
	$(PIP) --require-hashes -r bootstrap.lock
	$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements.lock \
	  || $(PIP) --require-hashes -r requirements.lock
	touch $@

# recobro itself, from the wheel that users get.
$(READY): $(VENV)/.locked $(SOURCES)
	rm -rf dist
	$(BIN)/python -m hatchling build -t wheel >/dev/null
	$(PIP) --force-reinstall --no-deps --no-index dist/recobro-*.whl
	touch $@

demo: $(READY)
	$(BIN)/recobro demo

# A browser, a database server and systemd, which some tests start. Where root may not install them on Debian, such tests
# are skipped by name.
$(VENV)/.packages: tests/debian-packages.txt | $(VENV)/.locked
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && ! dpkg --status $$(cat $<) >/dev/null 2>&1; then \
	  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq --no-install-recommends $$(cat $<) >/dev/null \
	  || echo "not installed: $$(tr '\n' ' ' <$<); their tests will be skipped"; fi
	touch $@

test: $(READY) $(VENV)/.packages
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/deptry . --extend-exclude "tests|notebooks|bench|demo"
	$(BIN)/python -m pytest --doctest-modules -q --ignore-glob='*/migrations/env.py' --pyargs recobro_data recobro_models recobro_pipelines recobro_serving
	$(BIN)/python -m pytest -n 2 --dist loadfile

# While working: the tests alone, without whole nights.
fast: $(READY)
	$(BIN)/python -m pytest -x -q -n 2 --dist loadfile -m "not slow"

bench-real: $(READY)
	$(BIN)/python -m bench.real.run
	$(BIN)/python -m bench.real.datarisk
	$(BIN)/python -m bench.real.contacto
	$(BIN)/python -m bench.real.bank_marketing
	$(BIN)/python -m bench.real.hillstrom

bench-ingest: $(READY)
	$(BIN)/python -m bench.data.ingest

bench-policies: $(READY)
	$(BIN)/python -m bench.synthetic.policies

# The peers of the next two, which nothing else needs.
$(VENV)/.bench: bench.lock $(VENV)/.locked
	$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r bench.lock \
	  || $(PIP) --require-hashes -r bench.lock
	touch $@

bench-validation: $(READY) $(VENV)/.bench
	$(BIN)/python -m bench.data.validation

bench-features: $(READY) $(VENV)/.bench
	$(BIN)/python -m bench.data.features

bench-decision: $(READY)
	$(BIN)/python -m bench.decision

bench-allocation: $(READY)
	$(BIN)/python -m bench.allocation

bench-planning: $(READY)
	$(BIN)/python -m bench.planning --debtors 100000

bench-serving: $(READY) $(VENV)/.bench
	$(BIN)/python -m bench.serving
	$(BIN)/python -m bench.events
	$(BIN)/python -m bench.exports --items 1000000

bench-risk: $(READY) $(VENV)/.bench
	$(BIN)/python -m bench.real.taiwan
	$(BIN)/python -m bench.risk.explaining --rows 20000
	$(BIN)/python -m bench.risk.training --rows 200000

# Renews the lock: newest versions that fit, hashes, no registry addresses.
lock: $(VENV)/.locked
	echo uv | $(BIN)/uv pip compile - --upgrade --python-version 3.11 --no-emit-index-url --generate-hashes --no-header -o bootstrap.lock
	$(BIN)/uv pip compile pyproject.toml --group dev --extra notebooks --extra postgres --extra mysql --extra oidc --universal --upgrade \
	  --python-version 3.11 --no-emit-index-url --generate-hashes --no-header -o requirements.lock
	$(BIN)/uv pip compile bench/requirements.in --constraint requirements.lock --universal --upgrade \
	  --python-version 3.11 --no-emit-index-url --generate-hashes --no-header -o bench.lock
	$(BIN)/uv pip compile pyproject.toml --extra postgres --extra oidc --extra tracing --constraint requirements.lock \
	  --universal --python-version 3.11 --no-emit-index-url --generate-hashes --no-header -o deploy/runtime.lock

clean:
	rm -rf $(VENV) dist
