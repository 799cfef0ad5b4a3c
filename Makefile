# What people do with this repository. `make` alone lists it. Everything that is installed goes to target/, but for
# Debian packages, and only when it is missing.

# What `make demo` and `make stack` build: without optimisation, as someone is waiting, and as the tests use the same.
PROFILE ?= dev
# The folder of a build under target/, for the scripts: otherwise they would take the newest, of whatever profile.
BUILD_FOLDER := $(if $(filter dev,$(PROFILE)),debug,$(PROFILE))
# Which Debian `make bare` makes: bookworm (12) or trixie (13).
BARE ?= bookworm
# The demo loads JSON, CSV and PARQUET: the readers of ORC and AVRO and their crates are left out.
DEMO_FEATURES := --no-default-features --features redshift-local/parquet

# Tests at one time: two for each processor, as many of them wait for a server, a linger or a timeout.
export RUST_TEST_THREADS ?= $(shell echo $$(($$(nproc) * 2)))

INSTALL := deploy/install
STACK_PACKAGES := target/python/.requirements.installed target/python/.requirements-data.installed
TEST_PACKAGES := target/python/.requirements-test.installed
CLIENT_PACKAGES := target/python/.requirements-clients.installed target/python/.requirements-locopy.installed
CHECK_PACKAGES := target/python/.requirements-check.installed

.DEFAULT_GOAL := help
.PHONY: help demo test soak check bench stack bare system-packages python tools test-tools check-rust check-deploy

help: ## List these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: system-packages python ## Load real flight data through a local SQS, S3 and Redshift, and count it (DEMO_MONTHS="1 2 3", DEMO=year)
	@$(call say_what_is_compiled,$(BUILD_FOLDER))
	cargo build --workspace --profile $(PROFILE) $(DEMO_FEATURES)
	@LOADER_BUILD=$(BUILD_FOLDER) deploy/local/demo

test: system-packages python $(TEST_PACKAGES) $(CLIENT_PACKAGES) test-tools ## Run every test; integration tests start their own servers
	cargo test --workspace

# How long, and `SOAK_SEED=…` to repeat a run.
SOAK ?= 5m

soak: system-packages python $(TEST_PACKAGES) ## Two daemons under random faults for SOAK=5m; then every row is audited
	SOAK=$(SOAK) cargo test --test integration soak:: -- --nocapture

check: check-rust check-deploy ## Lint the code, and validate deploy/ and dashboards/

bench: system-packages python ## Measure: all flights of January (31 files), from first message to last commit; 15 s at most; `load` as a job, 50 times; 10,000 files that announce themselves
	@$(call say_what_is_compiled,release)
	cargo build --workspace --release
	@LOADER_BUILD=release deploy/local/demo --months 1 --tables flights --once --limit 15
	@LOADER_BUILD=release deploy/local/one_shot
	@LOADER_BUILD=release deploy/local/announced

stack: system-packages python ## Start the local stack, with a Prometheus, and leave it running for play; says how to use and stop it
	@$(INSTALL) prometheus
	@$(call say_what_is_compiled,$(BUILD_FOLDER))
	@# As the demo builds it, so that nothing is compiled twice.
	cargo build --workspace --profile $(PROFILE) $(DEMO_FEATURES)
	@LOADER_BUILD=$(BUILD_FOLDER) deploy/local/stack up --prometheus

bare: ## Run the README's commands as on a fresh machine, in a bare Debian under target/bare (BARE=bookworm or trixie); needs root
	@$(INSTALL) debootstrap
	@deploy/bare $(BARE)

system-packages: ## Install a C compiler, PostgreSQL and Python's venv from Debian, where they are missing
	@$(INSTALL) c-compiler postgresql python-venv

define say_what_is_compiled
if [ ! -x target/$(1)/redshift-local ]; then \
	echo "Compiling the daemon, the local Redshift and some 300 crates: $(if $(filter debug,$(1)),three to four,about eight) minutes on two cores, once."; \
fi
endef

python: $(STACK_PACKAGES) ## Install the Python packages of the local stack into target/python

tools: ## Install cargo-deny, cargo-machete and promtool, for `make check`, into target/tools
	@$(INSTALL) c-compiler cargo-deny cargo-machete prometheus

test-tools: ## Install what the tests look through: Prometheus, into target/tools, and Chromium from Debian
	@$(INSTALL) prometheus chromium

check-rust: tools
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- -D warnings
	@# As the demo builds it.
	cargo clippy --workspace $(DEMO_FEATURES) -- -D warnings
	cargo clippy --workspace --no-default-features -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --document-private-items
	@# Advisories are left out: they need a download, and come and go without a change here.
	target/tools/bin/cargo-deny --workspace check --hide-inclusion-graph licenses bans sources
	@# With metadata it knows that the crate md-5 is called md5 in code.
	target/tools/bin/cargo-machete --with-metadata

check-deploy: tools python $(CHECK_PACKAGES)
	@deploy/validate

$(STACK_PACKAGES) $(TEST_PACKAGES) $(CLIENT_PACKAGES) $(CHECK_PACKAGES): target/python/.%.installed: deploy/local/%.txt | system-packages
	@$(INSTALL) $*

# These lists name the first one.
$(TEST_PACKAGES) $(CLIENT_PACKAGES) $(CHECK_PACKAGES): deploy/local/requirements.txt
