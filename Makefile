# Everything that a developer and the build server do, by the same words. `make` alone lists it.
CARGO ?= cargo
PYTHON ?= python3
NPM ?= npm

# Stories with a printed result; each is run by `make test`.
EXAMPLES := $(basename $(notdir $(wildcard examples/*.rs esg-core/examples/*.rs)))

.DEFAULT_GOAL := help

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo "  make bench      side by side with what a user would pick today (benches/README.md)"

demo: ## a year of telemetry of four verticals to an inventory, key figures, score and an HTML report
	$(CARGO) run --locked --release --package esg-server --bin esg -- demo

test: test-rust test-features test-postgres test-examples test-python test-py test-node test-deploy test-http ## all tests of all languages

# One build of the default members with the features that they turn on together: library, tests, documentation.
test-rust:
	$(CARGO) test --locked

# A feature adds and never changes: esg-core alone, as a user would take it, and without anything optional.
test-features:
	$(CARGO) test --locked --package esg-core --lib --tests
	$(CARGO) clippy --locked --package esg-core --no-default-features -- -D warnings
	$(CARGO) clippy --locked --package esg-core --no-default-features --features arrow -- -D warnings
	$(CARGO) clippy --locked --package esg-core --no-default-features --features rayon -- -D warnings
	$(CARGO) clippy --locked --package esg-server -- -D warnings

# Beside a server of its own; one that cannot be had is a failure.
test-postgres: ## ledgers in PostgreSQL: the contract of stores, several writers, sessions and servers that are killed
	tests/postgres.sh $(CARGO) test --locked --package esg-store --features postgres --lib --test postgres
	tests/postgres.sh $(CARGO) test --locked --package esg-server --features postgres --test serve database

# `make test` takes a sample of each: 2,000 seeds, 24 strikes, 10 kills, some bytes of every line.
faults: ## a ledger on a disk that loses and fails, struck in every call that writes, killed, and changed: all of it (an hour)
	ESG_FULL=1 $(CARGO) test --locked --release --package esg-store --test simulated --test changed --test struck -- --nocapture

test-examples:
	@set -e; for example in $(EXAMPLES); do \
		echo "example $$example"; $(CARGO) run --locked --quiet --example $$example; done

# In a debug build, which `make test` makes, thousands of inputs.
accuracy: ## how far exp, ln and the normal quantiles are from the truth, over millions of inputs
	$(CARGO) test --locked --release --package esg-core --test math_accuracy -- --nocapture

# The importers' own tests, without source files, and those of the auditor's verifier: standard library only.
test-python:
	$(PYTHON) -m unittest discover esg-core/data/import
	$(PYTHON) -m unittest discover tools

# The Python face: one wheel without optimisation of its own, in an environment below target/.
PY_ENV := target/py-env
test-py: $(PY_ENV)/ready
	cd esg-py && VIRTUAL_ENV="$(CURDIR)/$(PY_ENV)" "$(CURDIR)/$(PY_ENV)/bin/maturin" develop --locked --quiet
	$(PY_ENV)/bin/python -m pytest -q esg-py/tests
	$(PY_ENV)/bin/python -m pytest -q esg-py/tests-scale --ignore esg-py/tests-scale/test_spark.py

# A million calls each, minutes long; `make test-py` makes a hundredth of them.
leaks: test-py ## Python calls by the million: memory stays where it is
	ESG_FULL=1 $(PY_ENV)/bin/python -m pytest -q esg-py/tests/test_leaks.py

# Some 450 MB of wheel, and a Java of its own: not part of `make test`.
test-spark: test-py ## parts of an inventory in the executors of Spark; needs Java 17
	cd esg-py && "$(CURDIR)/$(PY_ENV)/bin/python" -m pip install --quiet --group spark
	$(PY_ENV)/bin/python -m pytest -q esg-py/tests-scale/test_spark.py

$(PY_ENV)/ready: esg-py/pyproject.toml
	$(PYTHON) -m venv $(PY_ENV)
	$(PY_ENV)/bin/python -m pip install --quiet --upgrade 'pip>=25.1'
	cd esg-py && "$(CURDIR)/$(PY_ENV)/bin/python" -m pip install --quiet --group test --group scale
	touch $@

# The Node face: the binding of Cargo's own build, without optimisation, so that the core is not built once more.
test-node: esg-node/node_modules/.package-lock.json
	cd esg-node && $(NPM) run --silent build:dev && $(NPM) test --silent

esg-node/node_modules/.package-lock.json: esg-node/package-lock.json
	cd esg-node && $(NPM) ci --no-fund --no-audit --loglevel error

# Validators of each kind of file, in an environment below target/.
DEPLOY_ENV := target/deploy-env
test-deploy: $(DEPLOY_ENV)/ready
	$(DEPLOY_ENV)/bin/python -m unittest discover deploy

$(DEPLOY_ENV)/ready: deploy/requirements.txt
	$(PYTHON) -m venv $(DEPLOY_ENV)
	$(DEPLOY_ENV)/bin/python -m pip install --quiet --disable-pip-version-check --requirement $<
	touch $@

# Questions that nobody thought of, from the server's own description: some hundreds; more than twenty thousand with ESG_FULL=1.
FUZZ_ENV := target/fuzz-env
test-http: $(FUZZ_ENV)/ready
	$(CARGO) build --locked --package esg-server --bin esg
	esg-server/tests/fuzz/run.sh target/debug/esg $(FUZZ_ENV)

$(FUZZ_ENV)/ready: esg-server/tests/fuzz/requirements.txt
	$(PYTHON) -m venv $(FUZZ_ENV)
	$(FUZZ_ENV)/bin/python -m pip install --quiet --disable-pip-version-check --requirement $<
	touch $@

lint: ## formatting, clippy, documentation, Python syntax, licences; every warning is an error
	$(CARGO) fmt --all --check
	$(CARGO) clippy --locked --workspace --all-targets --all-features -- -D warnings
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --locked --no-deps
	find esg-core examples benches tools -name '*.py' -not -path '*/.venv/*' -exec $(PYTHON) -c \
		'import ast, sys; [ast.parse(open(path, encoding="utf-8").read(), path) for path in sys.argv[1:]]' {} +
	@if $(CARGO) deny --version >/dev/null 2>&1; then $(CARGO) deny check bans licenses sources; \
		else echo "cargo-deny is not installed: licences and sources of dependencies were not checked"; fi

# The publishers' files are not in this repository; esg-core/data/README.md says which they are. SETS names some of them only.
factors: ## make the factor sets again: SOURCE=folder of the publishers' files [SETS="epa-egrid ..."]
	@test -n "$(SOURCE)" || { echo "say where the publishers' files are: make factors SOURCE=folder" >&2; exit 2; }
	$(PYTHON) esg-core/data/import/run.py --source "$(SOURCE)" $(SETS)

clean: ## remove what was built
	$(CARGO) clean
	rm -rf benches/.venv benches/data esg-node/node_modules out

.PHONY: test-deploy test-http accuracy faults help leaks test-spark demo test test-rust test-features test-postgres test-examples test-python test-py test-node lint factors clean

include benches/bench.mk
