# make install, make test, make demo: from a fresh checkout to results.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
INSTALLED_DEV := $(VENV)/.installed-dev
DEMO := work_dirs/soso_mini
HELD_OUT := $(addprefix data/sample/sofi200/images/,test_00000.jpg test_00005.jpg)
PHOTOS ?=

.DEFAULT_GOAL := help
.PHONY: help install test demo clean

help:  ## Show these targets.
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

install: $(INSTALLED)  ## Install the package into .venv (made where there is none).

test: $(INSTALLED_DEV)  ## Lint, check types and run the tests.
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2

demo: $(INSTALLED)  ## Train on drawn sample scenes for minutes, test, matte photos (PHOTOS=dir).
	$(BIN)/python tools/prepare_data.py sample --out data/sample
	$(BIN)/python tools/train.py configs/soso_mini.py --work-dir $(DEMO) --amp --resume
	$(BIN)/python tools/test.py configs/soso_mini.py $(DEMO) --work-dir $(DEMO)/test
	$(BIN)/python tools/export.py configs/soso_mini.py $(DEMO) $(HELD_OUT) $(PHOTOS) --out outputs/demo
	@echo; echo 'The pictures are in:'; ls -d outputs/demo/*/
	@echo 'Look at overlay.png first, then at 00.png (alpha) and 00_rgba.png (cut-out).'

clean:  ## Remove what was built and cached; .venv, data and results stay.
	rm -rf build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -path ./$(VENV) -prune -o -name __pycache__ -type d -exec rm -rf {} +

# The stamps make a second run go straight to work; a changed setup.py installs again.
$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

$(INSTALLED): setup.py pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --editable .
	@touch $@

$(INSTALLED_DEV): setup.py pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --editable '.[dev]'
	@touch $(INSTALLED) $@
