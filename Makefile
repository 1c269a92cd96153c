# `make check` is what CI runs. PYTHON may name another interpreter: make check PYTHON=python3
PYTHON ?= .venv/bin/python

.PHONY: help setup check lint types test check-long check-windows coverage format fuzz bench docs form images wheels page clean

help:            ## what there is to make
	@grep -E '^[a-z-]+: .*##|^[a-z-]+:  *##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*##/\t/'

setup:           ## a virtual environment with everything that `make check` needs
	python3 -m venv .venv
	.venv/bin/python -m pip install --quiet -e ".[test,check]"

check: lint types test ## format, lint, types, tests, docs up to date: before every commit that others see

lint:            ## format and lint, in seconds
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m ruff check .

types:           ## mypy, strict
	$(PYTHON) -m mypy

test:            ## the tests; those of one file in seconds: .venv/bin/python -m pytest tests/test_figures.py
	$(PYTHON) -m pytest

check-long:      ## tests that take too long for every day, and random mutations of a form: before a release
	$(PYTHON) -m pytest -m long
	$(MAKE) fuzz
	$(MAKE) check-windows

check-windows:   ## tests and a whole round with a Windows Python under Wine, compared byte for byte with this system's
	$(PYTHON) scripts/check_windows.py

coverage:        ## the tests, with the branches they cover
	$(PYTHON) -m pytest --cov

format:          ## put the code into its form
	$(PYTHON) -m ruff format .
	$(PYTHON) -m ruff check --fix .

fuzz:            ## 20,000 random mutations of a form, each with one outcome: make fuzz COUNT=100000 SEED=20000
	$(PYTHON) tests/fuzz.py $(or $(COUNT),20000) $(or $(SEED),0)

bench:           ## measure, and write docs/speed.md: about twenty minutes, on a machine that does nothing else
	$(PYTHON) benchmarks/run.py

docs:            ## the pages of docs/ that are made from the code
	$(PYTHON) scripts/docs.py

form:            ## the committed blank form
	$(PYTHON) -m impact_xl generate

images:          ## the pictures of docs/images (needs LibreOffice, poppler and Chromium)
	$(PYTHON) scripts/images.py
	$(PYTHON) scripts/page_images.py

wheels:          ## dist/wheels: all that pip needs where it may not reach the internet; PLATFORM="--platform win_amd64 ..."
	$(PYTHON) scripts/wheels.py $(PLATFORM)

page:            ## dist/impact-xl-VERSION.html and its .sha256: the whole program in one file for a browser (needs Node.js and npm)
	$(PYTHON) page/build.py

clean:           ## what the tools leave behind
	rm -rf build dist *.egg-info .coverage .hypothesis .mypy_cache .pytest_cache .ruff_cache
