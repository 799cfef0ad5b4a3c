# What people do with this repository. `make` alone lists it. Everything that is installed goes to target/, but for
# Debian packages, and only when it is missing.

# `make demo PROFILE=dev` and `make stack PROFILE=dev` use debug builds.
PROFILE ?= release
# The folder of that build under target/, for the scripts: otherwise they would take the newest, of whatever profile.
export LOADER_BUILD := $(if $(filter dev,$(PROFILE)),debug,$(PROFILE))

PYTHON := target/python/bin/python
INSTALL := deploy/install
STACK_PACKAGES := target/python/.requirements.installed
TEST_PACKAGES := target/python/.requirements-test.installed
CLIENT_PACKAGES := target/python/.requirements-clients.installed
CHECK_PACKAGES := target/python/.requirements-check.installed

.DEFAULT_GOAL := help
.PHONY: help demo test soak check bench stack system-packages python tools build check-rust check-deploy

help: ## List these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: build ## Load real flight data through a local SQS, S3 and Redshift, and count it (DEMO_MONTHS="1 2", DEMO=year)
	@deploy/local/demo

test: system-packages python $(TEST_PACKAGES) $(CLIENT_PACKAGES) ## Run every test; integration tests start their own servers
	cargo test --workspace

# How long, and `SOAK_SEED=…` to repeat a run.
SOAK ?= 5m

soak: system-packages python $(TEST_PACKAGES) ## Two daemons under random faults for SOAK=5m; then every row is audited
	SOAK=$(SOAK) cargo test --test integration soak:: -- --nocapture

check: check-rust check-deploy ## Lint the code, and validate deploy/ and dashboards/

bench: build ## Measure: all flights of January (31 files), from first message to last commit; 15 s at most
	@deploy/local/demo --months 1 --tables flights --once --limit 15

stack: build ## Start the local stack and leave it running for play; says how to use and stop it
	@deploy/local/stack up

system-packages: ## Install a C compiler, PostgreSQL and Python's venv from Debian, where they are missing
	@$(INSTALL) c-compiler postgresql python-venv

python: $(STACK_PACKAGES) ## Install the Python packages of the local stack into target/python

tools: ## Install cargo-deny, cargo-machete and promtool, for `make check`, into target/tools
	@$(INSTALL) c-compiler cargo-deny cargo-machete promtool

build: system-packages python
	cargo build --workspace --profile $(PROFILE)

check-rust: tools
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --document-private-items
	@# Advisories are left out: they need a download, and come and go without a change here.
	target/tools/bin/cargo-deny --workspace check --hide-inclusion-graph licenses bans sources
	@# With metadata it knows that the crate md-5 is called md5 in code.
	target/tools/bin/cargo-machete --with-metadata

check-deploy: tools python $(CHECK_PACKAGES)
	@deploy/validate

$(PYTHON): | system-packages
	@echo "Making a Python environment in target/python for the local stack."
	@# Half an environment would pass for a whole one next time.
	@python3 -m venv target/python || { rm -rf target/python; exit 1; }

$(STACK_PACKAGES) $(TEST_PACKAGES) $(CLIENT_PACKAGES) $(CHECK_PACKAGES): target/python/.%.installed: deploy/local/%.txt | $(PYTHON)
	@echo "Installing Python packages: $$(sed -n 's/^# //p' $< | head -n 1)"
	@$(PYTHON) -m pip install --quiet --disable-pip-version-check --no-deps --requirement $<
	@touch $@
