# `make` and `make help` list what there is. Everything installs what it needs first.
PY := .venv/bin/python
.DEFAULT_GOAL := help
.PHONY: help install install-system run test test-system check format bench migrate protocol lock

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' Makefile

install: ## make .venv hold exactly what requirements/dev.txt pins
	@dev/install dev

install-system:
	@dev/install system

lock: install ## pin again: requirements/*.in to requirements/*.txt, with hashes
	@dev/lock
