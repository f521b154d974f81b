# `make bench`: our rows beside what a user would pick today, in one run. Needs Python 3.11 or later and Cargo.
BENCH_PYTHON ?= python3
BENCH_ROUNDS ?= 5
BENCH_ONLY ?=

bench: benches/.venv/.done benches/data/.done
	cargo build --release --package esg-benches
	benches/.venv/bin/python -m pip install --quiet --disable-pip-version-check ./esg-py
	benches/.venv/bin/python benches/run.py --rounds $(BENCH_ROUNDS) $(BENCH_ONLY)

benches/.venv/.done: benches/requirements.txt
	$(BENCH_PYTHON) -m venv benches/.venv
	benches/.venv/bin/python -m pip install --quiet --disable-pip-version-check --requirement $<
	touch $@

benches/data/.done: benches/gen.py benches/shape.json benches/.venv/.done
	benches/.venv/bin/python benches/gen.py
	touch $@

.PHONY: bench
