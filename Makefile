# Everything the course needs is made inside VENV. The work is in tools/.
#   make lab PORT=8899 BROWSER=no        make test VENV=.venv-3.13 PYTHON=python3.13
VENV ?= .venv
PYTHON ?=
PORT ?=
BROWSER ?= yes
ARGS ?=

PY = $(VENV)/bin/python
SETUP = PYTHON="$(PYTHON)" sh tools/setup.sh --venv "$(VENV)"

.PHONY: help lab test abuse check notebooks site offline bench audit format clean

help:  ## list these targets
	@sed -n 's/^\([a-z]*\): .*## /  make \1\t/p' Makefile

lab:  ## set up what is missing and open the course in JupyterLab
	@$(SETUP) lab
	@exec "$(PY)" tools/lab.py --port "$(PORT)" --browser "$(BROWSER)" $(ARGS)

test:  ## set up what the tests need and run all of them
	@$(SETUP) lab test servers
	@VENV="$(VENV)" sh tools/run_tests.sh $(ARGS)

abuse:  ## try all that can go wrong, many times: half an hour
	@$(SETUP) lab test servers
	@"$(PY)" tools/reliability.py $(ARGS)

check:  ## print the machine card: what this machine can do
	@$(SETUP) lab
	@"$(PY)" -m unstuck $(ARGS)

notebooks:  ## run all notebooks again and store their outputs
	@$(SETUP) lab test servers
	@"$(PY)" tools/run_notebooks.py $(ARGS)

site:  ## write the course as a static site into site/, to be read without a kernel
	@$(SETUP) lab
	@"$(PY)" tools/site_build.py $(ARGS)

offline:  ## write a kit into offline/ that installs the course with the network off
	@$(SETUP) lab
	@"$(PY)" tools/offline.py $(ARGS)

bench:  ## measure this project and its peers side by side
	@$(SETUP) lab bench servers
	@"$(PY)" tools/npm_install.py benchmarks
	@for file in $$(grep -l __main__ benchmarks/*.py); do echo "== $$file"; "$(PY)" "$$file" $(ARGS) || exit 1; done

audit:  ## ask the public advisories about every version that is installed here
	@$(SETUP) lab servers audit
	@"$(PY)" tools/audit.py

format:  ## put code and notebooks into the project's form
	@$(SETUP) lab test
	@"$(PY)" -m ruff check --fix .
	@"$(PY)" -m ruff format .

clean:  ## remove all that make has made: environments, caches, screenshots
	rm -rf src/unstuck/twins/node_modules benchmarks/node_modules
	rm -rf .venv .venv-* build dist site offline screenshots .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
