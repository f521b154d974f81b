# `make bench`: our rows beside what a user would pick today, in one run. Needs Python 3.11 or later, Node 20 or later and Cargo.
BENCH_PYTHON ?= python3
BENCH_ROUNDS ?= 5
BENCH_ONLY ?=

bench: benches/.venv/.done benches/data/.done benches/node_modules/.package-lock.json esg-node/node_modules/.package-lock.json
	@command -v wrk >/dev/null || { echo "please install wrk (Debian: apt-get install wrk), which loads the servers of w5" >&2; exit 3; }
	cargo build --release --package esg-benches --package esg-server
	benches/.venv/bin/python -m pip install --quiet --disable-pip-version-check ./esg-py
	cd esg-node && npm run --silent build
	benches/.venv/bin/python benches/run.py --rounds $(BENCH_ROUNDS) $(BENCH_ONLY)

benches/.venv/.done: benches/requirements.txt
	$(BENCH_PYTHON) -m venv benches/.venv
	benches/.venv/bin/python -m pip install --quiet --disable-pip-version-check --requirement $<
	touch $@

benches/data/.done: benches/gen.py benches/shape.json benches/.venv/.done
	benches/.venv/bin/python benches/gen.py
	touch $@

benches/node_modules/.package-lock.json: benches/package-lock.json
	cd benches && npm ci --no-fund --no-audit --loglevel error

.PHONY: bench
