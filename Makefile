# `make` and `make help` list what there is. Everything installs what it needs first.
PY := .venv/bin/python
ARGS :=
.DEFAULT_GOAL := help
.PHONY: help install install-system run test test-system check format bench migrate schema protocol lock

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

run: install ## run everything here: stores of its own, WEB nodes, WORKERS workers (settings: environment)
	@exec $(PY) -m dev.run --with-parent

install: ## make .venv hold exactly what requirements/dev.txt pins (every target does)
	@dev/install dev

install-system:
	@dev/install system

migrate: install ## bring the database of DATABASE_URL up to date
	@$(PY) -m sql.migrate $(ARGS)

schema: install ## write sql/schema.sql from the migrations
	@$(PY) -m dev.schema --write

lock: install ## pin again: requirements/*.in to requirements/*.txt, with hashes (ARGS=--upgrade for newer ones)
	@dev/lock $(ARGS)
