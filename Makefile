# Two commands: `make run` starts Darkroom, `make test` proves it. Both make `.venv` first.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: run test check format lock clean

run: $(READY)
	@$(BIN)/darkroom run

test: $(READY)
	$(BIN)/pytest

check: $(READY)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/pyright

format: $(READY)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# After a change of the versions in pyproject.toml: resolve anew, and keep what came out.
lock:
	rm -rf $(VENV)
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --editable '.[dev]'
	( echo '# Every package of the environment, exactly; made by `make lock`.'; \
	  $(BIN)/pip freeze --exclude-editable | sed 's/+cpu$$//' | grep -v '^nvidia-\|^cuda-\|^triton' ) > constraints.txt

clean:
	rm -rf $(VENV) build dist *.egg-info

$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo 'Darkroom needs Python 3.11 or newer; name one: make run PYTHON=python3.12'; exit 2; }
	@echo 'Installing what Darkroom is built on (torch, diffusers, discord.py and more) into $(VENV).'
	@echo 'The first time that takes one to five minutes, as fast as the line is; nothing more is said until it is done.'
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	@touch $@
	@echo 'Installed.'
