PYTHON ?= python3
VENV := .venv
.PHONY: test
