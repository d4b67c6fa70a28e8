# `make` and `make help` list what there is. Every target installs what it needs first.
PY := .venv/bin/python
ARGS :=
# What `make test-system` runs on: Debian's servers and browser.
SYSTEM_PG_BIN := /usr/lib/postgresql/15/bin
SYSTEM_REDIS_BIN := /usr/bin/redis-server
SYSTEM_CHROMIUM := /usr/bin/chromium
.DEFAULT_GOAL := help
.PHONY: help install install-system run test test-system check format bench migrate schema protocol lock

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

run: install ## run everything here: stores of its own, WEB nodes, WORKERS workers (settings: the environment)
	@exec $(PY) -m dev.run --with-parent

test: install ## run the tests that need nothing but this checkout (ARGS go to pytest)
	@$(PY) -m pytest $(ARGS)
	@echo 'Left to `make test-system`: the browser tests, an installation by another user, and all tests of the stores again on PostgreSQL 15 and Redis 7.'

test-system: install-system ## run what is left: browser tests, and all tests of the stores on Debian's PostgreSQL 15 and Redis 7
	@for tool in $(SYSTEM_PG_BIN)/initdb $(SYSTEM_REDIS_BIN) $(SYSTEM_CHROMIUM); do \
		[ -x $$tool ] || { echo "$$tool is missing; on Debian: apt-get install postgresql-15 redis-server chromium"; exit 1; }; \
	done
	@PG_BIN=$(SYSTEM_PG_BIN) REDIS_BIN=$(SYSTEM_REDIS_BIN) $(PY) -m pytest -m 'system or stores' $(ARGS)

check: install ## format, lint, types, imports, generated files current, no index or registry named
	$(PY) -m ruff format --check --quiet .
	$(PY) -m ruff check --quiet .
	$(PY) -m mypy
	.venv/bin/lint-imports --no-logo
	$(PY) -m core.protocol generate --check
	$(PY) -m dev.schema
	@# The brackets keep this line from finding itself.
	@! git grep -nIE 'py[p]i\.org|python[h]osted|npm[j]s\.|deb\.[d]ebian|--(extra-)?index-[u]rl|--find-[l]inks'

format: install ## format the code and mend what can be mended without thinking
	$(PY) -m ruff check --quiet --fix-only .
	$(PY) -m ruff format .

bench: install ## measure everything and write docs/benchmarks.md (ARGS go to the bench)
	@$(PY) -m bench $(ARGS)

migrate: install ## bring the database of DATABASE_URL up to date
	@$(PY) -m sql.migrate $(ARGS)

schema: install ## write sql/schema.sql from the migrations
	@$(PY) -m dev.schema --write

protocol: install ## write docs/protocol and the client's types from the declaration in core/protocol
	@$(PY) -m core.protocol generate

install: ## make .venv hold exactly what requirements/dev.txt pins
	@dev/install dev

install-system:
	@dev/install system

lock: install ## pin again: requirements/*.in to requirements/*.txt, with hashes (ARGS=--upgrade for newer ones)
	@dev/lock $(ARGS)
