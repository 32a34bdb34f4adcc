# make install, make test, make demo: from a fresh checkout to results.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
INSTALLED_DEV := $(VENV)/.installed-dev
DEMO := work_dirs/demo
SHIPPED := sosmatting/weights/soso_mini.safetensors
HELD_OUT := $(addprefix data/sample/sofi200/images/,test_00000.jpg test_00005.jpg)
PHOTOS ?=
PREPARE := $(BIN)/python tools/prepare_data.py
MOVING := bird cat dog horse sheep cow elephant bear zebra giraffe \
	bicycle car motorcycle airplane bus train truck boat

.DEFAULT_GOAL := help
.PHONY: help install test demo mini-data mini-stage1 mini-stage2 clean

help:  ## Show these targets.
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

install: $(INSTALLED)  ## Install the package into .venv (made where there is none).

test: $(INSTALLED_DEV)  ## Lint, check types and run the tests.
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2

demo: $(INSTALLED)  ## Matte photos (PHOTOS=dir) with the shipped model, then fine-tune it for minutes.
	$(BIN)/python tools/prepare_data.py sample --out data/sample
	$(BIN)/python tools/export.py configs/soso_mini.py $(SHIPPED) $(HELD_OUT) $(PHOTOS) --out outputs/demo
	@echo; echo 'The pictures are in:'; ls -d outputs/demo/*/
	@echo 'Look at overlay.png first, then at 00.png (alpha) and 00_rgba.png (cut-out).'
	@echo; echo 'Now a short fine-tuning run on drawn scenes; its scores follow:'
	$(BIN)/python tools/train.py configs/soso_mini_finetune.py --work-dir $(DEMO) --amp --resume
	$(BIN)/python tools/test.py configs/soso_mini_finetune.py $(DEMO) --work-dir $(DEMO)/test

mini-data: $(INSTALLED_DEV)  ## Prepare what soso_mini was trained and judged on; photos in data/photos.
	$(PREPARE) shipped-stamps data/photos
	$(PREPARE) shipped-photos data/photos
	$(PREPARE) backgrounds data/photos/matting_anything_demo/backgrounds --out data/shipped-plain-backgrounds
	$(PREPARE) coco-backgrounds data/photos/coco --out data/shipped-backgrounds --without person $(MOVING)
	$(PREPARE) coco-backgrounds data/photos/coco --out data/shipped-val-backgrounds
	$(PREPARE) compose --out data/shipped-val --count 60 --split test \
		--foregrounds data/shipped-stamps:val data/shipped-photos:val \
		--backgrounds data/shipped-val-backgrounds:val2017

mini-stage1: $(INSTALLED)  ## Train stage 1 of soso_mini (solov2_mini); goes on where it stopped.
	OMP_WAIT_POLICY=PASSIVE $(BIN)/python tools/train.py configs/solov2_mini.py --amp --resume

mini-stage2: $(INSTALLED)  ## Train stage 2 of soso_mini; goes on where it stopped.
	OMP_WAIT_POLICY=PASSIVE $(BIN)/python tools/train.py configs/soso_mini.py --amp --resume

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
