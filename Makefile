# What a person types. Projects in C build by CMakeLists.txt; this is a shell for cargo and scripts.

.PHONY: all demo test test-bare test-peers bench fuzz clean help

# A profile of Cargo.toml.
PROFILE = release

all: ## build the shared and the static library with cargo (needs cargo and a C compiler); PROFILE=dev for debugging
	@library=$$(tools/library.sh $(PROFILE)) && echo "The library is in $$library, its header in include."

demo: ## fetch over HTTPS from a server of its own; URL=https://... fetches that, CACERT=FILE trusts its CA
	@tools/demo.sh $(if $(URL),$(if $(CACERT),--cacert '$(CACERT)') '$(URL)')

test: ## run all tests; installs the tools they need if run as root on Debian
	@tools/test.sh

test-bare: ## demo and test in folders with a bare Debian 12 and 13 (needs root and debootstrap)
	@tools/bare.sh

test-peers: ## run what docs/PEERS.md says of real servers and proxies (downloads them): see tests/peers/run.sh
	@tests/peers/run.sh $(PEERS)

bench: ## run the benchmarks: see bench/README.md
	bench/loops/run.sh
	bench/drips/run.sh
	python3 bench/peers/run.py
	cargo test --locked --release --test tls -- --ignored --nocapture bare_rustls

fuzz: ## fuzz each target for SECONDS=60, or TARGETS="..." alone (needs a nightly Rust and cargo-fuzz): see fuzz/README.md
	@SECONDS_EACH=$(or $(SECONDS),60) TARGETS='$(TARGETS)' tools/fuzz.sh

clean: ## remove what was built
	cargo clean

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /make \1 \t/p' Makefile | expand -t 18
