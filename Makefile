# The machine needs Python 3.11 or newer and nothing else; everything goes into .venv.
PYTHON ?= python3
ARGS ?=

PROJECTS := pyproject.toml clients/python/pyproject.toml
STUBS := clients/python/revocation_client/v1
BIN := .venv/bin
PIP_INSTALL := -m pip --quiet --disable-pip-version-check install

.DEFAULT_GOAL := help
.PHONY: help serve test model test-redis7 cover bench lint protos protos-check clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo 'Arguments go through: make serve ARGS="--listen 127.0.0.1:50052", make test ARGS="tests/unit -x"'

serve: .venv/.test ## Run the service with an embedded Valkey on 127.0.0.1:50051
	@exec $(BIN)/revocation serve $(ARGS)

test: .venv/.test ## Run the tests over Valkey: standalone, Sentinel and Cluster
	$(BIN)/pytest $(ARGS)

model: .venv/.test ## Explore the protocol in every interleaving at small scope (tests/model)
	$(BIN)/python -m tests.model $(ARGS)

test-redis7: .venv/.test ## Run the tests of the store and the service over Debian's redis-server 7.0
	$(BIN)/pytest --store redis7 tests/contract tests/service $(ARGS)

cover: .venv/.test ## Run the tests and print their branch coverage; the domain's must be whole
	$(BIN)/pytest --cov --cov-report=term-missing $(ARGS)
	$(BIN)/coverage report --include='revocation/domain/*,*/revocation_client/judgement/*' --fail-under=100

bench: .venv/.bench ## Measure what a check costs, beside the alternatives, in 6 minutes; QUICK=1: in one
	$(BIN)/python -m benchmarks $(if $(QUICK),--quick) $(ARGS)

lint: .venv/.lint ## Check style, types, import rules and protos
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/buf lint protos
	$(BIN)/buf format --diff --exit-code protos

protos: .venv-protos/.done ## Write the Python stubs of the protos anew
	.venv-protos/bin/python protos/generate.py $(STUBS)

protos-check: .venv-protos/.done ## Fail when the committed stubs are stale
	@fresh=$$(mktemp -d) && trap 'rm -rf "$$fresh"' EXIT \
	&& .venv-protos/bin/python protos/generate.py "$$fresh/v1" \
	&& { diff --recursive --unified --exclude=__pycache__ $(STUBS) "$$fresh/v1" || { echo 'The stubs are stale: run make protos' >&2; exit 1; }; }

clean: ## Delete what these targets made, but not the service's data in .revocation
	rm -rf .venv .venv-protos .cache .coverage .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	find clients protos revocation tests -name __pycache__ -prune -exec rm -rf {} +

.venv/.python:
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("Python 3.11 or newer is needed, $(PYTHON) is " + sys.version.split()[0] + "; name another one: make PYTHON=python3.13 ...")'
	@echo "Setting up .venv; this takes a minute, once"
	$(PYTHON) -m venv .venv
	$(BIN)/python $(PIP_INSTALL) --upgrade 'pip>=25.1'
	@touch $@

.venv/.test: .venv/.python $(PROJECTS)
	$(BIN)/python $(PIP_INSTALL) -e clients/python -e . --group test
	@touch $@

.venv/.bench: .venv/.test
	$(BIN)/python $(PIP_INSTALL) --group bench
	@touch $@

.venv/.lint: .venv/.test
	$(BIN)/python $(PIP_INSTALL) --group lint
	@touch $@

.venv-protos/.done: protos/requirements.txt
	$(PYTHON) -m venv .venv-protos
	.venv-protos/bin/python $(PIP_INSTALL) -r protos/requirements.txt
	@touch $@
